// SPDX-License-Identifier: Apache-2.0
#include <gateway/figures_feed.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <log/commit.hpp>

namespace cordboard::gateway {
namespace {

using clock = std::chrono::steady_clock;
constexpr auto told_every = std::chrono::milliseconds(250);
constexpr auto again_after = std::chrono::seconds(2);
// Waits grow without an event.
constexpr auto told_at_least = std::chrono::seconds(5);

std::int64_t wall_ns() { return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

figures_feed::figures_feed(figures::live_figures::settings how, std::function<void(text)> came,
                           std::function<void(const std::string&)> trace)
    : how_(std::move(how)), came_(std::move(came)), trace_(std::move(trace)), thread_([this] { follow(); }) {}

figures_feed::~figures_feed() {
  over_ = true;
  {
    const std::lock_guard lock(mutex_);
    if (reader_) reader_->interrupt();
    answered_.notify_all();
  }
  thread_.join();
}

figures_feed::text figures_feed::prometheus(std::chrono::nanoseconds limit) {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = ++asked_;
  if (reader_) reader_->interrupt();
  if (!answered_.wait_for(lock, limit, [&] { return over_ || answers_ >= mine; })) return nullptr;
  return answer_;
}

bool figures_feed::begin() {
  const auto failed = [&](const std::string& why) {
    if (told_ != why) trace_(fmt::format("figures of {}: {}", how_.log, why));
    told_ = why;
    return false;
  };
  auto made = figures::live_figures::open(how_);
  if (!made) return failed(made.error().message());
  auto reader = log_reader::open(how_.log);
  if (!reader) return failed(reader.error().message());
  if (const auto at = reader->after(made->position()); !at) return failed(at.error().message());
  told_.clear();
  state_ = std::make_unique<figures::live_figures>(std::move(*made));
  const std::lock_guard lock(mutex_);
  reader_ = std::make_unique<log_reader>(std::move(*reader));
  return true;
}

void figures_feed::follow() {
  auto last = clock::now() - told_at_least;
  bool changed = true;
  while (!over_) {
    if (!reader_ && !begin()) {
      std::unique_lock lock(mutex_);
      answered_.wait_for(lock, again_after, [&] { return over_.load(); });
      continue;
    }
    const auto events = reader_->next();
    if (!events || std::any_of(events->begin(), events->end(), log::gave_way)) {
      const std::lock_guard lock(mutex_);
      reader_.reset();
      continue;
    }
    if (!events->empty()) state_->evolve(*events, *reader_), changed = true;
    {
      const std::lock_guard lock(mutex_);
      if (asked_ > answers_) {
        answer_ = std::make_shared<const std::string>(state_->prometheus(wall_ns()));
        answers_ = asked_;
        answered_.notify_all();
      }
    }
    const auto now = clock::now();
    if (wanted_ && now - last >= (changed ? std::chrono::nanoseconds(told_every) : std::chrono::nanoseconds(told_at_least))) {
      came_(std::make_shared<const std::string>(state_->wall(wall_ns())));
      last = now;
      changed = false;
    }
    if (events->empty()) reader_->wait(told_every);
  }
}

}  // namespace cordboard::gateway
