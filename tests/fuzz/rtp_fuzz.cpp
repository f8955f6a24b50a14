// SPDX-License-Identifier: Apache-2.0
// Any bytes as what comes to a voice's port: as RTP, as a key, sealed and not, as a report, and as packets of each codec.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <media/keys.hpp>
#include <media/playout.hpp>
#include <media/quality.hpp>
#include <media/rtp.hpp>
#include <media/sdes.hpp>
#include <media/srtp.hpp>
#include <string_view>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordboard::media;
  const std::span<const std::uint8_t> bytes(data, size);
  if (const auto read = rtp::read(bytes)) {
    // What is given out lies within what came.
    if (!read->payload.empty() && (read->payload.data() < data || read->payload.data() + read->payload.size() > data + size))
      std::abort();
    if (read->type > 127) std::abort();
    (void)key_of(read->payload);
  }

  if (const auto told = rtcp::read(bytes, 0x01010101); told && told->of_us) {
    far_reports reports;
    reports.take(*told, 0, 1'700'000'000'000'000'000, size);
    if (reports.lost() > reports.expected() || reports.round_trip() < 0) std::abort();
    const double rating = rating_of(path_of({}, {reports.expected(), reports.lost(), 0, reports.round_trip()}));
    if (!(opinion_of(rating) >= 1 && opinion_of(rating) <= 4.5)) std::abort();
  }

  static const sdes::crypto key{1, sdes::suite::aes_128_80, std::string(30, 'k')};
  static opener opens(key, std::nullopt);
  std::vector<std::uint8_t> copy(data, data + size);
  std::span<std::uint8_t> packet(copy);
  if (opens.open(packet) == opened::well) std::abort();  // nobody guesses a tag
  copy.assign(data, data + size);
  packet = copy;
  if (opens.open_report(packet) == opened::well) std::abort();

  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto line = sdes::read(text)) {
    const auto again = sdes::read(sdes::write(*line));
    if (!again || !again->same_key(*line) || again->tag != line->tag) std::abort();
  }

  // The bytes as packets: a length each, and what it has of the rest.
  static constexpr codec codecs[] = {codec::alaw, codec::ulaw, codec::g722, codec::opus, codec::keys};
  playout plays;
  std::uint16_t sequence = 65530;
  for (std::size_t at = 0; at + 2 < size;) {
    const auto what = codecs[data[at] % 5];
    sequence = static_cast<std::uint16_t>(sequence + (data[at] >> 5) - 2);
    const std::size_t length = std::min<std::size_t>(data[at + 1], size - at - 2);
    rtp::packet one;
    one.sequence = sequence;
    one.payload = bytes.subspan(at + 2, length);
    at += 2 + length;
    if (what == codec::keys)
      plays.pass(one);
    else
      plays.take(one, what);
    plays.next();
  }
  for (int i = 0; i < 40; ++i) plays.next();
  return 0;
}
