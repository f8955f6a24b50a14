// SPDX-License-Identifier: Apache-2.0
// Where the phones are: RFC 3261 10.3, with one binding a phone. The newest registration wins: a phone that comes back after a
// power cut has a new contact, and its old one would ring nobody.
#pragma once
#include <cordboard/config.hpp>
#include <cordboard/event.hpp>
#include <sip/devices.hpp>
#include <sip/flow.hpp>
#include <sip/loop.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cordboard::sip {

/// A phone's place.
struct binding {
  std::string contact;  ///< URI
  std::string route;    ///< where to send instead of the contact's host, or empty
  std::string path;     ///< the proxies before it, as a Route (RFC 3327), or empty
  flow came;
  std::string registration_id;  ///< Call-ID of the REGISTER
  std::uint32_t cseq = 0;
  std::chrono::seconds granted{0};
  bool lost = false;  ///< its connection is gone: it cannot be reached until it registers again
};

class registrar {
public:
  /// Told when a phone's registration begins, changes or ends.
  struct change {
    device_id phone;
    bool in_service = false;
    cause why = cause::none;  ///< none: nothing that concerns anybody but a restart
    std::chrono::seconds left{0};
    std::string saved;  ///< what `restore` needs; empty: nothing is left
  };
  using told = std::function<void(change)>;

  registrar(loop& on, const sip_config& config, told tell) : loop_(on), config_(config), tell_(std::move(tell)) {}

  /// Answers an authenticated REGISTER of `phone`.
  void answer(nta_incoming_t* request, const sip_t& sip, const device& phone, flow came);
  /// Where a phone is; null: not registered, or its connection is lost.
  const binding* find(device_id phone) const;
  /// The way to each phone that is registered.
  template <class Each>
  void for_each(Each each) const {
    for (const auto& [phone, on] : bindings_) each(on.came);
  }
  bool restore(device_id phone, std::string_view saved);
  /// Ends the registrations of phones that `is_known` does not know.
  void keep_only(const std::function<bool(device_id)>& is_known);

private:
  struct entry : binding {
    std::unique_ptr<timer> expiry;
    std::unique_ptr<flow_watch> watch;
  };
  struct wanted;
  std::optional<wanted> read(const sip_t& sip, int& status) const;
  void bind(device_id phone, binding to);
  void watch(device_id phone, entry& on);
  void end(device_id phone, cause why);
  void reply_with_binding(nta_incoming_t* request, device_id phone) const;

  loop& loop_;
  sip_config config_;
  told tell_;
  std::map<device_id, entry> bindings_;
};

}  // namespace cordboard::sip
