// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cli/log_lines.hpp>
#include <cordboard/command.hpp>
#include <cordboard/errc.hpp>
#include <ctime>
#include <fmt/format.h>

namespace cordboard::cli {
namespace {

/// Enough of a random id to tell calls apart on a screen; --json has all of it.
std::string short_id(std::uint64_t id) { return fmt::format("{:06x}", id >> 40U); }

/// "number TAB name": what people call it.
std::string second_field(std::string_view text) {
  const auto tab = text.find('\t');
  if (tab == std::string_view::npos) return std::string(text);
  auto rest = text.substr(tab + 1);
  rest = rest.substr(0, rest.find('\t'));
  return std::string(rest.empty() ? text.substr(0, tab) : rest);
}

/// Local time to the millisecond; its first ten characters are the day.
std::string local_time(std::int64_t ns) {
  const std::time_t seconds = ns / 1'000'000'000;
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, 32> out{};
  const auto length = std::strftime(out.data(), out.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return fmt::format("{}.{:03}", std::string_view(out.data(), length), ns / 1'000'000 % 1000);
}

/// Columns on a terminal: Chinese characters take two.
std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) == 0x80U) continue;
    count += byte >= 0xE3U && byte < 0xF0U ? 2 : 1;
  }
  return count;
}

}  // namespace

void narrator::learn(const event& e, std::string_view text) {
  if (text.empty()) return;
  switch (e.kind) {
    case event_kind::device_configured: devices_[e.device.value] = second_field(text); break;
    case event_kind::operator_configured: operators_[e.operator_.value] = std::string(text.substr(0, text.find('\t'))); break;
    case event_kind::queue_configured: queues_[e.queue.value] = second_field(text); break;
    case event_kind::principal_configured: actors_[e.actor.value] = std::string(text); break;
    default: break;
  }
}

std::string narrator::name_of(const std::map<std::uint32_t, std::string>& names, std::string_view kind_en,
                              std::string_view kind_zh, std::uint32_t id) const {
  const auto hit = names.find(id);
  return hit != names.end() ? hit->second : fmt::format("{} {}", tongue_ == language::zh ? kind_zh : kind_en, id);
}

std::string narrator::details(const event& e, std::string_view text) const {
  const bool zh = tongue_ == language::zh;
  std::string out;
  const auto add = [&](std::string_view part) {
    if (!part.empty()) out += fmt::format("{}{}", out.empty() ? "" : "  ", part);
  };
  if (e.call) add(fmt::format("{} {}", zh ? "通话" : "call", short_id(e.call.value)));
  if (e.operator_) add(name_of(operators_, "operator", "话务员", e.operator_.value));
  if (e.device) add(name_of(devices_, "device", "设备", e.device.value));
  if (e.queue) add(name_of(queues_, "queue", "队列", e.queue.value));
  if (e.actor) add(fmt::format("{} {}", zh ? "用户" : "by", name_of(actors_, "user", "用户", e.actor.value)));
  switch (e.kind) {
    case event_kind::command_accepted:
    case event_kind::command_refused:
    case event_kind::command_done:
    case event_kind::command_failed:
    case event_kind::command_timed_out:
      add(cordboard::text(static_cast<command_kind>(e.detail), tongue_));
      if (e.kind == event_kind::command_refused) add(cordboard::text(static_cast<errc>(e.value), tongue_));
      break;
    case event_kind::custody_moved: add(fmt::format("-> {}", cordboard::text(e.custodian, tongue_))); break;
    case event_kind::consent_declared:
      add(fmt::format("{}: {}", cordboard::text(static_cast<consent_of>(e.detail), tongue_),
                      cordboard::text(e.consent, tongue_)));
      break;
    case event_kind::transfer_started:
    case event_kind::transfer_advanced: add(cordboard::text(static_cast<transfer_state>(e.state), tongue_)); break;
    case event_kind::transfer_ended: add(cordboard::text(static_cast<transfer_result>(e.detail), tongue_)); break;
    case event_kind::policy_configured:
      add(fmt::format("{}: {}", cordboard::text(static_cast<policy_key>(e.detail), tongue_), e.value));
      break;
    case event_kind::media_ended:
      add(zh ? fmt::format("RTP 收 {} 发 {} 失 {}", e.value, e.other, e.detail)
             : fmt::format("RTP received {} sent {} lost {}", e.value, e.other, e.detail));
      break;
    case event_kind::packets_refused:
      add(fmt::format("{}: {}", cordboard::text(static_cast<packet_fault>(e.detail), tongue_), e.value));
      break;
    case event_kind::media_quality:
    case event_kind::media_degraded:
      add(fmt::format(fmt::runtime(zh ? "{}:MOS {:.2f} 丢失 {:.2f}% 抖动 {} ms 往返 {} ms"
                                      : "{}: MOS {:.2f} lost {:.2f} % jitter {} ms round trip {} ms"),
                      cordboard::text(static_cast<voice_direction>(e.state), tongue_), e.detail / 100.0,
                      static_cast<double>(e.other) / 1e4, e.flags, e.value / 1'000'000));
      break;
    case event_kind::media_one_way:
    case event_kind::media_recovered: add(cordboard::text(static_cast<voice_direction>(e.state), tongue_)); break;
    case event_kind::voice_level: add(fmt::format("-{} dB", e.detail)); break;
    case event_kind::log_held:
      add(static_cast<log_span>(e.detail) == log_span::times
              ? fmt::format("{} .. {}", e.value == 0 ? "" : local_time(e.value),
                            e.other == 0 ? "" : local_time(static_cast<std::int64_t>(e.other)))
              : fmt::format("{} .. {}", e.value, e.other == 0 ? "" : std::to_string(e.other)));
      break;
    case event_kind::log_removed:
      add(fmt::format("{} .. {}  {}", e.value, e.other, cordboard::text(static_cast<log_removal>(e.detail), tongue_)));
      break;
    case event_kind::log_hold_released: add(fmt::format("{}", e.value)); break;
    case event_kind::gap: add(fmt::format("{} .. {}", e.value, e.other)); break;
    case event_kind::failed:
    case event_kind::connection_cleared:
    case event_kind::leg_released:
      if (e.detail != 0) add(fmt::format("SIP {}", e.detail));
      break;
    default: break;
  }
  if (e.cause != cause::none) add(fmt::format("({})", cordboard::text(e.cause, tongue_)));
  // Configured names stand in the line already; the dialog tail is not for people.
  const bool shown = e.kind != event_kind::dialog_saved && e.kind != event_kind::operator_configured &&
                     e.kind != event_kind::principal_configured;
  if (shown && !text.empty()) {
    std::string spaced(text);
    for (char& c : spaced)
      if (c == '\t') c = ' ';
    add(fmt::format("\"{}\"", spaced));
  }
  return out;
}

std::string narrator::line(const event& e, std::string_view text) {
  learn(e, text);
  const auto when = local_time(e.time_ns);
  std::string out;
  if (when.compare(0, 10, day_) != 0) {
    day_ = when.substr(0, 10);
    out = fmt::format("-- {}\n", day_);
  }
  // In English the schema's own names: they are what programs and the reference page use.
  std::string kind(tongue_ == language::zh ? cordboard::text(e.kind, tongue_) : name(e.kind));
  if (kind.empty()) kind = fmt::format("kind {}", static_cast<unsigned>(e.kind));
  const std::size_t width = tongue_ == language::zh ? 14 : 27;
  kind.append(width > columns(kind) ? width - columns(kind) : 1, ' ');
  return out + fmt::format("{:>9}  {}  {}  {}", e.sequence, when.substr(11), kind, details(e, text));
}

}  // namespace cordboard::cli
