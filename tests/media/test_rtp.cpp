// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <algorithm>
#include <media/rtcp.hpp>
#include <media/rtp.hpp>
#include <string>
#include <vector>

using namespace cordboard::media;

namespace {
std::vector<std::uint8_t> packet(const std::vector<std::uint8_t>& rest, std::uint8_t first = 0x80) {
  const std::vector<std::uint8_t> header{first, 0x88, 0x12, 0x34, 1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<std::uint8_t> out(header.size() + rest.size());
  std::ranges::copy(rest, std::ranges::copy(header, out.begin()).out);
  return out;
}
}  // namespace

TEST_CASE("a header is read and written back") {
  const auto bytes = packet({9, 10});
  const auto read = rtp::read(bytes);
  REQUIRE(read);
  CHECK(read->type == 8);
  CHECK(read->marker);
  CHECK(read->sequence == 0x1234);
  CHECK(read->timestamp == 0x01020304);
  CHECK(read->ssrc == 0x05060708);
  CHECK(read->payload.size() == 2);
  rtp::header_bytes written;
  rtp::write(written, *read);
  CHECK(std::equal(written.begin(), written.end(), bytes.begin()));
}

TEST_CASE("contributing sources, an extension and padding are no payload") {
  CHECK(rtp::read(packet({1, 1, 1, 1, 2, 2, 2, 2, 99}, 0x82))->payload.size() == 1);
  CHECK(rtp::read(packet({0xBE, 0xDE, 0, 1, 7, 7, 7, 7, 99, 98}, 0x90))->payload.size() == 2);
  CHECK(rtp::read(packet({99, 98, 97, 0, 0, 3}, 0xA0))->payload.size() == 3);
  CHECK(rtp::read(packet({0xBE, 0xDE, 0, 0, 1}, 0xB0))->payload.empty());
}

TEST_CASE("what is no RTP is told from what is") {
  CHECK_FALSE(rtp::read({}));
  CHECK_FALSE(rtp::read(std::vector<std::uint8_t>(11, 0x80)));
  CHECK_FALSE(rtp::read(packet({}, 0x00)));                                 // STUN
  CHECK_FALSE(rtp::read(packet({}, 0x40)));                                 // version 1
  CHECK_FALSE(rtp::read(packet({1, 2, 3}, 0x81)));                          // a source that is not there
  CHECK_FALSE(rtp::read(packet({0xBE, 0xDE, 0}, 0x90)));                    // half an extension
  CHECK_FALSE(rtp::read(packet({0xBE, 0xDE, 0xFF, 0xFF, 1, 2, 3}, 0x90)));  // longer than the datagram
  CHECK_FALSE(rtp::read(packet({1, 2, 0}, 0xA0)));                          // padding of nothing
  CHECK_FALSE(rtp::read(packet({1, 2, 4}, 0xA0)));                          // padding beyond the payload
  CHECK(rtp::read(packet({}))->payload.empty());
}

TEST_CASE("a report has the form of RFC 3550") {
  const rtcp::sent ours{1'700'000'000'500'000'000, 0x11223344, 10, 1600};
  const reception::report theirs{0xAABBCCDD, 64, -2, 0x00010005, 7};
  const auto bytes = rtcp::compound(0x01020304, ours, theirs, "0123456789abcdef", true);
  REQUIRE(bytes.size() == 52 + 28 + 8);
  CHECK(bytes[0] == 0x81);  // version 2, one block
  CHECK(bytes[1] == 200);
  CHECK(rtp::get16(&bytes[2]) == 12);  // length in words, less one
  CHECK(rtp::get32(&bytes[4]) == 0x01020304);
  CHECK(rtp::get32(&bytes[8]) == 1'700'000'000U + 2'208'988'800U);
  CHECK(rtp::get32(&bytes[12]) == 0x80000000U);  // half a second
  CHECK(rtp::get32(&bytes[16]) == 0x11223344);
  CHECK(rtp::get32(&bytes[20]) == 10);
  CHECK(rtp::get32(&bytes[24]) == 1600);
  CHECK(rtp::get32(&bytes[28]) == 0xAABBCCDD);
  CHECK(rtp::get32(&bytes[32]) == 0x40FFFFFE);  // a quarter; -2 in 24 bits
  CHECK(rtp::get32(&bytes[36]) == 0x00010005);
  CHECK(rtp::get32(&bytes[40]) == 7);
  CHECK(bytes[53] == 202);
  CHECK(rtp::get16(&bytes[54]) == 6);
  CHECK(std::string(bytes.begin() + 62, bytes.begin() + 78) == "0123456789abcdef");
  CHECK(bytes[81] == 203);
  CHECK(rtp::get32(&bytes[84]) == 0x01020304);
  const auto quiet = rtcp::compound(1, std::nullopt, std::nullopt, "x", false);
  CHECK(quiet[0] == 0x80);
  CHECK(quiet[1] == 201);
  CHECK(quiet.size() % 4 == 0);
}
