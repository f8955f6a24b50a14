// SPDX-License-Identifier: Apache-2.0
// People with several numbers, families and groups; merged, split, imported, erased.
#include <doctest/doctest.h>

#include <store/persons.hpp>
#include <store/rebuild.hpp>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::store_test;
using kind = store::passage_kind;

namespace {

const store::change us{{1000, "chen", true}, nine};

struct people {
  own_store here;
  story log;
  std::unique_ptr<store::database> in = here.open();
  store::vault keys = here.keys(*in);
};

bool says(const store::person& one, kind what, const std::string& text) {
  return std::find(one.texts.begin(), one.texts.end(), std::pair{what, text}) != one.texts.end();
}

}  // namespace

TEST_CASE("C5 a caller is recognised by any of several numbers, with all earlier calls and the requests that are open") {
  people p;
  p.log.call("13800138000", "王女士", "第一次来电");
  p.log.call("01062345678", "");
  event& opened = p.log.next(event_kind::request_opened);
  opened.request = request_id{5};
  opened.detail = 1;
  p.log.say(opened, R"({"no":"Z-2023-000001","number":"010-6234-5678","name":"王芳"})");
  fill(p.here, p.log.path());
  const std::uint64_t id = store::add_person(*p.in, p.keys,
                                             {{kind::person_name, "王芳"},
                                              {kind::person_number, "138 0013 8000"},
                                              {kind::person_number, "(010) 62345678"},
                                              {kind::person_card, "M0001"},
                                              {kind::person_family, "王家"}},
                                             us);
  for (const char* number : {"+8613800138000", "010-62345678"}) {
    const auto found = store::recognise(*p.in, p.keys, number, 10);
    REQUIRE(found.persons.size() == 1);
    CHECK(found.persons[0].id == id);
    CHECK(says(found.persons[0], kind::person_name, "王芳"));
    CHECK(says(found.persons[0], kind::person_card, "M0001"));
    CHECK(found.calls.size() == 2);
    CHECK(found.calls[0].began_at > found.calls[1].began_at);
    REQUIRE(found.requests.size() == 1);
    CHECK(found.requests[0].shown == "Z-2023-000001");
  }
  CHECK(store::recognise(*p.in, p.keys, "13911112222", 10).persons.empty());
  CHECK(store::search(*p.in, p.keys, "王芳", 10).found.size() == 2);
  // What only the store knows stays over a rebuild.
  store::rebuild(p.here.where, p.log.path(), [](std::uint64_t, std::uint64_t) {});
  CHECK(store::recognise(*p.in, p.keys, "13800138000", 10).calls.size() == 2);
  CHECK(store::verify(p.here.where, p.log.path(), [](std::uint64_t, std::uint64_t) {}).differing == 0);
}

TEST_CASE("C7 two entries of one person are merged and split again, and who did it is on record") {
  people p;
  const auto first = store::add_person(*p.in, p.keys, {{kind::person_name, "王芳"}, {kind::person_number, "13800138000"}}, us);
  const auto second_one = store::add_person(
      *p.in, p.keys, {{kind::person_name, "王方"}, {kind::person_number, "13900139000"}, {kind::person_group, "糖尿病俱乐部"}},
      us);
  const auto third = store::add_person(*p.in, p.keys, {{kind::person_number, "13700137000"}}, us);
  store::merge_persons(*p.in, second_one, third, us);
  store::merge_persons(*p.in, first, third, us);  // an entry of another's: all of it comes along
  for (const char* number : {"13800138000", "13900139000", "13700137000"}) {
    const auto found = store::recognise(*p.in, p.keys, number, 10);
    REQUIRE(found.persons.size() == 1);
    CHECK(found.persons[0].id == first);
    CHECK(found.persons[0].merged.size() == 2);
    CHECK(says(found.persons[0], kind::person_group, "糖尿病俱乐部"));
  }
  CHECK_THROWS_AS(store::merge_persons(*p.in, third, first, us), store::database_error);
  CHECK_THROWS_AS(store::merge_persons(*p.in, first, 12345, us), store::database_error);
  store::split_person(*p.in, second_one, us);
  CHECK(store::recognise(*p.in, p.keys, "13700137000", 10).persons[0].id == second_one);
  CHECK(store::recognise(*p.in, p.keys, "13800138000", 10).persons[0].merged.empty());
  CHECK_THROWS_AS(store::split_person(*p.in, second_one, us), store::database_error);
  const auto history = p.in->all("SELECT what, who, person, other FROM person_change ORDER BY id");
  REQUIRE(history.size() == 6);
  CHECK(store::text_of(history[3][0]) == "merged");
  CHECK(store::text_of(history[4][1]) == "chen");
  CHECK(store::text_of(history[5][0]) == "split");
}

TEST_CASE("C5 a family's telephone is of all who share it") {
  people p;
  store::add_person(*p.in, p.keys, {{kind::person_name, "王芳"}, {kind::person_number, "01062345678"}}, us);
  store::add_person(*p.in, p.keys, {{kind::person_name, "王伟"}, {kind::person_number, "01062345678"}}, us);
  CHECK(store::recognise(*p.in, p.keys, "010 6234 5678", 10).persons.size() == 2);
}

TEST_CASE("H6 a person who is erased is gone with every number") {
  people p;
  p.log.call("13800138000", "王芳", "糖尿病复查");
  p.log.call("13900139000", "王芳", "换号来电");
  fill(p.here, p.log.path());
  const auto id = store::add_person(
      *p.in, p.keys, {{kind::person_name, "王芳"}, {kind::person_number, "13800138000"}, {kind::person_number, "13900139000"}},
      us);
  CHECK(store::erase_person(*p.in, p.keys, id, us) == 7);
  for (const char* text : {"王芳", "糖尿", "换号", "13800138000"}) CHECK(store::search(*p.in, p.keys, text, 10).found.empty());
  CHECK(store::recognise(*p.in, p.keys, "13800138000", 10).persons.empty());
  CHECK_THROWS_AS(store::add_to_person(*p.in, p.keys, id, {{kind::person_name, "王芳"}}, us), store::database_error);
  CHECK(store::verify(p.here.where, p.log.path(), [](std::uint64_t, std::uint64_t) {}).differing == 0);
}

TEST_CASE("C8 a list is taken whole or not at all, once, and each mistake is named by its line") {
  people p;
  const std::string list =
      "\xEF\xBB\xBFname,numbers,card,groups,note\r\n王芳,138 0013 8000;010-62345678,M1,会员;糖尿病,\"爱说, "
      "\"\"你好\"\"\n第二行\"\r\n\r\n李四,13900139000,,,\r\n";
  const auto count = [&] { return store::number_of(p.in->one("SELECT COUNT(*) FROM person")); };
  auto result = store::import_persons(*p.in, p.keys, list, true, us);
  CHECK(result.added == 2);
  CHECK(count() == 0);
  result = store::import_persons(*p.in, p.keys, list, false, us);
  CHECK(result.problems.empty());
  CHECK(result.added == 2);
  CHECK(count() == 2);
  CHECK(says(store::recognise(*p.in, p.keys, "13800138000", 1).persons.at(0), kind::person_note, "爱说, \"你好\"\n第二行"));
  result = store::import_persons(*p.in, p.keys, list, false, us);
  CHECK(result.added == 0);
  CHECK(result.known == 2);
  CHECK(count() == 2);
  const auto problem = [&](const std::string& text) {
    const auto wrong = store::import_persons(*p.in, p.keys, text, false, us);
    CHECK(count() == 2);
    return wrong.problems.empty() ? std::string() : wrong.problems[0];
  };
  CHECK(problem("name,nubmers\n").find("line 1: no column is called \"nubmers\"") == 0);
  CHECK(problem("name,numbers\n王五,13700137000\n赵六,nobody\n").find("line 3:") == 0);
  CHECK(problem("name,numbers\n王五\n").find("line 2: 1 fields") == 0);
  CHECK(problem("name\n\"王五\n").find("quotes") != std::string::npos);
  CHECK(problem("name\n\xFF\n").find("line 2: not UTF-8") == 0);
  CHECK(problem("").find("no header") != std::string::npos);
}
