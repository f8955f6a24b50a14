// SPDX-License-Identifier: Apache-2.0
#include <figures/charts.hpp>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace cordboard::figures {
namespace {

constexpr double width = 960, left = 56, right = 12;
constexpr const char* dark_fill = "#1d4e79";
constexpr const char* light_fill = "#e3b45b";

std::string begin(double height, std::string_view what) {
  return fmt::format(R"(<svg viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">)", width, height, escaped(what));
}
std::string label(double x, double y, std::string_view said, const char* anchor = "middle", const char* more = "") {
  return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="{}"{}>{}</text>)", x, y, anchor, more, escaped(said));
}
std::string line(double x1, double y1, double x2, double y2) {
  return fmt::format(R"(<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" class="grid"/>)", x1, y1, x2, y2);
}
std::string box(double x, double y, double w, double h, std::string_view fill, std::string_view said) {
  return fmt::format(
      R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}" class="box"><title>{}</title></rect>)", x, y, w,
      h, fill, escaped(said));
}

/// A round number of which four or five reach `most`.
std::int64_t step_to(std::int64_t most) {
  std::int64_t step = 1;
  for (std::int64_t ten = 1; step * 5 < most; ten *= 10)
    for (const std::int64_t n : {1, 2, 5})
      if ((step = n * ten) * 5 >= most) return step;
  return step;
}

/// Labels below an axis: as many as there is room for.
std::string below(const std::vector<std::string>& labels, double y) {
  std::size_t longest = 1;
  for (const std::string& one : labels) longest = std::max(longest, one.size());
  const double each = (width - left - right) / static_cast<double>(std::max<std::size_t>(labels.size(), 1));
  const auto every = static_cast<std::size_t>(std::max(1.0, (static_cast<double>(longest) * 7 + 8) / each + 0.999));
  std::string out;
  // One at the right edge moves in, so that none of it is cut off.
  const double last = width - static_cast<double>(longest) * 4;
  for (std::size_t i = 0; i < labels.size(); i += every)
    out += label(std::min(left + each * (static_cast<double>(i) + 0.5), last), y, labels[i]);
  return out;
}

std::string key(double x, double y, std::string_view fill, std::string_view said) {
  return box(x, y - 9, 10, 10, fill, said) + label(x + 15, y, said, "start");
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string bars(const std::vector<pair_of_counts>& all, std::string_view dark, std::string_view light) {
  constexpr double top = 26, bottom = 200;
  std::int64_t most = 1;
  std::vector<std::string> labels;
  for (const auto& one : all) most = std::max(most, one.dark + one.light), labels.push_back(one.label);
  const std::int64_t step = step_to(most);
  const std::int64_t steps = (most + step - 1) / step;
  const double scale = (bottom - top) / static_cast<double>(steps * step);
  const double each = (width - left - right) / static_cast<double>(std::max<std::size_t>(all.size(), 1));
  std::string out = begin(bottom + 22, dark) + key(left, 14, dark_fill, dark) + key(left + 180, 14, light_fill, light);
  for (std::int64_t n = 0; n <= most + step - 1; n += step) {
    const double y = bottom - static_cast<double>(n) * scale;
    out += line(left, y, width - right, y) + label(left - 6, y + 4, std::to_string(n), "end");
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double x = left + each * static_cast<double>(i) + each * 0.1;
    const double lower = static_cast<double>(all[i].dark) * scale, upper = static_cast<double>(all[i].light) * scale;
    const std::string said = fmt::format("{}: {} {}, {} {}", all[i].label, dark, all[i].dark, light, all[i].light);
    if (all[i].dark > 0) out += box(x, bottom - lower, each * 0.8, lower, dark_fill, said);
    if (all[i].light > 0) out += box(x, bottom - lower - upper, each * 0.8, upper, light_fill, said);
  }
  return out + below(labels, bottom + 16) + "</svg>";
}

std::string share_line(const std::vector<part_of_line>& all, std::string_view what) {
  constexpr double top = 12, bottom = 150;
  const double each = (width - left - right) / static_cast<double>(std::max<std::size_t>(all.size(), 1));
  std::string out = begin(bottom + 22, what);
  for (int n = 0; n <= 100; n += 25) {
    const double y = bottom - n * (bottom - top) / 100;
    out += line(left, y, width - right, y) + label(left - 6, y + 4, fmt::format("{} %", n), "end");
  }
  std::string path, dots;
  std::vector<std::string> labels;
  bool drawing = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    labels.push_back(all[i].label);
    if (!all[i].share) {
      drawing = false;
      continue;
    }
    const double x = left + each * (static_cast<double>(i) + 0.5), y = bottom - *all[i].share * (bottom - top);
    path += fmt::format("{}{:.1f} {:.1f} ", drawing ? 'L' : 'M', x, y);
    dots += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="2.5" fill="{}"><title>{}: {:.1f} %</title></circle>)", x, y,
                        dark_fill, escaped(all[i].label), *all[i].share * 100);
    drawing = true;
  }
  out += fmt::format(R"(<path d="{}" fill="none" stroke="{}" stroke-width="1.6"/>)", path, dark_fill) + dots;
  return out + below(labels, bottom + 16) + "</svg>";
}

std::string heat_map(const std::vector<std::string>& columns, const std::vector<heat_row>& rows) {
  constexpr double names = 130, top = 18, each_y = 24;
  std::int64_t most = 1;
  for (const heat_row& row : rows)
    for (const std::int64_t n : row.counts) most = std::max(most, n);
  const double each = (width - names - right) / static_cast<double>(std::max<std::size_t>(columns.size(), 1));
  std::string out = begin(top + each_y * static_cast<double>(rows.size()) + 4, "heat map");
  for (std::size_t i = 0; i < columns.size(); ++i) out += label(names + each * (static_cast<double>(i) + 0.5), 12, columns[i]);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const double y = top + each_y * static_cast<double>(r);
    out += label(names - 8, y + 16, rows[r].label, "end");
    for (std::size_t i = 0; i < rows[r].counts.size(); ++i) {
      const std::int64_t n = rows[r].counts[i];
      const double share = static_cast<double>(n) / static_cast<double>(most);
      const auto mix = [&](int white, int full) { return std::lround(white + (full - white) * share); };
      const std::string fill = fmt::format("rgb({},{},{})", mix(255, 0x1d), mix(255, 0x4e), mix(255, 0x79));
      const double x = names + each * static_cast<double>(i);
      out += box(x, y, each - 1, each_y - 1, fill, fmt::format("{} {}: {}", rows[r].label, columns[i], n));
      if (n > 0) out += label(x + each / 2, y + 16, std::to_string(n), "middle", share > 0.5 ? R"( style="fill:#fff")" : "");
    }
  }
  return out + "</svg>";
}

std::string flow(std::string_view from, const std::vector<stream>& to) {
  constexpr double top = 10, height = 260, gap = 8, x1 = 210, x2 = 640, thick = 14;
  std::vector<stream> all;
  std::copy_if(to.begin(), to.end(), std::back_inserter(all), [](const stream& s) { return s.count > 0; });
  const std::int64_t sum =
      std::accumulate(all.begin(), all.end(), std::int64_t{0}, [](auto n, const stream& s) { return n + s.count; });
  if (sum == 0) return {};
  // Each band has room for its name, however few it carries.
  const double room = 15.0 * static_cast<double>(all.size()) + gap * static_cast<double>(all.size());
  const double scale = std::max(height - room, 80.0) / static_cast<double>(sum);
  double y = top;
  std::string bands, ends;
  const double source = static_cast<double>(sum) * scale;
  const double total = source + room;
  double leaves = top + (total - source) / 2;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double h = static_cast<double>(all[i].count) * scale, place = y + 7.5;
    const double middle = (x1 + thick + x2) / 2;
    bands += fmt::format(
        R"(<path d="M{0:.1f} {1:.1f} C{2:.1f} {1:.1f} {2:.1f} {3:.1f} {4:.1f} {3:.1f} V{5:.1f} C{2:.1f} {5:.1f} {2:.1f} {6:.1f} {0:.1f} {6:.1f}Z" fill="{7}" class="box"/>)",
        x1 + thick, leaves, middle, place, x2, place + h, leaves + h,
        i == 0       ? "#9db8cf"
        : i % 2 == 1 ? "#e4e4e4"
                     : "#cfcfcf");
    ends += box(x2, place, thick, std::max(h, 1.0), dark_fill, all[i].label) +
            label(x2 + thick + 8, place + h / 2 + 4,
                  fmt::format("{}  {}  ({:.1f} %)", all[i].label, all[i].count,
                              100.0 * static_cast<double>(all[i].count) / static_cast<double>(sum)),
                  "start");
    leaves += h;
    y += h + 15 + gap;
  }
  return begin(y + 6, from) + bands + box(x1, top + (total - source) / 2, thick, source, dark_fill, from) +
         label(x1 - 8, top + total / 2 + 4, fmt::format("{}  {}", from, sum), "end") + ends + "</svg>";
}

}  // namespace cordboard::figures
