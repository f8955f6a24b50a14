// SPDX-License-Identifier: Apache-2.0
// The least of a switchboard over `stack.hpp`, for other SIP programs to call and be called by:
//   sip_peer NUMBER:PASSWORD... [--trunk ADDRESS=TARGET] [--state FOLDER] [--port N]
// A number of a phone rings that phone and joins the two ends, descriptions passed through; a number that begins with 9 rings
// the trunk. 800 answers, 801 rings, 802 is busy, 803 declines, 804 answers and hangs up. Prints a line for whatever is told; a
// line "release" on its input releases all legs, "quit" ends it. What a restart needs is kept in FOLDER.
#include <fmt/format.h>
#include <poll.h>
#include <sip/stack.hpp>
#include <unistd.h>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>

using namespace cordboard;

namespace {

constexpr const char* own_description =
    "v=0\r\no=peer 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 41000 RTP/AVP 8\r\na=rtpmap:8 "
    "PCMA/8000\r\n";
constexpr device_id trunk_id{1000};

class switchboard final : public sip::sink {
public:
  switchboard(const sip_config& config, const std::vector<device_config>& devices, std::string folder)
      : folder_(std::move(folder)), stack_(on_, config, devices, ids_of(devices), *this) {
    for (std::size_t i = 0; i < devices.size(); ++i)
      if (devices[i].kind == device_kind::phone) phones_[devices[i].number] = ids_of(devices)[i];
    load();
    say("port {}", stack_.port(sip::transport::udp));
  }

  void run() {
    while (!quit_) {
      on_.turn(std::chrono::milliseconds(10));
      read_commands();
    }
  }

  void on_incoming(sip::incoming in) override {
    const auto leg = in.who.leg;
    say("incoming {} {} from {} {} by {}", leg.value, in.who.called, in.who.number, in.who.name, in.who.device.value);
    live_.insert(leg.value);
    const auto& called = in.who.called;
    if (called == "802") return stack_.release(leg, 486);
    if (called == "803") return stack_.release(leg, 603);
    stack_.alert(leg);
    if (called == "801") return;
    if (called == "800" || called == "804") {
      if (called == "804") hang_up_.insert(leg.value);
      return stack_.answer(leg, own_description);
    }
    const auto phone = phones_.find(called);
    if (phone == phones_.end() && called.rfind('9', 0) != 0) return stack_.release(leg, 404);
    const leg_id other{fresh_id()};
    join(leg, other);
    live_.insert(other.value);
    sip::stack::invite invite;
    invite.leg = other;
    invite.device = phone != phones_.end() ? phone->second : trunk_id;
    invite.number = called;
    invite.from_number = in.who.number;
    invite.from_name = in.who.name;
    invite.offer = in.offer.empty() ? own_description : in.offer;
    stack_.ring(invite);
  }
  void on_provisional(leg_id leg, std::uint16_t status, std::string) override { say("provisional {} {}", leg.value, status); }
  void on_answered(leg_id leg, std::string description) override {
    say("answered {}", leg.value);
    if (const auto caller = peer_of(leg)) stack_.answer(caller, description.empty() ? own_description : description);
  }
  void on_late_answer(leg_id leg, std::string) override { say("late {}", leg.value); }
  void on_reoffer(leg_id leg, std::string offer) override {
    say("reoffer {} {}", leg.value, offer.find("a=sendonly") != offer.npos ? "sendonly" : "sendrecv");
    stack_.answer_reoffer(leg, own_description);
  }
  void on_fact(any_fact fact) override {
    std::visit([this](const auto& f) { tell(f); }, fact);
  }
  void on_reoffer_answered(leg_id leg, std::uint16_t status, std::string) override {
    say("reoffer answered {} {}", leg.value, status);
  }
  void on_refresh_due(leg_id leg) override { stack_.refresh(leg, own_description); }
  void on_dialog_changed(leg_id leg, std::string saved) override { keep(fmt::format("leg-{}", leg.value), saved); }
  void keep_dialogs() override {}
  void on_binding_changed(device_id phone, std::string saved) override { keep(fmt::format("phone-{}", phone.value), saved); }
  std::uint64_t fresh_id() override { return random_() | 1U; }
  bool is_emergency(std::string_view) override { return false; }
  std::int64_t now() override { return std::chrono::system_clock::now().time_since_epoch().count(); }

private:
  static std::vector<device_id> ids_of(const std::vector<device_config>& devices) {
    std::vector<device_id> ids;
    for (std::size_t i = 0; i < devices.size(); ++i)
      ids.push_back(devices[i].kind == device_kind::trunk ? trunk_id : device_id{static_cast<std::uint32_t>(i + 1)});
    return ids;
  }
  template <class... Values>
  static void say(fmt::format_string<Values...> format, Values&&... values) {
    fmt::print("{}\n", fmt::format(format, std::forward<Values>(values)...));
    std::fflush(stdout);
  }

  void tell(const fact::refused& f) { say("refused {} {}", f.leg.value, f.status), over(f.leg, f.status); }
  void tell(const fact::ended& f) { say("ended {} {}", f.leg.value, f.status), over(f.leg, 0); }
  void tell(const fact::released& f) { say("released {} {}", f.leg.value, f.status), over(f.leg, 0); }
  void tell(const fact::acknowledged& f) {
    say("acknowledged {}", f.leg.value);
    if (hang_up_.count(f.leg.value) != 0) stack_.release(f.leg);
  }
  void tell(const fact::registered& f) { say("registered {} {}", f.device.value, f.in_service ? 1 : 0); }
  template <class Other>
  void tell(const Other&) {}

  void over(leg_id leg, std::uint16_t status) {
    const auto other = peer_of(leg);
    live_.erase(leg.value);
    peers_.erase(leg.value);
    keep(fmt::format("leg-{}", leg.value), "");
    keep(fmt::format("pair-{}", leg.value), "");
    if (other && live_.count(other.value) != 0) stack_.release(other, status);
  }
  leg_id peer_of(leg_id leg) const {
    const auto found = peers_.find(leg.value);
    return found == peers_.end() ? leg_id{} : leg_id{found->second};
  }
  void join(leg_id a, leg_id b) {
    for (const auto& [one, two] : {std::pair{a, b}, std::pair{b, a}}) {
      peers_[one.value] = two.value;
      keep(fmt::format("pair-{}", one.value), std::to_string(two.value));
    }
  }

  void keep(const std::string& name, const std::string& text) const {
    if (folder_.empty()) return;
    const auto path = std::filesystem::path(folder_) / name;
    if (text.empty()) {
      std::filesystem::remove(path);
      return;
    }
    std::ofstream(path.string() + "~", std::ios::binary) << text;
    std::filesystem::rename(path.string() + "~", path);
  }
  void load() {
    if (folder_.empty()) return;
    for (const auto& each : std::filesystem::directory_iterator(folder_)) {
      const auto name = each.path().filename().string();
      std::stringstream text;
      text << std::ifstream(each.path(), std::ios::binary).rdbuf();
      const auto dash = name.find('-');
      if (dash == name.npos || name.back() == '~') continue;
      const auto id = std::stoull(name.substr(dash + 1));
      if (name[0] == 'l') {
        const bool ok = stack_.restore(leg_id{id}, text.str());
        say("restored {} {}", id, ok ? 1 : 0);
        if (ok) live_.insert(id);
      }
      if (name.rfind("pair", 0) == 0) peers_[id] = std::stoull(text.str());
      if (name.rfind("phone", 0) == 0) stack_.restore_binding(device_id{static_cast<std::uint32_t>(id)}, text.str());
    }
  }

  void read_commands() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, 0) <= 0) return;
    std::array<char, 256> bytes{};
    const auto got = read(STDIN_FILENO, bytes.data(), bytes.size());
    // End of input: whoever started it is gone.
    if (got <= 0)
      quit_ = true;
    else
      input_.append(bytes.data(), static_cast<std::size_t>(got));
    for (auto end = input_.find('\n'); end != input_.npos; end = input_.find('\n')) {
      const auto line = input_.substr(0, end);
      input_.erase(0, end + 1);
      if (line == "quit") quit_ = true;
      if (line == "release")
        for (const auto leg : std::set<std::uint64_t>(live_)) stack_.release(leg_id{leg});
    }
  }

  std::string folder_;
  sip::loop on_;
  std::mt19937_64 random_{std::random_device{}()};
  std::map<std::string, device_id> phones_;
  std::map<std::uint64_t, std::uint64_t> peers_;
  std::set<std::uint64_t> live_, hang_up_;
  std::string input_;
  bool quit_ = false;
  sip::stack stack_;
};

}  // namespace

int main(int count, char** words) {
  sip_config config;
  // Whoever tests with it sends what no house would take.
  config.calls_per_second = config.phone_calls_per_second = config.failures_max = 0;
  config.port = 0;
  std::vector<device_config> devices;
  std::string folder;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const std::string next = i + 1 < count ? words[i + 1] : "";
    if (word == "--state") {
      folder = next, ++i;
    } else if (word == "--port") {
      config.port = static_cast<std::uint16_t>(std::stoi(next)), ++i;
    } else if (word == "--trunk") {
      device_config trunk;
      trunk.kind = device_kind::trunk;
      trunk.number = "outside";
      trunk.addresses = {next.substr(0, next.find('='))};
      if (next.find('=') < next.size() - 1) trunk.targets = {next.substr(next.find('=') + 1)};
      devices.push_back(trunk), ++i;
    } else {
      device_config phone;
      phone.number = word.substr(0, word.find(':'));
      phone.password = word.substr(word.find(':') + 1);
      devices.push_back(phone);
    }
  }
  try {
    switchboard(config, devices, folder).run();
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
  return 0;
}
