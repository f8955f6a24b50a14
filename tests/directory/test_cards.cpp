// SPDX-License-Identifier: Apache-2.0
#include "hospital.hpp"

#include <string>
#include <vector>

using namespace cordboard;

namespace {

constexpr const char* cards_csv =
    "id,title,words,department,text,owner,until\n"
    "ct-price,CT检查价格,费用; CT price,放射科,平扫 180 元,p1,2026-12-31\n"
    "ct-prep,增强CT准备,空腹,8004,检查前空腹四小时,p1,\n"
    "way-er,急诊科怎么走,路线; way,8001,东门进直行五十米,8001,2026-01-31\n"
    "chest,胸闷挂什么科,胸痛,8001,先到急诊科,p4,\n";

loaded_directory read(const std::string& cards) {
  directory_options how;
  how.cards = cards;
  return directory::read(hospital_csv, {}, how);
}
std::string found(const directory& d, const char* words, const char* time = "2026-11-23 08:00") {
  std::string all;
  for (const auto& hit : d.search_cards(words, d.instant(time)))
    all += (all.empty() ? "" : " ") + hit.card->id + (hit.expired ? "(over)" : "");
  return all;
}

}  // namespace

TEST_CASE("S12: a card is found by title, words, department, pinyin and initials, beside the directory") {
  const auto loaded = read(cards_csv);
  REQUIRE(loaded.card_problems.empty());
  const directory& d = loaded.value;
  CHECK(found(d, "空腹") == "ct-prep");
  CHECK(found(d, "xiongmen") == "chest");
  CHECK(found(d, "xmgs") == "chest");
  CHECK(found(d, "CT price") == "ct-price");
  CHECK(found(d, "放射科").find("ct-price") != std::string::npos);
  CHECK(found(d, "nothing").empty());
  CHECK(d.cards()[0].department == "8004");  // by its name
  CHECK(d.search("放射科").front().entry->id == "8004");
}

TEST_CASE("S12: a card whose time is over comes last, and says so") {
  const auto d = read(cards_csv).value;
  CHECK(found(d, "急诊科") == "chest way-er(over)");
  CHECK(found(d, "急诊科", "2026-01-31 23:59").find("(over)") == std::string::npos);
  CHECK(found(d, "价格", "2027-01-01 00:00") == "ct-price(over)");
}

TEST_CASE("S12: what is wrong with a card is told by line and column") {
  const auto loaded = read(
      "id,title,text,owner,until,department\n"
      "a,t,x,p1,soon,\n"
      "a,,x,p1,,nowhere\n");
  std::vector<std::string> told;
  for (const auto& p : loaded.card_problems) told.push_back(describe(p, "c.csv", language::en));
  REQUIRE(told.size() == 4);
  CHECK(told[0] == "c.csv:2:10: until: found \"soon\"; expected a day such as \"2026-12-31\"");
  CHECK(told[1].starts_with("c.csv:3:1: id: found \"a\", as in line 2"));
  CHECK(told[2].starts_with("c.csv:3:3: title: found nothing"));
  CHECK(told[3].starts_with("c.csv:3:10: department: found \"nowhere\""));
}
