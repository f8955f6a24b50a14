// SPDX-License-Identifier: Apache-2.0
#include <gateway/http.hpp>

#include <algorithm>
#include <base/utf8.hpp>
#include <gateway/problem.hpp>

namespace cordboard::gateway {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Percent and plus signs read; nothing: it is not well formed, or not a plain text.
std::optional<std::string> decoded(std::string_view text, bool of_query) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && of_query) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 1 < text.size() ? digit(text[i + 1]) : -1, low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (!is_plain_text(out)) return std::nullopt;
  return out;
}

}  // namespace

std::optional<std::string_view> http_request::asked(std::string_view key) const {
  const auto hit = std::find_if(query.begin(), query.end(), [&](const auto& one) { return one.first == key; });
  if (hit == query.end()) return std::nullopt;
  return hit->second;
}

language http_request::tongue() const { return language_of(accept_language); }

bool read_target(std::string_view target, http_request& into) {
  if (!target.starts_with('/')) return false;
  const auto mark = std::min(target.find('?'), target.size());
  auto path = decoded(target.substr(0, mark), false);
  if (!path) return false;
  into.path = std::move(*path);
  auto rest = target.substr(std::min(mark + 1, target.size()));
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    auto key = decoded(pair.substr(0, equals), true), value = decoded(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!key || !value) return false;
    into.query.emplace_back(std::move(*key), std::move(*value));
  }
  return true;
}

http_response http_response::json(unsigned status, std::string body) {
  http_response out;
  out.status = status;
  out.body = std::make_shared<const std::string>(std::move(body));
  return out;
}

}  // namespace cordboard::gateway
