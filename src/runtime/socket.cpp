// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cerrno>
#include <cordboard/command.hpp>
#include <cstring>
#include <fmt/format.h>
#include <log/clock.hpp>
#include <runtime/socket.hpp>
#include <runtime/start_error.hpp>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace cordboard::runtime {
namespace {

constexpr std::uint64_t key_listener = 1, key_wake = 2;
constexpr std::int64_t a_second = 1'000'000'000;

[[noreturn]] void refuse_start(int error, const std::string& what) {
  throw start_error({error, std::generic_category()}, what);
}
[[noreturn]] void fail(int error, const std::string& what) {
  refuse_start(error, fmt::format("{}: {}", what, std::generic_category().message(error)));
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) fail(ENAMETOOLONG, path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

int made(int descriptor, const std::string& what) {
  if (descriptor < 0) fail(errno, what);
  return descriptor;
}

/// The process that answers at this socket; 0: none does.
pid_t served_by(const std::string& path) {
  const auto address = address_of(path);
  const int probe = made(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  ucred credentials{};
  socklen_t length = sizeof credentials;
  const bool served = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                      getsockopt(probe, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0;
  ::close(probe);
  return served ? credentials.pid : 0;
}

}  // namespace

void make_run_folder(const std::string& path) {
  for (auto end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const auto part = path.substr(0, end);
    if (mkdir(part.c_str(), 0755) != 0 && errno != EEXIST) fail(errno, part);
    if (end == std::string::npos) break;
  }
  struct stat folder {};
  if (stat(path.c_str(), &folder) != 0) fail(errno, path);
  if (folder.st_uid != geteuid() && folder.st_uid != 0) refuse_start(EPERM, path + ": the folder belongs to another user");
  if (const auto pid = served_by(path + "/" + std::string(socket_file)); pid != 0)
    refuse_start(EADDRINUSE, fmt::format("{}: another board serves there, process {}", path, pid));
}

void socket_server::mailbox::put(std::uint64_t to, const socket_answer& answer) {
  const std::lock_guard lock(mutex);
  if (wake < 0) return;
  answers.emplace_back(to, answer);
  const std::uint64_t one = 1;
  if (answers.size() == 1) static_cast<void>(::write(wake, &one, sizeof one));
}

socket_server::socket_server(const std::string& run, visitors who, intake& commands, options how, refusals refused,
                             trace_line trace)
    : path_(run + "/" + std::string(socket_file)),
      who_(std::move(who)),
      commands_(commands),
      options_(how),
      refused_(std::move(refused)),
      trace_(std::move(trace)) {
  make_run_folder(run);
  const auto address = address_of(path_);
  if (unlink(path_.c_str()) != 0 && errno != ENOENT) fail(errno, path_);
  listener_ = made(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
  // Nobody but the owner can connect before the mode is what it is to be. A user of another uid comes in by the folder's group.
  const bool others =
      std::any_of(who_.begin(), who_.end(), [](const auto& one) { return one.first != geteuid() && one.first != 0; });
  const auto mask = umask(0177);
  const int bound = bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int why = errno;
  umask(mask);
  if (bound != 0) fail(why, path_);
  struct stat folder {};
  if (others && (stat(run.c_str(), &folder) != 0 || chown(path_.c_str(), static_cast<uid_t>(-1), folder.st_gid) != 0 ||
                 chmod(path_.c_str(), 0660) != 0))
    trace_(fmt::format("{} is for its owner alone: {}", path_, std::generic_category().message(errno)));
  if (listen(listener_, 64) != 0) fail(errno, path_);

  epoll_ = made(epoll_create1(EPOLL_CLOEXEC), "epoll");
  mailbox_->wake = made(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
  for (const auto& [descriptor, key] : {std::pair{listener_, key_listener}, std::pair{mailbox_->wake, key_wake}}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = key;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) fail(errno, "epoll");
  }
  thread_ = std::thread([this] { this->run(); });
}

socket_server::~socket_server() { close(); }

void socket_server::close() {
  if (!thread_.joinable()) return;
  over_ = true;
  const std::uint64_t one = 1;
  static_cast<void>(::write(mailbox_->wake, &one, sizeof one));
  thread_.join();
  for (auto& [key, one_peer] : peers_) ::close(one_peer.descriptor);
  peers_.clear();
  unlink(path_.c_str());
  ::close(listener_);
  ::close(epoll_);
  const std::lock_guard lock(mailbox_->mutex);
  ::close(mailbox_->wake);
  mailbox_->wake = -1;
}

void socket_server::run() {
  std::array<epoll_event, 64> events{};
  while (!over_) {
    const bool waiting = std::any_of(counts_.begin(), counts_.end(), [](const auto& one) { return one.second.count != 0; });
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), waiting ? 1000 : -1);
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      const auto key = event.data.u64;
      if (key == key_listener)
        accept_all();
      else if (key == key_wake)
        deliver();
      else {
        if ((event.events & EPOLLOUT) != 0) write(key);
        if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read(key);
        // What a peer sent before it left is taken; nobody waits for the rest.
        if ((event.events & (EPOLLHUP | EPOLLERR)) != 0) drop(key);
      }
    }
    tell_refusals(false);
  }
  // Whoever has stopped the board is still waiting for the answer to that.
  deliver();
  tell_refusals(true);
}

void socket_server::accept_all() {
  for (;;) {
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) return;
    ucred credentials{};
    socklen_t length = sizeof credentials;
    const bool known = getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0;
    const auto user = known ? who_.find(credentials.uid) : who_.end();
    const auto of_user =
        std::count_if(peers_.begin(), peers_.end(), [&](const auto& one) { return one.second.uid == credentials.uid; });
    auto why = errc{};
    if (user == who_.end())
      why = errc::access_refused;
    else if (peers_.size() >= options_.peers_max || static_cast<std::size_t>(of_user) >= options_.peers_of_user)
      why = errc::limit_reached;
    if (why != errc{}) {
      socket_answer answer;
      answer.code = static_cast<std::int32_t>(why);
      static_cast<void>(send(descriptor, &answer, sizeof answer, MSG_NOSIGNAL | MSG_DONTWAIT));
      ::close(descriptor);
      if (why == errc::access_refused) refuse(credentials.uid, {}, why);
      continue;
    }
    const auto key = next_key_++;
    auto& one = peers_[key];
    one.descriptor = descriptor;
    one.uid = credentials.uid;
    one.who = user->second;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = key;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) drop(key);
  }
}

void socket_server::read(std::uint64_t key) {
  for (;;) {
    const auto hit = peers_.find(key);
    if (hit == peers_.end() || !hit->second.reading) return;
    command what;
    // MSG_TRUNC: the packet's whole length, so that a longer one is known for what it is.
    const auto length = recv(hit->second.descriptor, &what, sizeof what, MSG_DONTWAIT | MSG_TRUNC);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (length <= 0) return drop(key);
    if (length != static_cast<ssize_t>(sizeof what)) {
      socket_answer answer;
      answer.code = static_cast<std::int32_t>(errc::command_invalid);
      static_cast<void>(send(hit->second.descriptor, &answer, sizeof answer, MSG_NOSIGNAL | MSG_DONTWAIT));
      return drop(key);
    }
    take(key, hit->second, what);
  }
}

void socket_server::take(std::uint64_t key, peer& from, const command& what) {
  ++from.unanswered;
  const auto refused = [&](errc why) {
    socket_answer answer;
    answer.id = what.id;
    answer.code = static_cast<std::int32_t>(why);
    give(key, answer);
  };
  // Whoever may give no command at all is told here; which of them, the board decides.
  constexpr auto represents = static_cast<std::uint32_t>(right::represent);
  constexpr auto giving = static_cast<std::uint32_t>(right::control) | static_cast<std::uint32_t>(right::keep_log) | represents;
  if ((from.who.rights & giving) == 0) {
    refuse(from.uid, from.who.actor, errc::access_refused);
    return refused(errc::access_refused);
  }
  if (const auto good = check(what); !good) return refused(static_cast<errc>(good.error().value()));
  submission one;
  one.what = what;
  // Whoever represents others says for whom; what that user may do, the board decides.
  if ((from.who.rights & represents) == 0 || !what.actor) one.what.actor = from.who.actor;
  one.answered = [to = mailbox_, key, id = what.id](answer_to_submit decided) {
    to->put(key, {id, static_cast<std::int32_t>(decided.code), 0, decided.sequence});
  };
  if (const auto why = commands_.try_push(std::move(one)); why != errc{}) refused(why);
  if (const auto hit = peers_.find(key); hit != peers_.end()) watch(key, hit->second);
}

/// Answers leave in the order in which they were decided.
void socket_server::give(std::uint64_t key, const socket_answer& answer) {
  const auto hit = peers_.find(key);
  if (hit == peers_.end()) return;
  hit->second.answers.push_back(answer);
  write(key);
}

void socket_server::write(std::uint64_t key) {
  const auto hit = peers_.find(key);
  if (hit == peers_.end()) return;
  auto& to = hit->second;
  std::size_t sent = 0;
  while (sent < to.answers.size()) {
    const auto length = send(to.descriptor, &to.answers[sent], sizeof(socket_answer), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (length < 0) return drop(key);
    ++sent;
  }
  to.answers.erase(to.answers.begin(), to.answers.begin() + static_cast<std::ptrdiff_t>(sent));
  to.unanswered -= sent;
  watch(key, to);
}

void socket_server::watch(std::uint64_t key, peer& one) {
  const bool reading = one.unanswered < options_.commands_max, writing = !one.answers.empty();
  if (reading == one.reading && writing == one.writing) return;
  one.reading = reading;
  one.writing = writing;
  epoll_event event{};
  event.events = (reading ? std::uint32_t{EPOLLIN} : 0U) | (writing ? std::uint32_t{EPOLLOUT} : 0U);
  event.data.u64 = key;
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, one.descriptor, &event) != 0) drop(key);
}

void socket_server::drop(std::uint64_t key) {
  const auto hit = peers_.find(key);
  if (hit == peers_.end()) return;
  ::close(hit->second.descriptor);
  peers_.erase(hit);
}

void socket_server::deliver() {
  std::uint64_t count = 0;
  static_cast<void>(::read(mailbox_->wake, &count, sizeof count));
  std::vector<std::pair<std::uint64_t, socket_answer>> answers;
  {
    const std::lock_guard lock(mailbox_->mutex);
    answers.swap(mailbox_->answers);
  }
  for (const auto& [key, answer] : answers) give(key, answer);
}

void socket_server::refuse(std::uint32_t uid, actor_id who, errc why) {
  auto& count = counts_[uid];
  ++count.count;
  count.who = who;
  count.why = why;
}

/// The first at once, the others of the same second together: nobody can fill the log.
void socket_server::tell_refusals(bool all) {
  const auto now = log::monotonic_time_ns();
  for (auto& [uid, count] : counts_) {
    if (count.count == 0 || (!all && count.told_at != 0 && now - count.told_at < a_second)) continue;
    refused_(count.who, count.why, count.count);
    count.told_at = now;
    count.count = 0;
  }
}

}  // namespace cordboard::runtime
