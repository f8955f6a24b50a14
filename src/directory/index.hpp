// SPDX-License-Identifier: Apache-2.0
// The index of a directory: where each sound stands in which text, so that a search looks at the places alone that begin right.
#pragma once
#include <cordboard/directory.hpp>
#include <cstdint>
#include <directory/sounds.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cordboard::directory_search {

class index {
public:
  index() = default;
  explicit index(const std::vector<directory_entry>& entries);

  /// Entry and score of the best, best first.
  std::vector<std::pair<std::uint32_t, std::uint16_t>> search(std::string_view query, const directory_query& how,
                                                              const number_plan& plan) const;

private:
  /// A text of an entry: a name, another name, a speciality. Its characters are units from `first` to `end`.
  struct text {
    std::uint32_t entry;
    std::uint32_t first, end;
    std::uint16_t field;
  };
  struct unit {
    char32_t character;
    sounds::sound_set sound;
  };
  /// Where a word may begin. What is looked at for every place stands in it, so that most need no look at the units.
  struct place {
    std::uint32_t at;
    sounds::sound_set next;  ///< of the unit behind; 0: the text ends
    bool first;              ///< of its text
  };
  struct dialled {
    std::uint32_t at;  ///< where its digits stand in `digits_`
    std::uint32_t entry;
    disclosure see;
  };
  struct scores;

  void add_text(std::uint32_t entry, std::string_view text, std::uint16_t field);
  void add_number(std::uint32_t entry, const directory_number& number);
  void find_text(std::u32string_view query, scores& into) const;
  void find_number(std::string_view digits, disclosure see, scores& into) const;
  void find_members(scores& into) const;
  int consume(std::u32string_view query, std::uint32_t at, std::uint32_t end, std::uint32_t& reached) const;
  void try_at(std::u32string_view query, std::uint32_t at, scores& into) const;
  void look(std::u32string_view query, sounds::sound first, scores& into) const;
  std::string_view digits_of(const dialled& number) const;

  const std::vector<directory_entry>* entries_ = nullptr;
  std::span<const sounds::heard> sets_;
  std::vector<text> texts_;
  std::vector<unit> units_;
  std::vector<std::uint32_t> text_of_;               ///< by unit
  std::vector<std::vector<place>> places_;           ///< by sound
  std::string digits_;                               ///< all numbers, each with a line end
  std::vector<dialled> numbers_;                     ///< in the order of `digits_`, which is that of their digits
  std::vector<std::vector<std::uint32_t>> members_;  ///< by entry: who belongs to this department
  std::vector<std::uint32_t> departments_;           ///< entries that somebody belongs to
  std::vector<std::uint32_t> by_rank_;
  std::vector<std::uint32_t> rank_;  ///< by entry: which of two that fit alike comes first
};

}  // namespace cordboard::directory_search
