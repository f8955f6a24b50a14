// SPDX-License-Identifier: Apache-2.0
// What stands in the store of a request, from its first event to its last.
#include <doctest/doctest.h>

#include <store/rebuild.hpp>
#include <store/schema.hpp>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::store_test;
using store::number_of;
using store::text_of;

namespace {

/// A register that is written by hand.
struct book {
  own_store here;
  story log;
  std::uint32_t last = 0;
  book() {
    event& kind = log.next(event_kind::request_kind_configured);
    kind.detail = 3;
    log.say(kind,
            "complaint\t投诉\tComplaint\tTS\tmatter:text!* place:text\tfounded unfounded\t\t801\t802\t803\t50 80\t30min\t5 "
            "working_days\t0\t0\t0\t");
    for (const std::uint32_t who : {7U, 8U}) {
      event& person = log.next(event_kind::operator_configured);
      person.operator_ = operator_id{who};
      log.say(person, who == 7 ? "李梅\t801" : "张强\t802");
    }
  }
  event& next(event_kind what, std::uint64_t request, std::uint32_t who = 7) {
    event& e = log.next(what);
    e.request = request_id{request};
    e.operator_ = operator_id{who};
    return e;
  }
  void open(std::uint64_t request, const std::string& fields, std::int64_t due) {
    event& e = next(event_kind::request_opened, request);
    e.detail = 3;
    e.state = static_cast<std::uint8_t>(request_source::phone);
    e.consent = consent::yes;
    e.other = std::uint64_t{2023} << 32 | ++last;
    e.value = due;
    log.say(e, fields);
  }
  std::unique_ptr<store::database> filled() {
    fill(here, log.path());
    return here.open();
  }
};

}  // namespace

TEST_CASE("H5 what was promised stands in the due list by its deadline, until it is closed") {
  book b;
  b.open(11, R"({"no":"TS-2023-000001","name":"王芳","number":"0713-6281234","matter":"等候太久","place":"放射科"})",
         nine + 300 * second);
  b.open(12, R"({"no":"TS-2023-000002","name":"李四","number":"13900139000","matter":"收费有疑问"})", nine + 200 * second);
  b.open(13, R"({"no":"TS-2023-000003","name":"赵六","number":"13700137000","matter":"无"})", nine + 100 * second);
  event& changed = b.next(event_kind::request_changed, 11);
  b.log.say(changed, R"({"place":"检验科","matter":"等候太久,三小时"})");
  event& promised = b.next(event_kind::request_time_set, 11);
  promised.detail = static_cast<std::uint16_t>(request_time::promised);
  promised.value = nine + 250 * second;
  b.log.say(promised, "明天上午回电");
  event& closed = b.next(event_kind::request_closed, 13);
  closed.state = static_cast<std::uint8_t>(request_status::closed);
  closed.detail = 2;
  b.log.say(closed, R"({"result":"unfounded","note":"已说明"})");
  const auto in = b.filled();
  auto keys = b.here.keys(*in);
  const auto due = store::due_requests(*in, keys, nine + 1000 * second, 10);
  REQUIRE(due.size() == 2);
  CHECK(due[0].shown == "TS-2023-000002");
  CHECK(due[1].shown == "TS-2023-000001");
  CHECK(due[1].kind == "complaint");
  CHECK(due[1].owner == "李梅");
  CHECK(due[1].name == "王芳");
  CHECK(due[1].number == "0713-6281234");
  REQUIRE(due[1].fields.size() == 2);
  CHECK(due[1].fields[0] == std::pair<std::string, std::string>{"matter", "等候太久,三小时"});
  CHECK(due[1].fields[1] == std::pair<std::string, std::string>{"place", "检验科"});
  CHECK(store::due_requests(*in, keys, nine + 250 * second, 10).size() == 1);
  CHECK(number_of(in->one("SELECT promised_at FROM request WHERE id = 11")) == nine + 250 * second);
  CHECK(store::requests_of_number(*in, keys, "+86 713 628 1234", true, 10).size() == 1);
  CHECK(store::requests_of_number(*in, keys, "13700137000", true, 10).empty());
  const auto gone = store::requests_of_number(*in, keys, "13700137000", false, 10);
  REQUIRE(gone.size() == 1);
  CHECK(gone[0].status == request_status::closed);
  // By what was said, then, now and of it; not by the names of fields.
  const auto found = [&](const char* wanted) { return store::search(*in, keys, wanted, 10).found; };
  CHECK(found("放射").size() == 1);
  CHECK(found("检验").size() == 1);
  REQUIRE(found("明天上午").size() == 1);
  CHECK(found("明天上午")[0].shown == "TS-2023-000001");
  CHECK(found("TS-2023-000002").size() == 1);
  CHECK(found("matter").empty());
  CHECK(store::masked(store::passage_kind::request, found("放射")[0].text).find("王芳") == std::string::npos);
}

TEST_CASE("M4 who owned a matter, who was asked to take it and who took it over stand in the store, in order") {
  book b;
  b.open(11, R"({"no":"TS-2023-000001","number":"13800138000","matter":"a"})", nine + 300 * second);
  b.log.say(b.next(event_kind::request_taken, 11, 7));
  b.log.say(b.next(event_kind::request_passed, 11, 8), "我明天休息");
  const auto row = [&](store::database& in) {
    return in.all("SELECT owner_operator, asked_operator, status, level FROM request WHERE id = 11").at(0);
  };
  {
    const auto now = row(*b.filled());
    CHECK(number_of(now[0]) == 7);
    CHECK(number_of(now[1]) == 8);
    CHECK(number_of(now[2]) == static_cast<std::int64_t>(request_status::taken));
  }
  b.log.say(b.next(event_kind::request_taken, 11, 8));
  event& late = b.next(event_kind::request_escalated, 11, 8);
  late.cause = cause::overrun;
  late.detail = 2;
  b.log.say(late);
  const auto in = b.filled();
  const auto now = row(*in);
  CHECK(number_of(now[0]) == 8);
  CHECK(number_of(now[1]) == 0);
  CHECK(number_of(now[3]) == 2);
  const auto chain = in->all("SELECT operator FROM request_event WHERE kind = $1 ORDER BY sequence",
                             {static_cast<std::int64_t>(event_kind::request_taken)});
  REQUIRE(chain.size() == 2);
  CHECK(number_of(chain[0][0]) == 7);
  CHECK(number_of(chain[1][0]) == 8);
}

TEST_CASE("H5 each attempt to call back stands in the store with what became of it") {
  book b;
  b.open(11, R"({"no":"TS-2023-000001","number":"13800138000","matter":"a"})", nine + 300 * second);
  for (const auto how : {attempt_outcome::busy, attempt_outcome::answered}) {
    event& out = b.next(event_kind::request_attempted, 11);
    out.call = call_id{100 + static_cast<std::uint64_t>(how)};
    out.detail = how == attempt_outcome::busy ? 1 : 2;
    const std::uint64_t said = b.log.say(out);
    event& ended = b.next(event_kind::request_attempt_ended, 11);
    ended.call = call_id{100 + static_cast<std::uint64_t>(how)};
    ended.detail = static_cast<std::uint16_t>(how);
    ended.state = how == attempt_outcome::busy ? 1 : 2;
    ended.other = said;
    ended.value = how == attempt_outcome::busy ? nine + 60 * second : 0;
    b.log.say(ended);
  }
  const auto in = b.filled();
  const auto tried = in->all("SELECT nth, outcome, call FROM attempt ORDER BY sequence");
  REQUIRE(tried.size() == 2);
  CHECK(number_of(tried[0][1]) == static_cast<std::int64_t>(attempt_outcome::busy));
  CHECK(number_of(tried[1][1]) == static_cast<std::int64_t>(attempt_outcome::answered));
  CHECK(number_of(in->one("SELECT attempts FROM request")) == 2);
  CHECK(std::holds_alternative<std::monostate>(in->one("SELECT call_at FROM request")));
  CHECK(store::verify(b.here.where, b.log.path(), [](std::uint64_t, std::uint64_t) {}).differing == 0);
}

TEST_CASE("S6 a call that owes an entry is there until it is written, and what was written is found") {
  book b;
  const std::uint64_t id = b.log.call("13800138000", "王芳");
  event& owed = b.log.next(event_kind::entry_owed);
  owed.call = call_id{id};
  owed.operator_ = operator_id{7};
  owed.value = nine + 900 * second;
  const std::uint64_t said = b.log.say(owed);
  {
    const auto in = b.filled();
    CHECK(number_of(in->one("SELECT COUNT(*) FROM entry WHERE settled_at IS NULL")) == 1);
  }
  event& note = b.log.next(event_kind::call_noted);
  note.call = call_id{id};
  b.log.say(note, "来电询问探视时间");
  event& settled = b.log.next(event_kind::entry_settled);
  settled.call = call_id{id};
  settled.other = said;
  b.log.say(settled);
  const auto in = b.filled();
  auto keys = b.here.keys(*in);
  CHECK(number_of(in->one("SELECT COUNT(*) FROM entry WHERE settled_at IS NULL")) == 0);
  const auto found = store::search(*in, keys, "探视", 10);
  REQUIRE(found.found.size() == 1);
  CHECK(found.found[0].call == id);
}

TEST_CASE("a hundred hostile fields of requests are stored exactly") {
  book b;
  const std::vector<std::string> all{"'; DROP TABLE request; --",
                                     R"(\"\\)",
                                     "😀",
                                     "\xFF\xFE",
                                     "-99999999999999999999",
                                     "{\"a\":\"b\"}",
                                     "[]",
                                     "\\u0000",
                                     "a\tb"};
  for (std::size_t i = 0; i < 100; ++i)
    b.open(100 + i,
           i % 3 == 0 ? all[i % all.size()]
                      : R"({"no":"x","number":"1380013)" + std::to_string(1000 + i) + R"(","matter":")" + all[i % 5] + R"("})",
           i % 2 == 0 ? -5 : nine);
  const auto in = b.filled();
  auto keys = b.here.keys(*in);
  CHECK(number_of(in->one("SELECT COUNT(*) FROM request")) == 100);
  const auto texts = in->all("SELECT request, seal, sealed FROM passage WHERE kind = $1 ORDER BY sequence",
                             {static_cast<std::int64_t>(store::passage_kind::request)});
  REQUIRE(texts.size() == 100);
  for (std::size_t i = 0; i < 100; i += 3)
    CHECK(keys.open_text(*in, number_of(texts[i][1]), text_of(texts[i][2])) == all[i % all.size()]);
  CHECK(store::due_requests(*in, keys, nine, 1000).size() == 100);
}

TEST_CASE("A3 A5 who came, who did not, how often until then, and until when that bars, stand in the request's row") {
  book b;
  const auto with = [&](event_kind what, std::uint64_t request, std::int64_t at, std::uint64_t other = 0,
                        std::uint8_t state = 0) -> event& {
    event& e = b.next(what, request);
    e.value = at;
    e.other = other;
    e.state = state;
    return e;
  };
  const auto appoint = [&](std::uint64_t request, std::int64_t at, std::uint64_t slot) {
    event& e = with(event_kind::request_time_set, request, at, slot);
    e.detail = static_cast<std::uint16_t>(request_time::appointment);
    b.log.say(e);
  };
  constexpr std::uint64_t person = 0x8123'4567'89AB'CDEF;
  b.open(11, R"({"no":"TS-2023-000001","number":"13800138000","matter":"a"})", nine + 900 * second);
  appoint(11, nine + 300 * second, 77);
  b.log.say(with(event_kind::request_confirmed, 11, nine + 300 * second));
  b.log.at(310);
  b.log.say(with(event_kind::request_arrived, 11, nine + 300 * second));
  b.open(12, R"({"no":"TS-2023-000002","number":"13900139000","matter":"b"})", nine + 900 * second);
  b.log.say(with(event_kind::request_person_known, 12, 0, person));
  appoint(12, nine + 400 * second, 78);
  b.log.at(500);
  event& missed = with(event_kind::request_no_show, 12, nine + 400 * second, person, 2);
  missed.cause = cause::timeout;
  b.log.say(missed);
  b.log.say(with(event_kind::booking_barred, 12, nine + 90'000 * second, person, 2));
  appoint(12, 0, 0);
  b.log.say(with(event_kind::request_linked, 12, 0, 11));
  const auto row = [&](store::database& in, int id) {
    return in.all(
        "SELECT appointment_at, slot, confirmed_at, arrived_at, no_show_at, no_show_cause, no_shows, barred_until, part_of "
        "FROM "
        "request WHERE id = $1",
        {std::int64_t{id}})[0];
  };
  {
    const auto in = b.filled();
    const auto came = row(*in, 11), not_there = row(*in, 12);
    CHECK(number_of(came[0]) == nine + 300 * second);
    CHECK(number_of(came[1]) == 77);
    CHECK(number_of(came[2]) != 0);
    CHECK(number_of(came[3]) == nine + 310 * second);
    CHECK(number_of(came[6]) == 0);
    CHECK(number_of(not_there[0]) == 0);
    CHECK(number_of(not_there[3]) == 0);
    CHECK(number_of(not_there[4]) == nine + 400 * second);
    CHECK(number_of(not_there[5]) == static_cast<std::int64_t>(cause::timeout));
    CHECK(number_of(not_there[6]) == 2);
    CHECK(number_of(not_there[7]) == nine + 90'000 * second);
    CHECK(number_of(not_there[8]) == 11);
    // Every event of it stands there, too; whom it names, in the request's row alone.
    CHECK(in->all("SELECT sequence FROM request_event WHERE request = 12 AND other = $1", {static_cast<std::int64_t>(person)})
              .empty());
    CHECK(in->all("SELECT sequence FROM request_event WHERE request = 12").size() == 7);
  }
  // Released by a number, not by the request: it is the same person.
  b.log.say(with(event_kind::booking_released, 0, 0, person));
  const auto in = b.filled();
  CHECK(number_of(row(*in, 12)[7]) == 0);
  CHECK(number_of(row(*in, 12)[6]) == 2);
  CHECK(store::verify(b.here.where, b.log.path(), [](std::uint64_t, std::uint64_t) {}).differing == 0);
}

TEST_CASE("a store of an older version reads what it passed over, and is then as one that was filled today") {
  book b;
  b.open(11, R"({"no":"TS-2023-000001","number":"13800138000","matter":"a"})", nine + 900 * second);
  event& came = b.next(event_kind::request_arrived, 11);
  b.log.say(came);
  event& held = b.log.next(event_kind::log_held);
  held.detail = static_cast<std::uint16_t>(log_span::times);
  held.value = nine;
  b.log.say(held, "dispute 7");
  const auto in = b.filled();
  const auto today = rows_of(*in);
  in->script(
      "DROP TABLE hold; DROP TABLE expired; DROP INDEX request_person; DROP INDEX request_closed; DELETE FROM request_event "
      "WHERE "
      "kind = 266; DELETE FROM meta WHERE name = 'refold'; UPDATE meta SET value = 3 WHERE name = 'version'");
  for (const char* column :
       {"slot", "confirmed_at", "arrived_at", "no_show_at", "no_show_cause", "no_shows", "barred_until", "part_of", "person"})
    in->script(std::string("ALTER TABLE request DROP COLUMN ") + column);
  CHECK_THROWS_AS(store::expect_version(*in), store::database_error);
  store::migrate(*in);
  fill(b.here, b.log.path());
  CHECK(rows_of(*in) == today);
  fill(b.here, b.log.path());  // once, not at every start
  CHECK(number_of(in->one("SELECT value FROM meta WHERE name = 'refold'")) == 0);
}
