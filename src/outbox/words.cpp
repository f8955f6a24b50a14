// SPDX-License-Identifier: Apache-2.0
#include <base/json.hpp>
#include <ctime>
#include <fmt/format.h>
#include <outbox/words.hpp>

namespace cordboard::outbox {
namespace {

std::string written(std::string_view text, escape how) {
  if (how == escape::none) return std::string(text);
  if (how == escape::json) {
    const std::string all = quoted(text);
    return all.substr(1, all.size() - 2);
  }
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

/// An encoded word holds 75 characters: so many bytes of UTF-8, cut between characters.
std::string encoded_words(std::string_view text) {
  constexpr std::size_t bytes_max = 42;
  std::string out;
  while (!text.empty()) {
    std::size_t size = std::min(text.size(), bytes_max);
    while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
    out += fmt::format("{}=?UTF-8?B?{}?=", out.empty() ? "" : "\r\n ", base64(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace

std::string filled(std::string_view from, const fields& with, escape how) {
  constexpr std::string_view word = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  std::string out;
  while (!from.empty()) {
    const auto open = from.find('{');
    out += from.substr(0, open);
    if (open == std::string_view::npos) break;
    from.remove_prefix(open);
    const auto end = from.find_first_not_of(word, 1);
    if (end == std::string_view::npos || end == 1 || from[end] != '}') {
      out += '{';
      from.remove_prefix(1);
      continue;
    }
    out += written(with[from.substr(1, end - 1)], how);
    from.remove_prefix(end + 1);
  }
  return out;
}

bool is_mail_address(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == std::string_view::npos &&
         text.size() <= 254 && text.find_first_of(" \t\r\n<>,;:\"\\()[]") == std::string_view::npos;
}

bool is_telephone_number(std::string_view text) {
  return text.size() <= 32 && text.find_first_of("0123456789") != std::string_view::npos &&
         text.find_first_not_of("0123456789+-() .") == std::string_view::npos;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) { return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U; };
    const unsigned three = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    for (unsigned n = 0; n < 4; ++n) out += i + n <= bytes.size() ? digits[three >> (18 - 6 * n) & 63U] : '=';
  }
  return out;
}

std::string as_mail(const letter& one) {
  const auto seconds = static_cast<std::time_t>(one.when_s);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::string out = fmt::format("Date: {}, {:02} {} {} {:02}:{:02}:{:02} +0000\r\nFrom: <{}>\r\nTo: <{}>\r\n",
                                days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour,
                                parts.tm_min, parts.tm_sec, one.from, one.to);
  out += fmt::format("Subject: {}\r\nMessage-ID: <{}>\r\n", encoded_words(one.subject), one.id);
  out += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  const std::string body = base64(one.text);
  constexpr std::size_t line = 76;
  for (std::size_t i = 0; i < body.size(); i += line) out += body.substr(i, line) + "\r\n";
  return out;
}

std::string field_of_answer(std::string_view json, std::string_view name) {
  const std::string key = quoted(name);
  auto at = json.find(key);
  if (at == std::string_view::npos) return {};
  json.remove_prefix(at + key.size());
  json.remove_prefix(std::min(json.find_first_not_of(" \t\r\n"), json.size()));
  if (json.empty() || json.front() != ':') return {};
  json.remove_prefix(1);
  json.remove_prefix(std::min(json.find_first_not_of(" \t\r\n"), json.size()));
  if (json.empty()) return {};
  const bool text = json.front() == '"';
  if (text) json.remove_prefix(1);
  const auto end = text ? json.find_first_of("\"\\") : json.find_first_of(",} \t\r\n");
  const auto value = json.substr(0, end);
  // An id goes into an address again: letters, digits and a few marks.
  const bool plain =
      value.size() <= 128 &&
      value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") == std::string_view::npos;
  return plain ? std::string(value) : std::string();
}

}  // namespace cordboard::outbox
