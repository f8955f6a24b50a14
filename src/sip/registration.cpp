// SPDX-License-Identifier: Apache-2.0
#include <sip/authorize.hpp>
#include <sip/headers.hpp>
#include <sip/registration.hpp>
#include <sip/saved_text.hpp>
#include <sip/stack_core.hpp>
#include <sip/target.hpp>
#include <fmt/format.h>
#include <algorithm>
#include <charconv>

namespace cordboard::sip {
namespace {

using std::chrono::seconds;

/// No registration is believed to stand longer, and none is asked for longer.
constexpr seconds day{86400};

cause why_refused(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407: return cause::call_rejected;
    case 404: return cause::dest_not_obtainable;
    case 423: return cause::resources_not_available;
    default: return status == 408 || status >= 500 ? cause::dest_out_of_order : cause::call_rejected;
  }
}

/// Whether the registrar means it: silence and 5xx say nothing about a contact that stands.
bool is_final(int status) { return status != 408 && status < 500; }

/// How long the contact stands (RFC 3261 10.2.4).
seconds granted(const sip_t& sip, const std::string& contact, seconds asked) {
  home pool;
  const auto* const ours = sip_contact_make(pool, contact.c_str());
  for (const auto* each = sip.sip_contact; ours != nullptr && each != nullptr; each = each->m_next) {
    if (each->m_expires == nullptr || url_cmp(each->m_url, ours->m_url) != 0) continue;
    const std::string_view text = each->m_expires;
    std::int64_t out = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), out).ec == std::errc{} && out > 0)
      return std::min(seconds(out), day);
  }
  if (sip.sip_expires != nullptr && sip.sip_expires->ex_delta > 0) return std::min(seconds(sip.sip_expires->ex_delta), day);
  return asked;
}

}  // namespace

registration::registration(stack_core& of, const device& line, digest_client& account, std::function<void(cause)> changed)
    : of_(of),
      line_(line),
      account_(account),
      changed_(std::move(changed)),
      expires_(line.trunk.expires),
      due_(of.on, [this] { ask(0); }),
      limit_(of.on, [this] { on_failure(408, seconds(0)); }),
      expiry_(of.on, [this] { go_out(cause::timeout); }) {}

std::string registration::aor() const { return fmt::format("<sip:{}@{}>", as_user(line_.trunk.user), line_.domain()); }

std::string registration::our_contact() const {
  const auto& user = line_.trunk.contact.empty() ? line_.trunk.user : line_.trunk.contact;
  return of_.contact(way_to(line_.registrars[asking_]), as_user(user));
}

std::chrono::seconds registration::left() const {
  return std::max(seconds(0), std::chrono::round<seconds>(until_ - clock::now()));
}

void registration::begin() {
  if (leg_ != nullptr) return;
  const std::string address = aor();
  leg_ = begin_leg(of_.agent.get(), *this, address, address, fresh_call_id());
  if (leg_ == nullptr) return;
  // A house with many lines does not ask for all of them in one moment.
  if (!in_ || way_to(at_host_) != transport::udp) return due_.after(spread(std::chrono::milliseconds(200), 0, 1));
  due_.after(spread(left(), 0.2, 0.7));
}

void registration::ask(std::size_t which) {
  asking_ = which;
  rounds_ = 0;
  send_register();
}

void registration::send_register() {
  const std::string& host = line_.registrars[asking_];
  const auto wanted = leaving_ ? seconds(0) : expires_;
  const std::string ours = leaving_ ? contact_ : our_contact();
  std::string contact = fmt::format("{};expires={}", ours, wanted.count());
  if (!gone_contact_.empty() && gone_contact_ != ours) contact += fmt::format(", {};expires=0", gone_contact_);
  const std::string uri = "sip:" + line_.domain(), route = "sip:" + host, expires = std::to_string(wanted.count());
  const authorization known(account_, "REGISTER", uri);
  tags with(SIPTAG_CONTACT_STR(contact.c_str()), SIPTAG_EXPIRES_STR(expires.c_str()), SIPTAG_SUPPORTED_STR("path"),
            SIPTAG_ALLOW_STR(allowed_methods));
  known.add_to(with);
  request_ = send(leg_.get(), this, route.c_str(), {SIP_METHOD_REGISTER}, as_url(uri.c_str()), std::move(with));
  limit_.after(leaving_ ? leave_limit : line_.trunk.answer_within);
  if (request_ == nullptr) limit_.after(std::chrono::nanoseconds(0));
}

void registration::on_response(nta_outgoing_t* request, const sip_t& sip) {
  const int status = nta_outgoing_status(request);
  if (request != request_.get() || status < 200) return;
  const auto refused = std::move(request_);
  limit_.cancel();
  if (status < 300) return on_granted(sip);
  const bool again = ++rounds_ < digest_client::rounds_max;
  if (again && (status == 401 || status == 407) && take_challenge(account_, request, sip)) return send_register();
  if (again && status == 423 && !leaving_ && sip.sip_min_expires != nullptr) {
    // RFC 3261 10.2.8. It is remembered, so that the next refresh is right at once.
    const auto shortest = std::min(seconds(sip.sip_min_expires->me_delta), day);
    if (shortest > expires_) {
      expires_ = shortest;
      return send_register();
    }
  }
  on_failure(status, retry_after(sip));
}

void registration::on_granted(const sip_t& sip) {
  gone_contact_.clear();
  if (leaving_) return on_failure(200, seconds(0));
  failures_ = 0;
  contact_ = our_contact();
  at_host_ = line_.registrars[asking_];
  routes_ = route_set_of(sip_service_route(&sip));
  const auto time = granted(sip, contact_, expires_);
  until_ = clock::now() + time;
  in_ = true;
  auto refresh = spread(time, 0.5, 0.8);
  // Not the first: it is asked again before long.
  if (asking_ != 0) refresh = std::min(refresh, spread(line_.trunk.retry * 10, 0.8, 1));
  due_.after(refresh);
  expiry_.after(time);
  save();
  changed_(cause::normal);
}

void registration::on_failure(int status, std::chrono::seconds pause) {
  request_.reset();
  limit_.cancel();
  if (leaving_) {
    in_ = false;
    if (left_) std::exchange(left_, {})();
    return;
  }
  if (asking_ + 1 < line_.registrars.size()) return ask(asking_ + 1);
  // RFC 5626 4.5, whose times are for all who lost the same registrar.
  const auto most = std::chrono::nanoseconds(backoff_max);
  auto wait = std::min(most, line_.trunk.retry * (std::int64_t{1} << std::min(failures_, 16U)));
  ++failures_;
  wait = std::max(spread(wait, 0.5, 1), std::chrono::nanoseconds(std::min(pause, backoff_max)));
  if (in_ && !is_final(status)) {
    // While there is time, it is tried a little more often.
    wait = std::min(wait, std::max(std::chrono::nanoseconds(left()) / 3, std::chrono::nanoseconds(line_.trunk.retry) / 2));
  }
  due_.after(wait);
  if (!in_ || is_final(status)) go_out(why_refused(status));
}

void registration::go_out(cause why) {
  const bool stood = in_;
  in_ = false;
  expiry_.cancel();
  if (stood) save();
  changed_(why);
}

bool registration::leave(std::function<void()> done) {
  const bool stood = in_ || request_ != nullptr;
  due_.cancel();
  limit_.cancel();
  expiry_.cancel();
  request_.reset();
  leaving_ = true;
  if (!stood || leg_ == nullptr) return false;
  const auto at = in_ ? std::find(line_.registrars.begin(), line_.registrars.end(), at_host_) : line_.registrars.end();
  if (at != line_.registrars.end()) asking_ = static_cast<std::size_t>(at - line_.registrars.begin());
  if (!in_) contact_ = our_contact();
  in_ = false;
  save();
  changed_(cause::maintenance);
  left_ = std::move(done);
  ask(asking_);
  return true;
}

/// Its end is by the wall, since the process that reads it has another monotonic clock.
void registration::save() {
  of_.tell([id = line_.id, in = in_, host = at_host_, contact = contact_, routes = routes_, left = left()](sink& to) {
    saved_text out("trunk 1");
    out.put("host", host);
    out.put("contact", contact);
    out.put("routes", routes);
    out.put("until", std::to_string(to.now() + std::chrono::nanoseconds(left).count()));
    to.on_binding_changed(id, in ? out.text() : std::string());
  });
}

bool registration::restore(std::string_view saved) {
  const saved_reader in(saved, "trunk 1");
  if (!in.ok() || in.get("contact").empty()) return false;
  const auto left = seconds((static_cast<std::int64_t>(in.number("until")) - of_.to.now()) / 1'000'000'000);
  if (left.count() <= 0) return false;
  const std::string host = in.get("host");
  const auto at = std::find(line_.registrars.begin(), line_.registrars.end(), host);
  if (at != line_.registrars.end()) asking_ = static_cast<std::size_t>(at - line_.registrars.begin());
  if (at == line_.registrars.end() || our_contact() != in.get("contact")) {
    // It stands there for nobody: with the next request it goes.
    gone_contact_ = in.get("contact");
    return true;
  }
  at_host_ = host;
  contact_ = in.get("contact");
  routes_ = in.get("routes");
  until_ = clock::now() + std::min(left, day);
  expiry_.after(std::min(left, day));
  in_ = true;
  return true;
}

}  // namespace cordboard::sip
