// SPDX-License-Identifier: Apache-2.0
#include <gateway/feed.hpp>

#include <algorithm>
#include <base/event_json.hpp>
#include <base/masked.hpp>
#include <fmt/format.h>
#include <log/commit.hpp>
#include <log/places.hpp>
#include <snapshot/history.hpp>

namespace cordboard::gateway {
namespace {

/// Batches that lie in the log already are taken together, up to about so many events: fewer and larger messages under load.
constexpr std::size_t together = 128;
constexpr auto look_every = std::chrono::milliseconds(200), again_after = std::chrono::milliseconds(300);

/// The first so many events, up to the end of a batch.
std::span<const event> some_of(std::span<const event> events) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < events.size() && (count == 0 || i < together); ++i)
    if (events[i].batch_left == 0) count = i + 1;
  return events.first(count == 0 ? events.size() : count);
}

feed_event shown(const logged& one) {
  const event& e = one.record;
  return {e, {event_json(e, masked_text(e, one.text)), event_json(e, one.text)}};
}

void lay_out(feed_batch& batch) {
  for (std::size_t of = 0; of < sights; ++of) {
    for (const feed_event& e : batch.events)
      batch.events_sent[of] += fmt::format("id: {}\ndata: {}\n\n", e.record.sequence, e.json[of]);
    if (!batch.state[of].empty())
      batch.state_sent[of] = fmt::format("event: state\nid: {}\ndata: {}\n\n", batch.last, batch.state[of]);
  }
}

}  // namespace

feed::feed(std::string run, feed_ears ears, std::function<void(const std::string&)> trace)
    : run_(std::move(run)), ears_(std::move(ears)), trace_(std::move(trace)) {
  words_.text = [this](std::uint64_t sequence) { return history::text_at(*reader_, sequence); };
  thread_ = std::thread([this] { follow(); });
}

feed::~feed() {
  over_ = true;
  {
    const std::lock_guard lock(mutex_);
    if (reader_) reader_->interrupt();
  }
  thread_.join();
}

void feed::want_house() {
  house_wanted_ = true;
  const std::lock_guard lock(mutex_);
  if (reader_) reader_->interrupt();
}

void feed::follow() {
  while (!over_) {
    if (!reader_ && !begin()) {
      std::this_thread::sleep_for(again_after);
      continue;
    }
    auto events = reader_->next();
    const bool lost = !events || std::any_of(events->begin(), events->end(), log::gave_way);
    if (lost) {
      const std::lock_guard lock(mutex_);
      reader_.reset();
      continue;
    }
    for (auto left = *events; !left.empty();) {
      const auto some = some_of(left);
      take(some);
      left = left.subspan(some.size());
    }
    tell_house();
    look_at_link();
    if (events->empty()) reader_->wait(look_every);
  }
}

/// The state at the log's end, from which events are followed.
bool feed::begin() {
  const auto failed = [&](const std::string& why) {
    link_ = link_state::lost;
    if (told_ != why) trace_(fmt::format("the log of {} cannot be followed: {}", run_, why));
    told_ = why;
    return false;
  };
  auto opened = log_reader::open(run_);
  if (!opened) return failed(opened.error().message());
  const auto where = log::places_of(run_);
  if (!where) return failed(where.error().message());
  const auto newest = opened->newest();
  if (!newest) return failed(newest.error().message());
  diagnostics why;
  auto made = history::rebuild(*opened, *where, *newest, why);
  if (!made) return failed(why.empty() ? made.error().message() : why.our_text());
  told_.clear();
  state_ = std::move(made->state);
  words_.requests.begin(run_, state_);
  {
    const std::lock_guard lock(mutex_);
    reader_ = std::make_unique<log_reader>(std::move(*opened));
  }
  tell_users();
  ears_.begun(*newest);
  look_at_link();
  return true;
}

void feed::take(std::span<const event> batches) {
  auto out = std::make_shared<feed_batch>();
  out->first = batches.front().sequence;
  out->last = batches.back().sequence;
  // Evolved over the state first: what that leaves in the thin state is what has changed.
  board_state changed = board_state::over(state_);
  std::vector<logged> read;
  read.reserve(batches.size());
  for (const event& e : batches) {
    const logged& one = read.emplace_back(history::with_text(*reader_, e));
    out->events.push_back(shown(one));
    evolve(changed, one);
  }
  for (const logged& one : read) {
    evolve(state_, one);
    words_.requests.take(one);
  }
  out->state = changes_json(state_, changed, words_);
  lay_out(*out);
  if (!changed.principals.own().empty() || !changed.operators.own().empty()) tell_users();
  ears_.came(std::move(out));
}

void feed::tell_users() {
  auto all = std::make_shared<house_users>();
  for (const auto& [id, p] : state_.principals.own()) {
    const operator_record* op = state_.operators.find(p->operator_);
    (*all)[p->name] = {p->name,       id, p->rights, p->operator_, op != nullptr ? op->name : std::string(), p->commands,
                       p->departments};
  }
  ears_.users(std::move(all));
}

void feed::tell_house() {
  if (!house_wanted_.exchange(false)) return;
  auto all = std::make_shared<whole_house>();
  all->sequence = state_.last_sequence;
  for (const sight of : {sight::masked, sight::full}) all->json[static_cast<std::size_t>(of)] = house_json(state_, words_, of);
  ears_.house(std::move(all));
}

void feed::look_at_link() {
  const log_link now = reader_->link();
  link_.store(now.state, std::memory_order_relaxed);
  link_age_.store(now.age.count(), std::memory_order_relaxed);
}

}  // namespace cordboard::gateway
