// SPDX-License-Identifier: Apache-2.0
// Any bytes as a session description: as an offer, as an answer to ours, and as what a restart reads back.
#include <cstdint>
#include <cstdlib>
#include <media/session.hpp>
#include <string_view>

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordboard::media;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const address local = *address::parse("192.0.2.10", 16384);
  if (const auto read = sdp::description::parse(text)) {
    const auto again = sdp::description::parse(read->text());
    if (!again || again->text() != read->text()) std::abort();
  }
  using cordboard::srtp_policy;
  using cordboard::voice_codec;
  for (const policy& may :
       {policy{}, policy{srtp_policy::allowed, {voice_codec::opus, voice_codec::g722, voice_codec::pcma}}}) {
    session answering(local, 1, may);
    if (const auto answer = answering.answer(text); answer && !sdp::description::parse(*answer)) std::abort();
    session asking(local, 2, may);
    asking.offer(codec::alaw);
    if (!asking.accept(text)) continue;
    fields saved;
    asking.save(saved);
    if (!session::restore(saved, local)) std::abort();
  }
  (void)session::restore(fields(text), local);
  return 0;
}
