// SPDX-License-Identifier: Apache-2.0
// A folder of prompts, and what is said with them.
#pragma once
#include <map>
#include <media/sound.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace cordboard::media {

/// All of them are read at the start: who is to hear one waits for no disk, and a file that cannot be played is told before anybody
/// calls. The loop's thread alone, but for the sounds, which never change.
class prompts {
public:
  /// So many files at most.
  static constexpr std::size_t files_max = 4096;

  /// Every .wav, .flac and .ogg of a folder, known by its name without the ending; other files are passed over.
  /// @param before  what is known already, and is not read again: whoever is told it goes on
  /// @returns  the prompts, or what is wrong with which file
  static tl::expected<prompts, std::string> read(const std::string& folder, const prompts* before = nullptr);

  /// What a text sounds like: names by space; a number that is no name is said digit by digit.
  /// @returns  sounds that live as long as this, or the first name that there is none for
  tl::expected<std::vector<const sound*>, std::string> say(std::string_view words) const;
  std::size_t size() const { return known_.size(); }

private:
  std::map<std::string, std::shared_ptr<const sound>, std::less<>> known_;
};

/// What a word of the configuration must be there as: "operator" in a greeting, "position" and "minutes" in what is said to who
/// waits, "place" in an emergency and "answer" in a dialogue are numbers that are not known yet.
inline std::string_view spoken_as(std::string_view key, std::string_view word) {
  const bool number = (key == "greeting" && word == "operator") ||
                      (key == "position" && (word == "position" || word == "minutes")) || (key == "message" && word == "place");
  return number || word == "answer" ? "0123456789" : word;
}

/// What is being said to a leg: the media thread's own, made by the loop.
struct script {
  std::vector<const sound*> parts;
  std::uint64_t number = 0;  ///< by which its end is told
  std::size_t part = 0, frame = 0;
  bool whole = true;  ///< all of it was sent until now

  bool over() const { return part == parts.size(); }
  /// The next 20 ms; only if it isn't over.
  std::span<const std::uint8_t> next(codec law) {
    const auto out = parts[part]->frame(frame, law);
    if (++frame == parts[part]->frames()) {
      frame = 0;
      ++part;
    }
    return out;
  }
};

}  // namespace cordboard::media
