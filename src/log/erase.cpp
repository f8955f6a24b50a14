// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <log/erase.hpp>
#include <log/places.hpp>

namespace cordboard::log {
namespace {

/// Memory first: what the archiver copies after that is changed already, and what it copied before is changed in the archive.
result<std::uint64_t> change_all(const places& where,
                                 const std::function<bool(std::uint64_t segment, std::uint64_t id, key_record&)>& work) {
  std::uint64_t most = 0;
  for (const std::string& path : {where.hot, where.archive}) {
    if (path.empty()) continue;
    const auto in = folder::open(path);
    if (!in && is_missing(in.error())) continue;
    if (!in) return tl::unexpected(in.error());
    const auto numbers = in->segments_with({file_kind::keys});
    if (!numbers) return tl::unexpected(numbers.error());
    std::uint64_t changed = 0;
    for (const std::uint64_t number : *numbers) {
      const auto some =
          change_keys(*in, number, [&](std::uint64_t id, key_record& record) { return work(number, id, record); });
      if (!some) return tl::unexpected(some.error());
      changed += *some;
    }
    most = std::max(most, changed);
  }
  return most;
}

}  // namespace

result<std::uint64_t> erase_texts(const std::string& path, const std::set<text_subject>& whose) {
  const auto where = places_of(path);
  if (!where) return tl::unexpected(where.error());
  return change_all(*where, [&](std::uint64_t, std::uint64_t, key_record& record) {
    if (record.check == 0 || whose.count({record.kind, record.subject}) == 0) return false;
    key_record gone{};
    gone.subject = record.subject;
    gone.kind = record.kind;
    record = gone;
    return true;
  });
}

result<std::uint64_t> seal_keys_anew(const std::string& path, const std::string& key_file) {
  const auto where = places_of(path);
  if (!where) return tl::unexpected(where.error());
  const auto by = house_keys::read(key_file);
  if (!by) return tl::unexpected(by.error());
  text_cipher cipher;
  return change_all(*where, [&](std::uint64_t segment, std::uint64_t id, key_record& record) {
    return seal_anew(cipher, segment, id, **by, record);
  });
}

}  // namespace cordboard::log
