// SPDX-License-Identifier: Apache-2.0
// What a relayed packet costs: the media thread against a bare recvmmsg and sendmmsg from socket to socket, in the same run.
//
// The phones are a child process, so that this process's CPU time is the relay's alone: 100 calls, each end a packet every
// 20 ms, spread over the 20 ms as real phones are. Rounds take turns, the lowest of each counts. In a mix a packet is one party's
// 20 ms: taken in, summed, and what the others say sent back to it.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <media/batch.hpp>
#include <media/engine.hpp>
#include <media/ports.hpp>
#include <media/sdp.hpp>
#include <memory>
#include <string>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <time.h>
#include <unistd.h>
#include <vector>

using namespace cordboard;
using namespace cordboard::media;

namespace {

constexpr std::size_t legs = 200;
constexpr int rounds = 3;
constexpr int frames = 100;  ///< of 20 ms, a round

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

/// The phones' end of all legs.
struct phones {
  std::array<address, legs> at;
  std::array<descriptor, legs> sockets;
  std::array<address, legs> to;
  std::array<std::uint8_t, legs> law{};  ///< payload type that each speaks
  phones() {
    at.fill(*address::parse("127.0.0.1", 0));
    for (std::size_t i = 0; i < legs; ++i) sockets[i] = socket_at(at[i]);
  }

  /// Talks for a round; how many packets were sent and came back. In a child: it must not touch what threads may hold.
  std::array<std::uint64_t, 2> talk() {
    std::array<std::uint64_t, 2> out{};
    rtp::packet packet;
    std::array<std::uint8_t, 172> bytes;
    bytes.fill(0x17);
    timespec next{};
    ::clock_gettime(CLOCK_MONOTONIC, &next);
    for (int frame = 0; frame < frames; ++frame) {
      for (std::size_t slice = 0; slice < 20; ++slice) {
        for (std::size_t i = slice; i < legs; i += 20) {
          packet.type = law[i];
          packet.sequence = static_cast<std::uint16_t>(frame);
          packet.timestamp = static_cast<std::uint32_t>(frame * 160);
          packet.ssrc = static_cast<std::uint32_t>(i + 1);
          rtp::header_bytes header;
          rtp::write(header, packet);
          std::copy(header.begin(), header.end(), bytes.begin());
          if (::sendto(sockets[i].get(), bytes.data(), bytes.size(), 0, to[i].get(), to[i].size()) > 0) ++out[0];
        }
        next.tv_nsec += 1'000'000;
        if (next.tv_nsec >= 1'000'000'000) {
          next.tv_nsec -= 1'000'000'000;
          ++next.tv_sec;
        }
        ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
        out[1] += collect(slice);
      }
    }
    for (std::size_t slice = 0; slice < 20; ++slice) out[1] += collect(slice);
    return out;
  }

  std::uint64_t collect(std::size_t slice) {
    std::uint64_t out = 0;
    std::array<std::uint8_t, 2048> bytes;
    for (std::size_t i = slice; i < legs; i += 20)
      while (::recv(sockets[i].get(), bytes.data(), bytes.size(), 0) > 0) ++out;
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
    event.data.u64 = legs;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
    for (std::size_t i = 0; i < legs; ++i) {
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
        if (from == legs) return;
        const std::size_t to = from ^ 1U;
        const std::size_t packets = batch_->receive(sockets_[from].get());
        for (std::size_t i = 0; i < packets; ++i) {
          parts_[i] = {batch_->bytes[i].data(), batch_->in[i].msg_len};
          out_[i].msg_hdr.msg_iov = &parts_[i];
          out_[i].msg_hdr.msg_iovlen = 1;
          out_[i].msg_hdr.msg_name = const_cast<sockaddr*>(far_.at[to].get());
          out_[i].msg_hdr.msg_namelen = far_.at[to].size();
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

double cpu_ns() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto ns = [](const timeval& x) { return static_cast<double>(x.tv_sec) * 1e9 + static_cast<double>(x.tv_usec) * 1e3; };
  return ns(used.ru_utime) + ns(used.ru_stime);
}

/// CPU time per packet while the phones talk.
double measure(phones& far) {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) stop("pipe");
  const double before = cpu_ns();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto count = far.talk();
    (void)!::write(pipe[1], count.data(), sizeof count);
    ::_exit(0);
  }
  std::array<std::uint64_t, 2> count{};
  if (child < 0 || ::read(pipe[0], count.data(), sizeof count) != static_cast<ssize_t>(sizeof count)) stop("phones");
  const double used = cpu_ns() - before;
  ::waitpid(child, nullptr, 0);
  ::close(pipe[0]);
  ::close(pipe[1]);
  if (count[1] + count[0] / 50 < count[0])
    fmt::print(stderr, "{} of {} packets came through: the machine is too busy to measure\n", count[1], count[0]);
  return used / static_cast<double>(count[0]);
}

double bare(phones& far) {
  std::vector<address> ports;
  const bare_relay relay(far, ports);
  std::copy(ports.begin(), ports.end(), far.to.begin());
  far.law.fill(8);
  return measure(far);
}

/// Each call's first end speaks A-law, its second `second`. With `parties` above two, so many legs are a mix instead.
double anchored(phones& far, std::uint8_t second, std::size_t parties = 2) {
  no_facts facts;
  diagnostics why;
  auto media = engine::open(media_config{}, facts, &why);
  if (!media) {
    fmt::print(stderr, "{}\n", why.our_text());
    std::_Exit(1);
  }
  for (std::size_t i = 0; i < legs; ++i) {
    far.law[i] = i % 2 == 0 ? std::uint8_t{8} : second;
    const auto answer = (*media)->answer(
        {i + 1}, fmt::format("v=0\nc=IN IP4 127.0.0.1\nm=audio {} RTP/AVP {}\n", far.at[i].port(), far.law[i]));
    const auto read = answer ? sdp::description::parse(*answer) : failure(answer.error());
    if (!read) stop("answer");
    far.to[i] = *read->rtp(read->sections[0]);
  }
  for (std::size_t i = 0; i < legs; ++i) {
    const source mixed{source_kind::mix, {}, {i / parties + 1}};
    if (!(*media)->hear({i + 1}, parties > 2 ? mixed : source{source_kind::leg, {(i ^ 1U) + 1}})) stop("hear");
  }
  return measure(far);
}

struct line {
  const char* name;
  double value;
  const char* baseline;
  double ratio;
};

}  // namespace

int main(int argc, char** argv) {
  const char* json = nullptr;
  for (int i = 1; i + 1 < argc; ++i)
    if (std::strcmp(argv[i], "--json") == 0) json = argv[i + 1];

  phones far;
  double echo = std::numeric_limits<double>::max();
  double same = echo;
  double other = echo;
  double few = echo;
  double many = echo;
  for (int round = 0; round < rounds; ++round) {
    echo = std::min(echo, bare(far));
    same = std::min(same, anchored(far, 8));
    other = std::min(other, anchored(far, 0));
    few = std::min(few, anchored(far, 0, 4));
    many = std::min(many, anchored(far, 0, 50));
  }
  const std::array<line, 5> lines{{{"media_bare_forward", echo, nullptr, 0},
                                   {"media_relay", same, "media_bare_forward", same / echo},
                                   {"media_relay_translated", other, "media_bare_forward", other / echo},
                                   {"media_mix_of_4", few, "media_bare_forward", few / echo},
                                   {"media_mix_of_50", many, "media_bare_forward", many / echo}}};
  if (json == nullptr) {
    fmt::print("{:<24}{:>14}  {:>6}\n", "name", "CPU ns/packet", "ratio");
    for (const auto& x : lines)
      fmt::print("{:<24}{:>14.0f}  {:>6}\n", x.name, x.value, x.baseline == nullptr ? "" : fmt::format("{:.2f}", x.ratio));
    return 0;
  }
  std::FILE* const out = std::strcmp(json, "-") == 0 ? stdout : std::fopen(json, "w");
  if (out == nullptr) stop(json);
  for (const auto& x : lines) {
    const std::string baseline = x.baseline == nullptr ? "null" : fmt::format("\"{}\"", x.baseline);
    const std::string ratio = x.baseline == nullptr ? "null" : fmt::format("{:.3f}", x.ratio);
    fmt::print(out,
               R"({{"name": "{}", "value": {:.1f}, "unit": "ns/packet", "baseline": {}, "ratio": {}}})"
               "\n",
               x.name, x.value, baseline, ratio);
  }
  if (out != stdout) std::fclose(out);
  return 0;
}
