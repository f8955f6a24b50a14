// SPDX-License-Identifier: Apache-2.0
#include <base/house_prompts.hpp>
#include <cli/sounds.hpp>
#include <fmt/format.h>
#include <media/prompts.hpp>

namespace cordboard::cli {
namespace {

/// The board gives a step two minutes to be said; after that it is taken for broken.
constexpr std::size_t said_frames_max = 110 * 50;

}  // namespace

std::vector<config_problem> problems_of_sounds(const config& of) {
  std::vector<config_problem> out;
  media::sound_cache sounds;
  const auto look_at = [&](const std::string& path, std::string key) {
    if (path.empty()) return;
    if (const auto read = sounds.get(path); !read)
      out.push_back({0,
                     0,
                     std::move(key),
                     {fmt::format("\"{}\": {}", path, read.error()), fmt::format("“{}”:{}", path, read.error())},
                     {fmt::format("a sound file of at most {} s", media::sound::seconds_max),
                      fmt::format("不超过 {} 秒的声音文件", media::sound::seconds_max)}});
  };
  look_at(of.media.music, "media.music");
  for (const auto& queue : of.house.queues) look_at(queue.music, "queue.music");
  if (of.media.prompts.empty()) return out;
  const auto prompts = media::prompts::read(of.media.prompts);
  if (!prompts) {
    out.push_back({0, 0, "media.prompts", {prompts.error(), prompts.error()}, {"sound files", "声音文件"}});
    return out;
  }
  const auto look_for = [&](std::string_view table, const auto& rows) {
    for (const auto& row : rows)
      for (const auto& [key, words] : prompts_of(row))
        for (const auto& word : *words)
          if (const auto said = prompts->say(media::spoken_as(key, word)); !said)
            out.push_back({0,
                           0,
                           fmt::format("{}.{}", table, key),
                           {fmt::format("\"{}\"", word), fmt::format("“{}”", word)},
                           {fmt::format("names of files in {}: {} is not there", of.media.prompts, said.error()),
                            fmt::format("{} 中的文件名:没有 {}", of.media.prompts, said.error())}});
  };
  look_for("queue", of.house.queues);
  look_for("code_call", of.house.code_calls);
  for (const auto& dialogue : of.house.dialogues)
    for (const auto& [key, line, words] : prompts_of(dialogue)) {
      std::size_t frames = 0;
      const auto tell = [&, at = line, name = key](phrase found, phrase expected) {
        out.push_back({at, 1, name, std::move(found), std::move(expected), dialogue.file});
      };
      for (const auto& word : *words) {
        const auto said = prompts->say(media::spoken_as(key, word));
        if (!said)
          tell({fmt::format("\"{}\"", word), fmt::format("“{}”", word)},
               {fmt::format("names of files in {}: {} is not there", of.media.prompts, said.error()),
                fmt::format("{} 中的文件名:没有 {}", of.media.prompts, said.error())});
        else
          for (const auto* sound : *said) frames += sound->frames();
      }
      if (frames > said_frames_max)
        tell({fmt::format("{} s of prompts", frames / 50), fmt::format("{} 秒的提示语", frames / 50)},
             {"at most 110 s in one step", "每个步骤不超过 110 秒"});
    }
  return out;
}

}  // namespace cordboard::cli
