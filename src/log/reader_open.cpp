// SPDX-License-Identifier: Apache-2.0
// Where the log is: found by a run folder, a hot folder or an archive; and whether it still is there.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <log/clock.hpp>
#include <log/commit.hpp>
#include <log/reader.hpp>

namespace cordboard {

using namespace log;

result<void> log_reader::impl::attach(const std::string& path) {
  const auto where = places_of(path);
  if (!where) return tl::unexpected(where.error());
  auto opened_hot = where->hot.empty() ? result<folder>(failure(errc::not_connected)) : folder::open(where->hot);
  if (opened_hot) {
    auto opened = open_control(*opened_hot);
    if (!opened && !is_missing(opened.error())) return tl::unexpected(opened.error());
    if (opened) {
      hot = std::move(*opened_hot);
      control = std::move(*opened);
    }
  }
  if (!where->archive.empty()) {
    auto opened = folder::open(where->archive);
    if (opened) archive = std::move(*opened);
  }
  if (!hot && !archive) return failure(errc::not_connected);
  // Whoever may not read the board's key reads all else.
  const bool named = !options.text_key_file.empty();
  if (const std::string& file = named ? options.text_key_file : where->text_key; !file.empty()) {
    auto read = house_keys::read(file);
    if (!read && named) return tl::unexpected(read.error());
    if (read) keys = std::move(*read);
  }
  return {};
}

// Somebody emptied the hot folder and a new writer made its own: the one that is mapped here is silent for ever.
bool log_reader::impl::replaced() const {
  if (!hot) return false;
  struct stat mapped {};
  struct stat now {};
  if (::fstat(control.file.get(), &mapped) != 0) return false;
  if (::stat((hot.path() + "/" + control_file).c_str(), &now) != 0) return false;
  return mapped.st_ino != now.st_ino || mapped.st_dev != now.st_dev;
}

void log_reader::impl::reattach() {
  impl fresh;
  fresh.options = options;
  if (!fresh.attach(hot.path())) return;
  hot = std::move(fresh.hot);
  archive = std::move(fresh.archive);
  control = std::move(fresh.control);
  keys = std::move(fresh.keys);
  // What was handed out stays valid, but none of it is this log any more.
  for (auto* old : {&here, &kept, &aside}) {
    if (*old) orphans.push_back(std::move(*old));
  }
  const auto found = seek(at == 0 ? 0 : at - 1);
  if (!found) lost = found.error();
}

namespace {

bool is_locked(const unique_fd& file) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(file.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

log_link link_of(const opened_control& control) {
  log_link found;
  // The lock first: a board that stopped between the two was there when it was asked.
  const bool alive = is_locked(control.file);
  const bool closed = load_acquire(control->state) == static_cast<std::uint32_t>(log_state::closed);
  found.age = std::chrono::nanoseconds(std::max<std::int64_t>(monotonic_time_ns() - load_acquire(control->beat_ns), 0));
  if (closed) {
    found.state = link_state::stopped;
  } else if (!alive) {
    found.state = link_state::lost;
  } else {
    found.state = found.age <= link_silent_after ? link_state::serving : link_state::silent;
  }
  return found;
}

}  // namespace

log_link log_reader::impl::link() const {
  if (!control) return {};
  if (replaced()) {
    const auto now = folder::open(hot.path());
    const auto fresh = now ? open_control(*now) : result<opened_control>(tl::unexpected(now.error()));
    if (fresh) return link_of(*fresh);
  }
  return link_of(control);
}

bool log_reader::writer_alive() const { return impl_->control && is_locked(impl_->control.file); }

}  // namespace cordboard
