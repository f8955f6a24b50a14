// SPDX-License-Identifier: Apache-2.0
// The inside of `stack`: the agent, what arrives outside dialogs, and the legs.
#pragma once
#include <sip/admission.hpp>
#include <sip/devices.hpp>
#include <sip/digest.hpp>
#include <sip/flow.hpp>
#include <sip/question.hpp>
#include <sip/registrar.hpp>
#include <sip/sockets.hpp>
#include <sip/source_filter.hpp>
#include <sip/stack.hpp>
#include <sip/su.hpp>
#include <sip/trunk.hpp>
#include <sip/watchers.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace cordboard::sip {

class call_leg;

struct stack_core final : agent_user {
  stack_core(loop& on, const sip_config& config, device_table table, sink& to);
  ~stack_core() override;

  // Requests outside dialogs, and responses of no transaction.
  void on_question(question& asked) override;
  void on_stray(const sip_t& sip) override;

  /// Queues what the sink is to be told: it is never called from inside a method or a library callback.
  void tell(std::function<void(sink&)> what);
  void tell_fact(any_fact fact) {
    tell([fact = std::move(fact)](sink& s) { s.on_fact(fact); });
  }
  void tell_binding(const registrar::change& change);
  /// Answers behind what was told so far: whoever hears that a call is over does not say so again to the process after a crash.
  void answer_behind(incoming_ptr request, int status, const char* phrase);

  call_leg* find(leg_id id) const;
  /// The answered caller of the process before whose INVITE this is again; null: it is a new one.
  call_leg* answered_before(const sip_t& sip) const;
  /// Whose dialog a Replaces value names (RFC 3891); null: nobody's.
  call_leg* dialog_named(const sip_replaces_t& replaces) const;
  call_leg& add(std::unique_ptr<call_leg> leg);
  /// Later the leg is asked to drop its ACKs.
  void keep_acks(leg_id id);
  /// Takes the leg away once the library's frames are gone.
  void bury(leg_id id);

  std::uint16_t port(transport which) const { return ports[static_cast<std::size_t>(which)]; }
  /// Our Contact over this transport.
  std::string contact(transport over, std::string_view user = "cordboard", bool sips = false) const;
  /// A trunk's line; null: it is none, or not there.
  trunk* line(device_id id) const;
  /// Makes the lines of the devices as they are now.
  void open_lines();
  /// The URI of the house, with this user part; a host name only where a header needs one.
  std::string house_uri(std::string_view user) const;

  loop& on;
  sip_config config;
  sink& to;
  device_table devices;
  digest_server digest;
  admission gate;
  /// First among what uses the library, so that it goes last: legs and bindings hold its transports.
  agent_ptr agent;
  std::uint16_t ports[3] = {0, 0, 0};
  registrar phones;
  watchers watching;
  std::map<device_id, std::unique_ptr<trunk>> lines;
  std::unordered_map<std::uint64_t, std::unique_ptr<call_leg>> legs;
  std::vector<std::unique_ptr<call_leg>> buried;
  std::unordered_map<std::string, leg_id> restored_callers;  ///< answered ones, by their Call-ID

  /// Two for each of the calls that a house may have, and some on their way out.
  static constexpr std::size_t legs_max = 1U << 18;

private:
  void on_register(question& asked);
  void on_subscribe(question& asked, const device* trunk);
  /// @param trunk  whose address it came from; null: no trunk's
  void on_invite(question& asked, const device* trunk);
  /// The phone that its credentials prove; otherwise it has been answered.
  const device* authenticate(question& asked);
  void judge(const source_address& from, admission::proof given);
  /// Whether a call comes too fast; then it has been answered.
  bool is_too_fast(question& asked, bool of_trunk);
  /// Tells the kernel who is banned: soon after a ban began, then each second until none is left.
  void filter_banned();
  void hang_up_on_strangers();
  void drop_acks();
  void open();
  int bind_transport(transport which, std::uint16_t at, const char* tls_folder = nullptr);
  void flush();

  std::deque<std::function<void(sink&)>> told_;
  bool flushing_ = false;
  source_filter dropped_;
  timer filter_due_;
  strangers strangers_;
  timer strangers_due_;
  bool filter_waits_ = false;
  std::deque<leg_id> acked_;  ///< the oldest first
  timer acks_due_;
  std::shared_ptr<stack_core*> self_;  ///< null inside once this is gone: posted jobs look there
};

/// Answers and is done with it: for requests that need nothing else.
int answer(nta_incoming_t* request, int status, const char* phrase, tags with = tags());

}  // namespace cordboard::sip
