// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <base/csv_rows.hpp>
#include <cordboard/directory.hpp>
#include <directory/contents.hpp>
#include <fmt/format.h>
#include <tuple>
#include <hours/text.hpp>

namespace cordboard {
namespace {

constexpr std::string_view header = "id,kind,name,other_names,department,title,specialities,languages,numbers\n";

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (const auto& one : all) out += (out.empty() ? "" : "; ") + one;
  return out;
}

void by_post(std::vector<duty>& duties) {
  std::sort(duties.begin(), duties.end(), [](const duty& a, const duty& b) {
    return std::tie(a.post, a.from, a.backup, a.person) < std::tie(b.post, b.from, b.backup, b.person);
  });
}

}  // namespace

directory::directory() : contents_(std::make_shared<const contents>()) {}

loaded_directory directory::read(std::string_view csv, std::string_view roster, const directory_options& how) {
  loaded_directory loaded;
  auto made = std::make_shared<contents>();
  made->plan = how.plan;
  hours_config wall;
  wall.time_zone = how.time_zone;
  made->clock = hours::schedule::make(std::move(wall));
  if (!made->clock) {
    loaded.problems.push_back({0,
                               0,
                               "time_zone",
                               {how.time_zone, how.time_zone},
                               {"a name of the tz database, such as Asia/Shanghai", "时区名,如 Asia/Shanghai"}});
    return loaded;
  }
  directory_file::read_entries(csv, how.plan, made->entries, loaded.problems);
  if (!roster.empty()) directory_file::read_roster(roster, *made->clock, made->entries, made->duties, loaded.roster_problems);
  for (std::size_t i = 0; i < made->entries.size(); ++i) made->by_id.emplace(made->entries[i].id, i);
  by_post(made->duties);
  made->index = directory_search::index(made->entries);
  if (!how.cards.empty()) directory_file::read_cards(how.cards, *made->clock, made->entries, made->cards, loaded.card_problems);
  for (const auto& c : made->cards) {
    directory_entry e;
    e.id = c.id;
    e.name = c.title;
    e.other_names = c.words;
    if (const auto of = made->by_id.find(c.department); of != made->by_id.end())
      e.specialities.push_back(made->entries[of->second].name);
    made->card_entries.push_back(std::move(e));
  }
  made->card_index = directory_search::index(made->card_entries);
  loaded.value.contents_ = std::move(made);
  const auto by_line = [](const config_problem& a, const config_problem& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  };
  std::stable_sort(loaded.problems.begin(), loaded.problems.end(), by_line);
  std::stable_sort(loaded.roster_problems.begin(), loaded.roster_problems.end(), by_line);
  std::stable_sort(loaded.card_problems.begin(), loaded.card_problems.end(), by_line);
  return loaded;
}

const std::vector<directory_entry>& directory::entries() const { return contents_->entries; }
const std::vector<duty>& directory::duties() const { return contents_->duties; }

const directory_entry* directory::find(std::string_view id) const {
  const auto hit = contents_->by_id.find(id);
  return hit != contents_->by_id.end() ? &contents_->entries[hit->second] : nullptr;
}

std::vector<directory_hit> directory::search(std::string_view query, const directory_query& how) const {
  std::vector<directory_hit> hits;
  for (const auto& [entry, score] : contents_->index.search(query, how, contents_->plan))
    hits.push_back({&contents_->entries[entry], score});
  return hits;
}

const std::vector<answer_card>& directory::cards() const { return contents_->cards; }

std::vector<card_hit> directory::search_cards(std::string_view query, std::int64_t at, std::size_t count) const {
  std::vector<card_hit> hits;
  for (const auto& [card, score] : contents_->card_index.search(query, {disclosure::told, count}, contents_->plan)) {
    const auto& one = contents_->cards[card];
    hits.push_back({&one, score, one.until != 0 && one.until <= at});
  }
  std::stable_partition(hits.begin(), hits.end(), [](const card_hit& h) { return !h.expired; });
  return hits;
}

std::vector<directory_number> directory::numbers_of(const directory_entry& entry, std::int64_t at, disclosure see) const {
  std::vector<directory_number> now;
  if (!contents_->clock) return now;
  const auto minute = contents_->clock->wall_at(at).minute;
  for (const auto& n : entry.numbers) {
    const auto holds = [&](day_span s) { return (s.from <= minute && minute < s.to) || minute + 1440 < s.to; };
    if (n.see <= see && (n.when.empty() || std::any_of(n.when.begin(), n.when.end(), holds))) now.push_back(n);
  }
  return now;
}

std::vector<duty> directory::on_duty(std::string_view post, std::int64_t at) const {
  const auto& entries = contents_->entries;
  if (find(post) == nullptr) {
    const auto named = std::find_if(entries.begin(), entries.end(), [&](const directory_entry& e) { return e.name == post; });
    if (named != entries.end()) post = named->id;
  }
  std::vector<duty> there;
  for (const auto& d : contents_->duties)
    if (d.post == post && d.from <= at && at < d.to) there.push_back(d);
  std::stable_sort(there.begin(), there.end(), [](const duty& a, const duty& b) { return a.backup < b.backup; });
  return there;
}

std::vector<duty_warning> directory::check_duties(std::int64_t from, std::int64_t to) const {
  using what = duty_warning::kind;
  std::vector<duty_warning> found;
  const auto& all = contents_->duties;
  const auto within = [&](std::int64_t& a, std::int64_t& b) {
    a = std::max(a, from);
    b = std::min(b, to);
    return a < b;
  };
  for (std::size_t first = 0; first < all.size();) {
    std::size_t end = first;
    std::int64_t covered = from;  // somebody is there up to here
    for (; end < all.size() && all[end].post == all[first].post; ++end) {
      const auto& d = all[end];
      auto hole = covered, until = d.from;
      if (d.from > covered && within(hole, until)) found.push_back({what::gap, d.post, {}, {}, hole, until});
      covered = std::max(covered, d.to);
      for (std::size_t before = first; before < end; ++before) {
        auto a = std::max(d.from, all[before].from), b = std::min(d.to, all[before].to);
        if (all[before].backup == d.backup && within(a, b))
          found.push_back({what::overlap, d.post, all[before].person, d.person, a, b});
      }
    }
    if (covered < to) found.push_back({what::gap, all[first].post, {}, {}, covered, to});
    first = end;
  }
  auto by_person = all;
  std::sort(by_person.begin(), by_person.end(), [](const duty& a, const duty& b) {
    return std::tie(a.person, a.from, a.post) < std::tie(b.person, b.from, b.post);
  });
  for (std::size_t i = 0; i < by_person.size(); ++i)
    for (std::size_t next = i + 1; next < by_person.size() && by_person[next].person == by_person[i].person; ++next) {
      auto a = by_person[next].from, b = std::min(by_person[i].to, by_person[next].to);
      if (by_person[next].post != by_person[i].post && within(a, b))
        found.push_back({what::twice, by_person[i].post, by_person[i].person, by_person[next].post, a, b});
    }
  std::stable_sort(found.begin(), found.end(), [](const duty_warning& a, const duty_warning& b) {
    return std::tie(a.post, a.from) < std::tie(b.post, b.from);
  });
  return found;
}

std::string directory::to_csv(disclosure see) const {
  static constexpr std::string_view kinds[] = {"department", "place", "person"};
  static constexpr std::string_view levels[] = {"told", "through", "internal"};
  std::string out(header);
  for (const auto& e : contents_->entries) {
    std::vector<std::string> numbers;
    for (const auto& n : e.numbers) {
      if (n.see > see) continue;
      auto one = n.number.number + (n.number.extension.empty() ? "" : "转" + n.number.extension);
      one += fmt::format(" {}", levels[static_cast<std::size_t>(n.see)]);
      for (const auto span : n.when) one += " " + hours::span_text(span);
      numbers.push_back(std::move(one));
    }
    const auto cells = {e.id,
                        std::string(kinds[static_cast<std::size_t>(e.kind)]),
                        e.name,
                        joined(e.other_names),
                        e.department,
                        e.title,
                        joined(e.specialities),
                        joined(e.languages),
                        joined(numbers)};
    std::string line;
    for (const auto& cell : cells) line += (line.empty() ? "" : ",") + csv::written(cell);
    out += line + '\n';
  }
  return out;
}

std::int64_t directory::instant(std::string_view text) const {
  return contents_->clock ? contents_->clock->read_instant(text).value_or(-1) : -1;
}

std::string directory::wall(std::int64_t at) const {
  return contents_->clock ? contents_->clock->wall_text(at) : std::string();
}

}  // namespace cordboard
