// SPDX-License-Identifier: Apache-2.0
// A TOML file as it lies on the disk: its size, its letters and its form.
#include <base/utf8.hpp>
#include <cerrno>
#include <config/tables.hpp>
#include <cstring>
#include <fstream>

namespace cordboard::settings {
namespace {

/// Where a byte of the file stands, for a person.
place place_of(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {static_cast<toml::source_index>(std::count(before.begin(), before.end(), '\n') + 1),
          static_cast<toml::source_index>(utf8_length(before.substr(line_start)) + 1)};
}

/// The parser's message may repeat what it read; on the line of a password it must not.
std::string safe_description(std::string_view text, const toml::parse_error& error) {
  std::size_t start = 0;
  for (toml::source_index line = 1; line < error.source().begin.line && start != std::string_view::npos; ++line) {
    start = text.find('\n', start);
    start += start == std::string_view::npos ? 0 : 1;
  }
  const auto line = start == std::string_view::npos ? std::string_view{} : text.substr(start, text.find('\n', start) - start);
  if (line.find("password") != std::string_view::npos) return "not shown, since the line has a password";
  return std::string(error.description());
}

std::vector<config_problem> one_problem(place at, phrase found, phrase expected) {
  std::vector<config_problem> out(1);
  out[0].line = at.line;
  out[0].column = at.column;
  out[0].found = std::move(found);
  out[0].expected = std::move(expected);
  return out;
}

}  // namespace

std::vector<config_problem> read_toml(std::string_view text, std::size_t bytes_max,
                                      const std::function<std::vector<config_problem>(const toml::table&)>& read) {
  if (text.size() > bytes_max)
    return one_problem({}, {fmt::format("{} bytes", text.size()), fmt::format("{} 字节", text.size())},
                       {fmt::format("at most {} MiB", bytes_max >> 20), fmt::format("不超过 {} MiB", bytes_max >> 20)});
  if (const auto wrong = utf8_error(text); wrong != std::string_view::npos)
    return one_problem(place_of(text, wrong),
                       {fmt::format("the byte 0x{:02x}, which is not UTF-8", static_cast<unsigned char>(text[wrong])),
                        fmt::format("非 UTF-8 字节 0x{:02x}", static_cast<unsigned char>(text[wrong]))},
                       {"UTF-8 text", "UTF-8 文本"});
  try {
    return read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    const auto what = safe_description(text, error);
    return one_problem(error.source().begin,
                       {fmt::format("what is not TOML ({})", what), fmt::format("不符合 TOML 语法({})", what)},
                       {"TOML; what follows was not read", "TOML 语法;其后内容未读"});
  }
}

std::vector<config_problem> read_toml_file(const std::string& path, std::size_t bytes_max,
                                           const std::function<std::vector<config_problem>(const toml::table&)>& read) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) {
    errno = 0;
    for (std::string part(std::size_t{1} << 16, '\0'); file && text.size() <= bytes_max;) {
      file.read(part.data(), static_cast<std::streamsize>(part.size()));
      text.append(part, 0, static_cast<std::size_t>(file.gcount()));
    }
  }
  if (!file.is_open() || file.bad() || (text.empty() && errno != 0)) {
    const std::string why = std::generic_category().message(errno);
    return one_problem({}, {fmt::format("a file that cannot be read: {}", why), fmt::format("无法读取的文件:{}", why)},
                       {"a TOML file", "TOML 文件"});
  }
  return read_toml(text, bytes_max, read);
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

}  // namespace cordboard::settings
