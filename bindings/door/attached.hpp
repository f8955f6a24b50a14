// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cordboard/client.hpp>
#include <door/door.hpp>
#include <utility>

namespace cordboard::bindings {

/// Commands over the local socket.
class attached : public door {
public:
  explicit attached(client with) : client_(std::move(with)) {}
  result<std::uint64_t> submit(const command& c, std::chrono::nanoseconds timeout) override {
    return client_.submit(c, timeout);
  }
  result<event> outcome(command_id id, std::uint64_t accepted, std::chrono::nanoseconds timeout) override {
    return client_.outcome(id, accepted, timeout);
  }
  const std::string& path() const override { return client_.path(); }
  void close() override { client_.close(); }
  bool behave(const std::string&, loopback_phone) override { return false; }
  bool call_in(const loopback_call&) override { return false; }
  bool answer(const std::string&) override { return false; }
  bool hang_up(const std::string&) override { return false; }

private:
  client client_;
};

}  // namespace cordboard::bindings
