// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <fmt/format.h>
#include <runtime/registrations.hpp>
#include <system_error>

namespace cordboard::runtime {
namespace {

constexpr std::string_view magic = "cordboard-registrations 2\n";
const std::string file_name = "registrations";
/// What is of the past may take twice the room of what holds, and this.
constexpr std::uint64_t past_bytes = std::uint64_t{1} << 20;
/// Some 400 bytes for each phone of the largest house.
constexpr std::size_t bytes_read_max = std::size_t{256} << 20;
constexpr auto try_again_after = std::chrono::seconds(1);

/// A number and one separator off the front; false when there is none.
template <class Number>
bool take(std::string_view& from, Number& number) {
  const auto [end, error] = std::from_chars(from.data(), from.data() + from.size(), number);
  if (error != std::errc{} || end == from.data() + from.size()) return false;
  from.remove_prefix(static_cast<std::size_t>(end - from.data()) + 1);
  return true;
}

std::string entry_of(device_id device, std::string_view text) {
  return fmt::format("{} {} {}\n", device.value, text.size(), text);
}

void put(std::map<device_id, std::string>& into, device_id device, std::string text) {
  if (text.empty())
    into.erase(device);
  else
    into[device] = std::move(text);
}

/// Up to the first entry that is not whole: the process died while it wrote that one.
std::map<device_id, std::string> parse(std::string_view rest) {
  std::map<device_id, std::string> texts;
  if (!rest.starts_with(magic)) return texts;
  rest.remove_prefix(magic.size());
  while (!rest.empty()) {
    std::uint32_t device = 0;
    std::size_t length = 0;
    if (!take(rest, device) || !take(rest, length) || rest.size() <= length || rest[length] != '\n') break;
    put(texts, device_id{device}, std::string(rest.substr(0, length)));
    rest.remove_prefix(length + 1);
  }
  return texts;
}

std::map<device_id, std::string> read(const std::string& path) {
  const auto folder = log::folder::open(path);
  const auto bytes = folder ? folder->read(file_name, bytes_read_max) : result<std::string>(failure(folder.error()));
  return bytes ? parse(*bytes) : std::map<device_id, std::string>();
}

}  // namespace

registrations::registrations(sip::loop& on, std::string folder, trace_line trace)
    : folder_(std::move(folder)), trace_(std::move(trace)), texts_(read(folder_)), again_(on, [this] { rewrite(); }) {
  rewrite();
}

void registrations::set(device_id device, std::string text) {
  const std::string entry = entry_of(device, text);
  put(texts_, device, std::move(text));
  // While there is no room the timer runs.
  if (file_ && (bytes_ + entry.size() > bytes_max_ || !append(entry))) rewrite();
}

bool registrations::append(std::string_view entry) {
  if (!log::write_at(file_.get(), entry, bytes_)) return false;
  bytes_ += entry.size();
  return true;
}

void registrations::rewrite() {
  file_ = {};
  std::string all(magic);
  for (const auto& [device, text] : texts_) all += entry_of(device, text);
  const auto to = log::folder::open(folder_);
  const auto written = to ? to->replace(file_name, all, 0600, false) : result<void>(failure(to.error()));
  auto opened = written ? to->open_file(file_name, log::access::write) : result<log::unique_fd>(failure(written.error()));
  if (!opened) {
    trace_(fmt::format("registrations are not kept for a restart: {}", opened.error().message()));
    again_.after(try_again_after);
    return;
  }
  file_ = std::move(*opened);
  bytes_ = all.size();
  bytes_max_ = 3 * bytes_ + past_bytes;
}

}  // namespace cordboard::runtime
