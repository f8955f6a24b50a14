// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <base/words.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <media/prompts.hpp>

namespace cordboard::media {

tl::expected<prompts, std::string> prompts::read(const std::string& folder, const prompts* before) {
  prompts out;
  if (before != nullptr) out.known_ = before->known_;
  std::error_code error;
  std::filesystem::directory_iterator all(folder, error);
  for (; !error && all != std::filesystem::directory_iterator(); all.increment(error)) {
    const auto& path = all->path();
    const auto ending = path.extension();
    if (ending != ".wav" && ending != ".flac" && ending != ".ogg") continue;
    if (before != nullptr && before->known_.contains(path.stem().string())) continue;
    if (out.known_.size() == files_max) return tl::unexpected(fmt::format("\"{}\": more than {} prompts", folder, files_max));
    auto read = sound::read(path.string());
    if (!read) return tl::unexpected(fmt::format("\"{}\": {}", path.string(), read.error()));
    if (!out.known_.emplace(path.stem().string(), std::move(*read)).second)
      return tl::unexpected(fmt::format("\"{}\": there is another file of this name", path.string()));
  }
  if (error) return tl::unexpected(fmt::format("\"{}\": {}", folder, error.message()));
  return out;
}

tl::expected<std::vector<const sound*>, std::string> prompts::say(std::string_view words) const {
  std::vector<const sound*> out;
  const auto add = [&](std::string_view name) {
    const auto hit = known_.find(name);
    if (hit != known_.end()) out.push_back(hit->second.get());
    return hit != known_.end();
  };
  for (const auto word : words_of(words)) {
    if (word.empty() || add(word)) continue;
    const bool number = word.find_first_not_of("0123456789") == std::string_view::npos;
    for (std::size_t i = 0; i < word.size(); ++i)
      if (!number || !add(word.substr(i, 1))) return tl::unexpected(std::string(word));
  }
  return out;
}

}  // namespace cordboard::media
