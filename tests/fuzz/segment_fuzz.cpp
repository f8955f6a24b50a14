// SPDX-License-Identifier: Apache-2.0
// Hostile segments: a small good log whose files are overwritten, cut and swapped as the input says, then read and
// recovered in every way there is. Whatever is in the files, each way ends in events, or in an error with a name.
//
// The input: a byte of ways, then changes of 8 bytes and more: file u8, what u8, at u32, length u8, spare u8, bytes.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <log/layout.hpp>
#include <log/recover.hpp>
#include <log/thin.hpp>
#include <string>
#include <vector>

#include "log/world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;

namespace {

// A closed segment, one of which events gave way, and an open one.
constexpr std::array<const char*, 9> files{"log.control",       "000000000000.head",  "000000000000.slots",
                                           "000000000000.text", "000000000001.head",  "000000000001.thin",
                                           "000000000002.head", "000000000002.slots", "000000000002.dialog"};
constexpr std::size_t kept_bytes = 8192;  // of each file; what lies behind is zeros and stays so

void must(bool so) {
  if (!so) std::abort();
}

/// A log of three segments, whose files can be put back to what they were.
class victim {
public:
  victim() {
    auto writer = open_writer(options_in(here_));
    for (int i = 0; i < 12; ++i) append(*writer, i, 1 + static_cast<std::size_t>(i) % 4);
    append(*writer, make_event(1, "a text of the first segment"));
    must(writer->roll().has_value());
    for (int i = 0; i < 24; ++i) {
      logged light = make_event(i, i % 3 == 0 ? "light" : "");
      light.record.kind = event_kind::media_ended;
      append(*writer, light);
      if (i % 4 != 0) append(*writer, light);
      if (i % 4 == 1) append(*writer, make_event(i, "what stays"));
    }
    must(writer->roll().has_value());
    must(log::thin(log::folder::open(here_ / "hot").value(), 1, log::thinning::calls, 3).value().events > 0);
    append(*writer, make_event(2, "a dialog", tail::dialog));
    append(*writer, 3, 3);
    writer.reset();
    for (const char* name : files) {
      const unique file(::open(path(name).c_str(), O_RDONLY));
      std::string bytes(kept_bytes, '\0');
      const ssize_t n = ::read(file.fd, bytes.data(), bytes.size());
      must(n >= 0);
      bytes.resize(static_cast<std::size_t>(n));
      struct stat is {};
      must(::fstat(file.fd, &is) == 0);
      good_.push_back({bytes, is.st_size});
    }
  }

  void restore() {
    for (std::size_t i = 0; i < files.size(); ++i) {
      const std::string name = path(files[i]);
      struct stat is {};
      if (::lstat(name.c_str(), &is) == 0 && !S_ISREG(is.st_mode)) ::unlink(name.c_str());
      const unique file(::open(name.c_str(), O_RDWR | O_CREAT, 0600));
      must(file.fd >= 0);
      must(::ftruncate(file.fd, good_[i].size) == 0);
      must(::pwrite(file.fd, good_[i].bytes.data(), good_[i].bytes.size(), 0) >= 0);
    }
  }

  void change(std::size_t which, unsigned what, std::uint32_t at, const std::uint8_t* bytes, std::size_t length) {
    const std::string name = path(files[which % files.size()]);
    switch (what % 8) {
      default: {
        const unique file(::open(name.c_str(), O_RDWR | O_NOFOLLOW));
        if (file.fd >= 0) must(::pwrite(file.fd, bytes, length, at % kept_bytes) >= 0);
        break;
      }
      case 5: must(::truncate(name.c_str(), at % (2 * kept_bytes)) == 0 || errno != 0); break;
      case 6: ::unlink(name.c_str()); break;
      case 7:
        ::unlink(name.c_str());
        must(::symlink(path(files[at % files.size()]).c_str(), name.c_str()) == 0 || errno != 0);
        break;
    }
  }

  void read(bool verify) {
    auto opened = log_reader::open(here_ / "hot", {.verify = verify, .events_at_once = 3});
    if (!opened) return;
    log_reader& reader = *opened;
    (void)reader.oldest();
    (void)reader.newest();
    (void)reader.writer_alive();
    for (const std::uint64_t number : {0, 1, 2, 3}) {
      const auto view = reader.segment(number);
      if (!view) continue;
      for (const event& one : view->slots) text_of(reader, one);
    }
    for (const std::uint64_t after :
         {std::uint64_t{0}, std::uint64_t{7}, log::base_of(1), log::base_of(1) + 9, log::base_of(2), UINT64_MAX}) {
      if (!reader.after(after)) continue;
      std::uint64_t last = after;
      // No more can be handed out than both files hold, and always later than before: else a reader would never end.
      for (;;) {
        const auto events = reader.next();
        if (!events || events->empty()) break;
        for (const event& one : *events) {
          must(one.sequence > last);
          last = one.sequence;
          text_of(reader, one);
        }
      }
    }
  }

  void recover() {
    log::writer_options options = options_in(here_);
    const auto opened = log::writer::open(options);
    if (!opened) return;
    log::writer& writer = **opened;
    const auto& found = writer.recovered();
    must(found.clean || found.gap_to > found.last_sequence);
    logged one = make_event(0, "after it");
    one.record.time_ns = INT64_MAX;
    const std::uint64_t next = writer.next(1);
    must(next > found.last_sequence);
    must(writer.append({&one, 1}).has_value());
    for (const char* ending : {"head", "slots", "text", "dialog"}) {
      std::array<char, 32> name{};
      std::snprintf(name.data(), name.size(), "%012llx.%s", static_cast<unsigned long long>(log::segment_of(next)), ending);
      ::unlink(path(name.data()).c_str());
    }
  }

private:
  struct unique {
    explicit unique(int opened) : fd(opened) {}
    ~unique() {
      if (fd >= 0) ::close(fd);
    }
    unique(const unique&) = delete;
    unique& operator=(const unique&) = delete;
    int fd;
  };
  struct good_file {
    std::string bytes;
    off_t size;
  };
  std::string path(const char* name) const { return here_ / "hot/" + name; }
  static void text_of(log_reader& reader, const event& one) {
    const auto text = reader.text(one);
    if (text && !text->empty()) must(std::memchr(text->data(), 0xff, text->size()) != nullptr || !text->empty());
  }

  scratch here_;
  std::vector<good_file> good_;
};

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static victim log;
  if (size == 0) return 0;
  log.restore();
  const std::uint8_t ways = data[0];
  for (std::size_t at = 1; at + 8 <= size;) {
    std::uint32_t place = 0;
    std::memcpy(&place, data + at + 2, 4);
    const std::size_t length = std::min<std::size_t>(data[at + 6], size - at - 8);
    log.change(data[at], data[at + 1], place, data + at + 8, length);
    at += 8 + length;
  }
  log.read((ways & 1) != 0);
  if ((ways & 2) != 0) log.recover();
  if ((ways & 2) != 0) log.read(true);
  return 0;
}
