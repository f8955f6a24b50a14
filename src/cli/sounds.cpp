// SPDX-License-Identifier: Apache-2.0
#include <cli/sounds.hpp>
#include <fmt/format.h>
#include <media/sound.hpp>

namespace cordboard::cli {

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
  return out;
}

}  // namespace cordboard::cli
