// SPDX-License-Identifier: Apache-2.0
#include <gateway/sessions.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <gateway/users.hpp>
#include <gateway/whole_file.hpp>
#include <sstream>

namespace cordboard::gateway {
namespace {

constexpr std::size_t of_user_max = 32, all_max = 10000;

}  // namespace

sessions::sessions(const std::string& folder) : path_(folder.empty() ? std::string() : folder + "/sessions") { read(); }

// A line each: hash, when it began, when it ends, user.
void sessions::read() {
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line) && by_hash_.size() < all_max;) {
    std::istringstream words(line);
    std::string hash;
    session one;
    if (words >> hash >> one.created_ns >> one.expires_ns && hash.size() == 64 && std::getline(words >> std::ws, one.user))
      by_hash_[hash] = one;
  }
}

std::error_code sessions::write() const {
  if (path_.empty()) return {};
  std::string text;
  for (const auto& [hash, one] : by_hash_) text += fmt::format("{} {} {} {}\n", hash, one.created_ns, one.expires_ns, one.user);
  return write_private(path_, text);
}

std::string sessions::begin(const std::string& user, std::int64_t now_ns, std::int64_t limit_ns, std::error_code& wrong) {
  std::erase_if(by_hash_, [&](const auto& one) { return one.second.expires_ns <= now_ns; });
  const auto give_way = [&](auto whose, std::size_t most) {
    while (static_cast<std::size_t>(std::count_if(by_hash_.begin(), by_hash_.end(), whose)) >= most) {
      auto oldest = by_hash_.end();
      for (auto one = by_hash_.begin(); one != by_hash_.end(); ++one)
        if (whose(*one) && (oldest == by_hash_.end() || one->second.created_ns < oldest->second.created_ns)) oldest = one;
      by_hash_.erase(oldest);
    }
  };
  give_way([&](const auto& one) { return one.second.user == user; }, of_user_max);
  give_way([](const auto&) { return true; }, all_max);
  std::string token = fresh_token({});
  by_hash_[token_hash(token)] = {user, now_ns, now_ns + limit_ns};
  wrong = write();
  return token;
}

const session* sessions::find(std::string_view token, std::int64_t now_ns) const {
  const auto hit = by_hash_.find(token_hash(token));
  return hit == by_hash_.end() || hit->second.expires_ns <= now_ns ? nullptr : &hit->second;
}

void sessions::end(std::string_view token) {
  by_hash_.erase(token_hash(token));
  (void)write();
}

}  // namespace cordboard::gateway
