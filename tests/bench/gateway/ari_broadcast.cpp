// SPDX-License-Identifier: Apache-2.0
// What the gateway is measured beside: events of the shape of Asterisk's ARI to all who are connected, by plain Beast. As there, an
// event is made once and written out as JSON for each connection.
//
//   ari_broadcast CLIENTS BURSTS PER_BURST MILLISECONDS
//   prints its port, waits for the clients, sends, and prints the processor time that the sending took, in nanoseconds
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace json = boost::json;
using asio::ip::tcp;

json::value channel_state_change(std::uint64_t number) {
  return {{"type", "ChannelStateChange"},
          {"timestamp", "2026-10-01T08:00:00.000+0800"},
          {"asterisk_id", "00:16:3e:00:00:01"},
          {"application", "console"},
          {"channel",
           {{"id", "1790000000." + std::to_string(number)},
            {"name", "PJSIP/1001-" + std::to_string(number)},
            {"state", "Up"},
            {"protocol_id", "7f3a-" + std::to_string(number)},
            {"caller", {{"name", "Wang Fang"}, {"number", "13800000001"}}},
            {"connected", {{"name", "Zhang Min"}, {"number", "1001"}}},
            {"accountcode", ""},
            {"dialplan",
             {{"context", "inbound"}, {"exten", "9000"}, {"priority", 3}, {"app_name", "Stasis"}, {"app_data", "console"}}},
            {"creationtime", "2026-10-01T07:59:50.000+0800"},
            {"language", "en"}}}};
}

class client : public std::enable_shared_from_this<client> {
public:
  explicit client(tcp::socket socket) : line_(std::move(socket)) { line_.text(true); }
  template <class Ready>
  void accept(Ready ready) {
    beast::get_lowest_layer(line_).set_option(tcp::no_delay(true));
    line_.async_accept([self = shared_from_this(), ready](beast::error_code wrong) {
      if (!wrong) ready();
    });
  }
  void send(std::string text) {
    waiting_.push_back(std::move(text));
    if (waiting_.size() == 1) write();
  }

private:
  void write() {
    line_.async_write(asio::buffer(waiting_.front()), [self = shared_from_this()](beast::error_code wrong, std::size_t) {
      if (wrong) return;
      self->waiting_.pop_front();
      if (!self->waiting_.empty()) self->write();
    });
  }
  beast::websocket::stream<tcp::socket> line_;
  std::deque<std::string> waiting_;
};

std::int64_t cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace

int main(int count, char** given) {
  if (count != 5) return 2;
  const std::size_t clients = std::strtoul(given[1], nullptr, 10), bursts = std::strtoul(given[2], nullptr, 10),
                    per_burst = std::strtoul(given[3], nullptr, 10), every = std::strtoul(given[4], nullptr, 10);
  asio::io_context io;
  tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), 0});
  std::printf("%u\n", static_cast<unsigned>(acceptor.local_endpoint().port()));
  std::fflush(stdout);
  std::vector<std::shared_ptr<client>> all;
  std::size_t ready = 0;
  while (all.size() < clients) {
    all.push_back(std::make_shared<client>(acceptor.accept()));
    all.back()->accept([&] { ++ready; });
  }
  while (ready < clients) io.run_one();
  io.restart();
  const auto before = cpu_ns();
  asio::steady_timer tick(io);
  std::size_t burst = 0;
  std::function<void()> next = [&] {
    for (std::size_t i = 0; i < per_burst; ++i) {
      const auto event = channel_state_change(burst * per_burst + i);
      for (const auto& one : all) one->send(json::serialize(event));
    }
    if (++burst == bursts) return;
    tick.expires_after(std::chrono::milliseconds(every));
    tick.async_wait([&](beast::error_code) { next(); });
  };
  next();
  io.run();
  std::printf("%lld\n", static_cast<long long>(cpu_ns() - before));
  return 0;
}
