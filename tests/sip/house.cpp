// SPDX-License-Identifier: Apache-2.0
#include "house.hpp"
#include <fmt/format.h>
#include <algorithm>

namespace sip_test {

house::house(sip_config c) : config(std::move(c)) {
  if (config.port == 5060) config.port = 0;
  for (const char* const number : {"1001", "1002", "1003"}) {
    device_config phone;
    phone.number = number;
    phone.name = std::string("Phone ") + number;
    phone.password = "secret";
    devices.push_back(phone);
    device_ids.push_back(device_id{static_cast<std::uint32_t>(devices.size())});
  }
  device_config trunk;
  trunk.kind = device_kind::trunk;
  trunk.number = "outside";
  devices.push_back(trunk);
  device_ids.push_back(device_id{9});
  stack = std::make_unique<sip::stack>(on, config, devices, device_ids, *this);
}

house::~house() = default;

void house::trunk(const std::string& address, const std::string& target) {
  devices.back().addresses = {address};
  devices.back().targets.clear();
  if (!target.empty()) devices.back().targets.push_back(target);
  stack->configure(devices, device_ids);
}

void house::restart() {
  if (stack != nullptr) config.port = port();
  stack.reset();
  told.clear();
  stack = std::make_unique<sip::stack>(on, config, devices, device_ids, *this);
}

bool house::until(const std::function<bool()>& done, std::chrono::milliseconds bound) {
  const auto end = std::chrono::steady_clock::now() + bound;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    on.turn(std::chrono::milliseconds(2));
  }
  return true;
}

bool house::hears(const std::string& line, std::chrono::milliseconds bound) {
  return until([&] { return count(line) > 0; }, bound);
}

int house::count(const std::string& line) const { return static_cast<int>(std::count(told.begin(), told.end(), line)); }

std::optional<message> house::next(peer_socket& peer, std::chrono::milliseconds bound) {
  std::optional<message> got;
  auto& seen = seen_[&peer];
  const bool came = until(
      [&] {
        got = peer.receive();
        if (!got || got->status() == 100) return false;
        // A repetition: the same start, branch and CSeq.
        const auto key = got->start + got->get("via") + got->get("cseq") + got->tag("to");
        if (std::find(seen.begin(), seen.end(), key) != seen.end()) return false;
        seen.push_back(key);
        return true;
      },
      bound);
  if (!came) got.reset();
  return got;
}

std::optional<message> house::next(peer_socket& peer, const std::string& what, std::chrono::milliseconds bound) {
  const auto end = std::chrono::steady_clock::now() + bound;
  while (std::chrono::steady_clock::now() < end) {
    auto got = next(peer, bound);
    if (!got) return std::nullopt;
    if (std::to_string(got->status()) == what || (got->status() == 0 && got->method() == what)) return got;
  }
  return std::nullopt;
}

message house::enrol(peer_socket& phone, const std::string& number, const std::string& extra, const std::string& password) {
  static int cseq = 0;
  const auto target = uri();
  const auto who = fmt::format("<sip:{}@127.0.0.1>", number);
  const auto id = fmt::format("reg-{}-{}", number, phone.port());
  phone.send(phone.request("REGISTER", target, who + ";tag=r", who, id, ++cseq, extra));
  auto answer = next(phone);
  if (!answer || answer->status() != 401) return answer.value_or(message{});
  phone.send(phone.request("REGISTER", target, who + ";tag=r", who, id, ++cseq,
                           extra + authorize(answer->get("www-authenticate"), "REGISTER", target, number, password)));
  return next(phone).value_or(message{});
}

std::string house::uri() const { return fmt::format("sip:127.0.0.1:{}", port()); }

static std::string because(cause why) { return why == cause::none ? "" : fmt::format(" ({})", name(why)); }

void house::on_incoming(sip::incoming in) {
  told.push_back(
      fmt::format("incoming {} from \"{}\" {} by {}", in.who.called, in.who.name, in.who.number, in.who.device.value));
  body = in.offer;
  calls.push_back(std::move(in));
}
void house::on_provisional(leg_id leg, std::uint16_t status, std::string answer) {
  told.push_back(fmt::format("{} provisional {}", leg.value, status));
  if (!answer.empty()) body = answer;
}
void house::on_answered(leg_id leg, std::string answer) {
  told.push_back(fmt::format("{} answered", leg.value));
  body = std::move(answer);
}
void house::on_late_answer(leg_id leg, std::string answer) {
  told.push_back(fmt::format("{} late answer", leg.value));
  body = std::move(answer);
}
void house::on_fact(any_fact fact) {
  std::visit(
      [this](const auto& f) {
        using type = std::decay_t<decltype(f)>;
        if constexpr (std::is_same_v<type, fact::refused>)
          told.push_back(fmt::format("{} refused {}{}", f.leg.value, f.status, because(f.why)));
        else if constexpr (std::is_same_v<type, fact::ended>)
          told.push_back(fmt::format("{} ended {}{}", f.leg.value, f.status, because(f.why)));
        else if constexpr (std::is_same_v<type, fact::released>)
          told.push_back(fmt::format("{} released {}", f.leg.value, f.status));
        else if constexpr (std::is_same_v<type, fact::source_banned>)
          told.push_back(fmt::format("{} banned for {} s", f.address, f.for_ns / 1'000'000'000));
        else if constexpr (std::is_same_v<type, fact::calls_limited>)
          told.push_back(fmt::format("{} calls limited", f.address.empty() ? "all" : f.address));
        else if constexpr (std::is_same_v<type, fact::refer_asked>)
          told.push_back(fmt::format("{} refer {} replacing {}", f.leg.value, f.number, f.replaced.value));
        else if constexpr (std::is_same_v<type, fact::acknowledged>)
          told.push_back(fmt::format("{} acknowledged", f.leg.value));
        else if constexpr (std::is_same_v<type, fact::registered>)
          told.push_back(fmt::format("device {} {} {} for {} s", f.device.value, f.in_service ? "in" : "out",
                                     static_cast<int>(f.why), (f.until_ns - clock_ns) / 1'000'000'000));
        else if constexpr (std::is_same_v<type, fact::presence>)
          told.push_back(fmt::format("presence {} {} {}", f.device.value, f.number, static_cast<int>(f.state)));
        else if constexpr (std::is_same_v<type, fact::watch_refused>)
          told.push_back(fmt::format("watch refused {} {} {}", f.device.value, f.number, f.status));
        else
          told.emplace_back("unexpected fact");
      },
      fact);
}
void house::on_reoffer(leg_id leg, std::string offer) {
  told.push_back(fmt::format("{} reoffer", leg.value));
  body = std::move(offer);
}
void house::on_reoffer_answered(leg_id leg, std::uint16_t status, std::string answer) {
  told.push_back(fmt::format("reoffer answered {} {}", leg.value, status));
  body = std::move(answer);
}
void house::on_refresh_due(leg_id leg) {
  told.push_back(fmt::format("{} refresh due", leg.value));
  stack->refresh(leg, our_sdp);
}
void house::on_dialog_changed(leg_id leg, std::string saved) { dialogs[leg.value] = std::move(saved); }
void house::on_binding_changed(device_id device, std::string saved) { bindings[device.value] = std::move(saved); }

trunk_call call_in(house& h, peer_socket& peer, const std::string& number, const std::string& body, const std::string& extra) {
  static int calls = 0;
  h.trunk(fmt::format("127.0.0.1:{}", peer.port()),
          fmt::format("sip:127.0.0.1:{};transport={}", peer.port(), peer.tcp() ? "tcp" : "udp"));
  const auto before = h.calls.size();
  trunk_call out;
  out.call_id = fmt::format("call-{}-{}", peer.port(), ++calls);
  out.from = fmt::format("\"Wang\" <sip:13900@127.0.0.1:{}>;tag=f{}", peer.port(), calls);
  out.to = fmt::format("<sip:{}@127.0.0.1:{}>", number, h.port());
  out.invite = peer.request("INVITE", fmt::format("sip:{}@127.0.0.1:{}", number, h.port()), out.from, out.to, out.call_id, 1,
                            extra, body);
  peer.send(out.invite);
  h.until([&] { return h.calls.size() > before; }, std::chrono::seconds(2));
  return out;
}

message establish(house& h, peer_socket& peer, trunk_call& call) {
  const auto leg = h.calls.back().who.leg;
  h.stack->answer(leg, our_sdp);
  call.answered = h.next(peer, "200").value_or(message{});
  call.to = call.answered.get("to");
  peer.send(peer.request("ACK", call.answered.uri("contact"), call.from, call.to, call.call_id, 1));
  h.hears(fmt::format("{} acknowledged", leg.value));
  return call.answered;
}

}  // namespace sip_test
