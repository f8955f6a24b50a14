// SPDX-License-Identifier: Apache-2.0
// make_log FOLDER [KEY]: a log of three archived segments in FOLDER/hot and FOLDER/archive, with texts that a CSV must quote.
#include <array>
#include <fstream>
#include <iterator>
#include <log/archiver.hpp>

#include "log/world.hpp"

using namespace cordboard;
using namespace cordboard::log_test;

int main(int count, char** given) {
  if (count < 2) return 2;
  const std::string folder = given[1];
  log::writer_options options;
  options.hot = folder + "/hot";
  options.archive = folder + "/archive";
  options.room_min = 1 << 20;
  options.wall = [] { return beginning; };
  auto writer = open_writer(options);
  log::archiver_options how;
  if (count > 2) how.key = std::make_shared<const log::chain_key>(std::string(given[2]));
  auto archiver = log::archiver::start(*writer, how).value();
  constexpr std::array<event_kind, 4> kinds{event_kind::offered, event_kind::established, event_kind::held,
                                            event_kind::party_identified};
  constexpr std::array<const char*, 4> texts{"", "13800138000\t王芳", "a \"quoted\", and a comma", ""};
  std::int64_t time = beginning;
  for (int i = 0; i < 3000; ++i) {
    const auto n = static_cast<std::size_t>(i);
    logged one = make_event(i - 700, texts[n % 4]);
    one.record.kind = kinds[n * 7 % 4];
    one.record.cause = n % 3 == 0 ? cause::busy : cause::none;
    one.record.call = call_id{1 + n % 10};
    one.record.operator_ = operator_id{static_cast<std::uint32_t>(n % 5)};
    one.record.queue = queue_id{static_cast<std::uint32_t>(n % 2)};
    one.record.other = ~std::uint64_t{0} - n;
    one.record.time_ns = time += 60'000'000'000;
    append(*writer, one);
    if (i % 1000 == 999 && i != 2999 && !writer->roll()) return 1;
  }
  writer->close();
  writer->wake();
  archiver->stop(std::chrono::seconds(30));
  return archiver->status().durable_sequence == writer->last_sequence() ? 0 : 1;
}
