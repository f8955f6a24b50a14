// SPDX-License-Identifier: Apache-2.0
#include "door.hpp"
#include <cordboard/client.hpp>
#include <utility>

namespace cordboard::c {
namespace {

class attached final : public door {
 public:
  explicit attached(client with) : client_(std::move(with)) {}
  result<std::uint64_t> submit(const command& c, std::chrono::nanoseconds timeout) override { return client_.submit(c, timeout); }
  result<event> outcome(command_id id, std::uint64_t accepted, std::chrono::nanoseconds timeout) override {
    return client_.outcome(id, accepted, timeout);
  }
  std::string path() const override { return client_.path(); }
  void close() override { client_.close(); }

 private:
  client client_;
};

}  // namespace

result<std::shared_ptr<door>> attach(const std::string& path, diagnostics& why) {
  auto connected = client::attach(path, &why);
  if (!connected) return tl::unexpected(connected.error());
  return std::make_shared<attached>(std::move(*connected));
}

}  // namespace cordboard::c
