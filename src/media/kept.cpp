// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <media/kept.hpp>
#include <media/ports.hpp>
#include <sys/mman.h>
#include <sys/stat.h>
#include <utility>

namespace cordboard::media {
namespace {

/// What a page begins with: that it is one, and of which ports.
struct page_head {
  char magic[16];
  std::uint32_t layout;
  std::uint16_t port_min, port_max;
  char spare[40];
};
static_assert(sizeof(page_head) == sizeof(kept_numbers));
constexpr char magic[16] = "cordboard-voice";
constexpr std::uint32_t layout = 1;

std::error_code last_error() { return {errno, std::system_category()}; }

/// FNV-1a: names one of the few keys that a port may have had, and tells nothing that serves to find it.
std::uint32_t mark(const sdes::crypto& key) {
  std::uint32_t out = 2166136261U;
  for (const unsigned char byte : key.key) out = (out ^ byte) * 16777619U;
  return out != 0 ? out : 1;
}
std::uint64_t pair(std::uint32_t high, std::uint32_t low) { return (std::uint64_t{high} << 32) | low; }
std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

}  // namespace

void kept_numbers::begin(std::uint32_t ssrc, std::uint64_t index, std::uint32_t timestamp, std::int64_t wall) {
  for (word* one : {&key_, &key_before_, &index_before_, &far_, &far_index_}) store(*one, 0);
  store(index_, index);
  store(wall_, static_cast<std::uint64_t>(wall));
  store(stream_, pair(ssrc, timestamp));
}

void kept_numbers::reach(std::uint64_t index, std::uint32_t timestamp, std::int64_t wall) {
  store(index_, index);
  store(stream_, pair(ssrc(), timestamp));
  store(wall_, static_cast<std::uint64_t>(wall));
}

void kept_numbers::take_key(const sdes::crypto& with, std::uint64_t index, std::uint32_t reports) {
  if (high(load(key_)) == mark(with)) return;
  store(index_before_, load(index_));
  store(key_before_, load(key_));
  store(key_, 0);
  store(index_, index);
  store(key_, pair(mark(with), reports));
}

void kept_numbers::reach_reports(std::uint32_t reports) { store(key_, pair(high(load(key_)), reports)); }

void kept_numbers::reach_far(const sdes::crypto& with, const opener::newest& newest) {
  const auto whose = pair(newest.ssrc, mark(with));
  if (load(far_) != whose) {
    store(far_index_, 0);
    store(far_, whose);
  }
  store(far_index_, newest.index);
}

std::optional<sealer::used> kept_numbers::used_with(const sdes::crypto& key) const {
  if (high(load(key_)) == mark(key)) return sealer::used{load(index_), static_cast<std::uint32_t>(load(key_))};
  if (high(load(key_before_)) == mark(key))
    return sealer::used{load(index_before_), static_cast<std::uint32_t>(load(key_before_))};
  return std::nullopt;
}

std::optional<opener::newest> kept_numbers::far_with(const sdes::crypto& key) const {
  if (load(far_index_) == 0 || static_cast<std::uint32_t>(load(far_)) != mark(key)) return std::nullopt;
  return opener::newest{high(load(far_)), load(far_index_)};
}

result<kept_page> kept_page::open(const std::string& path, std::uint16_t port_min, std::uint16_t port_max) {
  const std::size_t size = sizeof(page_head) + ((port_max - port_min) / 2U + 1U) * sizeof(kept_numbers);
  descriptor fd(path.empty() ? ::memfd_create("voice", MFD_CLOEXEC)
                             : ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (!fd) return failure(last_error());
  page_head wanted{};
  std::memcpy(wanted.magic, magic, sizeof magic);
  wanted.layout = layout;
  wanted.port_min = port_min;
  wanted.port_max = port_max;
  page_head there{};
  struct stat known {};
  const bool goes_on = ::fstat(fd.get(), &known) == 0 && static_cast<std::size_t>(known.st_size) == size &&
                       ::pread(fd.get(), &there, sizeof there, 0) == sizeof there &&
                       std::memcmp(&there, &wanted, sizeof wanted) == 0;
  if (!goes_on) {
    // Room is taken now: a store into a page that there is none for would end the process.
    if (::ftruncate(fd.get(), 0) != 0) return failure(last_error());
    if (const int error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(size)); error != 0)
      return failure(std::error_code(error, std::system_category()));
    if (::pwrite(fd.get(), &wanted, sizeof wanted, 0) != sizeof wanted) return failure(last_error());
  }
  void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (at == MAP_FAILED) return failure(last_error());
  return kept_page(at, size, port_min);
}

kept_page::kept_page(void* at, std::size_t size, std::uint16_t port_min)
    : at_(at),
      size_(size),
      lines_(reinterpret_cast<kept_numbers*>(static_cast<char*>(at) + sizeof(page_head))),
      port_min_(port_min) {}

kept_page::kept_page(kept_page&& other) noexcept
    : at_(std::exchange(other.at_, nullptr)), size_(other.size_), lines_(other.lines_), port_min_(other.port_min_) {}

kept_page::~kept_page() {
  if (at_ != nullptr) (void)::munmap(at_, size_);
}

}  // namespace cordboard::media
