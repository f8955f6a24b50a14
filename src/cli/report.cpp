// SPDX-License-Identifier: Apache-2.0
// cordboard report: figures of a period, and the calls behind one of them.
#include <array>
#include <cli/log_tools.hpp>
#include <cli/options.hpp>
#include <cli/report_formats.hpp>
#include <cli/report_file.hpp>
#include <figures/report_json.hpp>
#include <fmt/format.h>
#include <iostream>

namespace po = boost::program_options;

namespace cordboard::cli {
namespace {

std::vector<std::string> words(const std::string& list) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    out.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  return out;
}

std::optional<figure_period> period_in(const std::string& text) {
  constexpr std::array<std::string_view, 5> names{"day", "week", "month", "quarter", "year"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (text == names[i]) return static_cast<figure_period>(i);
  return std::nullopt;
}

}  // namespace

int report(const arguments& given, language tongue) {
  verb_options verb{
      .usage =
          "cordboard report day|week|month|quarter|year DATE [--by queue,hour] [--format FORMAT] [--output FILE] [--log PATH]\n"
          "       cordboard report day DATE --calls FIGURE [--by operator --of LABEL]\n"
          "       cordboard report formulas",
      .about =
          "Figures of a period, computed from the log. DATE: 2026-10-01 for a day or its week, 2026-10 for a month or its "
          "quarter, 2026\n"
          "for a year. A rate that nothing can be divided by is absent.",
      .positional = "PERIOD",
      .second = "DATE"};
  verb.named.add_options()(
      "by", po::value<std::string>()->value_name("D,D"),
      "told apart by: half, hour, clock (hour of the day), day, weekday, week, month, queue, operator, department, trunk")(
      "figures", po::value<std::string>()->value_name("F,F"), "only these; see report formulas")(
      "calls", po::value<std::string>()->value_name("FIGURE"), "the entries behind a figure instead")(
      "of", po::value<std::string>()->value_name("L,L"), "only the row with these labels, one for each dimension")(
      "zone", po::value<std::string>()->value_name("ZONE"), "whose wall decides; else Asia/Shanghai")(
      "target", po::value<std::uint32_t>()->value_name("T"), "seconds of the service levels; else 20")(
      "short", po::value<std::uint32_t>()->value_name("S"), "seconds within which who gives up is a short abandon; else 5")(
      "rings", po::value<std::uint32_t>()->value_name("R"), "rings within which a caller is to be answered; else 4")(
      "drills", "drill calls instead of people's")(
      "format", po::value<std::string>()->value_name("FORMAT"),
      "text, csv, json, html (a page with charts), or pdf (the same, printed by chromium)")(
      "output,o", po::value<std::string>()->value_name("FILE"), "write it there; a pdf needs it")(
      "log", po::value<std::string>()->value_name("PATH"),
      "a board's run folder, the folder of its log, or its configuration file; else /run/cordboard");
  int code = done;
  const auto options = read_options(verb, given, tongue, code);
  if (!options) return code;
  const auto text_of = [&](const char* name, const std::string& otherwise = {}) {
    return options->count(name) != 0 ? (*options)[name].as<std::string>() : otherwise;
  };
  const auto number_of = [&](const char* name, std::uint32_t otherwise) {
    return options->count(name) != 0 ? (*options)[name].as<std::uint32_t>() : otherwise;
  };
  if (text_of("PERIOD") == "formulas") {
    std::cout << formulas_text(tongue);
    return done;
  }
  const auto period = period_in(text_of("PERIOD"));
  if (!period || options->count("DATE") == 0) return misuse(verb, "which period, of which date?");
  figures_request asked;
  asked.period = *period;
  asked.date = text_of("DATE");
  asked.zone = text_of("zone", asked.zone);
  asked.target_seconds = number_of("target", asked.target_seconds);
  asked.short_seconds = number_of("short", asked.short_seconds);
  asked.rings = number_of("rings", asked.rings);
  asked.drills = options->count("drills") != 0;
  if (options->count("figures") != 0) asked.figures = words(text_of("figures"));
  if (options->count("of") != 0) asked.of = words(text_of("of"));
  if (options->count("by") != 0) {
    for (const std::string& word : words(text_of("by"))) {
      const auto by = read_figure_dimension(word);
      if (!by) return misuse(verb, fmt::format("figures are not told apart by \"{}\"", word));
      asked.by.push_back(*by);
    }
  }
  const std::string format = text_of("format", "text");
  if (format != "text" && format != "csv" && format != "json" && format != "html" && format != "pdf")
    return misuse(verb, fmt::format("--format takes text, csv, json, html or pdf, not \"{}\"", format));

  const std::string place = log_place(*options, "log");
  diagnostics why;
  const auto failure = [&](const std::error_code& error) {
    if (why.empty()) return tell_failure(error, place, tongue);
    std::cerr << "cordboard: " << why.our_text() << '\n';
    return static_cast<int>(misused);
  };
  const std::string output = text_of("output");
  if (format == "pdf" && output.empty()) return misuse(verb, "where is the pdf to be written? (--output FILE)");
  const auto write = [&](const std::string& what) {
    if (output.empty()) return std::cout << what << std::flush ? static_cast<int>(done) : static_cast<int>(failed);
    const std::error_code error = format == "pdf" ? print_page(what, output) : write_whole(what, output);
    if (format == "pdf" && error == std::errc::no_such_file_or_directory) {
      std::cerr << "cordboard: a pdf is printed by chromium, which is not installed (Debian: chromium), or the folder of the "
                   "file is not there\n";
      return static_cast<int>(failed);
    }
    return error ? tell_failure(error, output, tongue) : static_cast<int>(done);
  };
  if (options->count("calls") != 0) {
    const auto entries = read_figure_entries(place, asked, text_of("calls"), &why);
    if (!entries) return failure(entries.error());
    return write(format == "csv"    ? entries_csv(*entries)
                 : format == "json" ? entries_json(*entries)
                                    : entries_text(*entries, asked, tongue));
  }
  if (format == "html" || format == "pdf") {
    const auto page = read_figures_page(place, asked, tongue, &why);
    if (!page) return failure(page.error());
    return write(*page);
  }
  const auto made = read_figures(place, asked, &why);
  if (!made) return failure(made.error());
  const int written = write(format == "csv"    ? report_csv(*made, asked)
                            : format == "json" ? figures::report_json(*made, asked)
                                               : report_text(*made, asked, tongue));
  if (written != done) return written;
  // Whoever runs this by a clock learns from the code that callers are not accounted for.
  return made->closure.holds() ? done : failed;
}

}  // namespace cordboard::cli
