// SPDX-License-Identifier: Apache-2.0
#include "hospital.hpp"

#include <vector>

using namespace cordboard;

namespace {

using lines = std::vector<std::string>;
lines told(std::string_view csv, language tongue = language::en) {
  lines all;
  for (const auto& p : directory::read(csv, {}, {in_beijing, "Asia/Shanghai"}).problems)
    all.push_back(describe(p, "d.csv", tongue));
  return all;
}
std::string head(const std::string& rows) { return "id,kind,name,department,numbers\n" + rows; }

}  // namespace

TEST_CASE("a directory is written as it is read") {
  const auto d = hospital();
  const auto again = directory::read(d.to_csv(), {}, {in_beijing, "Asia/Shanghai"});
  CHECK(again.problems.empty());
  CHECK(again.value.entries() == d.entries());
  CHECK(again.value.to_csv() == d.to_csv());
  const auto shown = directory::read(d.to_csv(disclosure::told), {}, {in_beijing, "Asia/Shanghai"}).value;
  CHECK(shown.find("p1")->numbers.empty());
  CHECK(shown.find("8010")->numbers.size() == 2);
  CHECK(shown.search("13800138001", {disclosure::internal, 5}).empty());
}

TEST_CASE("quotes, commas and line ends within cells, a byte order mark, and columns by their Chinese names in any order") {
  const auto d = directory::read(
      "\xEF\xBB\xBF姓名,编号,类别,号码\r\n\"张\"\"大夫\"\"\",p1,人员,\"8021；8022 内部\"\r\n\r\n\"Wang, "
      "Li\",p2,person,8023\r\n",
      {}, {in_beijing, "Asia/Shanghai"});
  REQUIRE(d.problems.empty());
  REQUIRE(d.value.entries().size() == 2);
  CHECK(d.value.find("p1")->name == "张\"大夫\"");
  CHECK(d.value.find("p1")->numbers[1].see == disclosure::internal);
  CHECK(d.value.find("p2")->name == "Wang, Li");
}

TEST_CASE("everything that is wrong is told at once, by line and column") {
  CHECK(
      told(head("8004,department,放射科,,8004\n"
                "8004,desk,放射,,80x4\n"
                "p1,person,,骨科,8021; 8022 secret\n")) ==
      lines{
          "d.csv:3:1: id: found \"8004\", as in line 2; expected an id of its own",
          "d.csv:3:6: kind: found \"desk\"; expected department, place or person",
          "d.csv:3:15: numbers: found \"80x4\"; expected a number, then told, through or internal and parts of the day, such "
          "as "
          "\"8021\" or \"13800138000 internal\"",
          "d.csv:4:11: name: found nothing; expected a text of 1 to 200 characters without control characters",
          "d.csv:4:12: department: found \"骨科\"; expected the id or the name of one department",
          "d.csv:4:15: numbers: found \"8022 secret\"; expected a number, then told, through or internal and parts of the day, "
          "such as \"8021\" or \"13800138000 internal\""});
  CHECK(told(head("1,地方,x,,\n"), language::zh) == lines{"d.csv:2:3: kind: 发现 “地方”;应为 科室、地点或人员"});
}

TEST_CASE("a file that is no table is told") {
  CHECK(told("") == lines{"d.csv:1:1: found nothing; expected a header row of id, kind, name, other_names, department, title, "
                          "specialities, languages, numbers"});
  CHECK(told("id,kind\n") == lines{"d.csv:1:1: name: found no such column; expected a column name"});
  CHECK(told("id,kind,name,name\n").size() == 1);
  CHECK(told("id,kind,name,nmae\n").size() == 1);
  CHECK(told(head("1,person,x,,8001,more\n")) == lines{"d.csv:2:18: found 6 cells; expected 5 cells"});
  CHECK(told(head("1,person,\"x,,8001\n")) ==
        lines{"d.csv:2:10: found a quote that is never closed; expected a closing quote"});
  CHECK(told(head("1,person,a\"b,,8001\n")) ==
        lines{"d.csv:2:11: found a quote within a cell; expected the whole cell in quotes, and each quote in it twice"});
  CHECK(told("id,kind,name\n1,person,\xD5\xC5\n") ==
        lines{"d.csv:2:1: found the byte 0xd5, which is not UTF-8; expected UTF-8: in a spreadsheet, save as \"CSV UTF-8\""});
  CHECK(directory::read(hospital_csv, {}, {in_beijing, "Mars/Olympus"}).problems.size() == 1);
}

TEST_CASE("S9: numbers are told by who may learn them, and by the part of the day") {
  const auto d = hospital();
  const auto numbers = [&](const char* id, const char* time, disclosure see) {
    std::string all;
    for (const auto& n : d.numbers_of(*d.find(id), d.instant(time), see)) all += (all.empty() ? "" : " ") + n.number.number;
    return all;
  };
  CHECK(numbers("8004", "2026-11-23 12:00", disclosure::told) == "8004");
  CHECK(numbers("8004", "2026-11-23 21:00", disclosure::told) == "8004 8021");
  CHECK(numbers("8004", "2026-11-23 07:59", disclosure::told) == "8004 8021");
  CHECK(numbers("8004", "2026-11-23 08:00", disclosure::told) == "8004");
  CHECK(numbers("p1", "2026-11-23 12:00", disclosure::told) == "");
  CHECK(numbers("p1", "2026-11-23 12:00", disclosure::through) == "8021");
  CHECK(numbers("p1", "2026-11-23 12:00", disclosure::internal) == "8021 +8613800138001");
}
