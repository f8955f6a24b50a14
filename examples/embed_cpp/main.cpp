// SPDX-License-Identifier: Apache-2.0
// A board in this program, without SIP: Anna takes a call from outside, and the program ends it.
//
//   embed_cpp HOUSE.toml FOLDER      FOLDER gets the log and the socket; best in tmpfs
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <cordboard/board.hpp>
#include <cordboard/client.hpp>
#include <cordboard/config_file.hpp>
#include <cordboard/log_reader.hpp>
#include <iostream>
#include <stdexcept>
#include <string>

using namespace cordboard;

config house(const std::string& file, const std::string& folder) {
  loaded_config loaded = load_config(file);
  for (const config_problem& problem : loaded.problems) throw std::runtime_error(describe(problem, file, language::en));
  loaded.value.loopback = true;
  loaded.value.run = folder + "/run";
  loaded.value.log.hot = folder + "/log";
  return loaded.value;
}

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  const config with = house(argv[1], argv[2]);
  boost::asio::thread_pool pool(1);
  board switchboard(pool.get_executor());
  auto ended = switchboard.async_run(with, boost::asio::use_future);
  switchboard.async_ready(boost::asio::use_future).get();
  const auto give = [&](const command& what) {
    const outcome how = switchboard.async_exec(what, boost::asio::use_future).get();
    std::cout << name(what.kind) << ": " << name(how.end.kind) << '\n';
  };

  const operator_id anna{1};  // ids of the house count from 1, in the order of the file
  give(command(cmd::log_on{anna}));
  give(command(cmd::ready{anna}));

  log_reader log = log_reader::open(with.run).value();
  const call_id call{random_id()};
  switchboard.loopback_call_in({"city", "9000", "13800138000", "", leg_id{random_id()}, call, party_id{random_id()}});
  for (bool cleared = false; !cleared;) {
    if (!log.wait(std::chrono::seconds(10))) throw std::runtime_error("no event");
    const auto events = log.next().value();
    for (const event& e : events) {
      if (e.call != call) continue;
      std::cout << name(e.kind) << '\n';
      // Her phone answers by itself.
      if (e.kind == event_kind::established && e.operator_ == anna) give(command(cmd::clear_call{call}));
      if (e.kind == event_kind::call_cleared) cleared = true;
    }
  }
  switchboard.cancel();
  ended.get();
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
