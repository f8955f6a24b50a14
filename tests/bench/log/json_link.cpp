// SPDX-License-Identifier: Apache-2.0
#include "json_link.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <base/event_json.hpp>
#include <cstring>
#include <vector>

#include "processes.hpp"

namespace cordboard::bench {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{64} << 10;

void send_all(int fd, const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::send(fd, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    must(n > 0, "the reader of the JSON lines is gone");
    done += static_cast<std::size_t>(n);
  }
}

/// As `cordboard log --json` writes them, in large pieces: the best that such a link can do.
void send_events(int fd, std::uint64_t count) {
  auto batch = typical_batch(batch_size);
  std::string bytes;
  for (std::uint64_t i = 1; i <= count; ++i) {
    event& e = batch[i % batch_size].record;
    e.sequence = i;
    bytes += event_json(e, {});
    bytes += '\n';
    if (bytes.size() < buffer_bytes) continue;
    send_all(fd, bytes);
    bytes.clear();
  }
  send_all(fd, bytes);
}

std::uint64_t number_behind(std::string_view line, std::string_view key) {
  const std::size_t at = line.find(key);
  std::uint64_t value = 0;
  if (at == std::string_view::npos) return value;
  const char* from = line.data() + at + key.size();
  std::from_chars(from, line.data() + line.size(), value);
  return value;
}

void read_lines(int fd, std::uint64_t count) {
  std::string bytes;
  std::vector<char> piece(buffer_bytes);
  std::uint64_t sum = 0;
  std::uint64_t seen = 0;
  while (seen < count) {
    const ssize_t n = ::recv(fd, piece.data(), piece.size(), 0);
    must(n > 0, "the JSON lines ended early");
    bytes.append(piece.data(), static_cast<std::size_t>(n));
    std::size_t from = 0;
    for (;;) {
      const std::size_t end = bytes.find('\n', from);
      if (end == std::string::npos) break;
      const std::string_view line(bytes.data() + from, end - from);
      sum += number_behind(line, "\"sequence\":") + number_behind(line, "\"call\":\"") + number_behind(line, "\"value\":\"");
      ++seen;
      from = end + 1;
    }
    bytes.erase(0, from);
  }
  must(sum != 0, "no JSON was read");
}

}  // namespace

double through_json(std::uint64_t count, const processors& on) {
  int ends[2] = {};
  must(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
  const auto results = race({{on.first, [&] { return [&] { send_events(ends[0], count); }; }},
                             {on.last, [&] { return [&] { read_lines(ends[1], count); }; }}});
  ::close(ends[0]);
  ::close(ends[1]);
  return static_cast<double>(count) * 1e9 / results[1].wall_ns;
}

void feed_json(const std::string& path, std::uint64_t count) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  must(path.size() < sizeof at.sun_path, "the socket's path is too long");
  std::memcpy(at.sun_path, path.c_str(), path.size() + 1);
  const int listening = ::socket(AF_UNIX, SOCK_STREAM, 0);
  must(::bind(listening, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 && ::listen(listening, 1) == 0,
       "the socket " + path);
  pin(usable().first);
  const int reader = ::accept(listening, nullptr, nullptr);
  must(reader >= 0, "accept");
  send_events(reader, count);
  ::close(reader);
  ::close(listening);
}

}  // namespace cordboard::bench
