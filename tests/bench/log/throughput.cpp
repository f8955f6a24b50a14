// SPDX-License-Identifier: Apache-2.0
// Events a second from a writer to readers. The limit is a bare loop over the same slots; rounds of all take turns, so that what
// else happens on the machine meets each alike.
#include <boost/lockfree/spsc_queue.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <log/commit.hpp>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <map>

#include "json_link.hpp"
#include "parts.hpp"
#include "processes.hpp"

namespace cordboard::bench {
namespace {

constexpr const char* limit = "limit: 128 B slots, two processes, bare loop";
constexpr const char* limit_fresh = "the same, into memory never touched before";
constexpr const char* alone = "log: writer alone, batches of 8";
constexpr const char* alone_ones = "log: writer alone, batches of 1";
constexpr const char* in_process = "log: to a reader in the same process";
constexpr const char* to_other = "log: to a reader in another process";
constexpr const char* to_four = "log: to 4 readers in other processes, each";
constexpr const char* behind = "log: a reader in another process, behind";
constexpr const char* behind_verified = "the same, checksums compared";
constexpr const char* json_name = "JSON lines by a Unix socket to a reader in C++";
constexpr const char* queue_name = "Boost.Lockfree spsc_queue, two processes, copying";

/// The compiler must not see that nobody looks at the sum.
void sink(std::uint64_t sum) { asm volatile("" : : "r"(sum)); }

/// Slots in a file of /dev/shm, each process with a mapping of its own, as a log has it.
struct bare_slots {
  scratch where;
  std::size_t bytes;
  std::string path = where.path() + "/slots";
  explicit bare_slots(std::uint64_t count) : bytes((count + 1) * sizeof(event)) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
    must(fd >= 0 && ::posix_fallocate(fd, 0, static_cast<off_t>(bytes)) == 0, "no memory in /dev/shm");
    ::close(fd);
  }
  event* map(bool writable, bool touched) const {
    const int fd = ::open(path.c_str(), writable ? O_RDWR : O_RDONLY);
    void* at =
        ::mmap(nullptr, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED | (touched ? MAP_POPULATE : 0), fd, 0);
    must(fd >= 0 && at != MAP_FAILED, "no memory");
    ::close(fd);
    return static_cast<event*>(at);
  }
};

double per_second(double wall_ns, std::uint64_t count) { return static_cast<double>(count) * 1e9 / wall_ns; }

double bare(std::uint64_t count, bool touched, const processors& on) {
  const bare_slots slots(count);
  const auto results =
      race({{on.first,
             [&] {
               event* to = slots.map(true, touched);
               return [=] {
                 event one = typical_batch(1)[0].record;
                 for (std::uint64_t i = 1; i <= count; ++i) {
                   one.value = static_cast<std::int64_t>(i);
                   std::memcpy(reinterpret_cast<char*>(to + i) + 8, reinterpret_cast<const char*>(&one) + 8, 120);
                   log::store_release<std::uint64_t>(to[i].sequence, i);
                 }
               };
             }},
            {on.last, [&] {
               const event* from = slots.map(false, touched);
               return [=] {
                 std::uint64_t sum = 0;
                 for (std::uint64_t i = 1; i <= count; ++i) {
                   while (log::load_acquire(from[i].sequence) == 0) {
                   }
                   sum += use(from[i]);
                 }
                 sink(sum);
               };
             }}});
  return per_second(results[1].wall_ns, count);
}

/// Reads `count` events as they come.
void read_events(log_reader& from, std::uint64_t count) {
  std::uint64_t sum = 0;
  std::uint64_t seen = 0;
  int idle = 0;
  while (seen < count) {
    const auto events = from.next();
    must(events.has_value(), "next");
    for (const event& e : *events) sum += use(e);
    seen += events->size();
    // A reader that shares its processor with others gives way when there is nothing.
    idle = events->empty() ? idle + 1 : 0;
    if (idle > 1000) ::sched_yield();
  }
  sink(sum);
}

/// The log is there before its reader looks for it: it is opened here, and the child that writes inherits it.
double through_log(std::uint64_t count, std::size_t readers, bool other_process, const processors& on) {
  const scratch folder;
  const std::shared_ptr<log::writer> writer = open_writer(folder.path());
  std::vector<runner> all{{on.first, [&] { return [writer, count] { write_events(*writer, count); }; }}};
  for (std::size_t i = 0; i < readers; ++i) {
    all.push_back({on.last, [&] {
                     auto opened = log_reader::open(folder.path());
                     auto reader = std::make_shared<log_reader>(std::move(take(opened, "reader")));
                     return [reader, count] { read_events(*reader, count); };
                   }});
  }
  const auto results = other_process ? race(all) : race_in_process(all);
  double slowest = 0;
  for (std::size_t i = 1; i < results.size(); ++i) slowest = std::max(slowest, results[i].wall_ns);
  return per_second(slowest, count);
}

/// Processor time of the writer alone: nothing waits for anything in it.
double writer_alone(std::uint64_t count, std::size_t at_once, const processors& on) {
  const scratch folder;
  const auto results = race({{on.first, [&] {
                                const std::shared_ptr<log::writer> to = open_writer(folder.path());
                                return [=] { write_events(*to, count, at_once); };
                              }}});
  return per_second(results[0].cpu_ns, count);
}

/// A reader that comes later and reads what another process has written, as after a restart of the reader.
double read_behind(std::uint64_t count, bool verify, const processors& on) {
  const scratch folder;
  race({{on.first, [&] {
           const std::shared_ptr<log::writer> to = open_writer(folder.path());
           return [=] { write_events(*to, count); };
         }}});
  const auto results = race({{on.last, [&] {
                                auto opened = log_reader::open(folder.path(), {.verify = verify});
                                auto reader = std::make_shared<log_reader>(std::move(take(opened, "reader")));
                                return [reader, count] { read_events(*reader, count); };
                              }}});
  return per_second(results[0].cpu_ns, count);
}

using queue = boost::lockfree::spsc_queue<event, boost::lockfree::capacity<65536>>;

/// A queue of a fixed capacity holds no pointers, so that two processes can share it.
double through_queue(std::uint64_t count, const processors& on) {
  const shared<queue> between;
  const auto results = race({{on.first,
                              [&] {
                                return [&] {
                                  event one = typical_batch(1)[0].record;
                                  for (std::uint64_t i = 1; i <= count; ++i) {
                                    one.sequence = i;
                                    while (!between->push(one)) {
                                    }
                                  }
                                };
                              }},
                             {on.last, [&] {
                                return [&] {
                                  std::uint64_t sum = 0;
                                  event one;
                                  for (std::uint64_t i = 1; i <= count; ++i) {
                                    while (!between->pop(one)) {
                                    }
                                    sum += use(one);
                                  }
                                  sink(sum);
                                };
                              }}});
  return per_second(results[1].wall_ns, count);
}

}  // namespace

void throughput(const effort& how) {
  const processors on = usable();
  const auto count = how.of<std::uint64_t>(1 << 20, 1 << 17);
  std::map<std::string, std::vector<double>> all;
  for (int round = 0; round < how.rounds(); ++round) {
    progress(fmt::format("throughput: round {} of {}, {} events each", round + 1, how.rounds(), count));
    all[limit].push_back(bare(count, true, on));
    all[to_other].push_back(through_log(count, 1, true, on));
    all[behind].push_back(read_behind(count, false, on));
    all[behind_verified].push_back(read_behind(count, true, on));
    all[limit_fresh].push_back(bare(count, false, on));
    all[alone].push_back(writer_alone(count, batch_size, on));
    all[alone_ones].push_back(writer_alone(count, 1, on));
    all[in_process].push_back(through_log(count, 1, false, on));
    all[to_four].push_back(through_log(count, 4, true, on));
    all[queue_name].push_back(through_queue(count, on));
    all[json_name].push_back(through_json(count / 8, on));
  }
  const double most = median(all[limit]);
  tell(limit, most, "events/s");
  for (const char* name :
       {limit_fresh, alone, alone_ones, in_process, to_other, behind, behind_verified, to_four, queue_name, json_name}) {
    const double value = median(all[name]);
    tell(name, value, "events/s", limit, value / most);
  }
}

}  // namespace cordboard::bench
