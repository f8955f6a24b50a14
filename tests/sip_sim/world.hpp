// SPDX-License-Identifier: Apache-2.0
// The SIP part under a bad network, rude peers and crashes. The house behind it is the least that keeps the rules of the board:
// what is told is written down before anything is done about it, and a crash leaves what was written down.
#pragma once
#include <map>
#include <memory>
#include <random>
#include <sip/loop.hpp>
#include <sip/stack.hpp>
#include <string>
#include <vector>
#include "agent.hpp"
#include "network.hpp"

namespace sip_sim {

using namespace cordboard;

struct findings {
  std::uint64_t datagrams = 0, calls = 0, talks = 0, crashes = 0;
  std::string failure;  ///< empty: nothing broken
};

class world final : public sip::sink {
public:
  explicit world(std::uint64_t seed, bool tells);
  ~world() override;

  /// One episode: calls for a while, then everything ends. @returns false when something was broken
  bool live(findings& found);

private:
  /// A leg as the board knows it.
  enum class phase { offered, inviting, ringing, up, releasing, over };
  struct line {
    bool outgoing = false;
    phase is = phase::offered;
    std::string saved;   ///< written down
    std::string dialog;  ///< told, to be written down
    bool answered = false;
    std::string number;  ///< of whoever is at the other end
  };

  void on_incoming(sip::incoming) override;
  void on_provisional(leg_id, std::uint16_t status, std::string) override;
  void on_answered(leg_id, std::string) override;
  void on_late_answer(leg_id, std::string) override {}
  void on_fact(any_fact) override;
  void on_reoffer(leg_id, std::string) override;
  void on_reoffer_answered(leg_id, std::uint16_t, std::string) override {}
  void on_refresh_due(leg_id) override;
  void on_dialog_changed(leg_id, std::string saved) override;
  void keep_dialogs() override;
  void on_binding_changed(device_id, std::string) override {}
  std::uint64_t fresh_id() override { return dice_() | 1U; }
  bool is_emergency(std::string_view) override { return false; }
  std::int64_t now() override { return sip_sim::now() * 1'000'000; }

  bool chance(unsigned of_1000) { return dice_() % 1000 < of_1000; }
  milliseconds between(milliseconds least, milliseconds most) {
    return least + static_cast<milliseconds>(dice_() % static_cast<std::uint64_t>(most - least + 1));
  }
  void begin();
  void die();
  void come_back();
  /// The end of the process at this very point, now and then. @returns whether it came
  bool dies_here();
  void write_down(leg_id id);
  void later(milliseconds wait, std::function<void()> what);
  void release(leg_id id);
  void final(leg_id id, const char* said, bool may);
  void broken(const std::string& what);
  const agent* at(const std::string& number) const;
  void arrive(const std::string& datagram);
  manners any_manners();
  agent& add_agent();
  void new_call();
  void pass(milliseconds time);
  void settle();
  bool check(findings& found);

  std::mt19937_64 dice_;
  bool tells_;
  sip_config config_;
  std::vector<device_config> devices_;
  std::vector<device_id> ids_;
  sip::loop loop_;
  network net_;
  std::unique_ptr<sip::stack> stack_;
  std::map<std::uint64_t, line> lines_;
  std::multimap<milliseconds, std::function<void()>> plans_;
  std::vector<std::unique_ptr<agent>> agents_;
  std::map<std::string, agent*> by_call_id_;
  std::uint64_t dialled_ = 0;
  bool crashes_ = false;
  bool dead_ = false;
  findings* found_ = nullptr;
};

}  // namespace sip_sim
