// SPDX-License-Identifier: Apache-2.0
#include <cordboard/client.hpp>
#include <client/board_socket.hpp>
#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace cordboard {
namespace {

constexpr unsigned segment_bits = 18;

bool is_outcome(event_kind k) {
  return k == event_kind::command_done || k == event_kind::command_failed || k == event_kind::command_timed_out;
}

}  // namespace

struct client::impl {
  explicit impl(std::string folder) : run(std::move(folder)) {}

  /// The connection, made anew when the board had gone.
  result<std::shared_ptr<board_socket>> connected() {
    const std::lock_guard lock(mutex);
    if (closed) return failure(errc::board_closed);
    if (!link || link->ended()) {
      auto fresh = board_socket::open(run + '/' + std::string(socket_file));
      if (!fresh) return tl::unexpected(fresh.error());
      link = std::move(*fresh);
    }
    return link;
  }

  /// The event with this sequence, which is committed.
  result<event> at(std::uint64_t sequence) {
    const std::lock_guard lock(lookup_mutex);
    const std::uint64_t index = sequence & ((std::uint64_t{1} << segment_bits) - 1);
    if (view.number != sequence >> segment_bits || index >= view.slots.size()) {
      if (!lookup) {
        auto opened = log_reader::open(run);
        if (!opened) return tl::unexpected(opened.error());
        lookup = std::make_unique<log_reader>(std::move(*opened));
      }
      auto found = lookup->segment(sequence >> segment_bits);
      if (!found) return tl::unexpected(found.error());
      view = std::move(*found);
    }
    if (index >= view.slots.size() || view.slots[index].sequence != sequence) return failure(errc::log_damaged);
    return view.slots[index];
  }

  const std::string run;
  std::mutex mutex;
  std::shared_ptr<board_socket> link;
  std::vector<log_reader*> readers;  // of the outcomes that are waited for
  bool closed = false;

  std::mutex lookup_mutex;
  std::unique_ptr<log_reader> lookup;
  segment_view view;
};

client::client(std::unique_ptr<impl> with) : impl_(std::move(with)) {}
client::client(client&&) noexcept = default;
client& client::operator=(client&&) noexcept = default;
client::~client() = default;

const std::string& client::path() const { return impl_->run; }

result<client> client::attach(const std::string& run, diagnostics* why) {
  auto made = std::make_unique<impl>(run);
  const auto link = made->connected();
  if (!link) {
    if (why != nullptr) {
      *why =
          diagnostics(link.error() == errc::not_connected
                          ? "no board listens at " + run + "/socket: start one with `cordboard serve`, or give its run folder"
                          : "cannot connect to " + run + "/socket: " + link.error().message());
    }
    return tl::unexpected(link.error());
  }
  return client(std::move(made));
}

result<std::uint64_t> client::submit(const command& c, std::chrono::nanoseconds timeout, event* answered) {
  if (auto fine = check(c); !fine) return tl::unexpected(fine.error());
  const auto until = std::chrono::steady_clock::now() + timeout;
  result<socket_answer> answer = failure(errc::board_closed);
  // A board that restarts may close between our connecting and its answer. Once more is safe, under the same id.
  for (int attempt = 0; attempt < 2 && !answer && answer.error() == errc::board_closed; ++attempt) {
    const auto link = impl_->connected();
    if (!link) return tl::unexpected(link.error());
    answer = (*link)->exchange(c, until);
  }
  if (!answer) return tl::unexpected(answer.error());
  const auto said = answer->sequence != 0 ? impl_->at(answer->sequence) : result<event>(event{});
  if (said && answered != nullptr) *answered = *said;
  if (answer->code != 0) return failure(static_cast<errc>(answer->code));
  if (!said) return tl::unexpected(said.error());
  if (said->kind == event_kind::command_refused) return failure(static_cast<errc>(said->value));
  return answer->sequence;
}

result<event> client::outcome(command_id id, std::uint64_t accepted, std::chrono::nanoseconds timeout) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  auto reader = log_reader::open(impl_->run);
  if (!reader) return tl::unexpected(reader.error());
  if (auto placed = reader->after(accepted); !placed) return tl::unexpected(placed.error());
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->closed) return failure(errc::board_closed);
    impl_->readers.push_back(&*reader);
  }
  const auto followed = [&]() -> result<event> {
    for (;;) {
      const auto events = reader->next();
      if (!events) return tl::unexpected(events.error());
      const auto found =
          std::find_if(events->begin(), events->end(), [&](const event& e) { return e.command == id && is_outcome(e.kind); });
      if (found != events->end()) return *found;
      if (!events->empty()) continue;
      {
        const std::lock_guard lock(impl_->mutex);
        if (impl_->closed) return failure(errc::board_closed);
      }
      const auto left = until - std::chrono::steady_clock::now();
      if (left <= left.zero()) return failure(errc::timed_out);
      reader->wait(left);
    }
  }();
  const std::lock_guard lock(impl_->mutex);
  std::erase(impl_->readers, &*reader);
  return followed;
}

void client::close() {
  const std::lock_guard lock(impl_->mutex);
  impl_->closed = true;
  if (impl_->link) impl_->link->shut_down();
  for (log_reader* reader : impl_->readers) reader->interrupt();
}

}  // namespace cordboard
