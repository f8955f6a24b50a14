// SPDX-License-Identifier: Apache-2.0
#include <figures/names.hpp>

#include <string_view>

namespace cordboard::figures {
namespace {

std::string_view field(std::string_view text, int n) {
  for (; n > 0; --n) {
    const auto tab = text.find('\t');
    if (tab == std::string_view::npos) return {};
    text.remove_prefix(tab + 1);
  }
  return text.substr(0, text.find('\t'));
}

}  // namespace

void names::hear(const event& e, log_reader& from) {
  const bool wanted = e.kind == event_kind::queue_configured || e.kind == event_kind::operator_configured ||
                      e.kind == event_kind::device_configured;
  if (!wanted) return;
  const auto read = from.text(e);
  const std::string_view text = read ? *read : std::string_view{};
  if (e.kind == event_kind::device_configured)
    trunks_[e.device.value] = static_cast<device_kind>(e.state) == device_kind::trunk;
  if (text.empty()) return;
  const std::string first(field(text, 0)), second(field(text, 1));
  const std::string both = second.empty() || second == first ? first : first + ' ' + second;
  if (e.kind == event_kind::queue_configured) queues_[e.queue.value] = both;
  if (e.kind == event_kind::operator_configured) operators_[e.operator_.value] = both;
  if (e.kind == event_kind::device_configured) devices_[e.device.value] = both;
}

std::string names::of(const table& all, std::uint32_t id) {
  if (id == 0) return "-";
  const auto it = all.find(id);
  return it != all.end() ? it->second : '#' + std::to_string(id);
}

}  // namespace cordboard::figures
