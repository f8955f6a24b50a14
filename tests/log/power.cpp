// SPDX-License-Identifier: Apache-2.0
// The power fails while the archive is written. What the archiver asks of the disk is recorded; of what was asked since the
// last sync any part may have reached it: sectors of 512 bytes, pages, a file's length, a name. Memory is lost. From each such
// disk a start must have all that was promised, end at a whole batch, and hand out nothing that was not written.
//
//     log_power [RANDOM CASES] [SEED]
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <log/archiver.hpp>
#include <log/commit.hpp>
#include <log/layout.hpp>
#include <log/thin.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <vector>

#include "world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;
using namespace std::chrono_literals;

namespace {

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "log_power: %s\n", what.c_str());
  std::_Exit(1);
}
void must(bool so, const std::string& what) {
  if (!so) fail(what);
}

constexpr std::uint64_t sector = 512;

/// One thing asked of the disk.
struct asked {
  enum class what { write, length, sync, make, rename, remove, sync_names } kind;
  int file = 0;
  std::uint64_t at = 0;  // or the new length
  std::string bytes;
  std::string name;
  std::string other;
  std::uint64_t promised = 0;  // durable sequence before it was asked
  std::uint64_t issued = 0;    // by then
};

class recorder {
public:
  void begin(const std::string& folder, std::function<std::uint64_t()> promised, std::function<std::uint64_t()> issued) {
    folder_ = folder + "/";
    promised_ = std::move(promised);
    issued_ = std::move(issued);
  }
  std::vector<asked> end() {
    const std::lock_guard guard(lock_);
    folder_.clear();
    return std::move(all_);
  }
  void on_file(int fd, asked one) {
    const std::lock_guard guard(lock_);
    const std::string name = name_of(fd);
    if (name.empty()) return;
    if (name == ".") {
      if (one.kind == asked::what::sync) add({asked::what::sync_names, 0, 0, {}, {}, {}, 0, 0});
      return;
    }
    one.file = file_of(name);
    add(std::move(one));
  }
  void on_made(int fd) {
    const std::lock_guard guard(lock_);
    const std::string name = name_of(fd);
    if (!name.empty()) file_of(name);
  }
  void on_name(int folder, asked one) {
    const std::lock_guard guard(lock_);
    if (name_of(folder) != ".") return;
    const auto known = live_.find(one.name);
    if (known == live_.end()) return;
    one.file = known->second;
    live_.erase(known);
    if (one.kind == asked::what::rename) live_[one.other] = one.file;
    add(std::move(one));
  }

private:
  std::string name_of(int fd) const {
    if (folder_.empty()) return {};
    std::array<char, PATH_MAX> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
    const std::string found(path.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    if (found + "/" == folder_) return ".";
    return found.rfind(folder_, 0) == 0 ? found.substr(folder_.size()) : std::string();
  }
  int file_of(const std::string& name) {
    const auto known = live_.find(name);
    if (known != live_.end()) return known->second;
    const int fresh = ++files_;
    live_[name] = fresh;
    add({asked::what::make, fresh, 0, {}, name, {}, 0, 0});
    return fresh;
  }
  void add(asked one) {
    one.promised = promised_();
    one.issued = issued_();
    all_.push_back(std::move(one));
  }
  std::mutex lock_;
  std::string folder_;
  std::function<std::uint64_t()> promised_;
  std::function<std::uint64_t()> issued_;
  std::map<std::string, int> live_;
  int files_ = 0;
  std::vector<asked> all_;
};
recorder& disk() {
  static recorder one;
  return one;
}

template <class Function>
Function* next_of(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" int openat(int folder, const char* name, int flags, ...) {
  static auto* const real = next_of<int(int, const char*, int, ...)>("openat");
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  const int opened = real(folder, name, flags, mode);
  if (opened >= 0 && (flags & O_CREAT) != 0) disk().on_made(opened);
  return opened;
}
extern "C" ssize_t pwrite(int fd, const void* bytes, std::size_t length, off_t at) {
  static auto* const real = next_of<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
  disk().on_file(
      fd, {asked::what::write, 0, static_cast<std::uint64_t>(at), {static_cast<const char*>(bytes), length}, {}, {}, 0, 0});
  return real(fd, bytes, length, at);
}
extern "C" int ftruncate(int fd, off_t length) noexcept {
  static auto* const real = next_of<int(int, off_t)>("ftruncate");
  disk().on_file(fd, {asked::what::length, 0, static_cast<std::uint64_t>(length), {}, {}, {}, 0, 0});
  return real(fd, length);
}
extern "C" int fdatasync(int fd) {
  static auto* const real = next_of<int(int)>("fdatasync");
  const int done = real(fd);
  disk().on_file(fd, {asked::what::sync, 0, 0, {}, {}, {}, 0, 0});
  return done;
}
extern "C" int fsync(int fd) {
  static auto* const real = next_of<int(int)>("fsync");
  const int done = real(fd);
  disk().on_file(fd, {asked::what::sync, 0, 0, {}, {}, {}, 0, 0});
  return done;
}
extern "C" int renameat(int from, const char* old, int to, const char* name) noexcept {
  static auto* const real = next_of<int(int, const char*, int, const char*)>("renameat");
  disk().on_name(from, {asked::what::rename, 0, 0, {}, old, name, 0, 0});
  return real(from, old, to, name);
}
extern "C" int unlinkat(int folder, const char* name, int flags) noexcept {
  static auto* const real = next_of<int(int, const char*, int)>("unlinkat");
  disk().on_name(folder, {asked::what::remove, 0, 0, {}, name, {}, 0, 0});
  return real(folder, name, flags);
}

namespace {

/// A file as far as it is known: sectors that are not all zeros, and its length.
struct content {
  std::map<std::uint64_t, std::string> sectors;
  std::uint64_t length = 0;

  std::string& at(std::uint64_t number) {
    std::string& one = sectors[number];
    if (one.empty()) one.assign(sector, '\0');
    return one;
  }
  void cut(std::uint64_t to) {
    if (to < length) {
      sectors.erase(sectors.lower_bound((to + sector - 1) / sector), sectors.end());
      const auto last = sectors.find(to / sector);
      if (last != sectors.end()) std::fill(last->second.begin() + static_cast<long>(to % sector), last->second.end(), '\0');
    }
    length = to;
  }
  void write(std::uint64_t where, const std::string& bytes) {
    for (std::size_t done = 0; done < bytes.size();) {
      const std::uint64_t here = where + done;
      const std::size_t part = std::min<std::size_t>(bytes.size() - done, sector - here % sector);
      at(here / sector).replace(here % sector, part, bytes, done, part);
      done += part;
    }
    length = std::max(length, where + bytes.size());
  }
};

/// The disk at a moment: what is surely there, and what was asked for since.
struct moment {
  std::map<int, content> synced;
  std::map<int, content> newest;
  std::map<std::string, int> names;  // surely there
  std::vector<asked> names_since;
  std::vector<std::pair<int, std::uint64_t>> pending;  // sectors by the time of their last writing
  std::uint64_t promised = 0;
  std::uint64_t issued = 0;

  moment(const std::vector<asked>& all, std::size_t until) {
    std::vector<std::pair<int, std::uint64_t>> written;
    for (std::size_t i = 0; i < until; ++i) {
      const asked& one = all[i];
      switch (one.kind) {
        case asked::what::write:
          newest[one.file].write(one.at, one.bytes);
          for (std::uint64_t s = one.at / sector; s <= (one.at + one.bytes.size() - 1) / sector; ++s) {
            written.erase(std::remove(written.begin(), written.end(), std::pair(one.file, s)), written.end());
            written.emplace_back(one.file, s);
          }
          break;
        case asked::what::length: newest[one.file].cut(one.at); break;
        case asked::what::sync:
          synced[one.file] = newest[one.file];
          written.erase(std::remove_if(written.begin(), written.end(), [&](const auto& s) { return s.first == one.file; }),
                        written.end());
          break;
        case asked::what::make: newest[one.file]; [[fallthrough]];
        case asked::what::rename:
        case asked::what::remove: names_since.push_back(one); break;
        case asked::what::sync_names:
          for (const asked& name : names_since) apply(names, name);
          names_since.clear();
          break;
      }
    }
    pending = std::move(written);
    promised = all[std::min(until, all.size() - 1)].promised;
    issued = all[std::min(until, all.size() - 1)].issued;
  }
  static void apply(std::map<std::string, int>& to, const asked& one) {
    if (one.kind != asked::what::make) to.erase(one.name);
    if (one.kind == asked::what::make) to[one.name] = one.file;
    if (one.kind == asked::what::rename) to[one.other] = one.file;
  }
};

/// What of the pending reached the disk.
struct chance {
  std::function<bool(std::size_t)> sector_there;  // by its place in `pending`
  std::function<bool(int)> length_there;
  std::size_t names_there = 0;
};

void put_on_disk(const moment& at, const chance& luck, const std::string& folder) {
  std::map<int, content> files;
  for (const auto& [file, now] : at.newest) {
    const auto old = at.synced.find(file);
    if (old != at.synced.end()) files[file] = old->second;
    if (luck.length_there(file)) files[file].cut(now.length);
  }
  for (std::size_t i = 0; i < at.pending.size(); ++i) {
    if (!luck.sector_there(i)) continue;
    const auto [file, number] = at.pending[i];
    const content& now = at.newest.at(file);
    const auto bytes = now.sectors.find(number);
    content& to = files[file];
    if (bytes != now.sectors.end()) to.at(number) = bytes->second;
    to.length = std::max(to.length, std::min(now.length, (number + 1) * sector));
  }
  std::map<std::string, int> names = at.names;
  for (std::size_t i = 0; i < luck.names_there; ++i) moment::apply(names, at.names_since[i]);
  empty_folder(folder);
  for (const auto& [name, file] : names) {
    std::string path = folder;
    path.append("/").append(name);
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    must(fd >= 0 && ::ftruncate(fd, static_cast<off_t>(files[file].length)) == 0, "the disk cannot be made");
    for (const auto& [number, bytes] : files[file].sectors) {
      const std::uint64_t left = files[file].length > number * sector ? files[file].length - number * sector : 0;
      const std::size_t part = std::min<std::size_t>(left, bytes.size());
      if (part != 0) must(::pwrite(fd, bytes.data(), part, static_cast<off_t>(number * sector)) > 0, "the disk cannot be made");
    }
    ::close(fd);
  }
}

struct known_event {
  event slot;
  std::string text;
};
using history = std::map<std::uint64_t, known_event>;

/// A house's night: batches with texts, segments that end, one of which events gave way before it was archived.
std::vector<asked> live(history& all) {
  const scratch here;
  auto options = options_in(here, true);
  std::optional<log_reader> seen;
  std::atomic<std::uint64_t> issued{0};
  disk().begin(
      options.archive, [&] { return seen ? seen->durable_sequence() : 0; }, [&] { return issued.load(); });
  auto writer = open_writer(options);
  seen = open_reader(options.hot);
  const auto hot = log::folder::open(options.hot).value();
  std::int64_t value = 0;
  const auto batch = [&](event_kind kind, std::size_t count, std::size_t text) {
    std::vector<logged> events;
    for (std::size_t i = 0; i < count; ++i) {
      ++value;
      events.push_back(make_event(value, i % 2 == 0 ? std::string(text, static_cast<char>('a' + value % 26)) : ""));
      events.back().record.kind = kind;
    }
    writer->next();
    must(writer->append(events).has_value(), "append");
    writer->wake();
    for (const logged& one : events) all[one.record.sequence] = {one.record, one.text};
    issued = writer->last_sequence();
  };
  auto archiver = log::archiver::start(*writer, {.sync_every = 1ms}).value();
  const auto durable = [&] { must(seen->wait_durable(writer->last_sequence(), 60s), "the archiver does not come"); };
  const auto lively = [&](int turns) {
    for (int turn = 0; turn < turns; ++turn) {
      batch(turn % 5 == 0 ? event_kind::command_accepted : event_kind::delivered, 1 + static_cast<std::size_t>(turn) % 6,
            static_cast<std::size_t>(turn) * 7 % 90);
      if (turn % 4 == 0) durable();
    }
  };
  lively(40);
  must(writer->roll().has_value(), "roll");
  lively(30);
  durable();
  archiver->stop();
  must(writer->roll().has_value(), "roll");
  for (int turn = 0; turn < 30; ++turn) {
    batch(turn % 6 == 0 ? event_kind::command_accepted : event_kind::delivered, 1 + static_cast<std::size_t>(turn) % 9, 40);
  }
  must(writer->roll().has_value(), "roll");
  must(log::thin(hot, 2, log::thinning::calls, 0).value().events > 0, "nothing gave way");
  {
    auto reader = open_reader(options.hot);
    must(reader.after(log::base_of(2) - 1).has_value(), "the thinned segment");
    history left;
    for (const event& one : drain(reader)) left[one.sequence] = {one, std::string(reader.text(one).value())};
    all.erase(all.lower_bound(log::base_of(2)), all.lower_bound(log::base_of(3)));
    all.insert(left.begin(), left.end());
  }
  archiver.reset();
  archiver = log::archiver::start(*writer, {.sync_every = 1ms}).value();
  lively(20);
  durable();
  archiver->stop();
  return disk().end();
}

/// A start on this disk, without memory.
void check(const scratch& here, const history& all, std::uint64_t promised, std::uint64_t issued) {
  auto options = options_in(here, true);
  empty_folder(options.hot);
  diagnostics why;
  auto opened = log::writer::open(options, &why);
  must(opened.has_value(), "no start: " + (opened ? std::string() : opened.error().message()) + " " + why.our_text());
  log::writer& writer = **opened;
  must(writer.next() > issued, "a sequence comes twice");
  auto reader = open_reader(options.hot, {.verify = true});
  std::uint64_t last = 0;
  auto expected = all.begin();
  for (;;) {
    const auto events = reader.next();
    if (!events) fail("after " + std::to_string(last) + ": " + events.error().message());
    if (events->empty()) break;
    must(events->back().batch_left == 0, "it ends in the middle of a batch");
    for (const event& one : *events) {
      must(expected != all.end() && expected->second.slot == one,
           "event " + std::to_string(one.sequence) + " was never written");
      const auto text = reader.text(one);
      if (one.sequence <= promised && !text) {
        fail("the text of event " + std::to_string(one.sequence) + " was promised up to " + std::to_string(promised) + ": " +
             text.error().message());
      }
      if (text) must(*text == expected->second.text, "a damaged text is handed out");
      last = one.sequence;
      ++expected;
    }
  }
  must(last >= promised, "event " + std::to_string(promised) + " was promised and the log ends at " + std::to_string(last));
  if (!writer.recovered().clean) must(writer.recovered().gap_from == last + 1, "the gap does not begin behind the last event");
}

}  // namespace

int main(int argc, char** argv) {
  const int cases = argc > 1 ? std::atoi(argv[1]) : 10'000;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device()();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  history all;
  const std::vector<asked> journal = live(all);
  std::printf("%zu events; the disk was asked %zu times\n", all.size(), journal.size());
  const scratch here;
  std::filesystem::create_directory(here / "hot");
  std::filesystem::create_directory(here / "archive");
  const auto run = [&](const moment& at, const chance& luck) {
    put_on_disk(at, luck, here / "archive");
    check(here, all, at.promised, at.issued);
  };

  // Before each sync that had eight sectors to do: every subset of the last eight, all that was asked before being there.
  int exhaustive = 0;
  int syncs = 0;
  std::vector<std::size_t> before_sync;
  for (std::size_t i = 1; i < journal.size(); ++i) {
    if (journal[i].kind == asked::what::sync && moment(journal, i).pending.size() >= 8) before_sync.push_back(i);
  }
  const std::size_t steps = cases >= 10'000 ? 12 : 3;
  for (std::size_t step = 0; step < steps && !before_sync.empty(); ++step, ++syncs) {
    const moment at(journal, before_sync[step * (before_sync.size() - 1) / std::max<std::size_t>(steps - 1, 1)]);
    for (unsigned subset = 0; subset < 256; ++subset, ++exhaustive) {
      run(at, {[&](std::size_t i) { return i + 8 < at.pending.size() || (subset >> (at.pending.size() - 1 - i) & 1) != 0; },
               [](int) { return true; }, at.names_since.size()});
    }
  }
  std::printf("%d disks: every subset of the last 8 sectors before %d syncs\n", exhaustive, syncs);
  std::fflush(stdout);

  std::mt19937_64 random(seed);
  int names_missing = 0;
  for (int i = 0; i < cases; ++i) {
    const moment at(journal, 1 + random() % journal.size());
    const std::uint64_t odds = std::array<std::uint64_t, 5>{0, 10, 50, 90, 100}[random() % 5];
    const bool pages = random() % 2 == 0;
    const std::uint64_t salt = random();
    const auto there = [&](std::uint64_t what) {
      std::uint64_t mixed = (what + salt) * 0x9e3779b97f4a7c15U;
      mixed = (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9U;
      return (mixed ^ mixed >> 32) % 100 < odds;
    };
    const std::size_t names = random() % (at.names_since.size() + 1);
    names_missing += names < at.names_since.size() ? 1 : 0;
    run(at, {[&](std::size_t n) {
               const auto [file, number] = at.pending[n];
               return there((pages ? number / 8 : number) * 64 + static_cast<std::uint64_t>(file));
             },
             [&](int file) { return there(1'000'003 + static_cast<std::uint64_t>(file)); }, names});
    if ((i + 1) % 1000 == 0) {
      std::printf("%d of %d random disks\n", i + 1, cases);
      std::fflush(stdout);
    }
  }
  std::printf("%d random disks, on %d of them a name was missing: all that was promised is there, whole, and nothing else\n",
              cases, names_missing);
  return 0;
}
