// SPDX-License-Identifier: Apache-2.0
// A short slice of the fuzzers: good descriptions and packets, changed at random, and from there on.
#include <doctest/doctest.h>
#include <random>
#include <string>
#include <vector>

// The fuzzers, each under a name of its own: see CMakeLists.txt.
extern "C" int fuzz_sdp(const std::uint8_t* data, std::size_t size);
extern "C" int fuzz_rtp(const std::uint8_t* data, std::size_t size);

namespace {

void change(std::string& text, std::mt19937& random) {
  const auto place = [&] { return text.empty() ? 0 : random() % text.size(); };
  switch (random() % 6) {
    case 0: text.insert(place(), 1, static_cast<char>(random())); break;
    case 1: text.erase(place(), 1 + random() % 8); break;
    case 2:
      if (!text.empty()) text[place()] = static_cast<char>(random());
      break;
    case 3: text.insert(place(), text.substr(place(), random() % 64)); break;
    case 4: text.resize(place()); break;
    default:
      if (!text.empty()) text[place()] ^= static_cast<char>(1U << random() % 8);
      break;
  }
}

void run(int (*fuzz)(const std::uint8_t*, std::size_t), const std::vector<std::string>& good, std::uint32_t seed) {
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    std::string input = good[random() % good.size()];
    for (unsigned changes = random() % 6; changes-- > 0;) change(input, random);
    fuzz(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  }
}

}  // namespace

TEST_CASE("no description, however mad, does harm") {
  const std::string head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";
  const std::string key = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
  run(fuzz_sdp,
      {head + "m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendonly\r\n",
       head + "m=audio 4000 RTP/SAVP 9 96 101\r\na=rtpmap:96 opus/48000/2\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key +
           "|2^20\r\na=rtcp:4001\r\n",
       head + "m=video 5000 RTP/AVP 99\r\nm=audio 4000/2 RTP/AVP 8\r\nc=IN IP6 2001:db8::1\r\na=inactive\r\n",
       "media=1 port=16384 ssrc=1 sequence=2 timestamp=3 at=4 seen=- id=1 version=2 times=0%200 audio=0 keys=101 section0= "
       "offered=8:1,0:2,"
       "101:3 protocol=RTP/SAVP srtp=2 codecs=30 crypto0=1%20AES_CM_128_HMAC_SHA1_80%20inline:" +
           key + " in=8:1 out=8:1 rtp=192.0.2.1:4000 rtcp=- sends=1 hears=1"},
      20'261);
}

TEST_CASE("no packet, however mad, does harm") {
  const std::string rtp("\x80\x08\x12\x34\0\0\0\xA0\xA0\xA0\xA0\xA0", 12);
  const std::string extended("\xB2\x60\x12\x34\0\0\0\xA0\xA0\xA0\xA0\xA0\1\1\1\1\2\2\2\2\xBE\xDE\0\1\x10\xFF\0\0", 28);
  const std::string report("\x81\xC8\0\x0C\xA0\xA0\xA0\xA0", 8);
  run(fuzz_rtp,
      {rtp + std::string(160, '\xD5'), extended + std::string(20, '\x55') + std::string("\0\0\0\4", 4),
       rtp + std::string("\5\x8A\x03\x20", 4), report + std::string(44, '\1'),
       "1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20 WSH=64",
       std::string("\x43\x14", 2) + std::string(20, '\x0B') + std::string("\x62\x50", 2) + std::string(80, '\x33') +
           std::string("\x60\x28", 2) + std::string(40, '\xD5')},
      20'262);
}
