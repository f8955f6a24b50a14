// SPDX-License-Identifier: Apache-2.0
// What a relayed packet costs: the media thread beside a bare recvmmsg and sendmmsg from socket to socket, and Debian's rtpengine in user
// space where it is installed, in the same run; and how many calls one core relays without losing a packet.
//
// The phones are a child process on a core of its own, so that what this process, or rtpengine, uses is the relay's alone: each end a packet
// every 20 ms, spread over the 20 ms as real phones are. Rounds take turns, the lowest of each counts. In a mix a packet is one party's
// 20 ms: taken in, summed, and what the others say sent back to it.
//
//   media_bench [--quick] [--calls N] [--seconds N] [--json FILE]
//   --seconds: how long the calls are held that must not lose a packet, 60; --calls: with how many to begin, 200
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <media/batch.hpp>
#include <media/engine.hpp>
#include <media/ports.hpp>
#include <media/sdp.hpp>
#include <memory>
#include <optional>
#include <poll.h>
#include <sched.h>
#include <string>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <time.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <vector>

using namespace cordboard;
using namespace cordboard::media;

namespace {

constexpr int rounds = 3;
constexpr std::size_t sockets_max = 16;  ///< of the phones, who share them: a system call takes many packets

struct no_facts final : sink {
  void on_fact(any_fact) override {}
};

[[noreturn]] void stop(const char* what) {
  std::perror(what);
  std::_Exit(1);
}

descriptor socket_at(address& at) {
  descriptor out{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  socklen_t size = address::capacity;
  if (!out || ::bind(out.get(), at.get(), at.size()) != 0 || ::getsockname(out.get(), at.get(), &size) != 0) stop("socket");
  return out;
}

/// This process, and what it begins, on one core: the relays' or the phones'. Where there is one, they share it.
void stay_on(unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core % std::max(1U, std::thread::hardware_concurrency()), &set);
  (void)::sched_setaffinity(0, sizeof set, &set);
}
constexpr unsigned relay_core = 1, phone_core = 0;

struct passed {
  std::uint64_t sent = 0, received = 0;
  std::uint64_t late = 0;  ///< milliseconds that the phones were behind their clock: then it is they who are measured
};

/// The phones' end of all legs.
struct phones {
  const std::size_t legs;
  std::vector<address> at;  ///< of each socket
  std::vector<descriptor> sockets;
  std::vector<address> to;        ///< by leg
  std::vector<std::uint8_t> law;  ///< payload type that each speaks
  explicit phones(std::size_t count) : legs(count), to(count), law(count) {
    for (std::size_t i = 0; i < std::min(legs, sockets_max); ++i) {
      at.push_back(*address::parse("127.0.0.1", 0));
      sockets.push_back(socket_at(at.back()));
      const int room = 4 << 20;
      (void)::setsockopt(sockets.back().get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    }
  }
  const address& at_of(std::size_t leg) const { return at[leg % at.size()]; }

  /// Talks; how many packets were sent and came back. In a child: it must not touch what threads may hold.
  passed talk(int frames) {
    passed out;
    std::vector<std::array<std::uint8_t, 172>> bytes(legs);
    for (std::size_t i = 0; i < legs; ++i) bytes[i].fill(0x17);
    timespec next{};
    ::clock_gettime(CLOCK_MONOTONIC, &next);
    for (int frame = 0; frame < frames; ++frame) {
      for (std::size_t slice = 0; slice < 20; ++slice) {
        for (std::size_t socket = 0; socket < sockets.size(); ++socket) out.sent += speak(bytes, frame, slice, socket);
        next.tv_nsec += 1'000'000;
        if (next.tv_nsec >= 1'000'000'000) {
          next.tv_nsec -= 1'000'000'000;
          ++next.tv_sec;
        }
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        const auto behind = (now.tv_sec - next.tv_sec) * 1000 + (now.tv_nsec - next.tv_nsec) / 1'000'000;
        out.late = std::max(out.late, static_cast<std::uint64_t>(std::max<std::int64_t>(0, behind)));
        ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
        out.received += collect();
      }
    }
    // What is on its way.
    for (int i = 0; i < 20 && out.received < out.sent; ++i) {
      ::poll(nullptr, 0, 5);
      out.received += collect();
    }
    return out;
  }

private:
  static constexpr std::size_t at_once = 64;

  std::uint64_t speak(std::vector<std::array<std::uint8_t, 172>>& bytes, int frame, std::size_t slice, std::size_t socket) {
    std::array<mmsghdr, at_once> out{};
    std::array<iovec, at_once> parts{};
    std::uint64_t sent = 0;
    std::size_t count = 0;
    const auto flush = [&] {
      const int done = count == 0 ? 0 : ::sendmmsg(sockets[socket].get(), out.data(), static_cast<unsigned>(count), 0);
      sent += done > 0 ? static_cast<std::uint64_t>(done) : 0;
      count = 0;
    };
    // Every leg has a socket and a slice of the 20 ms.
    for (std::size_t i = socket; i < legs; i += sockets.size()) {
      if (i / sockets.size() % 20 != slice) continue;
      rtp::packet packet;
      packet.type = law[i];
      packet.sequence = static_cast<std::uint16_t>(frame);
      packet.timestamp = static_cast<std::uint32_t>(frame * 160);
      packet.ssrc = static_cast<std::uint32_t>(i + 1);
      rtp::header_bytes header;
      rtp::write(header, packet);
      std::copy(header.begin(), header.end(), bytes[i].begin());
      parts[count] = {bytes[i].data(), bytes[i].size()};
      out[count].msg_hdr.msg_iov = &parts[count];
      out[count].msg_hdr.msg_iovlen = 1;
      out[count].msg_hdr.msg_name = to[i].get();
      out[count].msg_hdr.msg_namelen = to[i].size();
      if (++count == at_once) flush();
    }
    flush();
    return sent;
  }

  std::uint64_t collect() {
    static std::array<std::array<std::uint8_t, 256>, at_once> bytes;
    std::array<mmsghdr, at_once> in{};
    std::array<iovec, at_once> parts{};
    for (std::size_t i = 0; i < at_once; ++i) {
      parts[i] = {bytes[i].data(), bytes[i].size()};
      in[i].msg_hdr.msg_iov = &parts[i];
      in[i].msg_hdr.msg_iovlen = 1;
    }
    std::uint64_t out = 0;
    for (const auto& socket : sockets) {
      int count = 0;
      do {
        count = ::recvmmsg(socket.get(), in.data(), at_once, MSG_DONTWAIT, nullptr);
        // Reports are no voices.
        for (int i = 0; i < count; ++i) out += bytes[static_cast<std::size_t>(i)][1] >= 200 ? 0 : 1;
      } while (count == static_cast<int>(at_once));
    }
    return out;
  }
};

/// What a relay cannot do without: wait, receive, send on.
class bare_relay {
public:
  bare_relay(const phones& far, std::vector<address>& ports) : far_(far) {
    epoll_ = descriptor{::epoll_create1(0)};
    wake_ = descriptor{::eventfd(0, 0)};
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = far.legs;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
    for (std::size_t i = 0; i < far.legs; ++i) {
      address at = *address::parse("127.0.0.1", 0);
      sockets_.push_back(socket_at(at));
      ports.push_back(at);
      event.data.u64 = i;
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, sockets_.back().get(), &event);
    }
    thread_ = std::thread([this] { run(); });
  }
  ~bare_relay() {
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
    thread_.join();
  }

private:
  void run() {
    std::array<epoll_event, 128> events{};
    while (true) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int k = 0; k < count; ++k) {
        const std::size_t from = events[static_cast<std::size_t>(k)].data.u64;
        if (from == far_.legs) return;
        const std::size_t to = from ^ 1U;
        const std::size_t packets = batch_->receive(sockets_[from].get());
        for (std::size_t i = 0; i < packets; ++i) {
          parts_[i] = {batch_->bytes[i].data(), batch_->in[i].msg_len};
          out_[i].msg_hdr.msg_iov = &parts_[i];
          out_[i].msg_hdr.msg_iovlen = 1;
          out_[i].msg_hdr.msg_name = const_cast<sockaddr*>(far_.at_of(to).get());
          out_[i].msg_hdr.msg_namelen = far_.at_of(to).size();
        }
        ::sendmmsg(sockets_[to].get(), out_.data(), static_cast<unsigned>(packets), 0);
      }
    }
  }

  const phones& far_;
  descriptor epoll_, wake_;
  std::vector<descriptor> sockets_;
  std::unique_ptr<batch> batch_ = std::make_unique<batch>();
  std::array<iovec, packets_max> parts_{};
  std::array<mmsghdr, packets_max> out_{};
  std::thread thread_;
};

double own_cpu_ns() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto ns = [](const timeval& x) { return static_cast<double>(x.tv_sec) * 1e9 + static_cast<double>(x.tv_usec) * 1e3; };
  return ns(used.ru_utime) + ns(used.ru_stime);
}

struct measured {
  double ns_per_packet = 0;
  double core = 0;  ///< of one core, what was used
  passed packets;
};

/// CPU time while the phones talk.
measured measure(phones& far, int frames, const std::function<double()>& cpu_ns = own_cpu_ns) {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) stop("pipe");
  const double before = cpu_ns();
  const pid_t child = ::fork();
  if (child == 0) {
    stay_on(phone_core);
    const auto count = far.talk(frames);
    (void)!::write(pipe[1], &count, sizeof count);
    ::_exit(0);
  }
  measured out;
  if (child < 0 || ::read(pipe[0], &out.packets, sizeof out.packets) != static_cast<ssize_t>(sizeof out.packets))
    stop("phones");
  const double used = cpu_ns() - before;
  ::waitpid(child, nullptr, 0);
  ::close(pipe[0]);
  ::close(pipe[1]);
  out.ns_per_packet = used / static_cast<double>(out.packets.sent);
  out.core = used / (frames * 20e6);
  return out;
}

measured bare(phones& far, int frames) {
  std::vector<address> ports;
  const bare_relay relay(far, ports);
  far.to = ports;
  std::fill(far.law.begin(), far.law.end(), std::uint8_t{8});
  return measure(far, frames);
}

std::string description_of(const address& at, unsigned law) {
  return fmt::format("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP {}\r\n",
                     at.port(), law);
}
address place_in(const std::string& description) {
  const auto read = sdp::description::parse(description);
  if (!read) stop("a description");
  return *read->rtp(read->sections[0]);
}

/// Each call's first end speaks A-law, its second `second`. With `parties` above two, so many legs are a mix instead.
measured anchored(phones& far, int frames, std::uint8_t second, std::size_t parties = 2) {
  no_facts facts;
  diagnostics why;
  auto media = engine::open(media_config{}, facts, &why);
  if (!media) {
    fmt::print(stderr, "{}\n", why.our_text());
    std::_Exit(1);
  }
  for (std::size_t i = 0; i < far.legs; ++i) {
    far.law[i] = i % 2 == 0 ? std::uint8_t{8} : second;
    const auto answer = (*media)->answer({i + 1}, description_of(far.at_of(i), far.law[i]));
    if (!answer) stop("answer");
    far.to[i] = place_in(*answer);
  }
  for (std::size_t i = 0; i < far.legs; ++i) {
    const source mixed{source_kind::mix, {}, {i / parties + 1}};
    if (!(*media)->hear({i + 1}, parties > 2 ? mixed : source{source_kind::leg, {(i ^ 1U) + 1}})) stop("hear");
  }
  return measure(far, frames);
}

/// Debian's rtpengine in user space, as a process of its own, by its ng protocol.
class rtpengine {
public:
  /// Nothing: it is not installed, or does not begin.
  static std::unique_ptr<rtpengine> begin() {
    std::unique_ptr<rtpengine> made(new rtpengine);
    for (int i = 0; i < 100 && made->pid_ > 0; ++i) {
      if (made->ask("7:command4:ping").find("pong") != std::string::npos) return made;
      if (::waitpid(made->pid_, nullptr, WNOHANG) == made->pid_) made->pid_ = -1;
    }
    return nullptr;
  }
  ~rtpengine() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  rtpengine(const rtpengine&) = delete;
  rtpengine& operator=(const rtpengine&) = delete;

  measured relay(phones& far, int frames) {
    const std::string run = std::to_string(++runs_);
    for (std::size_t i = 0; i + 1 < far.legs; i += 2) {
      far.law[i] = far.law[i + 1] = 8;
      const std::string call =
          text("call-id") + text(fmt::format("{}-{}", run, i)) + text("from-tag") + text("a") + text("ICE") + text("remove");
      far.to[i + 1] = place(text("command") + text("offer") + call + text("sdp") + text(description_of(far.at_of(i), 8)));
      far.to[i] = place(text("command") + text("answer") + call + text("to-tag") + text("b") + text("sdp") +
                        text(description_of(far.at_of(i + 1), 8)));
    }
    const auto out = measure(far, frames, [&] { return cpu_ns(); });
    for (std::size_t i = 0; i + 1 < far.legs; i += 2)
      (void)ask(text("command") + text("delete") + text("call-id") + text(fmt::format("{}-{}", run, i)) + text("delete-delay") +
                "i0e" + text("from-tag") + text("a"));
    return out;
  }

private:
  rtpengine() : control_(*address::parse("127.0.0.1", 0)) {
    // A port that nobody has: ours, let go a moment before.
    address at = *address::parse("127.0.0.1", 0);
    socket_at(at).reset();
    control_ = at;
    address own = *address::parse("127.0.0.1", 0);
    socket_ = socket_at(own);
    const std::string listen = fmt::format("--listen-ng=127.0.0.1:{}", control_.port());
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nothing = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) ::dup2(nothing, fd);
    // Its own ports, outside the range that this process uses.
    ::execlp("rtpengine", "rtpengine", "--config-file=none", "--table=-1", "--interface=127.0.0.1", listen.c_str(),
             "--port-min=24576", "--port-max=32766", "--foreground", "--num-threads=1", "--log-level=1", "--pidfile=/dev/null",
             nullptr);
    ::_exit(127);
  }
  static std::string text(const std::string& what) { return fmt::format("{}:{}", what.size(), what); }

  /// The entries of a command's dictionary; the answer as it came.
  std::string ask(const std::string& entries) {
    const std::string cookie = std::to_string(++asked_) + " ";
    const std::string out = cookie + "d" + entries + "e";
    for (int tries = 0; tries < 20; ++tries) {
      (void)::sendto(socket_.get(), out.data(), out.size(), 0, control_.get(), control_.size());
      pollfd waiting{socket_.get(), POLLIN, 0};
      while (::poll(&waiting, 1, 50) == 1) {
        std::string in(65536, '\0');
        const auto size = ::recv(socket_.get(), in.data(), in.size(), 0);
        if (size < 0) break;  // nobody listens yet
        in.resize(static_cast<std::size_t>(size));
        if (in.starts_with(cookie)) return in;
      }
      if (asked_ == 1 && tries == 1) break;
    }
    return {};
  }
  address place(const std::string& entries) {
    const std::string answer = ask(entries);
    const auto at = answer.find("3:sdp");
    const auto colon = answer.find(':', at + 5);
    if (at == std::string::npos || colon == std::string::npos) {
      fmt::print(stderr, "rtpengine: {}\n", answer);
      std::_Exit(1);
    }
    return place_in(answer.substr(colon + 1, std::strtoul(&answer[at + 5], nullptr, 10)));
  }
  /// What its threads have used, by the scheduler's own account.
  double cpu_ns() const {
    double out = 0;
    std::error_code gone;
    for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid_), gone)) {
      double ns = 0;
      std::ifstream(task.path() / "schedstat") >> ns;
      out += ns;
    }
    return out;
  }

  address control_;
  descriptor socket_;
  pid_t pid_ = -1;
  std::uint64_t asked_ = 0, runs_ = 0;
};

/// How many calls are held for so long without a packet lost, by what a packet costs and then by trying: a quarter less each time.
struct capacity {
  std::size_t calls = 0;
  measured at;
};
capacity held(std::size_t begin, std::size_t most, int frames, const std::function<measured(phones&, int)>& relay) {
  capacity best;
  constexpr int try_frames = 150;
  // Up by halves while three seconds pass without a loss, down by halves until they do; then the whole time.
  for (std::size_t calls = begin; calls >= 10 && calls <= most;) {
    phones far(2 * calls);
    const auto one = relay(far, try_frames);
    const bool well = one.packets.received >= one.packets.sent && one.packets.late < 50;
    if (well) best.calls = calls;
    if (!well && best.calls != 0) break;
    calls = well ? calls + calls / 2 : calls / 2;
  }
  while (best.calls >= 10) {
    phones far(2 * best.calls);
    best.at = relay(far, frames);
    if (best.at.packets.received >= best.at.packets.sent) return best;
    best.calls -= best.calls / 4;
  }
  return {};
}

struct line {
  std::string name;
  double value;
  const char* unit;
  const char* baseline;
  double ratio;
};

}  // namespace

int main(int argc, char** argv) {
  const char* json = nullptr;
  bool quick = false;
  int seconds = 60;
  std::size_t calls = 200;
  for (int i = 1; i < argc; ++i) {
    const auto is = [&](const char* name) { return std::strcmp(argv[i], name) == 0 && i + 1 < argc; };
    if (std::strcmp(argv[i], "--quick") == 0)
      quick = true;
    else if (is("--json"))
      json = argv[++i];
    else if (is("--seconds"))
      seconds = std::atoi(argv[++i]);
    else if (is("--calls"))
      calls = std::strtoul(argv[++i], nullptr, 10);
  }
  if (quick) seconds = std::min(seconds, 3);
  constexpr int frames = 100;  // of 20 ms, a round
  // Four ports a call: what the range of this process has.
  constexpr std::size_t calls_max = 2000;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  stay_on(relay_core);
  const auto other_relay = rtpengine::begin();
  if (!other_relay) fmt::print(stderr, "rtpengine is not there (apt-get install rtpengine-daemon): the rest is measured\n");

  phones far(200);
  constexpr double unknown = std::numeric_limits<double>::max();
  double echo = unknown, same = unknown, translated = unknown, few = unknown, many = unknown, theirs = unknown;
  const auto least = [](double& of, const measured& one) {
    if (one.packets.received + one.packets.sent / 50 < one.packets.sent)
      fmt::print(stderr, "{} of {} packets came through: the machine is too busy to measure\n", one.packets.received,
                 one.packets.sent);
    of = std::min(of, one.ns_per_packet);
  };
  for (int round = 0; round < rounds; ++round) {
    least(echo, bare(far, frames));
    least(same, anchored(far, frames, 8));
    least(translated, anchored(far, frames, 0));
    least(few, anchored(far, frames, 0, 4));
    least(many, anchored(far, frames, 0, 50));
    if (other_relay) least(theirs, other_relay->relay(far, frames));
  }
  std::vector<line> lines{{"media_bare_forward", echo, "ns/packet", nullptr, 0},
                          {"media_relay", same, "ns/packet", "media_bare_forward", same / echo},
                          {"media_relay_translated", translated, "ns/packet", "media_bare_forward", translated / echo},
                          {"media_mix_of_4", few, "ns/packet", "media_bare_forward", few / echo},
                          {"media_mix_of_50", many, "ns/packet", "media_bare_forward", many / echo}};
  if (other_relay) {
    lines.push_back({"media_rtpengine", theirs, "ns/packet", "media_bare_forward", theirs / echo});
    lines.push_back({"media_relay_to_rtpengine", same, "ns/packet", "media_rtpengine", same / theirs});
  }
  // Calls that one core holds: as many as were tried in vain to lose a packet.
  const int hold = seconds * 50;
  const auto add = [&](const std::string& name, const capacity& one, const char* baseline, double of) {
    const double value = static_cast<double>(one.calls);
    lines.push_back({name + "_calls", value, "calls", baseline, baseline != nullptr && of > 0 ? value / of : 0});
    lines.push_back({name + "_core", one.at.core * 100, "% of a core", nullptr, 0});
    fmt::print(stderr,
               "{}: {} calls held for {} s: {} packets sent, {} came, {:.0f} % of a core, phones late by {} ms at most\n", name,
               one.calls, seconds, one.at.packets.sent, one.at.packets.received, one.at.core * 100, one.at.packets.late);
  };
  const auto limit = held(calls, calls_max, hold, [](phones& of, int long_) { return bare(of, long_); });
  add("media_bare_forward", limit, nullptr, 0);
  const auto own = held(calls, calls_max, hold, [](phones& of, int long_) { return anchored(of, long_, 8); });
  add("media_relay", own, "media_bare_forward_calls", static_cast<double>(limit.calls));
  if (other_relay) {
    const auto his = held(calls, calls_max, hold, [&](phones& of, int long_) { return other_relay->relay(of, long_); });
    add("media_rtpengine", his, "media_bare_forward_calls", static_cast<double>(limit.calls));
  }

  if (json == nullptr) {
    fmt::print("{:<26}{:>14}  {:<12}{:>6}\n", "name", "value", "unit", "ratio");
    for (const auto& x : lines)
      fmt::print("{:<26}{:>14.0f}  {:<12}{:>6}\n", x.name, x.value, x.unit,
                 x.baseline == nullptr ? "" : fmt::format("{:.2f}", x.ratio));
    return 0;
  }
  std::FILE* const out = std::strcmp(json, "-") == 0 ? stdout : std::fopen(json, "w");
  if (out == nullptr) stop(json);
  for (const auto& x : lines) {
    const std::string baseline = x.baseline == nullptr ? "null" : fmt::format("\"{}\"", x.baseline);
    const std::string ratio = x.baseline == nullptr ? "null" : fmt::format("{:.3f}", x.ratio);
    fmt::print(out,
               R"({{"name": "{}", "value": {:.1f}, "unit": "{}", "baseline": {}, "ratio": {}}})"
               "\n",
               x.name, x.value, x.unit, baseline, ratio);
  }
  if (out != stdout) std::fclose(out);
  return 0;
}
