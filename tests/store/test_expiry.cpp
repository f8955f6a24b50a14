// SPDX-License-Identifier: Apache-2.0
// How long the texts of closed requests are kept: by kind, unless a part of the log is held, and for good, also after a rebuild.
#include <doctest/doctest.h>

#include <store/expiry.hpp>
#include <store/rebuild.hpp>
#include <store/terms.hpp>

#include <map>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::store_test;
using store::number_of;

namespace {

constexpr std::int64_t day = 86'400 * second;
const store::reader me{1000, "test", false};

/// Three closed requests, of days 1, 2 and 3, and one that is open, of persons of their own; a complaint of day 1 besides.
struct shelf {
  own_store here;
  story log;
  std::map<int, std::uint64_t> opened, closed;  ///< sequences
  shelf() {
    for (const auto& [number, name] : {std::pair{3, "advice"}, {4, "complaint"}}) {
      event& kind = log.next(event_kind::request_kind_configured);
      kind.detail = static_cast<std::uint16_t>(number);
      log.say(kind, std::string(name) + "\tzh\ten\tZX\tmatter:text\tdone\t\t801\t\t\t50\t\t2 days\t0\t0\t0\t");
    }
    matter(1, 1, 3, true);
    matter(4, 1, 3, false);
    matter(5, 1, 4, true);
    matter(2, 2, 3, true);
    matter(3, 3, 3, true);
  }
  void matter(int id, int on_day, std::uint16_t kind, bool over) {
    const double at = on_day * 86'400.0 + id * 7200.0;
    log.at(at);
    event& e = log.next(event_kind::request_opened);
    e.request = request_id{static_cast<std::uint64_t>(id)};
    e.detail = kind;
    e.other = std::uint64_t{2023} << 32 | static_cast<std::uint32_t>(id);
    opened[id] = log.say(e, R"({"no":"ZX-2023-00000)" + std::to_string(id) + R"(","name":"王芳","number":"1380013800)" +
                                std::to_string(id) + R"(","matter":"心电图复查"})");
    event& noted = log.next(event_kind::request_noted);
    noted.request = request_id{static_cast<std::uint64_t>(id)};
    log.say(noted, "家属来电询问");
    if (!over) return;
    log.at(at + 3600);
    event& end = log.next(event_kind::request_closed);
    end.request = request_id{static_cast<std::uint64_t>(id)};
    end.state = static_cast<std::uint8_t>(request_status::closed);
    end.detail = 1;
    closed[id] = log.say(end, R"({"result":"done","note":"已答复"})");
  }
  std::uint64_t hold(log_span by, std::int64_t first, std::int64_t last) {
    event& e = log.next(event_kind::log_held);
    e.detail = static_cast<std::uint16_t>(by);
    e.value = first;
    e.other = static_cast<std::uint64_t>(last);
    return log.say(e, "dispute 7");
  }
  std::unique_ptr<store::database> filled() {
    fill(here, log.path());
    return here.open();
  }
};

std::vector<std::uint64_t> ids(const std::vector<store::expired_request>& of) {
  std::vector<std::uint64_t> out;
  for (const auto& one : of) out.push_back(one.id);
  return out;
}
using list = std::vector<std::uint64_t>;
const store::progress quiet = [](std::uint64_t, std::uint64_t) {};
const std::vector<store::keep_rule> ten_days{{"advice", 10 * day}};

}  // namespace

TEST_CASE("texts of closed requests go when their kind has kept them long enough, and nothing else does") {
  shelf s;
  const auto in = s.filled();
  auto keys = s.here.keys(*in);
  const auto count = [&](const char* what, std::int64_t id) {
    return number_of(in->one(std::string("SELECT COUNT(*) FROM ") + what + " WHERE request = $1", {id}));
  };
  const auto events = count("request_event", 1);
  const std::int64_t now = nine + 12 * day + 6 * 3600 * second;  // of those of days 1 and 2 the ten days are over
  const auto dry = store::expire(*in, keys, ten_days, me, now, true);
  CHECK(ids(dry.requests) == list{1, 2});
  CHECK(dry.requests[0].texts == 3);
  CHECK(dry.requests[0].shown == "ZX-2023-000001");
  CHECK(dry.held.empty());
  CHECK(count("passage", 1) == 3);
  CHECK(number_of(in->one("SELECT COUNT(*) FROM access")) == 0);

  const auto gone = store::expire(*in, keys, ten_days, me, now, false);
  CHECK(ids(gone.requests) == list{1, 2});
  CHECK(gone.requests[0].texts == 3);
  for (const std::int64_t id : {1, 2}) CHECK(count("passage", id) == 0);
  for (const std::int64_t id : {3, 5}) CHECK(count("passage", id) == 3);
  CHECK(count("passage", 4) == 2);  // it is open
  // Nothing finds them any more, not even blindly; what is counted is there.
  CHECK(number_of(in->one("SELECT COUNT(*) FROM term WHERE sequence NOT IN (SELECT sequence FROM passage)")) == 0);
  CHECK(store::search(*in, keys, "心电图", 10).found.size() == 3);
  CHECK(store::requests_of_number(*in, keys, "13800138001", false, 10).empty());
  CHECK(store::requests_of_number(*in, keys, "13800138003", false, 10).size() == 1);
  CHECK(count("request_event", 1) == events);
  CHECK(number_of(in->one("SELECT COUNT(*) FROM request WHERE result = 1 AND closed_at IS NOT NULL")) == 4);
  CHECK(number_of(in->one("SELECT found FROM access WHERE what = 'expire'")) == 2);
  // Once.
  CHECK(store::expire(*in, keys, ten_days, me, now, false).requests.empty());
  CHECK(number_of(in->one("SELECT COUNT(*) FROM access")) == 1);
}

TEST_CASE("what was let go stays so in a rebuild, and a comparison with the log knows of it") {
  shelf s;
  event& barred = s.log.next(event_kind::booking_barred);
  barred.request = request_id{1};
  barred.other = 99;
  barred.value = nine + 40 * day;
  s.log.say(barred);
  {
    const auto in = s.filled();
    auto keys = s.here.keys(*in);
    store::expire(*in, keys, ten_days, me, nine + 12 * day, false);
    CHECK(store::verify(s.here.where, s.log.path(), quiet).differing == 0);
  }
  const auto before = rows_of(*s.here.open());
  store::rebuild(s.here.where, s.log.path(), quiet);
  CHECK(rows_of(*s.here.open()) == before);
  CHECK(store::verify(s.here.where, s.log.path(), quiet).differing == 0);
  const auto in = s.here.open();
  auto keys = s.here.keys(*in);
  CHECK(store::requests_of_number(*in, keys, "13800138001", false, 10).empty());
  CHECK(number_of(in->one("SELECT COUNT(*) FROM passage WHERE request = 1")) == 0);
}

TEST_CASE("a request that was open in a part of the log that is held stays as it is, until the hold is released") {
  shelf s;
  const std::int64_t later = nine + 100 * day;
  std::uint64_t hold = 0;
  SUBCASE("by times") { hold = s.hold(log_span::times, nine + 2 * day + 14'460 * second, nine + 2 * day + 14'520 * second); }
  SUBCASE("by sequences") {
    hold = s.hold(log_span::sequences, static_cast<std::int64_t>(s.opened[2] + 1), static_cast<std::int64_t>(s.closed[2]));
  }
  {
    const auto in = s.filled();
    auto keys = s.here.keys(*in);
    const auto now = store::expire(*in, keys, ten_days, me, later, false);
    CHECK(ids(now.requests) == list{1, 3});
    CHECK(ids(now.held) == list{2});
    CHECK(number_of(in->one("SELECT COUNT(*) FROM passage WHERE request = 2")) == 3);
  }
  event& over = s.log.next(event_kind::log_hold_released);
  over.value = static_cast<std::int64_t>(hold);
  s.log.say(over);
  const auto in = s.filled();
  auto keys = s.here.keys(*in);
  const auto now = store::expire(*in, keys, ten_days, me, later, false);
  CHECK(ids(now.requests) == list{2});
  CHECK(now.held.empty());
  CHECK(store::verify(s.here.where, s.log.path(), quiet).differing == 0);
}

TEST_CASE("all that follows may be held, and each kind keeps for as long as it says") {
  shelf s;
  s.hold(log_span::times, nine + 3 * day, 0);
  const auto in = s.filled();
  auto keys = s.here.keys(*in);
  const std::vector<store::keep_rule> rules{{"advice", 10 * day}, {"complaint", 50 * day}, {"unknown", day}};
  const auto soon = store::expire(*in, keys, rules, me, nine + 20 * day, true);
  CHECK(ids(soon.requests) == list{1, 2});
  CHECK(ids(soon.held) == list{3});
  const auto late = store::expire(*in, keys, rules, me, nine + 60 * day, true);
  CHECK(ids(late.requests) == list{1, 2, 5});
}
