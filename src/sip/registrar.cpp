// SPDX-License-Identifier: Apache-2.0
#include <sip/headers.hpp>
#include <sip/registrar.hpp>
#include <sip/saved_text.hpp>
#include <strings.h>
#include <algorithm>
#include <charconv>
#include <cstring>

namespace cordboard::sip {
namespace {

/// A handful of proxies: more is a mistake or worse, and it would be kept with every registration.
constexpr std::size_t path_bytes_max = 1024;

std::string uri_text(const url_t* url) {
  home pool;
  url_t plain = *url;
  // Headers in a contact would become headers of our requests.
  plain.url_headers = nullptr;
  const char* const text = url_as_string(pool, &plain);
  return text != nullptr ? text : "";
}

bool same_uri(const std::string& a, const std::string& b) {
  home pool;
  const url_t* const first = parse_url(pool, a);
  const url_t* const second = parse_url(pool, b);
  return first != nullptr && second != nullptr && url_cmp_all(first, second) == 0;
}

std::string save(const binding& from) {
  saved_text out("binding 1");
  out.put("contact", from.contact);
  out.put("route", from.route);
  out.put("path", from.path);
  out.put("ip", from.came.from.ip);
  out.put("port", std::to_string(from.came.from.port));
  out.put("over", from.came.connected() ? name_of(from.came.over) : "");
  out.put("id", from.registration_id);
  out.put("cseq", std::to_string(from.cseq));
  out.put("granted", std::to_string(from.granted.count()));
  return out.text();
}

}  // namespace

/// What a REGISTER asks for.
struct registrar::wanted {
  bool query = false;
  bool all = false;     ///< Contact: *
  std::string contact;  ///< the first that is to stay; empty with `gone`
  const url_t* url = nullptr;
  std::string gone;  ///< the first that is to go
  std::chrono::seconds expires{0};
};

std::optional<registrar::wanted> registrar::read(const sip_t& sip, int& status) const {
  wanted out;
  const auto* const contact = sip.sip_contact;
  if (contact == nullptr) {
    out.query = true;
    return out;
  }
  const bool has_expires = sip.sip_expires != nullptr;
  const auto general =
      std::chrono::seconds(has_expires ? static_cast<std::int64_t>(sip.sip_expires->ex_delta) : config_.expires_max.count());
  status = 400;
  if (contact->m_url->url_type == url_any) {
    // RFC 3261 10.2.2: only alone, and only to remove.
    if (contact->m_next != nullptr || !has_expires || general.count() != 0) return std::nullopt;
    out.all = true;
    return out;
  }
  for (const auto* each = contact; each != nullptr; each = each->m_next) {
    if ((each->m_url->url_type != url_sip && each->m_url->url_type != url_sips) || each->m_url->url_host == nullptr)
      return std::nullopt;
    auto expires = general;
    if (each->m_expires != nullptr) {
      const std::string_view text = each->m_expires;
      std::int64_t seconds = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
      // RFC 3261 10.3: what cannot be read counts as 3600.
      expires = std::chrono::seconds(error == std::errc{} && end == text.data() + text.size() && seconds >= 0 ? seconds : 3600);
    }
    if (expires.count() == 0) {
      if (out.gone.empty()) out.gone = uri_text(each->m_url);
    } else if (out.contact.empty()) {
      if (expires < config_.expires_min) {
        status = 423;
        return std::nullopt;
      }
      out.contact = uri_text(each->m_url);
      out.url = each->m_url;
      out.expires = std::min(expires, config_.expires_max);
    }
  }
  return out;
}

void registrar::answer(nta_incoming_t* request, const sip_t& sip, const device& phone, flow came) {
  int status = 0;
  const auto want = read(sip, status);
  if (!want) {
    const std::string shortest = std::to_string(config_.expires_min.count());
    tags with;
    if (status == 423) with.add(SIPTAG_MIN_EXPIRES_STR(shortest.c_str()));
    reply(request, status, nullptr, with);
    return;
  }
  const auto found = bindings_.find(phone.id);
  const std::string id = sip.sip_call_id->i_id;
  const auto cseq = sip.sip_cseq->cs_seq;
  if (!want->query && found != bindings_.end() && found->second.registration_id == id && cseq <= found->second.cseq) {
    // RFC 3261 10.3 step 7: older than what we know.
    reply(request, SIP_500_INTERNAL_SERVER_ERROR);
    return;
  }
  const std::string path = route_set_of(sip_path(&sip));
  if (sip_path(&sip) != nullptr && (path.empty() || path.size() > path_bytes_max)) {
    reply(request, SIP_400_BAD_REQUEST);
    return;
  }
  if (!want->contact.empty()) {
    binding to;
    to.contact = want->contact;
    to.path = path;
    // Behind a proxy it came from there, and is reached through it.
    if (path.empty()) to.route = route_behind_nat(came, want->url);
    to.came = std::move(came);
    to.registration_id = id;
    to.cseq = cseq;
    to.granted = want->expires;
    bind(phone.id, std::move(to));
  } else if (found != bindings_.end() && (want->all || (!want->gone.empty() && same_uri(want->gone, found->second.contact)))) {
    end(phone.id, cause::normal);
  }
  reply_with_binding(request, phone.id);
}

void registrar::reply_with_binding(nta_incoming_t* request, device_id phone) const {
  const auto found = bindings_.find(phone);
  tags with;
  std::string contact;
  if (found != bindings_.end()) {
    contact = "<" + found->second.contact + ">;expires=" + std::to_string(found->second.granted.count());
    with.add(SIPTAG_CONTACT_STR(contact.c_str()));
    // RFC 3327 5.3: so that the phone sees what stands between us.
    if (!found->second.path.empty()) with.add(SIPTAG_PATH_STR(found->second.path.c_str()));
  }
  reply(request, SIP_200_OK, with);
}

void registrar::bind(device_id phone, binding to) {
  entry& at = bindings_[phone];
  const bool changed =
      at.lost || at.contact != to.contact || at.route != to.route || at.path != to.path || at.came.over != to.came.over;
  static_cast<binding&>(at) = std::move(to);
  watch(phone, at);
  if (changed) tell_({phone, true, cause::normal, at.granted, save(at)});
}

void registrar::watch(device_id phone, entry& on) {
  if (on.expiry == nullptr) on.expiry = std::make_unique<timer>(loop_, [this, phone] { end(phone, cause::timeout); });
  on.expiry->after(on.granted);
  on.watch.reset();
  if (on.came.connection == nullptr) return;
  on.watch = std::make_unique<flow_watch>(on.came, [this, phone, connection = on.came.connection.get()] {
    const auto found = bindings_.find(phone);
    if (found == bindings_.end() || found->second.came.connection.get() != connection || found->second.lost) return;
    found->second.lost = true;
    tell_({phone, false, cause::dest_out_of_order, found->second.granted, save(found->second)});
  });
}

const binding* registrar::find(device_id phone) const {
  const auto found = bindings_.find(phone);
  return found == bindings_.end() || found->second.lost ? nullptr : &found->second;
}

void registrar::end(device_id phone, cause why) {
  const auto found = bindings_.find(phone);
  if (found == bindings_.end()) return;
  const bool was_lost = found->second.lost;
  bindings_.erase(found);
  tell_({phone, false, was_lost ? cause::none : why, std::chrono::seconds(0), {}});
}

bool registrar::restore(device_id phone, std::string_view saved) {
  const saved_reader in(saved, "binding 1");
  if (!in.ok() || in.get("contact").empty()) return false;
  binding to;
  to.contact = in.get("contact");
  to.route = in.get("route");
  to.path = in.get("path");
  to.came.from = {in.get("ip"), static_cast<std::uint16_t>(in.number("port"))};
  to.came.over = transport_named(in.get("over"));
  to.registration_id = in.get("id");
  to.cseq = static_cast<std::uint32_t>(in.number("cseq"));
  to.granted = std::chrono::seconds(in.number("granted"));
  if (to.granted.count() <= 0 || to.granted > config_.expires_max) to.granted = config_.expires_max;
  to.lost = to.came.connected();
  entry& at = bindings_[phone];
  static_cast<binding&>(at) = std::move(to);
  watch(phone, at);
  if (at.lost) tell_({phone, false, cause::interrupted, at.granted, save(at)});
  return true;
}

void registrar::keep_only(const std::function<bool(device_id)>& is_known) {
  std::vector<device_id> gone;
  for (const auto& [phone, at] : bindings_)
    if (!is_known(phone)) gone.push_back(phone);
  for (const auto phone : gone) end(phone, cause::maintenance);
}

}  // namespace cordboard::sip
