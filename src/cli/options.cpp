// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cli/options.hpp>
#include <iostream>

namespace po = boost::program_options;

namespace cordboard::cli {

int misuse(const verb_options& verb, const std::string& what) {
  std::cerr << "cordboard: " << what << "\nUsage: " << verb.usage << '\n';
  return misused;
}

std::optional<po::variables_map> read_options(verb_options& verb, const arguments& given, language& tongue, int& code) {
  verb.named.add_options()("lang", po::value<std::string>()->value_name("en|zh"), "language of messages; else as LANG says")(
      "help,h", "this text");
  po::options_description all;
  all.add(verb.named);
  po::positional_options_description positions;
  for (const auto* name : {&verb.positional, &verb.second}) {
    if (name->empty()) continue;
    all.add_options()(name->c_str(), po::value<std::string>());
    positions.add(name->c_str(), 1);
  }
  try {
    po::variables_map values;
    // No guessing: an abbreviated option would change its meaning when another one is added.
    const auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(given).options(all).positional(positions).style(style).run(), values);
    po::notify(values);
    if (values.count("lang") != 0) {
      const auto& lang = values["lang"].as<std::string>();
      if (lang != "en" && lang != "zh") throw po::error("--lang takes en or zh, not \"" + lang + "\"");
      tongue = lang == "zh" ? language::zh : language::en;
    }
    if (values.count("help") != 0) {
      std::cout << "Usage: " << verb.usage << "\n\n" << verb.about << "\n\n" << verb.named;
      code = done;
      return std::nullopt;
    }
    return values;
  } catch (const po::error& wrong) {
    code = misuse(verb, wrong.what());
    return std::nullopt;
  }
}

std::string text_of(const po::variables_map& options, const char* name, const std::string& otherwise) {
  return options.count(name) != 0 ? options[name].as<std::string>() : otherwise;
}

std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    out.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  return out;
}

}  // namespace cordboard::cli
