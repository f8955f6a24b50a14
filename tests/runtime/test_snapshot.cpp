// SPDX-License-Identifier: Apache-2.0
// Snapshots from outside: the house at a sequence, and the stream behind it, without a gap and without a double.
#include "house.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cordboard/snapshot.hpp>
#include <doctest/doctest.h>
#include <filesystem>
#include <log/layout.hpp>
#include <random>
#include <set>
#include <snapshot/view.hpp>

using namespace cordboard;
using namespace cordboard::runtime_test;

namespace {

/// A morning at random: operators come and go, callers are answered, sent on, held and lost.
void live(board_on_thread& board, std::uint64_t seed, int steps) {
  std::mt19937_64 random(seed);
  std::vector<call_id> calls;
  const auto any_call = [&] { return calls.empty() ? call_id{1} : calls[random() % calls.size()]; };
  const auto any_operator = [&] { return operator_id{1 + static_cast<std::uint32_t>(random() % 2)}; };
  for (int i = 0; i < steps; ++i) {
    switch (random() % 10) {
      case 0:
      case 1: calls.push_back(board.call_in("9000", "1380000" + std::to_string(random() % 10'000))); break;
      case 2: board.exec(command(cmd::log_on{any_operator()})); break;
      case 3:
      case 4: board.exec(command(cmd::ready{any_operator()})); break;
      case 5: board.exec(command(cmd::hold{any_call()})); break;
      case 6: board.exec(command(cmd::retrieve{any_call()})); break;
      case 7:
        board.exec(command(cmd::declare_consent{any_call(), consent_of::caller, consent::yes}));
        board.behave("8002", random() % 2 == 0 ? loopback_phone::busy : loopback_phone::answers);
        board.exec(command(cmd::single_step_transfer{any_call(), {}, "8002", leg_id{random()}, party_id{random()}}));
        break;
      case 8: board.exec(command(cmd::clear_call{any_call()})); break;
      default: board.hang_up(random() % 2 == 0 ? "1001" : "8002"); break;
    }
  }
}

/// What a program that knows nothing but a snapshot and the events behind it makes of the house.
struct outsider {
  std::set<std::uint64_t> calls;
  std::map<std::uint32_t, operator_state> operators;
  std::map<std::uint32_t, bool> devices;
  std::uint64_t sequence = 0;

  explicit outsider(const snapshot& from) : sequence(from.sequence) {
    for (const auto& call : from.calls) calls.insert(call.id.value);
    for (const auto& op : from.operators) operators[op.id.value] = op.state;
    for (const auto& device : from.devices) devices[device.id.value] = device.registered;
  }
  void take(const event& e) {
    CHECK(e.sequence > sequence);
    sequence = e.sequence;
    switch (e.kind) {
      case event_kind::service_initiated:
      case event_kind::originated: calls.insert(e.call.value); break;
      case event_kind::call_cleared: CHECK(calls.erase(e.call.value) == 1); break;
      case event_kind::operator_configured: operators.try_emplace(e.operator_.value, operator_state::null); break;
      case event_kind::operator_logged_on: operators[e.operator_.value] = operator_state::not_ready; break;
      case event_kind::operator_logged_off: operators[e.operator_.value] = operator_state::null; break;
      case event_kind::operator_busy: operators[e.operator_.value] = operator_state::busy; break;
      case event_kind::operator_working_after_call: operators[e.operator_.value] = operator_state::working_after_call; break;
      case event_kind::operator_ready:
      case event_kind::operator_not_ready:
        // With state busy it says what follows the present call.
        operators[e.operator_.value] = static_cast<operator_state>(e.state);
        break;
      case event_kind::device_configured: devices.try_emplace(e.device.value, false); break;
      case event_kind::device_in_service: devices[e.device.value] = true; break;
      case event_kind::device_out_of_service: devices[e.device.value] = false; break;
      default: break;
    }
  }
  bool agrees(const snapshot& with) const {
    const outsider other(with);
    return sequence == other.sequence && calls == other.calls && operators == other.operators && devices == other.devices;
  }
};

void remove_segment(const std::string& hot, std::uint64_t number) {
  for (const log::file_kind kind : {log::file_kind::head, log::file_kind::slots, log::file_kind::text, log::file_kind::dialog})
    std::filesystem::remove(hot + "/" + log::file_name(number, kind));
}

log_reader reader_of(const std::string& path) {
  auto opened = log_reader::open(path);
  REQUIRE(opened);
  return std::move(*opened);
}

}  // namespace

TEST_CASE("a snapshot and the events behind it give the next snapshot, at whatever moment of a running board") {
  const folders where;
  std::vector<snapshot> taken;
  {
    runtime::service::options how;
    how.follow.events_between = 25;  // many checkpoints, so that snapshots begin at old and new ones
    board_on_thread board(small_house(where.run, where.hot), how);
    std::atomic<bool> over{false};
    std::atomic<std::uint64_t> seen{0};
    std::thread looking([&] {
      while (!over) {
        auto now = take_snapshot(where.run);
        if (!now) break;  // seen by the others as a snapshot that never comes
        if (taken.empty() || now->sequence != taken.back().sequence) taken.push_back(std::move(*now));
        seen = taken.back().sequence;
      }
    });
    // While the board works snapshots are taken without a pause; it goes on when one has caught up a little.
    bool caught_up = true;
    for (std::uint64_t round = 0; round < 30 && caught_up; ++round) {
      const std::uint64_t before = seen;
      live(board, 5 + round, 6);
      caught_up = eventually([&] { return seen > before; });
    }
    over = true;
    looking.join();
    REQUIRE(caught_up);
    CHECK_FALSE(board.stop());
  }
  taken.push_back(take_snapshot(where.run).value());
  REQUIRE(taken.size() > 20);

  // From the log's very first event, without a checkpoint.
  const auto all = read_all(where.run);
  auto texts = reader_of(where.run);
  board_state state;
  auto next = all.begin();
  bool numbers = false;
  for (const auto& shown : taken) {
    for (; next != all.end() && next->record.sequence <= shown.sequence; ++next) evolve(state, *next);
    CHECK(history::view(state, texts) == shown);
    for (const auto& party : shown.parties)
      numbers = numbers || (party.number.starts_with("1380000") && party.name == "caller");
  }
  CHECK(numbers);
  CHECK(taken.back().calls.empty());
  // And as a program outside goes on: from each snapshot to the one after it.
  for (std::size_t i = 0; i + 1 < taken.size(); ++i) {
    outsider seen(taken[i]);
    auto reader = reader_of(where.run);
    REQUIRE(reader.after(taken[i].sequence));
    for (bool more = true; more && seen.sequence < taken[i + 1].sequence;) {
      const auto events = reader.next().value();
      more = !events.empty();
      for (const event& e : events) {
        if (e.sequence <= taken[i + 1].sequence) seen.take(e);
      }
    }
    CHECK(seen.agrees(taken[i + 1]));
  }
}

TEST_CASE("a reader that is cut at any event goes on right there, or is told and goes on from a snapshot: never silence") {
  const folders where;
  for (int run = 0; run < 3; ++run) {
    board_on_thread board(small_house(where.run, where.hot));
    live(board, 20 + static_cast<std::uint64_t>(run), 40);
    CHECK_FALSE(board.stop());
  }
  const auto all = read_all(where.run);
  const auto segments = reader_of(where.run).segments().value();
  REQUIRE(segments.size() == 3);
  for (const bool kept : {true, false}) {
    if (!kept) remove_segment(where.hot, segments[0]);
    std::size_t resumed = 0;
    std::size_t anew = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto reader = reader_of(where.run);
      std::uint64_t from = all[i].record.sequence;
      const auto placed = reader.after(from);
      if (!placed) {
        REQUIRE(placed.error() == errc::log_gone);
        const auto now = take_snapshot(where.run);
        REQUIRE(now);
        from = now->sequence;
        CHECK(from >= reader.oldest().value());
        REQUIRE(reader.after(from));
      }
      (placed ? resumed : anew) += 1;
      // Behind its place a reader gets every event, once.
      auto expected = std::find_if(all.begin(), all.end(), [&](const logged& e) { return e.record.sequence > from; });
      bool same = true;
      for (bool more = true; more;) {
        const auto events = reader.next().value();
        more = !events.empty();
        for (const event& e : events) same = same && expected != all.end() && (expected++)->record == e;
      }
      CHECK((same && expected == all.end()));
    }
    CHECK((kept ? anew == 0 : anew > 0));
    CHECK(resumed > 0);
  }
}

TEST_CASE("a snapshot has the open requests, with who owns them and what of them is due, and not whose they are") {
  const folders where;
  config with = small_house(where.run, where.hot);
  request_kind_config kind;
  kind.name = "complaint";
  kind.zh = "投诉";
  kind.en = "Complaint";
  kind.prefix = "T";
  kind.fields = {"matter"};
  kind.results = {"founded", "unfounded"};
  kind.stages = {"passed_on", "answered"};
  kind.owner = "8001";
  kind.backup = "8002";
  kind.completion = "2 days";
  kind.call_back = true;
  with.house.request_kinds.push_back(kind);
  board_on_thread board(std::move(with));
  CHECK(take_snapshot(where.run)->requests.empty());
  const request_id first{0x1001}, second{0x1002};
  for (const request_id id : {first, second}) {
    cmd::open_request open{id};
    open.text = R"({"kind":"complaint","name":"王芳","number":"13800138000","matter":"等候太久"})";
    REQUIRE(board.exec(command(open)).answer.code == errc{});
  }
  cmd::advance_request advance{first};
  advance.text = "passed_on";
  REQUIRE(board.exec(command(advance)).answer.code == errc{});
  CHECK(board.sees(
      [&](const board_state& s) { return s.requests.find(first)->call_told && s.requests.find(second)->call_told; }));
  auto now = take_snapshot(where.run);
  REQUIRE(now);
  REQUIRE(now->requests.size() == 2);
  const snapshot_request& r = now->requests[0];
  const auto number_of = [&](const char* number) {
    for (const auto& d : now->devices)
      if (d.number == number) return d.id;
    return device_id{};
  };
  CHECK(r.id == first);
  CHECK(r.shown == "T-" + std::to_string(r.year) + "-000001");
  CHECK(r.number == 1);
  CHECK(now->requests[1].number == 2);
  CHECK(r.kind_name == "complaint");
  CHECK(r.stage == "passed_on");
  CHECK(now->requests[1].stage.empty());
  CHECK(r.status == request_status::open);
  CHECK(r.device == number_of("8001"));
  CHECK_FALSE(r.operator_);
  CHECK(r.backup_device == number_of("8002"));
  CHECK_FALSE(r.backup);
  CHECK(r.due_ns == r.opened_ns + 48 * 3600 * std::int64_t{1'000'000'000});
  CHECK(r.promised_ns == 0);
  CHECK(r.call_at_ns != 0);
  CHECK(r.call_due);
  CHECK_FALSE(r.overdue);
  CHECK(r.attempts == 0);
  // The same at its sequence, and gone when it is closed.
  CHECK(*take_snapshot(where.run, now->sequence) == *now);
  cmd::close_request close{second};
  close.text = R"({"result":"founded"})";
  REQUIRE(board.exec(command(close)).answer.code == errc{});
  now = take_snapshot(where.run);
  REQUIRE(now->requests.size() == 1);
  CHECK(now->requests[0].id == first);
}

TEST_CASE("a snapshot of an earlier sequence, and of one that was not issued") {
  const folders where;
  {
    board_on_thread board(small_house(where.run, where.hot));
    live(board, 3, 30);
  }
  const auto all = read_all(where.run);
  auto texts = reader_of(where.run);
  board_state state;
  for (const auto& e : all) {
    evolve(state, e);
    if (e.record.sequence % 7 != 0) continue;
    CHECK(take_snapshot(where.hot, e.record.sequence).value() == history::view(state, texts));
  }
  diagnostics why;
  const auto late = take_snapshot(where.run, all.back().record.sequence + 1, &why);
  CHECK(late.error() == std::errc::invalid_argument);
  CHECK_FALSE(why.empty());
  CHECK(take_snapshot(where.run + "/nowhere").error() == errc::not_connected);
}

TEST_CASE("without a checkpoint a log must begin at its beginning; who may not read the checkpoints is told so") {
  const folders where;
  for (int run = 0; run < 2; ++run) {
    board_on_thread board(small_house(where.run, where.hot));
    live(board, 9, 20);
  }
  const auto whole = take_snapshot(where.run).value();
  // As another user, who may read the log but not what the board keeps for itself.
  const auto as_other = [&](int expected) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(where.hot)) {
      const bool own = entry.path().filename().string().starts_with("checkpoint-");
      using std::filesystem::perms;
      std::filesystem::permissions(entry.path(), own ? perms::none : perms::all);
    }
    std::filesystem::permissions(where.hot, std::filesystem::perms::all);
    std::filesystem::permissions(where.run, std::filesystem::perms::all);
    const pid_t child = ::fork();
    if (child == 0) {
      if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(99);
      const auto seen = take_snapshot(where.run);
      ::_exit(seen ? (*seen == whole ? 0 : 98) : seen.error() == make_error_code(errc::access_refused) ? 1 : 97);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == expected));
  };
  as_other(0);  // from the oldest event on
  remove_segment(where.hot, reader_of(where.run).segments().value()[0]);
  as_other(1);
  std::filesystem::remove_all(where.hot + "/checkpoints");
  diagnostics why;
  CHECK(take_snapshot(where.run, 0, &why).error() == errc::log_gone);
  CHECK(why.our_text().find("no checkpoint") != std::string::npos);
}
