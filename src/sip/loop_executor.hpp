// SPDX-License-Identifier: Apache-2.0
// An Asio executor over the loop: coroutines, timers and handlers resume on the loop's thread. The only header here that
// mentions Asio.
#pragma once
#include <sip/loop.hpp>
#include <utility>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>

namespace cordboard::sip {

/// @threads   any: work posted through it runs on the loop's thread, in order of posting, never inline
/// @lifetime  loop and context must outlive it and what is posted; work still posted when the loop dies is destroyed, not run
class loop_executor {
public:
  /// @param context  whose services (timers, sockets) the work uses; it runs on threads of its own
  loop_executor(loop& on, boost::asio::execution_context& context) noexcept : loop_(&on), context_(&context) {}

  boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept { return *context_; }
  static constexpr boost::asio::execution::blocking_t::never_t query(boost::asio::execution::blocking_t) noexcept { return {}; }
  loop_executor require(boost::asio::execution::blocking_t::never_t) const noexcept { return *this; }

  template <class Work>
  void execute(Work work) const {
    loop_->post(std::move(work));
  }

  friend bool operator==(const loop_executor& a, const loop_executor& b) noexcept {
    return a.loop_ == b.loop_ && a.context_ == b.context_;
  }
  friend bool operator!=(const loop_executor& a, const loop_executor& b) noexcept { return !(a == b); }

private:
  loop* loop_;
  boost::asio::execution_context* context_;
};

}  // namespace cordboard::sip
