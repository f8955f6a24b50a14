// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <log/checkpoint.hpp>
#include <log/crc32c.hpp>
#include <log/files.hpp>
#include <log/layout.hpp>
#include <vector>

namespace cordboard::log {
namespace {

// A checkpoint file, "checkpoint-" and the sequence in 16 hex digits: this, then `length` bytes.
//
//     0 magic u64      8 layout u32 | spare u32     16 sequence u64     24 length u64
//    32 spare 24 bytes                               56 crc32c u32 of the bytes | 60 crc32c u32 of bytes 0 to 59
struct checkpoint_head {
  std::uint64_t magic;
  std::uint32_t layout;
  std::uint32_t spare0;
  std::uint64_t sequence;
  std::uint64_t length;
  std::array<std::uint8_t, 24> spare1;
  std::uint32_t bytes_crc32c;
  std::uint32_t crc32c;
};
static_assert(sizeof(checkpoint_head) == 64 && offsetof(checkpoint_head, length) == 24);
static_assert(offsetof(checkpoint_head, bytes_crc32c) == 56 && offsetof(checkpoint_head, crc32c) == 60);

constexpr std::string_view prefix = "checkpoint-";
constexpr std::size_t kept = 2;
constexpr std::size_t bytes_max = std::size_t{1} << 30;

/// Names of the checkpoints, newest first: the digits sort as the numbers do.
std::vector<std::string> newest_first(const folder& in) {
  std::vector<std::string> found;
  const auto all = in.names();
  if (!all) return found;
  for (const std::string& name : *all) {
    if (name.size() == prefix.size() + 16 && name.substr(0, prefix.size()) == prefix) found.push_back(name);
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

}  // namespace

std::optional<checkpoint> read_checkpoint(const folder& in, const std::string& name) {
  auto bytes = in.read(name, bytes_max);
  checkpoint_head head{};
  if (!bytes || bytes->size() < sizeof head) return std::nullopt;
  std::memcpy(&head, bytes->data(), sizeof head);
  if (head.magic != checkpoint_magic || head.layout != layout_version ||
      head.crc32c != crc32c(&head, offsetof(checkpoint_head, crc32c)) || head.length != bytes->size() - sizeof head) {
    return std::nullopt;
  }
  bytes->erase(0, sizeof head);
  if (crc32c(bytes->data(), bytes->size()) != head.bytes_crc32c) return std::nullopt;
  return checkpoint{head.sequence, std::move(*bytes)};
}

result<void> write_checkpoint(const folder& in, const std::string& name, std::uint64_t sequence, std::string_view bytes) {
  if (bytes.size() > bytes_max - sizeof(checkpoint_head)) return failure(errc::limit_reached);
  checkpoint_head head{};
  head.magic = checkpoint_magic;
  head.layout = layout_version;
  head.sequence = sequence;
  head.length = bytes.size();
  head.bytes_crc32c = crc32c(bytes.data(), bytes.size());
  head.crc32c = crc32c(&head, offsetof(checkpoint_head, crc32c));
  std::string whole(reinterpret_cast<const char*>(&head), sizeof head);
  whole += bytes;
  return in.replace(name, whole, 0600, true);
}

result<void> save_checkpoint(const std::string& path, std::uint64_t sequence, std::string_view bytes) {
  const auto in = folder::open_own(path);
  if (!in) return tl::unexpected(in.error());
  const auto written = write_checkpoint(*in, fmt::format("{}{:016x}", prefix, sequence), sequence, bytes);
  if (!written) return written;
  const std::vector<std::string> all = newest_first(*in);
  for (std::size_t i = kept; i < all.size(); ++i) in->remove(all[i]);
  return {};
}

std::optional<checkpoint> load_checkpoint(const std::string& path, std::uint64_t not_after) {
  const auto in = folder::open(path);
  if (!in) return std::nullopt;
  for (const std::string& name : newest_first(*in)) {
    auto found = read_checkpoint(*in, name);
    if (found && found->sequence <= not_after) return found;
  }
  return std::nullopt;
}

bool checkpoints_refused(const std::string& path) {
  const auto in = folder::open(path);
  if (!in) return in.error() == std::errc::permission_denied;
  for (const std::string& name : newest_first(*in)) {
    const auto file = in->open_file(name, access::read);
    if (!file && file.error() == std::errc::permission_denied) return true;
  }
  return false;
}

}  // namespace cordboard::log
