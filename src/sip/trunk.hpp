// SPDX-License-Identifier: Apache-2.0
// A line to the outside: its targets in their order, our account there, and our registration if it has one. In service while a
// target is there and, if it registers, the registration stands.
#pragma once
#include <sip/devices.hpp>
#include <sip/digest_client.hpp>
#include <sip/extension_watch.hpp>
#include <sip/registration.hpp>
#include <sip/target.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cordboard::sip {

class trunk {
public:
  trunk(stack_core& of, const device& line);

  const device& line() const { return line_; }
  digest_client& account() { return account_; }
  /// Our own address there, with this user part.
  std::string our_uri(std::string_view user) const;

  static constexpr std::size_t none = SIZE_MAX;
  /// The first target that is there and whose bit is not in `tried`; `none`: there is none.
  std::size_t next(std::uint32_t tried) const;
  target& at(std::size_t index) { return *targets_[index]; }
  /// The Route that calls to this target take (RFC 3608); empty: none.
  std::string route_to(std::size_t index) const;

  bool restore(std::string_view saved) { return registration_ != nullptr && registration_->restore(saved); }
  /// Ends the registration; `done` is called when that is answered, or took too long. @returns false when there is none
  bool leave(std::function<void()> done);

private:
  void report(cause why);

  stack_core& of_;
  device line_;
  digest_client account_;
  std::vector<std::unique_ptr<target>> targets_;
  std::unique_ptr<registration> registration_;
  std::vector<std::unique_ptr<extension_watch>> watches_;
  std::optional<bool> told_;
  cause told_why_ = cause::none;
  bool told_partly_ = false;
  timer start_;  ///< what is told first waits for `restore`
};

}  // namespace cordboard::sip
