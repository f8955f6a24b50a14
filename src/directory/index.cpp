// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <directory/index.hpp>
#include <cstring>
#include <limits>
#include <numeric>
#include <unordered_map>

namespace cordboard::directory_search {
namespace {

constexpr std::uint16_t nothing = std::numeric_limits<std::uint16_t>::max();
constexpr std::size_t query_max = 64;
constexpr int no_match = 1 << 20;

// What a difference costs. The order of magnitude says what counts more: where it stands, then how it was written.
constexpr std::uint16_t of_name = 0, of_other_name = 8, of_speciality = 40, of_department = 48;
constexpr int not_at_start = 16;
constexpr int not_whole = 4;
constexpr int rest_max = 10;
constexpr int by_initial = 1, by_other_reading = 2, by_sound = 6;
constexpr int number_prefix = 4, number_suffix = 12, number_part = 24;
/// Digits that a part of a number has at least: fewer stand in every second number.
constexpr std::size_t part_min = 3;

std::string digits_in(std::u32string_view text) {
  std::string digits;
  for (const char32_t c : text) {
    if (c >= U'0' && c <= U'9')
      digits += static_cast<char>(c);
    else if (c != U' ' && c != U'-' && c != U'+' && c != U'(' && c != U')')
      return {};
  }
  return digits;
}

std::vector<std::u32string_view> words_of(std::u32string_view text) {
  std::vector<std::u32string_view> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(U' '), text.size());
    if (end != 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace

/// The best score of each entry, and which have one.
struct index::scores {
  explicit scores(std::size_t entries) : best(entries, nothing) {}
  void found(std::uint32_t entry, int score) {
    const auto s = static_cast<std::uint16_t>(std::min(score, int{nothing} - 1));
    if (best[entry] == nothing) touched.push_back(entry);
    best[entry] = std::min(best[entry], s);
  }
  std::vector<std::uint16_t> best;
  std::vector<std::uint32_t> touched;
};

std::string_view index::digits_of(const dialled& number) const {
  return std::string_view(digits_).substr(number.at, digits_.find('\n', number.at) - number.at);
}

index::index(const std::vector<directory_entry>& entries)
    : entries_(&entries), sets_(sounds::all_sets()), places_(sounds::count()) {
  std::unordered_map<std::string_view, std::uint32_t> by_id;
  for (std::uint32_t i = 0; i < entries.size(); ++i) by_id.emplace(entries[i].id, i);
  members_.resize(entries.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    const auto& e = entries[i];
    add_text(i, e.name, of_name);
    for (const auto& other : e.other_names) add_text(i, other, of_other_name);
    for (const auto& speciality : e.specialities) add_text(i, speciality, of_speciality);
    for (const auto& number : e.numbers) add_number(i, number);
    if (const auto department = by_id.find(e.department); department != by_id.end()) members_[department->second].push_back(i);
  }
  for (std::uint32_t i = 0; i < entries.size(); ++i)
    if (!members_[i].empty()) departments_.push_back(i);
  // The numbers were added as they came: now in the order of their digits, so that a beginning is found by halving.
  std::string ordered;
  std::sort(numbers_.begin(), numbers_.end(), [&](const dialled& a, const dialled& b) { return digits_of(a) < digits_of(b); });
  for (auto& n : numbers_) {
    const auto digits = digits_of(n);
    n.at = static_cast<std::uint32_t>(ordered.size());
    ordered += digits;
    ordered += '\n';
  }
  digits_ = std::move(ordered);
  std::vector<std::uint32_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto &x = entries[a], &y = entries[b];
    return x.kind != y.kind ? x.kind < y.kind : x.name.size() < y.name.size();
  });
  rank_.resize(entries.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) rank_[order[i]] = i;
  by_rank_ = std::move(order);
}

void index::add_text(std::uint32_t entry, std::string_view written, std::uint16_t field) {
  const auto number = static_cast<std::uint32_t>(texts_.size());
  text t{entry, static_cast<std::uint32_t>(units_.size()), 0, field};
  bool in_word = false;
  std::vector<std::uint32_t> starts;  // Han characters, and the first letters of words
  for (const char32_t c : sounds::folded(written)) {
    const auto sound = sounds::set_of(c);
    const bool latin = sounds::is_latin(c);
    if (sound == 0) {
      in_word = false;
      continue;
    }
    if (!latin || !in_word) starts.push_back(static_cast<std::uint32_t>(units_.size()));
    units_.push_back({c, sound});
    text_of_.push_back(number);
    in_word = latin;
  }
  for (const auto at : starts) {
    const auto next = at + 1 < units_.size() ? units_[at + 1].sound : sounds::sound_set{0};
    for (const auto one : sets_[units_[at].sound].sounds) places_[one].push_back({at, next, at == t.first});
  }
  t.end = static_cast<std::uint32_t>(units_.size());
  texts_.push_back(t);
}

void index::add_number(std::uint32_t entry, const directory_number& number) {
  const auto& n = number.number;
  // Found by the whole form and by what people dial: "+861062345678", "01062345678" and "62345678" are parts of one.
  std::string digits = n.number;
  if (digits.starts_with("+86")) digits = (n.kind == number_kind::mobile ? "" : "0") + digits.substr(3);
  if (digits.starts_with("+")) digits = digits.substr(1);
  const auto add = [&](const std::string& one) {
    numbers_.push_back({static_cast<std::uint32_t>(digits_.size()), entry, number.see});
    digits_ += one + '\n';
  };
  add(digits);
  if (!n.extension.empty()) add(digits + n.extension);
}

/// The least that it costs to say all of `query` from the unit `at` on; `reached` is the unit behind.
int index::consume(std::u32string_view query, std::uint32_t at, std::uint32_t end, std::uint32_t& reached) const {
  if (query.empty()) {
    reached = at;
    return 0;
  }
  if (at == end) return no_match;
  const unit& u = units_[at];
  int best = no_match;
  const auto go_on = [&](std::size_t taken, int cost) {
    std::uint32_t behind = at;
    const int rest = consume(query.substr(taken), at + 1, end, behind);
    if (rest != no_match && cost + rest < best) {
      best = cost + rest;
      reached = behind;
    }
  };
  if (!sounds::is_latin(query[0])) {
    if (query[0] == u.character) {
      go_on(1, 0);
    } else if (u.character >= 0x80) {
      const auto said = sounds::sounds_of(sounds::set_of(query[0]));
      const auto heard = sets_[u.sound].sounds;
      const bool alike = std::find_first_of(said.begin(), said.end(), heard.begin(), heard.end()) != said.end();
      if (alike) go_on(1, by_sound);
    }
    return best;
  }
  int reading_cost = 0;
  // An initial alone stands for a character only when the next one can go on with the letter behind it.
  const auto next_letters = at + 1 < end ? sets_[units_[at + 1].sound].letters : 0;
  const auto next_can = [&](std::size_t letter) {
    return letter >= query.size() || !sounds::is_latin(query[letter]) ||
           (next_letters & sounds::letter_bit(query[letter])) != 0;
  };
  for (const auto one : sets_[u.sound].sounds) {
    const auto spelling = sounds::spelled(one);
    std::size_t same = 0;
    while (same < spelling.size() && same < query.size() && query[same] == static_cast<char32_t>(spelling[same])) ++same;
    if (same == spelling.size() && next_can(same)) go_on(same, reading_cost);
    if (same != 0 && same < spelling.size() && same == query.size())
      go_on(same, reading_cost + by_initial);  // still being typed
    if (spelling.size() > 1 && same != 0 && query.size() > 1) {
      if (next_can(1)) go_on(1, reading_cost + by_initial);
      if (same >= 2 && spelling[1] == 'h' && next_can(2)) go_on(2, reading_cost + by_initial);  // zh, ch, sh
    }
    reading_cost = by_other_reading;
  }
  return best;
}

void index::try_at(std::u32string_view query, std::uint32_t at, scores& into) const {
  const text& t = texts_[text_of_[at]];
  std::uint32_t reached = at;
  const int cost = consume(query, at, t.end, reached);
  if (cost == no_match) return;
  const int start = at == t.first ? 0 : not_at_start;
  const int left = static_cast<int>(t.end - reached);
  const int rest = (left == 0 && start == 0) ? 0 : not_whole + std::min(left, rest_max);
  into.found(t.entry, t.field + start + rest + cost);
}

/// Tries all places at which a word may begin with this sound.
void index::look(std::u32string_view query, sounds::sound first, scores& into) const {
  const auto& places = places_[first];
  if (!sounds::is_latin(query[0])) {
    for (const auto& p : places) try_at(query, p.at, into);
    return;
  }
  const auto spelling = sounds::spelled(first);
  std::size_t same = 0;
  while (same < spelling.size() && same < query.size() && query[same] == static_cast<char32_t>(spelling[same])) ++same;
  // What spells the syllable, or is about to, is worth a closer look at every place. Else its initial alone stands there, and the next
  // character must go on with the letter behind it: that leaves few places, and one letter alone means the beginning of a name.
  const bool spells = same == spelling.size() || same == query.size();
  const auto behind = [&](std::size_t letter) { return letter < query.size() ? sounds::letter_bit(query[letter]) : 0; };
  const bool only_letters = query.size() > 1 && sounds::is_latin(query[1]);
  const auto wanted =
      spells || !only_letters ? ~std::uint64_t{0} : behind(1) | (same >= 2 && spelling[1] == 'h' ? behind(2) : 0);
  for (const auto& p : places) {
    if (query.size() == 1 && !p.first) continue;
    if (wanted != ~std::uint64_t{0} && (sets_[p.next].letters & wanted) == 0) continue;
    try_at(query, p.at, into);
  }
}

void index::find_text(std::u32string_view query, scores& into) const {
  if (query.empty() || query.size() > query_max) return;
  if (!sounds::is_latin(query[0])) {
    for (const auto one : sounds::sounds_of(sounds::set_of(query[0]))) look(query, one, into);
    return;
  }
  const auto range = sounds::beginning_with(static_cast<char>(query[0]));
  for (auto one = range.first; one < range.end; ++one) look(query, one, into);
  look(query, range.single, into);
}

void index::find_number(std::string_view digits, disclosure see, scores& into) const {
  const auto first = std::lower_bound(numbers_.begin(), numbers_.end(), digits,
                                      [this](const dialled& n, std::string_view d) { return digits_of(n) < d; });
  for (auto n = first; n != numbers_.end() && digits_of(*n).starts_with(digits); ++n) {
    const auto more = std::min<std::size_t>(digits_of(*n).size() - digits.size(), 7);
    if (n->see <= see) into.found(n->entry, more == 0 ? 0 : number_prefix + static_cast<int>(more));
  }
  if (digits.size() < part_min) return;
  const char* const end = digits_.data() + digits_.size();
  for (const char* from = digits_.data(); from < end;) {
    const auto* hit =
        static_cast<const char*>(memmem(from, static_cast<std::size_t>(end - from), digits.data(), digits.size()));
    if (hit == nullptr) break;
    const auto at = static_cast<std::uint32_t>(hit - digits_.data());
    const auto behind =
        std::upper_bound(numbers_.begin(), numbers_.end(), at, [](std::uint32_t a, const dialled& n) { return a < n.at; });
    const auto& n = *std::prev(behind);
    if (n.see <= see && at != n.at) into.found(n.entry, hit[digits.size()] == '\n' ? number_suffix : number_part);
    from = hit + 1;
  }
}

/// Who belongs to a department that was found is found too, behind it.
void index::find_members(scores& into) const {
  for (const auto department : departments_) {
    const int score = into.best[department];
    if (score >= of_speciality) continue;
    for (const auto member : members_[department]) into.found(member, score + of_department);
  }
}

std::vector<std::pair<std::uint32_t, std::uint16_t>> index::search(std::string_view query, const directory_query& how,
                                                                   const number_plan& plan) const {
  if (entries_ == nullptr || entries_->empty() || query.size() > 4 * query_max) return {};
  const auto asked = sounds::folded(query);
  const auto word = [&](std::u32string_view w) {
    scores found(entries_->size());
    find_text(w, found);
    find_members(found);
    return found;
  };
  const auto words = words_of(asked);
  if (words.empty()) return {};
  // "li wei" may be one name in two syllables: as one word it counts as well.
  std::u32string joined;
  for (const auto w : words) joined += w;
  scores all = word(joined);
  if (const auto digits = digits_in(asked); !digits.empty()) {
    find_number(digits, how.see, all);
    // The same number in another spelling: with +86, with another area's 0.
    const auto known = normalise_number(query, plan);
    if (known.kind != number_kind::none && known.kind != number_kind::extension) {
      const auto other = dialled_number(known, {});
      if (other != digits) find_number(other, how.see, all);
    }
  }
  if (words.size() > 1) {
    scores every = word(words[0]);
    for (std::size_t i = 1; i < words.size(); ++i) {
      const scores one = word(words[i]);
      for (const auto entry : every.touched) {
        const bool both = every.best[entry] != nothing && one.best[entry] != nothing;
        every.best[entry] =
            both ? static_cast<std::uint16_t>(std::min(every.best[entry] + one.best[entry], nothing - 1)) : nothing;
      }
    }
    for (const auto entry : every.touched)
      if (every.best[entry] != nothing) all.found(entry, every.best[entry] + not_whole);
  }
  std::vector<std::uint64_t> order;  // by score, then by rank
  order.reserve(all.touched.size());
  for (const auto entry : all.touched) order.push_back(std::uint64_t{all.best[entry]} << 32 | rank_[entry]);
  const auto count = std::min(how.count, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end());
  std::vector<std::pair<std::uint32_t, std::uint16_t>> hits;
  for (std::size_t i = 0; i < count; ++i)
    hits.emplace_back(by_rank_[order[i] & 0xFFFFFFFF], static_cast<std::uint16_t>(order[i] >> 32));
  return hits;
}

}  // namespace cordboard::directory_search
