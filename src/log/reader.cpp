// SPDX-License-Identifier: Apache-2.0
// The public face of a reader: opening, waiting, and how far the disk and the board are.
#include <log/commit.hpp>
#include <log/futex.hpp>
#include <log/reader.hpp>

namespace cordboard {

using namespace log;

log_reader::log_reader(std::unique_ptr<impl> with) : impl_(std::move(with)) {}
log_reader::log_reader(log_reader&&) noexcept = default;
log_reader& log_reader::operator=(log_reader&&) noexcept = default;
log_reader::~log_reader() = default;

result<log_reader> log_reader::open(const std::string& path, log_reader_options options) {
  auto made = std::make_unique<impl>();
  made->options = options;
  if (const auto attached = made->attach(path); !attached) return tl::unexpected(attached.error());
  return log_reader(std::move(made));
}

bool log_reader::wait(std::chrono::nanoseconds timeout) {
  using clock = std::chrono::steady_clock;
  const clock::time_point until = clock::now() + std::min<std::chrono::nanoseconds>(timeout, std::chrono::hours(24 * 365));
  for (;;) {
    const std::uint32_t* word = impl_->control ? &impl_->control->wake : nullptr;
    const std::uint32_t seen = word != nullptr ? load_acquire(*word) : 0;
    if (const auto come = impl_->come_to_match(); !come || *come) return true;
    if (load_acquire(impl_->interrupted) != 0) {
      store_release<std::uint32_t>(impl_->interrupted, 0);
      return false;
    }
    const auto left = until - clock::now();
    if (left <= std::chrono::nanoseconds(0)) return false;
    // A second is how long a log that was replaced under a reader can stay unseen.
    futex_wait(word, seen, impl_->interrupted, std::min<std::chrono::nanoseconds>(left, std::chrono::seconds(1)));
    // Whoever is woken by its own log is in a hurry, and its log lives.
    if ((word == nullptr || load_acquire(*word) == seen) && impl_->replaced()) impl_->reattach();
  }
}

void log_reader::interrupt() {
  store_release<std::uint32_t>(impl_->interrupted, 1);
  futex_wake_own(impl_->interrupted);
}

std::uint64_t log_reader::durable_sequence() const {
  return impl_->control ? load_acquire(impl_->control->durable_sequence) : 0;
}

bool log_reader::wait_durable(std::uint64_t sequence, std::chrono::nanoseconds timeout) {
  using clock = std::chrono::steady_clock;
  const clock::time_point until = clock::now() + std::min<std::chrono::nanoseconds>(timeout, std::chrono::hours(24 * 365));
  const std::uint32_t nobody = 0;
  for (;;) {
    const std::uint32_t* word = impl_->control ? &impl_->control->durable_wake : nullptr;
    const std::uint32_t seen = word != nullptr ? load_acquire(*word) : 0;
    if (durable_sequence() >= sequence) return true;
    const auto left = until - clock::now();
    if (left <= std::chrono::nanoseconds(0)) return false;
    futex_wait(word, seen, nobody, std::min<std::chrono::nanoseconds>(left, std::chrono::seconds(1)));
  }
}

log_link log_reader::link() const { return impl_->link(); }

}  // namespace cordboard
