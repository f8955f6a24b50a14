// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <directory/pinyin_table.hpp>
#include <directory/sounds.hpp>
#include <map>
#include <unordered_map>
#include <vector>

namespace cordboard::sounds {
namespace {

using pinyin::syllable_count;
constexpr std::string_view singles = "0123456789abcdefghijklmnopqrstuvwxyz";

char32_t next(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t c = lead < 0x80 ? lead : lead & (0xFFU >> (size + 1));
  bool good = size <= text.size() && (lead < 0x80 || lead >= 0xC0);
  for (std::size_t i = 1; good && i < size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    good = (byte & 0xC0) == 0x80;
    c = c << 6 | (byte & 0x3FU);
  }
  text.remove_prefix(good ? size : 1);
  return good ? c : U'\uFFFD';
}

/// Made once from the table: what each character sounds like.
struct tables {
  std::vector<std::vector<sound>> sets{{}};
  std::vector<heard> shown;
  std::unordered_map<char32_t, sound_set> of;

  tables() {
    std::unordered_map<char32_t, std::vector<sound>> readings;
    // First the customary readings of all characters, so that they stand first in their lists.
    for (const bool first : {true, false})
      for (std::size_t s = 0; s < syllable_count; ++s) {
        std::string_view text = first ? pinyin::syllables[s].first : pinyin::syllables[s].other;
        while (!text.empty()) readings[next(text)].push_back(static_cast<sound>(s));
      }
    for (std::size_t i = 0; i < singles.size(); ++i)
      readings[static_cast<unsigned char>(singles[i])] = {static_cast<sound>(syllable_count + i)};
    std::map<std::vector<sound>, sound_set> numbered;
    for (const auto& [character, list] : readings) {
      const auto [hit, fresh] = numbered.try_emplace(list, static_cast<sound_set>(sets.size()));
      if (fresh) sets.push_back(list);
      of.emplace(character, hit->second);
    }
    for (const auto& set : sets) {
      heard h{set, 0};
      for (const auto one : set) h.letters |= letter_bit(static_cast<unsigned char>(spelled(one)[0]));
      shown.push_back(h);
    }
  }
};

const tables& all() {
  static const tables made;
  return made;
}

/// The letters with tone marks, each with the plain one; ü as v, as it is typed.
constexpr std::array<std::pair<std::u32string_view, char32_t>, 6> marked{
    {{U"āáǎàâäå", U'a'}, {U"ēéěèêë", U'e'}, {U"īíǐìîï", U'i'}, {U"ōóǒòôö", U'o'}, {U"ūúǔùû", U'u'}, {U"üǖǘǚǜ", U'v'}}};

}  // namespace

sound_set set_of(char32_t character) {
  const auto hit = all().of.find(character);
  return hit != all().of.end() ? hit->second : sound_set{0};
}
std::span<const heard> all_sets() { return all().shown; }
std::uint64_t letter_bit(char32_t letter) {
  const auto at = letter < 0x80 ? singles.find(static_cast<char>(letter)) : std::string_view::npos;
  return at == std::string_view::npos ? 0 : std::uint64_t{1} << at;
}
std::string_view spelled(sound one) {
  return one < syllable_count ? pinyin::syllables[one].name : singles.substr(one - syllable_count, 1);
}
std::size_t count() { return syllable_count + singles.size(); }

range beginning_with(char letter) {
  range found;
  const auto single = singles.find(letter);
  if (single == std::string_view::npos) return found;
  found.single = static_cast<sound>(syllable_count + single);
  const auto& s = pinyin::syllables;
  const auto first = std::find_if(s.begin(), s.end(), [&](const auto& x) { return x.name[0] == letter; });
  const auto end = std::find_if(first, s.end(), [&](const auto& x) { return x.name[0] != letter; });
  found.first = static_cast<sound>(first - s.begin());
  found.end = static_cast<sound>(end - s.begin());
  return found;
}

bool is_latin(char32_t c) { return (c >= U'a' && c <= U'z') || (c >= U'0' && c <= U'9'); }
bool is_han(char32_t c) { return c >= 0x2E80 && set_of(c) != 0; }

std::u32string folded(std::string_view text) {
  std::u32string out;
  while (!text.empty()) {
    char32_t c = next(text);
    if (c >= 0xFF01 && c <= 0xFF5E) c = c - 0xFF00 + 0x20;
    if (c == 0x3000 || c == U'\t') c = U' ';
    if (c >= U'A' && c <= U'Z') c += 32;
    if (c >= 0xC0 && c <= 0x1DC) {
      if (c >= 0xC0 && c <= 0xDE) c += 32;  // capitals of Latin-1; those further on stand beside their small letters
      for (const auto& [letters, plain] : marked)
        if (letters.find(c) != std::u32string_view::npos) c = plain;
    }
    if (c == U'\'' || c == 0x2019 || (c >= 0x300 && c <= 0x36F)) continue;
    out += c;
  }
  return out;
}

}  // namespace cordboard::sounds
