// SPDX-License-Identifier: Apache-2.0
#include "house.hpp"

#include <algorithm>
#include <atomic>
#include <cordboard/client.hpp>
#include <cstring>
#include <doctest/doctest.h>
#include <log/clock.hpp>
#include <runtime/socket.hpp>
#include <runtime/start_error.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace cordboard;
using namespace cordboard::runtime_test;
using runtime::socket_server;

namespace {

/// A raw peer, for what a well-behaved client never does.
class raw_peer {
public:
  explicit raw_peer(const std::string& run) : descriptor_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, (run + "/socket").c_str(), run.size() + 8);
    connected = connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const timeval limit{20, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~raw_peer() { close(descriptor_); }
  raw_peer(const raw_peer&) = delete;
  raw_peer& operator=(const raw_peer&) = delete;

  bool send(const void* bytes, std::size_t size, int flags = 0) const {
    return ::send(descriptor_, bytes, size, MSG_NOSIGNAL | flags) == static_cast<ssize_t>(size);
  }
  /// The next answer; nothing when the connection has ended.
  std::optional<socket_answer> receive() const {
    socket_answer answer;
    if (recv(descriptor_, &answer, sizeof answer, 0) != static_cast<ssize_t>(sizeof answer)) return std::nullopt;
    return answer;
  }
  bool connected = false;

private:
  int descriptor_;
};

command asking(std::uint64_t id, command_kind kind = command_kind::ready) {
  command c;
  c.kind = kind;
  c.id = {id, id};
  c.deadline_ns = log::wall_time_ns() + 20'000'000'000;
  c.operator_ = operator_id{1};
  return c;
}

struct refusal {
  actor_id who;
  errc why;
  std::int64_t count;
};

/// A server whose commands are taken by the test.
struct open_door {
  folders where;
  runtime::intake commands{1000};
  std::mutex mutex;
  std::vector<refusal> refused;
  std::unique_ptr<socket_server> server;
  explicit open_door(runtime::visitors who, socket_server::options how = {}) {
    server = std::make_unique<socket_server>(
        where.run, std::move(who), commands, how,
        [this](actor_id actor, errc why, std::int64_t count) {
          const std::lock_guard lock(mutex);
          refused.push_back({actor, why, count});
        },
        [](const std::string&) {});
  }
  std::int64_t refusals() {
    const std::lock_guard lock(mutex);
    std::int64_t sum = 0;
    for (const auto& one : refused) sum += one.count;
    return sum;
  }
};

constexpr auto all_rights = 15U;

}  // namespace

TEST_CASE("the socket is for its owner alone") {
  open_door door({{geteuid(), {actor_id{1}, all_rights}}});
  struct stat status {};
  REQUIRE(stat((door.where.run + "/socket").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);
}

TEST_CASE("who a peer is the kernel says, whatever the record claims") {
  open_door door({{geteuid(), {actor_id{5}, all_rights}}});
  const raw_peer peer(door.where.run);
  REQUIRE(peer.connected);
  auto c = asking(1);
  c.actor = actor_id{9};
  REQUIRE(peer.send(&c, sizeof c));
  std::optional<runtime::submission> taken;
  REQUIRE(eventually([&] { return (taken = door.commands.pop()).has_value(); }));
  CHECK(taken->what.actor == actor_id{5});
  taken->answered({errc::call_unknown, 42});
  const auto answer = peer.receive();
  REQUIRE(answer);
  CHECK(answer->id == command_id{1, 1});
  CHECK(answer->code == static_cast<std::int32_t>(errc::call_unknown));
  CHECK(answer->sequence == 42);
}

TEST_CASE("a user who may represent others says for whom, or asks for itself") {
  open_door door({{geteuid(), {actor_id{5}, static_cast<std::uint32_t>(right::represent)}}});
  const raw_peer peer(door.where.run);
  for (const actor_id meant : {actor_id{9}, actor_id{0}}) {
    auto c = asking(1 + meant.value);
    c.actor = meant;
    REQUIRE(peer.send(&c, sizeof c));
    std::optional<runtime::submission> taken;
    REQUIRE(eventually([&] { return (taken = door.commands.pop()).has_value(); }));
    CHECK(taken->what.actor == (meant ? meant : actor_id{5}));
    taken->answered({errc{}, 42});
    REQUIRE(peer.receive());
  }
}

TEST_CASE("a user without an entry is told and disconnected") {
  open_door door({});
  const raw_peer peer(door.where.run);
  const auto answer = peer.receive();
  REQUIRE(answer);
  CHECK(answer->code == static_cast<std::int32_t>(errc::access_refused));
  CHECK_FALSE(answer->id);
  CHECK_FALSE(peer.receive());
  CHECK(eventually([&] { return door.refusals() == 1; }));
}

TEST_CASE("a user who may only look gives no command, and many attempts are few events") {
  open_door door({{geteuid(), {actor_id{2}, static_cast<std::uint32_t>(right::observe)}}});
  const raw_peer peer(door.where.run);
  for (std::uint64_t i = 1; i <= 500; ++i) {
    const auto c = asking(i);
    REQUIRE(peer.send(&c, sizeof c));
    const auto answer = peer.receive();
    REQUIRE(answer);
    CHECK(answer->code == static_cast<std::int32_t>(errc::access_refused));
    CHECK(answer->id == command_id{i, i});
  }
  CHECK_FALSE(door.commands.pop());
  door.server->close();
  CHECK(door.refusals() == 500);
  // One at once, then one a second: 500 attempts took far less.
  CHECK(door.refused.size() < 60);
  CHECK(door.refused.front().who == actor_id{2});
}

TEST_CASE("packets of another size, and records that are none, are refused") {
  open_door door({{geteuid(), {actor_id{1}, all_rights}}});
  for (const std::size_t size : {std::size_t{1}, sizeof(command) - 1, sizeof(command) + 1, std::size_t{100000}}) {
    const raw_peer peer(door.where.run);
    const std::string bytes(size, 'x');
    REQUIRE(peer.send(bytes.data(), bytes.size()));
    const auto answer = peer.receive();
    REQUIRE(answer);
    CHECK(answer->code == static_cast<std::int32_t>(errc::command_invalid));
    CHECK_FALSE(peer.receive());
  }
  const raw_peer peer(door.where.run);
  auto c = asking(9);
  c.kind = static_cast<command_kind>(60000);
  REQUIRE(peer.send(&c, sizeof c));
  CHECK(peer.receive()->code == static_cast<std::int32_t>(errc::command_invalid));
  CHECK_FALSE(door.commands.pop());
}

TEST_CASE("a peer that takes no answers is read no further, and costs the others nothing") {
  open_door door({{geteuid(), {actor_id{1}, all_rights}}}, {.commands_max = 8});
  const raw_peer slow(door.where.run), quick(door.where.run);
  std::uint64_t sent = 0;
  while (sent < 100000) {
    const auto c = asking(sent + 1);
    if (!slow.send(&c, sizeof c, MSG_DONTWAIT)) break;
    ++sent;
  }
  CHECK(sent > 8);
  std::size_t taken = 0;
  REQUIRE(eventually([&] {
    while (door.commands.pop()) ++taken;
    return taken >= 8;
  }));
  CHECK(taken == 8);
  const auto c = asking(1);
  REQUIRE(quick.send(&c, sizeof c));
  std::optional<runtime::submission> one;
  REQUIRE(eventually([&] { return (one = door.commands.pop()).has_value(); }));
  one->answered({errc{}, 1});
  CHECK(quick.receive()->sequence == 1);
}

TEST_CASE("connections beyond the bound are told limit_reached") {
  open_door door({{geteuid(), {actor_id{1}, all_rights}}}, {.peers_of_user = 2});
  const raw_peer first(door.where.run), second(door.where.run);
  const auto c = asking(1);
  REQUIRE(second.send(&c, sizeof c));
  REQUIRE(eventually([&] { return door.commands.pop().has_value(); }));
  const raw_peer third(door.where.run);
  CHECK(third.receive()->code == static_cast<std::int32_t>(errc::limit_reached));
  CHECK_FALSE(third.receive());
}

TEST_CASE("a socket that a dead board left is taken over, one that is served is not") {
  const folders where;
  runtime::intake commands(1);
  const auto open = [&] {
    return std::make_unique<socket_server>(
        where.run, runtime::visitors{}, commands, socket_server::options{}, [](actor_id, errc, std::int64_t) {},
        [](const std::string&) {});
  };
  // What a killed process leaves: a socket file that nobody listens at.
  const int dead = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, (where.run + "/socket").c_str(), where.run.size() + 8);
  REQUIRE(bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  close(dead);
  const auto first = open();
  CHECK_THROWS_AS(open(), runtime::start_error);
}

TEST_CASE("a program of another unix user is refused by the board, and that is one event") {
  if (geteuid() != 0) {
    MESSAGE("skipped: needs root, to be somebody else");
    return;
  }
  const folders where;
  auto with = small_house(where.run, where.hot);
  board_on_thread board(with);
  REQUIRE(chmod(where.run.c_str(), 0755) == 0);
  // Even with a mode that lets everybody connect, the user list decides.
  REQUIRE(chmod((where.run + "/socket").c_str(), 0666) == 0);
  const auto child = fork();
  if (child == 0) {
    if (setgid(65534) != 0 || setuid(65534) != 0) _exit(2);
    const raw_peer peer(where.run);
    const auto answer = peer.receive();
    _exit(answer && answer->code == static_cast<std::int32_t>(errc::access_refused) && !peer.receive() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(eventually([&] {
    const auto events = read_all(where.run);
    return std::count_if(events.begin(), events.end(),
                         [](const logged& e) { return e.record.kind == event_kind::access_refused; }) == 1;
  }));
}

TEST_CASE("a client gives commands to a board and gets answers and outcomes") {
  const folders where;
  board_on_thread board(small_house(where.run, where.hot));
  diagnostics why;
  auto client = client::attach(where.run, &why);
  REQUIRE_MESSAGE(client.has_value(), why.our_text());
  auto c = asking(11, command_kind::log_on);
  const auto accepted = client->submit(c);
  REQUIRE(accepted.has_value());
  const auto ended = client->outcome(c.id, *accepted, std::chrono::seconds(20));
  REQUIRE(ended.has_value());
  CHECK(ended->kind == event_kind::command_done);
  CHECK(ended->actor == actor_id{1});
  const auto refused = client->submit(asking(12, command_kind::log_on));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error() == errc::operator_wrong_state);
}
