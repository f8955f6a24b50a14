// SPDX-License-Identifier: Apache-2.0
// cordboard log rekey: the keys of sealed texts under the house's new key.
#include <cli/log_tools.hpp>
#include <cli/options.hpp>
#include <fmt/format.h>
#include <iostream>
#include <log/erase.hpp>

namespace po = boost::program_options;

namespace cordboard::cli {

void add_text_key(verb_options& verb) {
  verb.named.add_options()("text-key", po::value<std::string>()->value_name("FILE"),
                           "key of sealed texts, as [log] text_key_file; else the one that the board names");
}

std::string text_key_in(const po::variables_map& options) {
  return options.count("text-key") != 0 ? options["text-key"].as<std::string>() : std::string();
}

int log_rekey(const arguments& given, language tongue) {
  verb_options verb{
      .usage = "cordboard log rekey --text-key FILE [PATH]",
      .about =
          "After the key of sealed texts was changed: seals all that FILE.old sealed with FILE, in memory and in the archive,\n"
          "while the board runs. So a key is changed: 1. FILE becomes FILE.old, and a new FILE stands beside it (mode 0600);\n"
          "2. the switchboard is restarted, which no caller notices; 3. this; 4. FILE.old is destroyed.\n"
          "更换日志文本密钥:将 FILE.old 密封的密钥改由 FILE 密封;交换机重启后运行,之后销毁 FILE.old。",
      .positional = "PATH"};
  add_text_key(verb);
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  const auto path = log_place(*options), key = text_key_in(*options);
  if (key.empty()) return misuse(verb, "which key? (--text-key FILE)");
  if (std::string why; !log::house_keys::read(key, &why)) {
    std::cerr << fmt::format("cordboard: {}\n", why);
    return failed;
  }
  const auto changed = log::seal_keys_anew(path, key);
  if (!changed) return tell_failure(changed.error(), path, tongue);
  std::cout << said(tongue == language::zh ? "已更换 {} 个密钥\n" : "{} keys sealed anew\n", *changed);
  return done;
}

}  // namespace cordboard::cli
