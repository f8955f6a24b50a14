// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <base/words.hpp>
#include <dialogue/draw.hpp>
#include <dialogue/graph.hpp>
#include <fmt/format.h>

namespace cordboard::dialogue {
namespace {

constexpr int box_width = 320, gap_x = 48, gap_y = 64, line_height = 18, margin = 32, head_height = 92, lane_width = 16;
constexpr std::size_t text_max = 46;  ///< columns in a box

struct act_text {
  const char* en;
  const char* zh;
  const char* colour;
};
constexpr std::array<act_text, 10> acts{{{"says", "播报", "#e8f1fb"},
                                         {"asks for keys", "收键", "#e9f7ec"},
                                         {"asks for a spoken answer", "录音应答", "#fdf3e1"},
                                         {"branches", "分支", "#f1ecfa"},
                                         {"to a queue", "转队列", "#e3f4f6"},
                                         {"notes a request", "登记事项", "#fbeaf0"},
                                         {"hangs up", "挂机", "#eeeeee"},
                                         {"confirms", "确认预约", "#e9f7ec"},
                                         {"cancels", "取消预约", "#fbeaf0"},
                                         {"wants a change", "要求改期", "#fdf3e1"}}};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

/// At most so many columns; Chinese characters take two.
std::string fitted(std::string_view text) {
  std::size_t columns = 0, at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    columns += bytes > 2 ? 2 : 1;
    if (columns > text_max) return std::string(text.substr(0, at)) + "…";
    at += bytes;
  }
  return std::string(text);
}

std::string seconds(std::chrono::nanoseconds time) { return fmt::format("{} s", static_cast<double>(time.count()) / 1e9); }

/// What stands in a step's box, below its name.
std::vector<std::string> lines_of(const dialogue_step& x) {
  const act_text& act = acts[static_cast<std::size_t>(x.act)];
  std::vector<std::string> out{fmt::format("{} · {}", act.zh, act.en)};
  if (!x.say.empty()) out.push_back("♪ " + joined(x.say));
  switch (x.act) {
    case dialogue_act::keys:
      out.push_back(x.keys_max == 1 ? fmt::format("按键 key: {}", x.allowed)
                                    : fmt::format("按键 keys: {}–{}, 结束 end {}", x.keys_min, x.keys_max, x.end_key));
      out.push_back(fmt::format("等待 wait {}, 次数 tries {}", seconds(x.first), x.tries));
      if (!x.read_back.empty()) {
        out.push_back("复述 read back: " + joined(x.read_back));
        out.push_back(fmt::format("确认 right {}, 重输 again {}", x.confirm_key, x.again_key));
      }
      break;
    case dialogue_act::voice:
      out.push_back(
          fmt::format("至多 up to {}, 静音 silence {}, 结束 end {}", seconds(x.longest), seconds(x.silence), x.end_key));
      break;
    case dialogue_act::queue: out.push_back("→ " + x.queue); break;
    case dialogue_act::request: out.push_back("✎ " + x.request); break;
    default: break;
  }
  if (!x.field.empty()) out.push_back("字段 field: " + x.field);
  return out;
}

struct box {
  int rank = 0, column = 0, x = 0, y = 0, height = 0;
};

struct picture {
  const dialogue_config& script;
  std::vector<edge> edges;
  std::vector<box> boxes;
  std::vector<int> down;  ///< by rank: where it begins
  std::string out;

  explicit picture(const dialogue_config& of) : script(of), edges(edges_of(of)), boxes(of.steps.size()) {}

  /// Below everything that leads to it on a way that does not come back.
  void rank() {
    std::vector<int> state(boxes.size(), 0);  // 1: on the way here, 2: done
    std::vector<std::size_t> order;
    for (std::size_t at = 0; at < boxes.size(); ++at)
      if (state[at] == 0) visit(at, state, order);
    std::reverse(order.begin(), order.end());
    std::vector<std::size_t> place(boxes.size());
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    for (const std::size_t at : order)
      for (const edge& e : edges)
        if (e.from == at && place[e.to] > place[at]) boxes[e.to].rank = std::max(boxes[e.to].rank, boxes[at].rank + 1);
  }
  void visit(std::size_t at, std::vector<int>& state, std::vector<std::size_t>& order) {
    state[at] = 1;
    // Backwards, so that what stands first in the file comes out first.
    for (auto e = edges.rbegin(); e != edges.rend(); ++e)
      if (e->from == at && state[e->to] == 0) visit(e->to, state, order);
    state[at] = 2;
    order.push_back(at);
  }
  void place() {
    int ranks = 0;
    for (const box& b : boxes) ranks = std::max(ranks, b.rank + 1);
    std::vector<int> filled(static_cast<std::size_t>(ranks), 0), heights(static_cast<std::size_t>(ranks), 0);
    for (std::size_t at = 0; at < boxes.size(); ++at) {
      box& b = boxes[at];
      const auto r = static_cast<std::size_t>(b.rank);
      b.column = filled[r]++;
      b.height = 34 + line_height * static_cast<int>(lines_of(script.steps[at]).size());
      heights[r] = std::max(heights[r], b.height);
    }
    int y = head_height + margin;
    for (const int height : heights) {
      down.push_back(y);
      y += height + gap_y;
    }
    down.push_back(y);
    for (box& b : boxes) {
      b.x = margin + b.column * (box_width + gap_x);
      b.y = down[static_cast<std::size_t>(b.rank)];
    }
  }

  static const char* colour_of(way kind) {
    return kind == way::answer ? "#1d4ed8" : kind == way::otherwise ? "#b45309" : "#374151";
  }
  static std::string label_of(const edge& e, const dialogue_step& from) {
    if (e.kind == way::answer) return e.answer;
    if (e.kind == way::otherwise) return "否则 otherwise";
    return from.cases.empty() ? "" : "其他 others";
  }
  void text(int x, int y, const std::string& words, const char* colour, int size = 13, bool bold = false) {
    // With a rim in white: where a way passes behind, the words stay readable.
    out +=
        fmt::format(R"(<text x="{}" y="{}" font-size="{}" fill="{}" paint-order="stroke" stroke="white" stroke-opacity="0.8" )"
                    R"(stroke-width="3"{}>{}</text>)",
                    x, y, size, colour, bold ? R"( font-weight="bold")" : "", escaped(words));
    out += '\n';
  }
  /// Ways between neighbours go straight down; all others go round by a lane of their own at the right.
  void ways(int right) {
    std::vector<int> leaving(boxes.size(), 0), arriving(boxes.size(), 0);
    int lane = 0;
    for (const edge& e : edges) {
      const box& a = boxes[e.from];
      const box& b = boxes[e.to];
      const char* colour = colour_of(e.kind);
      const std::string label = label_of(e, script.steps[e.from]);
      const char* dash = e.kind == way::otherwise ? R"( stroke-dasharray="6 4")" : "";
      const int n = leaving[e.from]++;
      std::string path;
      int label_x = 0, label_y = 0;
      if (b.rank == a.rank + 1) {
        const int x1 = a.x + 40 + n * 56, y1 = a.y + a.height, x2 = b.x + 40 + arriving[e.to]++ * 40, y2 = b.y;
        path = fmt::format("M{} {} C{} {},{} {},{} {}", x1, y1, x1, y1 + 36, x2, y2 - 36, x2, y2);
        label_x = x1 + 6;
        label_y = y1 + 16;
      } else {
        const int lane_x = right + ++lane * lane_width;
        const int y1 = a.y + 22 + n * 18, y2 = b.y + b.height - 10 - arriving[e.to]++ * 8;
        path = fmt::format("M{} {} H{} Q{} {},{} {} V{} Q{} {},{} {} H{}", a.x + box_width, y1, lane_x - 8, lane_x, y1, lane_x,
                           y1 + (y2 > y1 ? 8 : -8), y2 + (y2 > y1 ? -8 : 8), lane_x, y2, lane_x - 8, y2, b.x + box_width + 2);
        label_x = a.x + box_width + 6;
        label_y = y1 - 4;
      }
      out += fmt::format(R"svg(<path d="{}" fill="none" stroke="{}" stroke-width="1.5"{} marker-end="url(#{})"/>)svg", path,
                         colour, dash,
                         e.kind == way::answer      ? "a"
                         : e.kind == way::otherwise ? "o"
                                                    : "n");
      out += '\n';
      if (!label.empty()) text(label_x, label_y, label, colour, 12, e.kind == way::answer);
    }
  }

  std::string draw() {
    rank();
    place();
    int right = margin;
    for (const box& b : boxes) right = std::max(right, b.x + box_width);
    const auto lanes =
        std::count_if(edges.begin(), edges.end(), [&](const edge& e) { return boxes[e.to].rank != boxes[e.from].rank + 1; });
    const int width = std::max(right + static_cast<int>(lanes + 1) * lane_width + margin, 760), height = down.back();
    out = fmt::format(R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" )"
                      R"(font-family="'Noto Sans CJK SC','WenQuanYi Micro Hei','Microsoft YaHei',sans-serif">)",
                      width, height);
    out += "\n<defs>";
    for (const auto& [id, kind] : {std::pair{"n", way::next}, {"a", way::answer}, {"o", way::otherwise}})
      out +=
          fmt::format(R"(<marker id="{}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">)"
                      R"(<path d="M0 0L10 5L0 10z" fill="{}"/></marker>)",
                      id, colour_of(kind));
    out += "</defs>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
    text(margin, margin + 8, script.name, "#111827", 20, true);
    text(margin, margin + 34,
         fmt::format("任何步骤按 {} 转人工(队列 {}) · {} at every step: a human (queue {})", script.human_key, script.human,
                     script.human_key, script.human),
         "#374151");
    const std::string end = script.fallback.empty() ? "挂机 hang up" : script.fallback;
    text(margin, margin + 56,
         fmt::format("总时限 in all {} · 故障或超时转 if it fails or takes longer: {}", seconds(script.limit), end), "#374151");
    ways(right);
    for (std::size_t at = 0; at < boxes.size(); ++at) {
      const box& b = boxes[at];
      const dialogue_step& step = script.steps[at];
      out += fmt::format(R"(<rect x="{}" y="{}" width="{}" height="{}" rx="8" fill="{}" stroke="#6b7280" stroke-width="{}"/>)",
                         b.x, b.y, box_width, b.height, acts[static_cast<std::size_t>(step.act)].colour, at == 0 ? 3 : 1);
      out += '\n';
      text(b.x + 12, b.y + 22, step.name, "#111827", 15, true);
      int y = b.y + 24 + line_height;
      for (const std::string& line : lines_of(step)) {
        text(b.x + 12, y, fitted(line), "#374151");
        y += line_height;
      }
    }
    return out + "</svg>\n";
  }
};

}  // namespace

std::string draw(const dialogue_config& script) { return picture(script).draw(); }

}  // namespace cordboard::dialogue
