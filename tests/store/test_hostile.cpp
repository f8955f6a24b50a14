// SPDX-License-Identifier: Apache-2.0
// Whatever callers and operators write is stored exactly, or refused; nothing of it is a statement.
#include <doctest/doctest.h>

#include <random>
#include <store/rebuild.hpp>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::store_test;

namespace {

/// What a slot's text can hold at most.
constexpr std::size_t text_max = 60'000;

std::vector<std::string> hostile_texts() {
  using namespace std::string_literals;
  std::vector<std::string> all{
      "'; DROP TABLE call; --",
      "\"; DELETE FROM passage; --",
      "Robert'); DROP TABLE students;--",
      "' OR '1'='1",
      "1; ATTACH DATABASE 'x' AS y",
      "$1",
      "$1$2$3",
      "?1",
      ":name",
      "@x",
      "%s%s%n",
      "{}{0}",
      "%00",
      "\\x00",
      "\\",
      "\\'",
      "''",
      "'",
      "\"",
      "`",
      "$$ SELECT pg_sleep(9) $$",
      "E'\\x41'",
      "COPY call FROM STDIN",
      "\\copy",
      "\\.",
      "NULL",
      "null",
      "nil",
      "0",
      "-1",
      "-9223372036854775808",
      "9223372036854775808",
      "1e999",
      "NaN",
      "Infinity",
      "2026-02-30",
      "民国一百一十五年",
      "令和8年",
      "12/13/14",
      "1970-01-01",
      "9999-99-99",
      "-5 days",
      "<script>alert(1)</script>",
      "&lt;",
      "=cmd|'/C calc'!A0",
      "+1+1",
      "@SUM(A1)",
      "a,b",
      "a\r\nb",
      "a\nb",
      "\r",
      "\n",
      " ",
      "  ",
      "　",
      "\t\t",
      "a\tb\tc",
      "😀",
      "👩‍👩‍👧‍👦",
      "🏥☎️",
      "é",
      "é",
      "ﷺ",
      "ﬁ",
      "İ",
      "ß",
      "ẞ",
      "Ǆ",
      "עברית",
      "العربية",
      "\u202Eabc",
      "\u200B",
      "\u2028",
      "\uFEFF",
      "𠮷野家",
      "㐀",
      "豈",
      "か゚",
      "한국어",
      "ไทย",
      "Zalgo Z͑ͫ̓a",
      "\x01\x02",
      "DELETE",
      "--",
      "/* */",
      "\U0010FFFF",
      "\x7F",
      "\x1B[31m",
      "\xC2\x85",
      "a\0b"s,
      "\0"s,
      "\xFF",
      "\xC0\xAF",
      "\xED\xA0\x80",
      "\xF4\x90\x80\x80",
      "\xE4\xB8",
      "王\xE4\xB8芳",
      std::string(text_max, 'a'),
      std::string(text_max, '\xFF'),
      std::string(1000, '\''),
  };
  std::string longest;
  while (longest.size() + 3 <= text_max) longest += "王";
  all.push_back(longest);
  std::string patients;
  while (patients.size() < text_max - 40) patients += "预约" + std::to_string(patients.size()) + "'\"\\;";
  all.push_back(patients);
  return all;
}

}  // namespace

TEST_CASE("a hundred hostile texts are stored exactly, in names as in notes, and nothing else changes") {
  const auto texts = hostile_texts();
  REQUIRE(texts.size() >= 100);
  const own_store here;
  story log;
  std::vector<std::uint64_t> ids;
  for (std::size_t i = 0; i < texts.size(); ++i)
    ids.push_back(log.call("1380013" + std::to_string(1000 + i), texts[i], texts[i]));
  fill(here, log.path());
  const auto in = here.open();
  auto keys = here.keys(*in);
  CHECK(store::number_of(in->one("SELECT COUNT(*) FROM call")) == static_cast<std::int64_t>(texts.size()));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    CAPTURE(i);
    const auto calls = store::calls_of_number(*in, keys, "1380013" + std::to_string(1000 + i), 2);
    REQUIRE(calls.size() == 1);
    CHECK(calls[0].id == ids[i]);
    CHECK(calls[0].name == texts[i]);
    REQUIRE(calls[0].notes.size() == 1);
    CHECK(calls[0].notes[0] == texts[i]);
  }
  CHECK(store::verify(here.where, log.path(), [](std::uint64_t, std::uint64_t) {}).differing == 0);
}

TEST_CASE("a hundred hostile questions find what they name, find nothing, or are refused") {
  const auto texts = hostile_texts();
  const own_store here;
  story log;
  for (const std::string& text : texts) log.call("13800138000", text, text);
  fill(here, log.path());
  const auto in = here.open();
  auto keys = here.keys(*in);
  std::size_t found = 0, refused = 0;
  for (const std::string& text : texts) {
    try {
      found += store::search(*in, keys, text.substr(0, 2000), 1).found.size();
    } catch (const store::database_error&) {
      ++refused;
    }
    try {
      const std::size_t calls = store::calls_of_number(*in, keys, text, 3).size();
      CHECK(calls <= 3);
    } catch (const store::database_error&) {
      ++refused;
    }
  }
  CHECK(found >= 50);
  CHECK(refused >= 50);
  CHECK(store::number_of(in->one("SELECT COUNT(*) FROM call")) == static_cast<std::int64_t>(texts.size()));
}

TEST_CASE("rows of any bytes in any column of an event are taken, or left, and the store goes on") {
  const own_store here;
  story log;
  std::mt19937_64 dice(7);
  for (int i = 0; i < 3000; ++i) {
    event& e = log.next(static_cast<event_kind>(dice() % 300));
    e.call = call_id{dice() % 4};
    e.party = party_id{dice() % 5};
    e.leg = leg_id{dice() % 3};
    e.operator_ = operator_id{static_cast<std::uint32_t>(dice() % 3)};
    e.queue = queue_id{static_cast<std::uint32_t>(dice())};
    e.other = dice() % 3 == 0 ? ~std::uint64_t{0} : dice() % 50;
    e.value = static_cast<std::int64_t>(dice());
    e.detail = static_cast<std::uint16_t>(dice());
    e.state = static_cast<std::uint8_t>(dice());
    e.flags = static_cast<std::uint8_t>(dice());
    e.custodian = static_cast<custodian>(dice() % 9);
    e.command = command_id{dice() % 2, dice() % 20};
    e.marks = static_cast<std::uint16_t>(dice());
    // A kind that ends the log, or that only the log itself may say, is not ours to write.
    if (e.kind == event_kind::dialog_saved) continue;
    std::string text;
    for (auto n = dice() % 40; n > 0; --n) text += static_cast<char>(dice());
    log.say(e, text);
  }
  fill(here, log.path());
  CHECK(store::number_of(here.open()->one("SELECT COUNT(*) FROM call")) == 3);
  CHECK(store::verify(here.where, log.path(), [](std::uint64_t, std::uint64_t) {}).differing == 0);
}
