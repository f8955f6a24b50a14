// SPDX-License-Identifier: Apache-2.0
// Texts and numbers are found, in every script and spelling, the same in both databases.
#include <base/masked.hpp>
#include <doctest/doctest.h>

#include <set>
#include <store/terms.hpp>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::store_test;

namespace {

struct asked_store {
  own_store here;
  std::unique_ptr<store::database> in;
  std::optional<store::vault> keys;
  explicit asked_store(const story& log) {
    fill(here, log.path());
    in = here.open();
    keys = here.keys(*in);
  }
  std::vector<std::string> texts(const std::string& wanted, std::size_t limit = 20) {
    std::vector<std::string> out;
    for (const store::hit& one : store::search(*in, *keys, wanted, limit).found) out.push_back(one.text);
    return out;
  }
};

}  // namespace

TEST_CASE("C5 a caller is found by the number in all its spellings, with the earlier calls, newest first") {
  story log;
  const std::uint64_t first = log.call("013800138000", "王芳");
  log.call("13900139000", "王芳的母亲");
  const std::uint64_t second_call = log.call("+8613800138000", "");
  asked_store it(log);
  for (const char* spelling : {"13800138000", "+86 138 0013 8000", "0086-13800138000", "138-0013-8000", "tel:+8613800138000",
                               "013800138000", "138００１３８０００"}) {
    CAPTURE(spelling);
    const auto calls = store::calls_of_number(*it.in, *it.keys, spelling, 10);
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].id == second_call);
    CHECK(calls[1].id == first);
    CHECK(calls[1].name == "王芳");
    CHECK(it.texts(spelling).size() == 2);
  }
  CHECK(store::calls_of_number(*it.in, *it.keys, "13800138001", 10).empty());
  CHECK_THROWS_AS(store::calls_of_number(*it.in, *it.keys, "nobody", 10), store::database_error);
}

TEST_CASE("texts are found by any two characters of them, Chinese as well as others") {
  story log;
  log.call("13800138001", "欧阳娜娜", "预约心电图检查,下周三上午");
  log.call("13800138002", "Müller", "asks for the ECG of Dr. ÉMILE");
  log.call("13800138003", "王伟", "心里不舒服,问电图在哪里做");
  log.call("13800138004", "Ｗａｎｇ　Ｗｅｉ", "全角");
  asked_store it(log);
  CHECK(it.texts("心电图") == std::vector<std::string>{"预约心电图检查,下周三上午"});  // both pairs stand in the third, apart
  CHECK(it.texts("电图").size() == 2);
  CHECK(it.texts("预约").size() == 1);
  CHECK(it.texts("欧阳").size() == 1);
  CHECK(it.texts("娜娜").size() == 1);
  CHECK(it.texts("上午").size() == 1);
  CHECK(it.texts("下午").empty());
  CHECK(it.texts("émile").size() == 1);
  CHECK(it.texts("MÜLLER").size() == 1);
  CHECK(it.texts("wang wei").size() == 1);
  CHECK(it.texts("ecg of dr").size() == 1);
  CHECK(it.texts("ecg dr").empty());  // not as it stands there
  CHECK_THROWS_AS(it.texts("心"), store::database_error);
  CHECK_THROWS_AS(it.texts(""), store::database_error);
  CHECK_THROWS_AS(it.texts("a b"), store::database_error);
}

TEST_CASE("a search gives the newest, says where it ended, and goes on from there until all were told once") {
  story log;
  for (int i = 0; i < 150; ++i)
    log.call("1380013" + std::to_string(8000 + i), i % 3 == 0 ? "李复诊" : "张三", "复诊 " + std::to_string(i));
  asked_store it(log);
  std::set<std::int64_t> seen;
  std::int64_t before = 0, last = std::numeric_limits<std::int64_t>::max();
  for (int rounds = 0; rounds < 100; ++rounds) {
    const store::hits some = store::search(*it.in, *it.keys, "复诊", 7, before);
    for (const store::hit& one : some.found) {
      CHECK(one.sequence < last);
      last = one.sequence;
      CHECK(seen.insert(one.sequence).second);
    }
    before = some.older;
    if (before == 0) break;
  }
  CHECK(before == 0);
  CHECK(seen.size() == 200);
}

TEST_CASE("C5 what is masked keeps its shape and loses its secret") {
  CHECK(masked_number("13800138000") == "138****8000");
  CHECK(masked_number("+86 138 0013 8000") == "+86 1** **** 8000");
  CHECK(masked_number("8101") == "8101");
  CHECK(masked_number("623456") == "623*56");
  CHECK(masked_number("6281234") == "628**34");
  CHECK(masked_number("wangfang@example.org") == "w**");
  CHECK(store::masked_name("王芳") == "王**");
  CHECK(store::masked_name("") == "");
  CHECK(store::masked(store::passage_kind::identity, "13800138000\t王芳") == "138****8000\t王**");
  CHECK(store::masked(store::passage_kind::note, "血糖高") == "*** (3)");
}
