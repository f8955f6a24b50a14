// SPDX-License-Identifier: Apache-2.0
#include <config/calendar.hpp>
#include <config/stop_list.hpp>
#include <config/values.hpp>
#include <hours/schedule.hpp>
#include <hours/text.hpp>
#include <set>
#include <arpa/inet.h>
#include <base/key_file.hpp>
#include <base/utf8.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <numeric>

namespace cordboard::settings {
namespace {

/// Found texts are cut, so that a message stays a line.
constexpr std::size_t shown_max = 48;

bool all_of(std::string_view text, std::string_view also) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || also.find(c) != std::string_view::npos;
  });
}

bool is_ip(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

std::optional<std::int64_t> whole_number(std::string_view digits) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number < 0) return std::nullopt;
  return number;
}

bool is_port(std::string_view text) {
  const auto port = whole_number(text);
  return port && *port >= 1 && *port <= 65535;
}

/// 127.0.0.1, 127.0.0.1:5060, ::1, [::1]:5060
bool is_source(const std::string& text) {
  if (is_ip(text)) return true;
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || !is_port(std::string_view(text).substr(colon + 1))) return false;
  const auto host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    return host.find(':') != std::string::npos && is_ip(host.substr(1, host.size() - 2));
  return host.find(':') == std::string::npos && is_ip(host);
}

/// host[:port]
bool is_host(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos || !is_ip(std::string(text.substr(1, close - 1)))) return false;
    return close + 1 == text.size() || (text[close + 1] == ':' && is_port(text.substr(close + 2)));
  }
  const auto colon = text.find(':');
  const auto host = text.substr(0, colon);
  if (host.empty() || !all_of(host, ".-")) return false;
  const bool numeric = host.find_first_not_of("0123456789.") == std::string_view::npos;
  if (numeric && !is_ip(std::string(host))) return false;
  return colon == std::string_view::npos || is_port(text.substr(colon + 1));
}

/// A path as the file in `folder` means it.
std::string beside(const std::string& folder, const std::string& path) {
  return path.starts_with('/') ? path : folder + "/" + path;
}

bool is_prompt(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
  });
}

/// sip:host[:port][;transport=udp|tcp|tls]
bool is_target(std::string_view text) {
  if (!text.starts_with("sip:")) return false;
  text.remove_prefix(4);
  if (const auto semicolon = text.find(';'); semicolon != std::string_view::npos) {
    const auto parameter = text.substr(semicolon + 1);
    if (parameter != "transport=udp" && parameter != "transport=tcp" && parameter != "transport=tls") return false;
    text = text.substr(0, semicolon);
  }
  return is_host(text);
}

/// A number with a unit: "3min". The unit's factor comes from `units`.
template <std::size_t Count>
std::optional<std::int64_t> measured(std::string_view text,
                                     const std::array<std::pair<std::string_view, std::int64_t>, Count>& units) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = whole_number(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const auto& [unit, factor] : units) {
    if (text.substr(digits) != unit) continue;
    std::int64_t product = 0;
    if (__builtin_mul_overflow(*number, factor, &product)) return std::nullopt;
    return product;
  }
  return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> time_units{
    {{"ms", 1'000'000}, {"s", 1'000'000'000}, {"min", 60'000'000'000}, {"h", 3'600'000'000'000}}};
constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> size_units{
    {{"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30}, {"B", 1}}};

/// The first line of a secret's file. A file that everyone may read is no secret.
std::optional<std::string> read_secret(const std::string& path, phrase& found) {
  const auto failed = [&](const char* en, const char* zh) {
    found = {fmt::format("\"{}\", {}", path, en), fmt::format("“{}”:{}", path, zh)};
    return std::nullopt;
  };
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    return failed(errno == ENOENT ? "which does not exist" : "which cannot be read", errno == ENOENT ? "不存在" : "无法读取");
  struct stat status {};
  std::array<char, 1024> bytes{};
  const bool regular = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  const auto length = regular ? read(file, bytes.data(), bytes.size()) : -1;
  close(file);
  if (length < 0) return failed("which is not a file that can be read", "不是可读文件");
  if ((status.st_mode & S_IROTH) != 0) return failed("which everyone may read", "人人可读");
  std::string_view text(bytes.data(), static_cast<std::size_t>(length));
  text = text.substr(0, text.find_first_of("\r\n"));
  const auto characters = static_cast<std::int64_t>(utf8_length(text));
  if (!is_plain_text(text) || characters < 1 || characters > 128)
    return failed("whose first line is no password", "首行不是有效密码");
  return std::string(text);
}

/// Whether there is such a file for us to read, and, if it is private, for nobody else.
bool can_read(const std::string& path, bool is_private, phrase& found) {
  const auto failed = [&](const char* en, const char* zh) {
    found = {fmt::format("\"{}\", {}", path, en), fmt::format("“{}”:{}", path, zh)};
    return false;
  };
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    return failed(errno == ENOENT ? "which does not exist" : "which cannot be read", errno == ENOENT ? "不存在" : "无法读取");
  struct stat status {};
  const bool regular = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  close(file);
  if (!regular) return failed("which is not a file that can be read", "不是可读文件");
  if (is_private && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) return failed("which others may read", "他人可读");
  return true;
}

std::optional<value> read_text(const key_doc& doc, const std::string& text, const std::string& folder, phrase& found) {
  value v;
  v.text = text;
  const auto characters = static_cast<std::int64_t>(utf8_length(text));
  const bool fits = characters >= doc.low && characters <= doc.high;
  const auto when = [&](bool good) { return good ? std::optional<value>(v) : std::nullopt; };
  switch (doc.type) {
    case key_type::name:
    case key_type::secret: return when(fits && is_plain_text(text));
    case key_type::number: return when(fits && all_of(text, "*#+._-"));
    case key_type::path:
      return when(static_cast<std::int64_t>(text.size()) <= doc.high && is_plain_text(text) &&
                  (text.starts_with('/') || (text.empty() && doc.low == 0)));
    case key_type::address: return when(is_ip(text));
    case key_type::target: return when(text.empty() || is_target(text));
    case key_type::domain: return when(text.empty() || (fits && is_host(text)));
    case key_type::file:
    case key_type::private_file: {
      if (!fits || !is_plain_text(text)) return std::nullopt;
      if (text.empty()) return v;
      v.text = beside(folder, text);
      return when(can_read(v.text, doc.type == key_type::private_file, found));
    }
    case key_type::folder: {
      if (!fits || !is_plain_text(text)) return std::nullopt;
      if (text.empty()) return v;
      v.text = beside(folder, text);
      struct stat status {};
      if (stat(v.text.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return v;
      found = {fmt::format("\"{}\", which is no folder", v.text), fmt::format("“{}”,不是目录", v.text)};
      return std::nullopt;
    }
    case key_type::duration:
    case key_type::size: {
      const auto number = doc.type == key_type::duration ? measured(text, time_units) : measured(text, size_units);
      if (number) v.integer = *number;
      return when(number && *number >= doc.low && *number <= doc.high);
    }
    case key_type::word: return when(fits && (text.empty() || is_prompt(text)));
    case key_type::keys: {
      const bool once =
          std::all_of(text.begin(), text.end(), [&](char x) { return std::count(text.begin(), text.end(), x) == 1; });
      return when(fits && once && text.find_first_not_of("0123456789*#ABCD") == std::string::npos);
    }
    case key_type::choice: {
      const auto words = split(doc.choices, '|');
      const auto at = std::find(words.begin(), words.end(), text);
      v.integer = at - words.begin();
      return when(at != words.end());
    }
    case key_type::secret_file: {
      if (!fits || !is_plain_text(text)) return std::nullopt;
      const auto secret = read_secret(text.starts_with('/') ? text : folder + "/" + text, found);
      if (secret) v.text = *secret;
      return when(secret.has_value());
    }
    case key_type::key_file: {
      if (!fits || !is_plain_text(text)) return std::nullopt;
      if (text.empty()) return v;
      v.text = beside(folder, text);
      const auto key = read_key_file(v.text);
      if (key) return v;
      found = {fmt::format("\"{}\", {}", v.text, cordboard::text(key.error(), language::en)),
               fmt::format("“{}”:{}", v.text, cordboard::text(key.error(), language::zh))};
      return std::nullopt;
    }
    case key_type::zone: return when(fits && hours::zone_known(text));
    case key_type::stop_list:
    case key_type::calendar: {
      if (!fits || !is_plain_text(text)) return std::nullopt;
      if (text.empty()) return v;
      v.text = beside(folder, text);
      return when(doc.type == key_type::calendar ? read_calendar(v.text, v.list, found)
                                                 : read_stop_list(v.text, v.list, found));
    }
    case key_type::account: {
      if (text == "@self") {
        v.integer = geteuid();
        return v;
      }
      passwd entry{};
      passwd* hit = nullptr;
      std::array<char, 16384> room{};
      if (getpwnam_r(text.c_str(), &entry, room.data(), room.size(), &hit) != 0 || hit == nullptr) {
        found = {fmt::format("\"{}\", whom this machine does not know", text), fmt::format("“{}”,本机无此用户", text)};
        return std::nullopt;
      }
      v.integer = hit->pw_uid;
      return v;
    }
    default: return std::nullopt;
  }
}

/// What a list says as a whole: the spans of a day or the dates of a list of special days must not meet.
bool no_overlap(key_type type, const std::vector<std::string>& list) {
  if (type == key_type::spans) {
    std::vector<day_span> spans;
    spans.reserve(list.size());
    for (const auto& text : list) spans.push_back(*hours::read_span(text));
    return hours::in_order(spans);
  }
  std::set<std::int32_t> days;
  if (type == key_type::special_days)
    for (const auto& text : list) {
      const auto dates = hours::read_special(text)->dates;
      for (auto day = dates.first; day <= dates.last; ++day)
        if (!days.insert(day).second) return false;
    }
  return true;
}

std::optional<value> read_list(const key_doc& doc, const toml::array& items, phrase& found) {
  value v;
  const auto words = split(doc.choices, '|');
  for (const auto& item : items) {
    const auto* text = item.as_string();
    bool good = text != nullptr;
    if (good && doc.type == key_type::sources) good = is_source(text->get());
    if (good && doc.type == key_type::targets) good = is_target(text->get());
    if (good && doc.type == key_type::references) good = !text->get().empty() && is_plain_text(text->get());
    if (good && doc.type == key_type::spans) good = hours::read_span(text->get()).has_value();
    if (good && doc.type == key_type::special_days) good = hours::read_special(text->get()).has_value();
    if (good && (doc.type == key_type::prompts || doc.type == key_type::words)) good = is_prompt(text->get());
    if (good && doc.type == key_type::choices) {
      const auto at = std::find(words.begin(), words.end(), text->get());
      good = at != words.end();
      v.integer |= good ? std::int64_t{1} << (at - words.begin()) : 0;
    }
    if (!good) {
      const auto one = describe_value(item);
      found = {one.en + " in the list", "列表中的" + one.zh};
      return std::nullopt;
    }
    // The same may be said twice; else a list names each one once.
    if (doc.type != key_type::prompts && std::find(v.list.begin(), v.list.end(), text->get()) != v.list.end()) {
      const auto one = describe_value(item);
      found = {one.en + " twice", "重复的" + one.zh};
      return std::nullopt;
    }
    v.list.push_back(text->get());
  }
  const auto count = static_cast<std::int64_t>(v.list.size());
  if (!no_overlap(doc.type, v.list)) {
    found = {"a list in which two overlap", "有重叠的列表"};
    return std::nullopt;
  }
  if (count >= doc.low && count <= doc.high) return v;
  found = {fmt::format("a list of {}", count), fmt::format("{} 项的列表", count)};
  return std::nullopt;
}

/// { 1 = "again", "12" = "other" }
std::optional<value> read_cases(const key_doc& doc, const toml::table& from, phrase& found) {
  value v;
  for (const auto& [answer, node] : from) {
    const auto* next = node.as_string();
    const bool keys = !answer.str().empty() && answer.str().size() <= 32 &&
                      answer.str().find_first_not_of("0123456789*#ABCD") == std::string_view::npos;
    if (!keys || next == nullptr || !is_prompt(next->get())) {
      const auto one = fmt::format("{} = {}", answer.str(), describe_value(node).en);
      found = {one, one};
      return std::nullopt;
    }
    v.list.push_back(fmt::format("{}={}", answer.str(), next->get()));
  }
  if (static_cast<std::int64_t>(v.list.size()) <= doc.high) return v;
  found = {fmt::format("{} answers", v.list.size()), fmt::format("{} 个应答", v.list.size())};
  return std::nullopt;
}

bool is_list(key_type type) {
  return type == key_type::sources || type == key_type::references || type == key_type::choices || type == key_type::targets ||
         type == key_type::spans || type == key_type::special_days || type == key_type::prompts || type == key_type::words;
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(by), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

phrase describe_value(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string: {
      const std::string& text = node.as_string()->get();
      std::string shown;
      for (std::size_t at = 0, taken = 0; at < text.size() && taken < shown_max; ++taken) {
        const auto bytes = std::max<std::size_t>(utf8_character(std::string_view(text).substr(at)), 1);
        shown += is_plain_text(std::string_view(text).substr(at, bytes)) ? text.substr(at, bytes) : "?";
        at += bytes;
      }
      if (utf8_length(text) > shown_max) shown += "…";
      return {fmt::format("\"{}\"", shown), fmt::format("“{}”", shown)};
    }
    case toml::node_type::integer: return {std::to_string(node.as_integer()->get()), std::to_string(node.as_integer()->get())};
    case toml::node_type::floating_point:
      return {fmt::format("{}", node.as_floating_point()->get()), fmt::format("{}", node.as_floating_point()->get())};
    case toml::node_type::boolean: return node.as_boolean()->get() ? phrase{"true", "true"} : phrase{"false", "false"};
    case toml::node_type::array:
      return node.is_array_of_tables() ? phrase{"[[tables]]", "多个表 [[…]]"} : phrase{"a list", "列表"};
    case toml::node_type::table: return {"a table", "表"};
    default: return {"a date or time", "日期或时间"};
  }
}

std::optional<value> read_value(const key_doc& doc, const toml::node& node, const std::string& folder, phrase& found) {
  const bool secret = doc.type == key_type::secret;
  found = secret && node.is_string() ? phrase{"a text of another length (not shown)", "长度不符的文本(不显示)"}
                                     : describe_value(node);
  if (secret && !node.is_string()) found = {"something else (not shown)", "其他类型的值(不显示)"};
  if (is_list(doc.type)) return node.is_array() ? read_list(doc, *node.as_array(), found) : std::nullopt;
  if (doc.type == key_type::cases) return node.is_table() ? read_cases(doc, *node.as_table(), found) : std::nullopt;
  if (doc.type == key_type::boolean) {
    if (!node.is_boolean()) return std::nullopt;
    return value{.text = {}, .integer = node.as_boolean()->get() ? 1 : 0, .list = {}};
  }
  if (doc.type == key_type::integer || (doc.type == key_type::size && node.is_integer())) {
    if (!node.is_integer()) return std::nullopt;
    const auto number = node.as_integer()->get();
    if (number < doc.low || number > doc.high) return std::nullopt;
    return value{.text = {}, .integer = number, .list = {}};
  }
  if (!node.is_string()) return std::nullopt;
  return read_text(doc, node.as_string()->get(), folder, found);
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view best;
  auto best_distance = std::max<std::size_t>(word.size() / 3, 2) + 1;
  if (word.size() > 64) return best;
  for (const auto candidate : known) {
    std::vector<std::size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= word.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= candidate.size(); ++j) {
        const auto above = row[j];
        row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (word[i - 1] == candidate[j - 1] ? 0 : 1)});
        diagonal = above;
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace cordboard::settings
