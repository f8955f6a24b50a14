// SPDX-License-Identifier: Apache-2.0
// cordboard dialogue: the script of a dialogue as a picture.
#include <cli/options.hpp>
#include <cordboard/config_file.hpp>
#include <dialogue/draw.hpp>
#include <fmt/format.h>
#include <fstream>
#include <iostream>

namespace cordboard::cli {

int dialogues(const arguments& given, language tongue) {
  namespace po = boost::program_options;
  verb_options verb{
      .usage = "cordboard dialogue draw [--output FILE.svg] [--lang en|zh] FILE",
      .about =
          "Draws the script of a dialogue as SVG: its steps, and the ways between them. What is wrong with the script is\n"
          "told instead. Whether its queues and prompts are there, `cordboard check` tells.",
      .positional = "what",
      .second = "FILE"};
  verb.named.add_options()("output", po::value<std::string>()->value_name("FILE.svg"), "write there and not to the terminal");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  if (options->count("FILE") == 0 || (*options)["what"].as<std::string>() != "draw") {
    return misuse(verb, "draw which file?");
  }
  const auto& file = (*options)["FILE"].as<std::string>();
  const auto loaded = load_dialogue(file);
  for (const auto& problem : loaded.problems) std::cerr << describe(problem, file, tongue) << '\n';
  if (!loaded.problems.empty()) return failed;
  const auto picture = dialogue::draw(loaded.value);
  if (options->count("output") == 0) {
    std::cout << picture;
    return done;
  }
  const auto& to = (*options)["output"].as<std::string>();
  std::ofstream out(to, std::ios::binary);
  out << picture << std::flush;
  if (out) return done;
  std::cerr << fmt::format("cordboard: {}: cannot be written\n", to);
  return failed;
}

}  // namespace cordboard::cli
