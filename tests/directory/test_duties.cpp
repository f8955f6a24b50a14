// SPDX-License-Identifier: Apache-2.0
#include "hospital.hpp"

#include <vector>

using namespace cordboard;

namespace {

constexpr std::string_view roster =
    "post,person,from,to,role\n"
    "8004,p1,2026-11-23 08:00,2026-11-24 08:00,A\n"
    "放射科,p2,2026-11-23 08:00,2026-11-24 08:00,B\n"
    "8004,p3,2026-11-24 08:00,2026-11-25 08:00,A\n"
    "总值班,p4,2026-11-23 17:30,2026-11-24 08:00,\n"
    "总值班,p5,2026-11-24 07:00,2026-11-25 08:00,\n"
    "总值班,p6,2026-11-25 09:00,2026-11-26 08:00,\n"
    "8001,p4,2026-11-24 00:00,2026-11-24 12:00,\n";

std::string on(const directory& d, const char* post, const char* time) {
  std::string all;
  for (const auto& x : d.on_duty(post, d.instant(time))) all += (all.empty() ? "" : " ") + x.person + (x.backup ? "(B)" : "");
  return all;
}

}  // namespace

TEST_CASE("P3: who is on duty for a post, now or at a time, A before B") {
  const auto d = hospital(roster);
  CHECK(on(d, "8004", "2026-11-23 12:00") == "p1 p2(B)");
  CHECK(on(d, "放射科", "2026-11-23 12:00") == "p1 p2(B)");
  CHECK(on(d, "放射科", "2026-11-24 08:00") == "p3");
  CHECK(on(d, "放射科", "2026-11-23 07:59") == "");
  CHECK(on(d, "总值班", "2026-11-24 07:30") == "p4 p5");
  CHECK(on(d, "nobody's", "2026-11-24 07:30") == "");
}

TEST_CASE("P3: gaps, overlaps and people at two posts are told") {
  const auto d = hospital(roster);
  const auto at = [&](const char* text) { return d.instant(text); };
  using w = duty_warning;
  const auto found = d.check_duties(at("2026-11-23 17:30"), at("2026-11-26 08:00"));
  CHECK(found == std::vector<w>{
                     {w::kind::gap, "8001", "", "", at("2026-11-23 17:30"), at("2026-11-24 00:00")},
                     {w::kind::gap, "8001", "", "", at("2026-11-24 12:00"), at("2026-11-26 08:00")},
                     {w::kind::gap, "8004", "", "", at("2026-11-25 08:00"), at("2026-11-26 08:00")},
                     {w::kind::twice, "总值班", "p4", "8001", at("2026-11-24 00:00"), at("2026-11-24 08:00")},
                     {w::kind::overlap, "总值班", "p4", "p5", at("2026-11-24 07:00"), at("2026-11-24 08:00")},
                     {w::kind::gap, "总值班", "", "", at("2026-11-25 08:00"), at("2026-11-25 09:00")},
                 });
  CHECK(d.check_duties(at("2026-11-24 08:00"), at("2026-11-24 12:00")).empty());
}

TEST_CASE("what is wrong with a roster is told by line and column") {
  const auto loaded = directory::read(hospital_csv,
                                      "post,person,from,to,role\n"
                                      "8004,p99,2026-11-23 08:00,2026-11-23 07:00,A\n"
                                      "8004,p1,2026-11-23,2026-11-24 25:00,C\n",
                                      {in_beijing, "Asia/Shanghai"});
  std::vector<std::string> told;
  for (const auto& p : loaded.roster_problems) told.push_back(describe(p, "r.csv", language::en));
  CHECK(told == std::vector<std::string>{
                    "r.csv:2:6: person: found \"p99\"; expected the id of a person in the directory",
                    "r.csv:2:27: to: found \"2026-11-23 07:00\"; expected a time after from",
                    "r.csv:3:9: from: found \"2026-11-23\"; expected a time such as \"2026-11-23 08:00\"",
                    "r.csv:3:20: to: found \"2026-11-24 25:00\"; expected a time such as \"2026-11-23 08:00\"",
                    "r.csv:3:37: role: found \"C\"; expected A or B",
                });
}

TEST_CASE("on a night of 25 hours somebody is on duty for all of it") {
  const auto loaded = directory::read(hospital_csv, "post,person,from,to\n8004,p1,2026-10-24 20:00,2026-10-25 08:00\n",
                                      {in_beijing, "Europe/Berlin"});
  REQUIRE(loaded.roster_problems.empty());
  const auto& d = loaded.value.duties()[0];
  CHECK(d.to - d.from == std::int64_t{13} * 3600 * 1'000'000'000);
}
