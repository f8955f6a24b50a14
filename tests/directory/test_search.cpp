// SPDX-License-Identifier: Apache-2.0
#include "hospital.hpp"

#include <algorithm>
#include <directory/sounds.hpp>
#include <random>
#include <set>

using namespace cordboard;

namespace {

/// The name of the best entry; empty: nothing was found.
std::string first(const directory& d, std::string_view query, disclosure see = disclosure::told) {
  const auto hits = d.search(query, {see, 5});
  return hits.empty() ? std::string() : hits[0].entry->name;
}

}  // namespace

TEST_CASE("S2: fangshe, fsk, 放射, 8021 and a homophone each find the right entry first") {
  const auto d = hospital();
  CHECK(first(d, "fangsheke") == "放射科");
  CHECK(first(d, "fsk") == "放射科");
  CHECK(first(d, "放射") == "放射科");
  CHECK(first(d, "放社科") == "放射科");  // another character of the same sound
  CHECK(first(d, "访射") == "放射科");
  CHECK(first(d, "8021", disclosure::through) == "放射科");  // a department before the person who has the number too
  CHECK(first(d, "fang she ke") == "放射科");
  // Both begin so; the whole name comes before a part of one.
  CHECK(first(d, "fangshe") == "方舍");
  const auto both = d.search("fangshe");
  REQUIRE(both.size() >= 2);
  CHECK(both[1].entry->name == "放射科");
}

TEST_CASE("a name is found by its characters, its pinyin, its initials, and all of them mixed") {
  const auto d = hospital();
  for (const char* query : {"张伟", "zhangwei", "zhang wei", "zhwei", "zw", "zhw", "zhangw", "张wei", "Zhang Wei", "ZHANGWEI",
                            "zhāng wěi", "ｚｈａｎｇｗｅｉ", "zhang'wei"})
    CHECK_MESSAGE(first(d, query) == "张伟", query);
  CHECK(first(d, "张") == "张伟");
  CHECK(first(d, "zhang") == "张伟");
  CHECK(first(d, "wei") == "尉迟恭");
}

TEST_CASE("every reading of a character finds it: those of surnames, and those of words") {
  const auto d = hospital();
  for (const char* query : {"shanli", "danli", "sl"}) CHECK_MESSAGE(first(d, query) == "单丽", query);
  for (const char* query : {"zengguoqiang", "cengguoqiang", "zgq"}) CHECK_MESSAGE(first(d, query) == "曾国强", query);
  for (const char* query : {"qiuwen", "chouwen"}) CHECK_MESSAGE(first(d, query) == "仇文", query);
  for (const char* query : {"zhaliangyong", "chaliangyong", "zly"}) CHECK_MESSAGE(first(d, query) == "查良镛", query);
  for (const char* query : {"yuchigong", "weichigong", "ycg"}) CHECK_MESSAGE(first(d, query) == "尉迟恭", query);
  for (const char* query : {"zhongzhengyixueke", "chongzheng", "zzyxk"}) CHECK_MESSAGE(first(d, query) == "重症医学科", query);
  for (const char* query : {"zhangsun", "changsun"}) CHECK_MESSAGE(first(d, query) == "长孙无忌", query);
  for (const char* query : {"lvfang", "lf", "Lü Fang"}) CHECK_MESSAGE(first(d, query) == "吕芳", query);
}

TEST_CASE("other names, specialities, the department and parts of names find an entry behind the names themselves") {
  const auto d = hospital();
  CHECK(first(d, "radiology") == "放射科");
  CHECK(first(d, "radio") == "放射科");
  CHECK(first(d, "yingxiang") == "放射科");
  CHECK(first(d, "gynae") == "妇产科");
  CHECK(first(d, "ICU") == "重症医学科");
  CHECK(first(d, "核磁") == "放射科");
  CHECK(first(d, "hcgz") == "放射科");
  CHECK(first(d, "哮喘") == "查良镛");
  CHECK(first(d, "neike") == "呼吸内科");
  CHECK(first(d, "内科") == "呼吸内科");
  CHECK(first(d, "guahao") == "挂号处");
  // Somebody of a department that is named: both words must fit.
  CHECK(first(d, "放射 张") == "张伟");
  CHECK(first(d, "zhang fangshe") == "张伟");
  CHECK(first(d, "检验 zw") == "章薇");
  const auto there = d.search("放射科", {disclosure::told, 20});
  CHECK(std::any_of(there.begin(), there.end(), [](const directory_hit& h) { return h.entry->name == "张伟"; }));
}

TEST_CASE("a number is found in every spelling, whole before a part, and never by who may not see it") {
  const auto d = hospital();
  CHECK(first(d, "8004") == "放射科");
  for (const char* query : {"62345678", "010-62345678", "+86 10 6234 5678", "5678", "01062345678"})
    CHECK_MESSAGE(first(d, query) == "呼吸内科", query);
  CHECK(first(d, "400-800-1234") == "挂号处");
  CHECK(first(d, "13800138001") == "");
  CHECK(first(d, "13800138001", disclosure::through) == "");
  for (const char* query : {"13800138001", "013800138001", "+8613800138001", "138 0013 8001", "8001 "})
    CHECK_MESSAGE(first(d, query, disclosure::internal) == (std::string_view(query) == "8001 " ? "急诊科" : "张伟"), query);
  CHECK(first(d, "9002", disclosure::internal) == "仇文");
}

TEST_CASE("what nobody is called finds nobody, and no query is too strange") {
  const auto d = hospital();
  CHECK(d.search("").empty());
  CHECK(d.search("   ").empty());
  CHECK(d.search("qqqq").empty());
  CHECK(d.search("心脏外科").empty());
  CHECK(d.search(std::string(1000, 'z')).empty());
  CHECK(directory().search("x").empty());
  CHECK(d.search("z", {disclosure::told, 0}).empty());
  std::mt19937 random(5);
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (auto n = random() % 12; n-- > 0;) {
      static const std::string_view parts[] = {"z",    "h", "a", "ng", "张", "重", "科", "8",
                                               "\xFF", " ", "-", "é",  "𠼞", "长", "'",  "\xE5\xBC"};
      text += parts[random() % 16];
    }
    const auto hits = d.search(text, {disclosure::internal, 7});
    CHECK(hits.size() <= 7);
    CHECK(std::is_sorted(hits.begin(), hits.end(), [](const auto& a, const auto& b) { return a.score < b.score; }));
  }
}

TEST_CASE("whoever is in the directory is found by pinyin and by initials: every entry, in the customary reading") {
  const auto d = hospital();
  for (const auto& e : d.entries()) {
    std::string spelled, initials;
    for (const char32_t c : sounds::folded(e.name)) {
      const auto said = sounds::spelled(sounds::sounds_of(sounds::set_of(c)).front());
      spelled += said;
      initials += said[0];
    }
    const auto found = [&](const std::string& query) {
      const auto hits = d.search(query);
      return std::any_of(hits.begin(), hits.end(), [&](const directory_hit& h) { return h.entry == &e; });
    };
    CHECK_MESSAGE(found(spelled), spelled);
    CHECK_MESSAGE(found(initials), initials);
    CHECK(first(d, e.name) == e.name);
  }
}
