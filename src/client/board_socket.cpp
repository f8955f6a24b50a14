// SPDX-License-Identifier: Apache-2.0
#include <client/board_socket.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cordboard {
namespace {

std::error_code told(int error) {
  if (error == ENOENT || error == ECONNREFUSED || error == ENOTDIR) return errc::not_connected;
  if (error == EACCES || error == EPERM) return errc::access_refused;
  return {error, std::system_category()};
}

/// Waits until the socket may be used. @returns false when the time is over
bool ready(int descriptor, short events, board_socket::time_point until) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd p{descriptor, events, 0};
    const int n = ::poll(&p, 1, static_cast<int>(std::clamp<long>(left, 0, 60'000)));
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) return true;  // the next call on the socket says what is wrong
    if (left <= 0) return false;
  }
}

}  // namespace

result<std::shared_ptr<board_socket>> board_socket::open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return failure(errc::limit_reached);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int descriptor = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return failure(told(errno));
  auto made = std::make_shared<board_socket>(descriptor);
  int outcome = 0;
  do {
    outcome = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } while (outcome != 0 && errno == EINTR);
  if (outcome != 0) return failure(told(errno));
  return made;
}

board_socket::~board_socket() { ::close(descriptor_); }

bool board_socket::ended() {
  const std::lock_guard lock(mutex_);
  if (ended_) return true;
  // A board that has gone is seen here even when nobody waits: an end of file is ready to be read.
  if (waiting_.empty()) {
    char byte = 0;
    const auto n = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) ended_ = true, why_ = errc::board_closed;
  }
  return ended_;
}

void board_socket::end(std::error_code why) {
  const std::lock_guard lock(mutex_);
  if (!ended_) ended_ = true, why_ = why;
}

void board_socket::shut_down() {
  end(errc::board_closed);
  ::shutdown(descriptor_, SHUT_RDWR);
  changed_.notify_all();
}

result<void> board_socket::send(const command& c, time_point until) {
  for (;;) {
    const auto n = ::send(descriptor_, &c, sizeof c, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n == static_cast<ssize_t>(sizeof c)) return {};
    if (errno == EPIPE || errno == ECONNRESET) return {};  // what the board said before it closed is still to be read
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != ENOBUFS) return failure(told(errno));
    if (!ready(descriptor_, POLLOUT, until)) return failure(errc::queue_full);
  }
}

void board_socket::receive(time_point until) {
  if (!ready(descriptor_, POLLIN, until)) return;
  socket_answer answer;
  const auto n = ::recv(descriptor_, &answer, sizeof answer, MSG_DONTWAIT | MSG_TRUNC);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n != static_cast<ssize_t>(sizeof answer)) return end(errc::board_closed);
  if (!answer.id) return end(static_cast<errc>(answer.code));
  const std::lock_guard lock(mutex_);
  const auto whose =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const waiting* w) { return w->id == answer.id && !w->answered; });
  if (whose == waiting_.end()) return;  // whoever asked has stopped waiting
  (*whose)->answered = true;
  (*whose)->answer = answer;
}

result<socket_answer> board_socket::exchange(const command& c, time_point until) {
  waiting mine{c.id, false, {}};
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return failure(why_);
    waiting_.push_back(&mine);
  }
  const auto sent = send(c, until);
  std::unique_lock lock(mutex_);
  bool in_time = true;
  while (sent && !mine.answered && !ended_ && in_time) {
    in_time = std::chrono::steady_clock::now() < until;
    if (receiving_) {
      changed_.wait_until(lock, until);
    } else {
      receiving_ = true;
      lock.unlock();
      receive(until);
      lock.lock();
      receiving_ = false;
      changed_.notify_all();
    }
  }
  std::erase(waiting_, &mine);
  if (mine.answered) return mine.answer;
  if (!sent) return tl::unexpected(sent.error());
  if (ended_) return failure(why_);
  return failure(errc::timed_out);
}

}  // namespace cordboard
