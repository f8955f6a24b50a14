// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <fmt/format.h>
#include <log/files.hpp>
#include <runtime/registrations.hpp>
#include <system_error>

namespace cordboard::runtime {
namespace {

constexpr std::string_view magic = "cordboard-registrations 1\n";
constexpr std::string_view file_name = "registrations";
constexpr std::size_t bytes_max = std::size_t{64} << 20;
constexpr auto write_after = std::chrono::milliseconds(100);

/// A number and one separator off the front; false when there is none.
template <class Number>
bool take(std::string_view& from, Number& number) {
  const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), number);
  if (error != std::errc{} || end == from.data() + from.size()) return false;
  from.remove_prefix(static_cast<std::size_t>(end - from.data()) + 1);
  return true;
}

std::map<device_id, std::string> parse(std::string_view rest) {
  std::map<device_id, std::string> texts;
  if (!rest.starts_with(magic)) return texts;
  rest.remove_prefix(magic.size());
  while (!rest.empty()) {
    std::uint32_t device = 0;
    std::size_t length = 0;
    if (!take(rest, device) || !take(rest, length) || rest.size() <= length || rest[length] != '\n') return {};
    texts[device_id{device}] = std::string(rest.substr(0, length));
    rest.remove_prefix(length + 1);
  }
  return texts;
}

std::map<device_id, std::string> read(const std::string& path) {
  const auto folder = log::folder::open(path);
  const auto bytes = folder ? folder->read(std::string(file_name), bytes_max) : result<std::string>(failure(folder.error()));
  return bytes ? parse(*bytes) : std::map<device_id, std::string>();
}

}  // namespace

registrations::registrations(sip::loop& on, std::string folder, trace_line trace)
    : folder_(std::move(folder)), trace_(std::move(trace)), texts_(read(folder_)), later_(on, [this] { write(); }) {}

registrations::~registrations() {
  if (dirty_) write();
}

void registrations::set(device_id device, std::string text) {
  if (text.empty())
    texts_.erase(device);
  else
    texts_[device] = std::move(text);
  if (!dirty_) later_.after(write_after);
  dirty_ = true;
}

void registrations::write() {
  dirty_ = false;
  std::string all(magic);
  for (const auto& [device, text] : texts_) all += fmt::format("{} {} {}\n", device.value, text.size(), text);
  const auto to = log::folder::open(folder_);
  const auto written = to ? to->replace(std::string(file_name), all, 0600, false) : result<void>(failure(to.error()));
  if (!written) trace_(fmt::format("registrations are not kept for a restart: {}", written.error().message()));
}

}  // namespace cordboard::runtime
