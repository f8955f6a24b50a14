// SPDX-License-Identifier: Apache-2.0
// What questions to a store of a million requests cost on SQLite, beside a full scan for the same answer in the same run: the due list, a
// person's requests by number, and parts of texts in Chinese. Prints how the database answers each.
//
// The requests come from events, by the fold that fills a house's store. Names, matters and numbers are made of what hospitals write.
#include <algorithm>
#include <base/fields.hpp>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <random>
#include <set>
#include <store/follower.hpp>
#include <store/schema.hpp>
#include <store/search.hpp>
#include <store/terms.hpp>
#include <string>
#include <unistd.h>
#include <vector>

using namespace cordboard;

namespace {

constexpr std::int64_t second = 1'000'000'000;
/// 2026-10-01 00:00 in Shanghai.
constexpr std::int64_t october = 1'790'784'000 * second;
constexpr std::size_t at_once = 50'000;

double ms_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
}

/// The numbers are those that normalise to themselves; every hundredth person calls again and again.
std::string number_of_person(std::uint64_t i) { return fmt::format("138{:08}", i * 1999 % 100'000'000); }

struct writer_of_requests {
  std::mt19937_64 dice{7};
  const std::vector<std::string> surnames{"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周",   "徐",
                                          "孙", "马", "朱", "胡", "郭", "何", "林", "高", "罗", "欧阳", "诸葛"};
  const std::vector<std::string> given{"伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳",
                                       "杰", "娟", "涛", "明", "超", "秀", "霞", "平", "刚", "桂", "英", "华"};
  const std::vector<std::string> places{"放射科",   "检验科",     "急诊科",   "药房", "重症医学科", "妇产科",
                                        "呼吸内科", "心血管内科", "神经外科", "骨科", "儿科",       "眼科"};
  const std::vector<std::string> matters{"预约心电图检查", "询问化验结果",     "复查血糖",         "投诉等候时间过长",
                                         "咨询住院费用",   "取消下周的预约",   "改约核磁共振",     "报告电梯故障",
                                         "要求病历复印件", "随访术后恢复情况", "询问疫苗接种时间", "反映停车困难"};
  const std::string& one_of(const std::vector<std::string>& all) { return all[dice() % all.size()]; }
  std::string name() {
    std::string out = one_of(surnames) + one_of(given);
    return dice() % 3 == 0 ? out : out + one_of(given);
  }
  std::string text(std::uint64_t i) {
    fields all;
    all.set("no", fmt::format("Z-2026-{:07}", i));
    all.set("name", i == 4711 ? "司马相如" : name());
    all.set("number", number_of_person(dice() % 100 == 0 ? i % 100 : i));
    all.set("matter", one_of(places) + one_of(matters));
    return write_fields(all);
  }
};

void fill(store::database& in, store::vault& keys, std::uint64_t requests) {
  writer_of_requests from;
  store::fold rows(in, keys);
  std::uint64_t sequence = 0;
  for (std::uint64_t i = 0; i < requests;) {
    store::transaction batch(in);
    for (const std::uint64_t end = std::min(requests, i + at_once); i < end; ++i) {
      event e;
      e.kind = event_kind::request_opened;
      e.sequence = ++sequence;
      e.time_ns = october + static_cast<std::int64_t>(i) * second;
      e.request = request_id{i + 1};
      e.detail = 1;
      e.operator_ = operator_id{static_cast<std::uint32_t>(1 + i % 30)};
      e.other = std::uint64_t{2026} << 32 | (i + 1);
      e.value = e.time_ns + static_cast<std::int64_t>(from.dice() % 864'000) * second;
      rows.apply(e, from.text(i));
      if (i % 10 < 8) {  // most are done
        event done;
        done.kind = event_kind::request_closed;
        done.sequence = ++sequence;
        done.time_ns = e.time_ns + 3600 * second;
        done.request = e.request;
        done.state = static_cast<std::uint8_t>(request_status::closed);
        done.detail = 1;
        rows.apply(done, {});
      }
    }
    batch.commit();
    fmt::print(stderr, "\r      {} of {} requests", i, requests);
  }
  fmt::print(stderr, "\n");
  in.script("ANALYZE");
}

struct question {
  std::string name;
  std::function<std::size_t(std::uint64_t round)> ask;
  std::function<std::size_t()> scan;
};

}  // namespace

int main(int count, char** given) {
  bool quick = false;
  for (int i = 1; i < count; ++i) quick = quick || std::strcmp(given[i], "--quick") == 0;
  const std::uint64_t requests = quick ? 50'000 : 1'000'000;
  const std::string folder = fmt::format("{}/cordboard-store-bench-{}", std::filesystem::temp_directory_path().string(),
                                         static_cast<long>(::getpid()));
  std::filesystem::create_directory(folder);
  struct cleaner {
    std::string path;
    ~cleaner() { std::filesystem::remove_all(path); }
  } const clean{folder};
  store::place where{folder + "/store.db", {}, folder + "/key"};
  store::make_master(where.key_file);
  const auto in = where.open(store::purpose::makes);
  store::migrate(*in);
  auto keys = store::vault::open(*in, store::read_master(where.key_file), true);
  const auto begun = std::chrono::steady_clock::now();
  fill(*in, keys, requests);
  const double filled = ms_since(begun);

  const std::int64_t now = october + static_cast<std::int64_t>(requests / 2) * second;
  // What a scan does: every row, or every text opened and looked at.
  const auto scan_texts = [&](const std::string& wanted) {
    const std::u32string text = store::folded(wanted);
    std::size_t found = 0;
    std::vector<std::pair<std::int64_t, std::string>> page;
    std::int64_t last = 0;
    do {
      page.clear();
      in->each("SELECT sequence, seal, sealed FROM passage WHERE sequence > $1 ORDER BY sequence LIMIT 10000", {last},
               [&](store::row r) {
                 last = store::number_of(r[0]);
                 page.emplace_back(store::number_of(r[1]), store::text_of(r[2]));
                 return true;
               });
      for (const auto& [seal, sealed] : page) {
        const auto open = keys.open_text(*in, seal, sealed);
        found += open && store::holds(store::folded(store::searchable(store::passage_kind::request, *open)), text) ? 1 : 0;
      }
    } while (!page.empty());
    return found;
  };
  const auto by_text = [&](const std::string& wanted) {
    return question{"text " + wanted,
                    [&in, &keys, wanted](std::uint64_t) { return store::search(*in, keys, wanted, 20).found.size(); },
                    [scan_texts, wanted] { return scan_texts(wanted); }};
  };
  const std::vector<question> all{
      {"due list",
       [&](std::uint64_t round) {
         return store::due_requests(*in, keys, now + static_cast<std::int64_t>(round) * 3600 * second, 20).size();
       },
       [&] {
         return in
             ->all(
                 "SELECT id, due_at FROM request NOT INDEXED WHERE closed_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT 20",
                 {now})
             .size();
       }},
      {"by number",
       [&](std::uint64_t round) {
         return store::requests_of_number(*in, keys, number_of_person(round * 7919 % requests), false, 20).size();
       },
       [&] {
         const std::int64_t token = store::term_of_number(keys, number_of_person(7919));
         return in->all("SELECT id FROM request NOT INDEXED WHERE token = $1", {token}).size();
       }},
      by_text("司马相如"),
      by_text("欧阳"),
      by_text("心电图"),
      by_text("神经外科投诉"),
      by_text("诸葛芳娜")};
  const auto line = [](const std::string& name, double value, const char* unit, const std::string& baseline, double of) {
    fmt::print(R"({{"name": "{}", "value": {:.3f}, "unit": "{}", "baseline": {}, "ratio": {}}})"
               "\n",
               name, value, unit, baseline.empty() ? "null" : '"' + baseline + '"',
               baseline.empty() ? "null" : fmt::format("{:.5f}", value / of));
  };
  line(fmt::format("store_fill_{}", requests), filled / 1000, "s", "", 1);
  for (const question& one : all) {
    // How it is answered, each statement once.
    std::set<std::string> told;
    std::vector<std::pair<std::string, std::vector<store::value>>> statements;
    in->watch = [&](std::string_view sql, std::span<const store::value> with) {
      statements.emplace_back(sql, std::vector(with.begin(), with.end()));
    };
    one.ask(1);
    in->watch = {};
    for (const auto& [sql, with] : statements)
      if (sql.find("FROM seal") == std::string::npos && told.insert(sql).second)
        fmt::print(stderr, "      {}: {}\n        {}", one.name, sql.substr(0, 100), in->plan(sql, with));
    std::vector<double> took;
    for (std::uint64_t round = 0; round < 200; ++round) {
      const auto from = std::chrono::steady_clock::now();
      one.ask(round);
      took.push_back(ms_since(from));
    }
    std::sort(took.begin(), took.end());
    const auto from = std::chrono::steady_clock::now();
    const std::size_t found = one.scan();
    const double scanned = ms_since(from);
    if (found == 0 && one.name != "text 诸葛芳娜") fmt::print(stderr, "      {}: the scan finds nothing\n", one.name);
    line("store_scan " + one.name, scanned, "ms", "", 1);
    line("store_p50 " + one.name, took[took.size() / 2], "ms", "store_scan " + one.name, scanned);
    line("store_max " + one.name, took.back(), "ms", "store_scan " + one.name, scanned);
  }
  return 0;
}
