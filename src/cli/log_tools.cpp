// SPDX-License-Identifier: Apache-2.0
#include <base/key_file.hpp>
#include <cli/log_tools.hpp>
#include <cmath>
#include <cordboard/config_file.hpp>
#include <cordboard/errc.hpp>
#include <fmt/format.h>
#include <iostream>
#include <log/chain.hpp>
#include <unistd.h>

namespace cordboard::cli {

std::string log_place(const boost::program_options::variables_map& options, const char* named) {
  if (options.count(named) == 0) return config{}.run;
  const auto& given = options[named].as<std::string>();
  return given.ends_with(".toml") ? load_config(given).value.log.hot : given;
}

int tell_failure(const std::error_code& why, const std::string& path, language tongue) {
  const auto sentence =
      why.category() == error_category() ? std::string(text(static_cast<errc>(why.value()), tongue)) : why.message();
  std::cerr << fmt::format("cordboard: {}: {}\n", path, sentence);
  return failed;
}

std::optional<std::shared_ptr<const log::chain_key>> read_chain_key(const boost::program_options::variables_map& options,
                                                                    language tongue) {
  if (options.count("key") == 0) return nullptr;
  const auto& path = options["key"].as<std::string>();
  auto key = read_key_file(path);
  if (key) return std::make_shared<const log::chain_key>(std::move(*key));
  std::cerr << fmt::format("cordboard: {}, {}\n", path, text(key.error(), tongue));
  return std::nullopt;
}

progress_line::progress_line(language tongue) : terminal_(::isatty(STDERR_FILENO) == 1), zh_(tongue == language::zh) {}
progress_line::~progress_line() { clear(); }

void progress_line::show(std::uint64_t done, std::uint64_t all, std::uint64_t events) {
  if (!terminal_ || all == 0) return;
  const auto now = clock::now();
  if (now - shown_ < std::chrono::milliseconds(100)) return;
  shown_ = now;
  const double spent = std::chrono::duration<double>(now - begun_).count();
  const double part = done < all ? static_cast<double>(done) / static_cast<double>(all) : 1.0;
  const auto left = part > 0 ? std::lround(spent * (1 - part) / part) : 0L;
  std::string line = fmt::format("{:3.0f} %", part * 100);
  if (events != 0)
    line += said(zh_ ? "  {:.0f} 条/秒" : "  {:.0f} events/s", static_cast<double>(events) / std::max(spent, 0.001));
  line += said(zh_ ? "  剩余 {}:{:02}" : "  {}:{:02} left", left / 60, left % 60);
  std::cerr << "\r\x1b[K" << line << std::flush;
  there_ = true;
}

void progress_line::clear() {
  if (there_) std::cerr << "\r\x1b[K" << std::flush;
  there_ = false;
}

}  // namespace cordboard::cli
