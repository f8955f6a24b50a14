// SPDX-License-Identifier: Apache-2.0
// What a key takes, in words: for problems and for the printed schema.
#include <config/keys.hpp>
#include <fmt/format.h>
#include <array>
#include <cstdlib>

namespace cordboard::settings {

std::string duration_text(std::int64_t ns) {
  constexpr std::int64_t ms = 1'000'000, s = 1000 * ms, min = 60 * s, h = 60 * min;
  if (ns != 0 && ns % h == 0) return fmt::format("{}h", ns / h);
  if (ns != 0 && ns % min == 0) return fmt::format("{}min", ns / min);
  if (ns % s == 0) return fmt::format("{}s", ns / s);
  return fmt::format("{}ms", ns / ms);
}

std::string size_text(std::int64_t bytes) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 3> units{
      {{1LL << 30, "GiB"}, {1LL << 20, "MiB"}, {1LL << 10, "KiB"}}};
  for (const auto& [factor, unit] : units)
    if (bytes != 0 && bytes % factor == 0) return fmt::format("{}{}", bytes / factor, unit);
  return fmt::format("{}B", bytes);
}

std::string default_text(const key_doc& d) {
  if (d.type == key_type::boolean || d.type == key_type::integer) return std::string(d.fallback);
  if (d.type != key_type::prompts && d.type != key_type::words && d.type != key_type::references)
    return fmt::format("\"{}\"", d.fallback);
  std::string out;
  for (const auto word : split(d.fallback, ' ')) out += fmt::format("{}\"{}\"", out.empty() ? "" : ", ", word);
  return '[' + out + ']';
}

phrase expectation(const key_doc& d) {
  std::string words_en, words_zh;
  for (const auto word : split(d.choices, '|')) {
    words_en += fmt::format("{}\"{}\"", words_en.empty() ? "" : ", ", word);
    words_zh += fmt::format("{}“{}”", words_zh.empty() ? "" : "、", word);
  }
  switch (d.type) {
    case key_type::name:
      return {fmt::format("a text of {} to {} characters without control characters", d.low, d.high),
              fmt::format("{} 至 {} 个字符的文本,不含控制字符", d.low, d.high)};
    case key_type::number:
      return {fmt::format("{} to {} letters, digits or *#+._- in quotes, such as \"1001\"", d.low, d.high),
              fmt::format("带引号的 {} 至 {} 个字母、数字或 *#+._-,如 \"1001\"", d.low, d.high)};
    case key_type::path:
      return {fmt::format("an absolute path of at most {} bytes{}", d.high, d.low == 0 ? ", or \"\"" : ""),
              fmt::format("不超过 {} 字节的绝对路径{}", d.high, d.low == 0 ? ",或 \"\"" : "")};
    case key_type::boolean: return {"true or false", "true 或 false"};
    case key_type::integer:
      return {fmt::format("a whole number from {} to {}", d.low, d.high), fmt::format("{} 至 {} 的整数", d.low, d.high)};
    case key_type::size:
      return {fmt::format("a size from {} to {}, such as \"256MiB\"", size_text(d.low), size_text(d.high)),
              fmt::format("{} 至 {} 的大小,如 \"256MiB\"", size_text(d.low), size_text(d.high))};
    case key_type::duration:
      return {
          fmt::format("a duration from {} to {}, such as \"500ms\", \"20s\", \"3min\" or \"1h\"", duration_text(d.low),
                      duration_text(d.high)),
          fmt::format("{} 至 {} 的时长,如 \"500ms\"、\"20s\"、\"3min\"、\"1h\"", duration_text(d.low), duration_text(d.high))};
    case key_type::address: return {"an IP address, such as \"192.168.1.10\"", "IP 地址,如 \"192.168.1.10\""};
    case key_type::sources:
      return {fmt::format("a list of {} to {} IP addresses, each with or without a port from 1 to 65535, such as "
                          "[\"192.168.1.20\", \"192.168.1.21:5060\"]",
                          d.low, d.high),
              fmt::format("{} 至 {} 个 IP 地址的列表,可带 1 至 65535 的端口,如 [\"192.168.1.20\", \"192.168.1.21:5060\"]",
                          d.low, d.high)};
    case key_type::target:
      return {"\"sip:HOST:PORT;transport=udp\", with a port from 1 to 65535, or tcp, or tls, or without them",
              "\"sip:主机:端口;transport=udp\"(端口 1 至 65535;可用 tcp 或 tls;均可省略)"};
    case key_type::targets:
      return {fmt::format("a list of {} to {} texts like \"sip:HOST:PORT;transport=udp\"", d.low, d.high),
              fmt::format("{} 至 {} 个形如 \"sip:主机:端口;transport=udp\" 的列表", d.low, d.high)};
    case key_type::domain: return {"a host name or an IP address, with a port or without", "主机名或 IP 地址,可带端口"};
    case key_type::choice: return {"one of " + words_en, "下列之一:" + words_zh};
    case key_type::choices: return {"a list of one or more of " + words_en, "列表,取自:" + words_zh};
    case key_type::references:
      return {fmt::format("a list of {} to {} names", d.low, d.high), fmt::format("{} 至 {} 个名字的列表", d.low, d.high)};
    case key_type::secret:
      return {fmt::format("a text of {} to {} characters without control characters", d.low, d.high),
              fmt::format("{} 至 {} 个字符的文本,不含控制字符", d.low, d.high)};
    case key_type::file: return {"the path of a file that can be read", "可读文件的路径"};
    case key_type::folder: return {"the path of a folder", "目录的路径"};
    case key_type::prompts:
      return {fmt::format("a list of {} to {} names of prompts or numbers: lower-case letters, digits, _ and -", d.low, d.high),
              fmt::format("{} 至 {} 个提示语名或号码的列表:小写字母、数字、_ 与 -", d.low, d.high)};
    case key_type::words:
      return {fmt::format("a list of {} to {} words of lower-case letters, digits, _ and -", d.low, d.high),
              fmt::format("{} 至 {} 个词的列表:小写字母、数字、_ 与 -", d.low, d.high)};
    case key_type::private_file:
      return {"the path of a file that only its owner may read (mode 0600 or 0400)", "仅所有者可读(0600 或 0400)的文件路径"};
    case key_type::key_file:
      return {"the path of a file that holds a key for its owner alone (mode 0600 or 0400): 32 bytes or more, hex or raw",
              "密钥文件的路径:仅所有者可读(0600 或 0400),至少 32 字节,十六进制或二进制"};
    case key_type::secret_file:
      return {"a file with the password in its first line, which not everyone may read", "首行为密码且并非人人可读的文件"};
    case key_type::zone: return {"a name of the tz database, such as \"Asia/Shanghai\"", "时区名,如 \"Asia/Shanghai\""};
    case key_type::spans:
      return {
          "a list of parts of a day that do not overlap, such as [\"08:00-12:00\", \"14:00-17:30\"]; \"20:00-08:00\" goes on "
          "into "
          "the next day",
          "不重叠的时段列表,如 [\"08:00-12:00\", \"14:00-17:30\"];\"20:00-08:00\" 延至次日"};
    case key_type::special_days:
      return {
          "a list of dates, each once, with their hours, such as [\"2026-12-31 08:00-12:00\", \"2027-01-01..2027-01-03 "
          "closed\"]",
          "日期及其时段的列表,日期不重复,如 [\"2026-12-31 08:00-12:00\", \"2027-01-01..2027-01-03 closed\"]"};
    case key_type::stop_list:
      return {
          "a CSV with the columns number, until (a date, or nothing) and reason, such as \"138-0013-8000,2026-12-31,asked for "
          "it\"",
          "CSV 文件,列为 number、until(日期,可空)、reason,如 \"138-0013-8000,2026-12-31,本人要求\""};
    case key_type::calendar:
      return {"a TOML file of [[holiday]] with name, off = [\"2026-10-01..2026-10-07\"] and work = [\"2026-10-10\"]",
              "由 [[holiday]] 组成的 TOML 文件,键为 name、off = [\"2026-10-01..2026-10-07\"]、work = [\"2026-10-10\"]"};
    case key_type::word:
      return {fmt::format("{} to {} lower-case letters, digits, _ and -", d.low, d.high),
              fmt::format("{} 至 {} 个小写字母、数字、_ 与 -", d.low, d.high)};
    case key_type::keys:
      return {fmt::format("{} to {} of 0 to 9, *, # and A to D, each once", d.low, d.high),
              fmt::format("{} 至 {} 个不重复的 0 至 9、*、#、A 至 D", d.low, d.high)};
    case key_type::cases:
      return {fmt::format("a table of at most {} answers, such as {{ 1 = \"again\", 2 = \"operator\" }}", d.high),
              fmt::format("至多 {} 个应答的表,如 {{ 1 = \"again\", 2 = \"operator\" }}", d.high)};
    case key_type::account: return {"a user of this machine, or \"@self\"", "本机用户名,或 \"@self\""};
  }
  return {};
}

}  // namespace cordboard::settings

namespace cordboard {

std::string config_schema(language tongue) {
  using namespace settings;
  const bool zh = tongue == language::zh;
  std::string text =
      zh ? "# Cordboard 配置文件的全部键及默认值\n" : "# Every key of a Cordboard configuration file, with its default\n";
  const auto print = [&](const auto& t) {
    text += t.many ? fmt::format("\n[[{}]]", t.name) : fmt::format("\n[{}]", t.name);
    text += fmt::format("  # {}\n", zh ? t.zh : t.en);
    for (const auto& k : t.keys) {
      const auto& d = k.doc;
      const bool bare = d.type == key_type::boolean || d.type == key_type::integer;
      const bool absent = d.fallback.empty() && d.low > 0;
      std::string head(d.name);
      if (d.required())
        head += zh ? "  (必填)" : "  (required)";
      else if (d.type == key_type::cases)
        head += " = {}";
      else if (absent || (bare && d.fallback.empty()))
        head += zh ? "  (可省略)" : "  (may be left out)";
      else
        head += " = " + default_text(d);
      text += fmt::format("{}\n    {}\n    {}{}\n", head, zh ? d.zh : d.en, zh ? "取值:" : "takes ", expectation(d).in(tongue));
    }
  };
  for_each_table(print);
  text += zh ? "\n# 语音流程文件的全部键\n" : "\n# Every key of the file of a dialogue\n";
  for_each_script_table(print);
  return text;
}

language language_of_environment() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* const set = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): read once, before any thread
    if (set != nullptr && *set != '\0') return std::string_view(set).starts_with("zh") ? language::zh : language::en;
  }
  return language::en;
}

std::string describe(const config_problem& p, std::string_view file, language tongue) {
  std::string text(p.file.empty() ? file : p.file);
  if (p.line != 0) text += fmt::format(":{}:{}", p.line, p.column);
  if (!p.key.empty()) text += fmt::format(": {}", p.key);
  return tongue == language::zh ? fmt::format("{}: 发现 {};应为 {}", text, p.found.zh, p.expected.zh)
                                : fmt::format("{}: found {}; expected {}", text, p.found.en, p.expected.en);
}

}  // namespace cordboard
