// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <log/commit.hpp>
#include <log/places.hpp>

namespace cordboard::log {
namespace {

constexpr std::string_view title = "cordboard log 1\n";

/// Takes the line that begins with `key` and a space; false: the text goes on otherwise.
bool take_line(std::string_view& text, std::string_view key, std::string& value) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || text.substr(0, key.size()) != key || text.substr(key.size(), 1) != " ") return false;
  value = text.substr(key.size() + 1, end - key.size() - 1);
  text.remove_prefix(end + 1);
  return value.find('\0') == std::string::npos;
}

}  // namespace

result<void> write_places(const folder& in, const places& what) {
  if ((what.hot + what.archive + what.text_key).find_first_of(std::string_view("\n\0", 2)) != std::string::npos) {
    return failure(std::make_error_code(std::errc::invalid_argument));
  }
  std::string text = fmt::format("{}hot {}\narchive {}\n", title, what.hot, what.archive);
  if (!what.text_key.empty()) text += fmt::format("text_key {}\n", what.text_key);
  return in.replace(places_file, text, 0644, false);
}

result<places> read_places(const folder& in) {
  const auto bytes = in.read(places_file, 16384);
  if (!bytes) return tl::unexpected(bytes.error());
  std::string_view text = *bytes;
  places found;
  if (text.substr(0, title.size()) != title) return failure(errc::log_damaged);
  text.remove_prefix(title.size());
  if (!take_line(text, "hot", found.hot) || !take_line(text, "archive", found.archive) || found.hot.empty()) {
    return failure(errc::log_damaged);
  }
  (void)take_line(text, "text_key", found.text_key);
  return found;
}

result<places> places_of(const std::string& path) {
  const auto given = folder::open(path);
  if (!given && is_missing(given.error())) return failure(errc::not_connected);
  if (!given) return tl::unexpected(given.error());
  auto where = read_places(*given);
  // A hot folder that was copied says where it was copied from, and there another log may run by now.
  if (where && given->open_file(control_file, access::read)) where->hot = path;
  if (where || !is_missing(where.error())) return where;
  const auto found = given->segments();
  if (!found || found->empty()) return failure(errc::not_connected);
  return places{{}, path};
}

result<void> check_control(const control& what) {
  if (what.magic != control_magic) return failure(errc::log_damaged);
  if (what.layout != layout_version) return failure(errc::log_incompatible);
  if (what.bytes != sizeof(control) || what.slot_bytes != sizeof(event) || what.bits != segment_bits) {
    return failure(errc::log_damaged);
  }
  return {};
}

result<opened_control> open_control(const folder& hot) {
  auto file = hot.open_file(control_file, access::read);
  if (!file) return tl::unexpected(file.error());
  const auto size = size_of(file->get());
  if (!size || *size < sizeof(control)) return failure(errc::log_damaged);
  auto bytes = mapping::map(file->get(), sizeof(control), false);
  if (!bytes) return tl::unexpected(bytes.error());
  opened_control opened{std::move(*file), std::move(*bytes)};
  if (load_acquire(opened->magic) == 0) return failure(errc::not_connected);  // its writer has just begun to make it
  if (const auto good = check_control(*opened); !good) return tl::unexpected(good.error());
  return opened;
}

}  // namespace cordboard::log
