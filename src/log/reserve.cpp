// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <log/reserve.hpp>

namespace cordboard::log {
namespace {

constexpr std::uint64_t page = 4096;
constexpr std::uint64_t parts = 8;

}  // namespace

result<reserve> reserve::open(const folder& hot, std::uint64_t bytes) {
  reserve made;
  auto file = hot.open_file("log.reserve", access::create_or_write, 0600);
  if (!file) return tl::unexpected(file.error());
  made.file_ = std::move(*file);
  made.bytes_ = bytes / page * page;
  if (made.held() > made.bytes_ && ::ftruncate(made.file_.get(), static_cast<off_t>(made.bytes_)) != 0) return system_failure();
  made.fill();
  return made;
}

std::uint64_t reserve::held() const { return size_of(file_.get()).value_or(0); }

std::uint64_t reserve::missing() const {
  const std::uint64_t now = held();
  return now < bytes_ ? bytes_ - now : 0;
}

bool reserve::let_go() const {
  const std::uint64_t now = held();
  if (now == 0) return false;
  const std::uint64_t part = std::max(bytes_ / parts / page * page, 16 * page);
  return ::ftruncate(file_.get(), static_cast<off_t>(now > part ? now - part : 0)) == 0;
}

bool reserve::lend(bool little) const { return held() > (little ? 0 : bytes_ / 2) && let_go(); }

void reserve::fill() const {
  const std::uint64_t part = std::max(bytes_ / parts / page * page, page);
  for (std::uint64_t now = held(); now < bytes_; now = held()) {
    if (!allocate(file_.get(), now, std::min(now + part, bytes_))) return;
  }
}

}  // namespace cordboard::log
