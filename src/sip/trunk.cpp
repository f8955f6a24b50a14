// SPDX-License-Identifier: Apache-2.0
#include <sip/headers.hpp>
#include <sip/stack_core.hpp>
#include <sip/trunk.hpp>
#include <fmt/format.h>
#include <algorithm>

namespace cordboard::sip {

trunk::trunk(stack_core& of, const device& line)
    : of_(of), line_(line), account_(line.trunk.user, line.password), start_(of.on, [this] {
        // The house counts on a line until it hears otherwise; not on one that has to register first.
        if (registration_ != nullptr)
          registration_->begin();
        else
          told_ = true;
        report(cause::none);
      }) {
  for (const auto& host : line_.targets)
    targets_.push_back(std::make_unique<target>(of_, host, line_.trunk.check_every, line_.trunk.check_failures,
                                                [this] { report(cause::dest_out_of_order); }));
  if (line_.trunk.registers)
    registration_ = std::make_unique<registration>(of_, line_, account_, [this](cause why) { report(why); });
  for (const auto& number : line_.watches)
    if (!targets_.empty()) watches_.push_back(std::make_unique<extension_watch>(of_, *this, number));
  start_.after(std::chrono::nanoseconds(0));
}

std::string trunk::our_uri(std::string_view user) const {
  if (line_.trunk.user.empty()) return of_.house_uri(user.empty() ? "cordboard" : user);
  return fmt::format("sip:{}@{}", as_user(user.empty() ? std::string_view(line_.trunk.user) : user), line_.domain());
}

std::size_t trunk::next(std::uint32_t tried) const {
  for (std::size_t i = 0; i < targets_.size(); ++i)
    if ((tried >> i & 1U) == 0 && targets_[i]->is_there()) return i;
  return none;
}

std::string trunk::route_to(std::size_t index) const {
  return registration_ != nullptr ? registration_->route_at(targets_[index]->host()) : std::string();
}

bool trunk::leave(std::function<void()> done) { return registration_ != nullptr && registration_->leave(std::move(done)); }

void trunk::report(cause why) {
  // A line that only brings calls has nothing that could be out of service.
  const bool reached = targets_.empty() || next(0) != none;
  const bool in = reached && (registration_ == nullptr || registration_->is_in());
  const bool partly = in && std::any_of(targets_.begin(), targets_.end(), [](const auto& one) { return !one->is_there(); });
  if (told_ == in && (in || told_why_ == why) && told_partly_ == partly) return;
  told_ = in;
  told_why_ = why;
  told_partly_ = partly;
  const auto left = registration_ != nullptr && in ? registration_->left() : std::chrono::seconds(0);
  of_.tell([id = line_.id, in, why, left, partly](sink& to) {
    const auto until = in && left.count() == 0 ? 0 : to.now() + std::chrono::nanoseconds(left).count();
    to.on_fact(fact::registered{id, until, in, in ? cause::normal : why, partly});
  });
}

}  // namespace cordboard::sip
