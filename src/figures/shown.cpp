// SPDX-License-Identifier: Apache-2.0
#include <figures/shown.hpp>

#include <fmt/format.h>

namespace cordboard::figures {

std::string shown(const figure& what, const figure_value& value) {
  const auto in = value.in(what.unit);
  if (!in) return "–";
  switch (what.unit) {
    case figure_unit::count: return std::to_string(value.numerator);
    case figure_unit::share: return fmt::format("{:.1f} %", *in * 100);
    case figure_unit::mean:
      if (*in < 3600) return fmt::format("{:.1f} s", *in);
      break;
    case figure_unit::score: return fmt::format("{:.2f} (n {})", *in, value.denominator);
    case figure_unit::seconds: break;
  }
  const auto seconds = static_cast<std::int64_t>(*in);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace cordboard::figures
