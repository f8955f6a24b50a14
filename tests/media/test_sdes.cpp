// SPDX-License-Identifier: Apache-2.0
// Keys in descriptions: what is read, what is offered, what is taken.
#include "board.hpp"
#include <algorithm>
#include <media/fields.hpp>
#include <media/sdes.hpp>
#include <media/session.hpp>

using namespace cordboard;
using namespace cordboard::media;

namespace {

// RFC 4568 §4: one of its own examples, and a key of 46 bytes.
const std::string key_30 = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
const std::string key_46(62, 'A');

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t out = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++out;
  return out;
}
std::string line_of(std::string_view text, std::string_view begin) {
  const auto at = text.find(begin);
  return at == std::string_view::npos ? std::string() : std::string(text.substr(at, text.find("\r\n", at) - at));
}

std::string says(const std::string& protocol, const std::string& more = {}) {
  return "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 " + protocol + " 8\r\n" + more;
}
const std::string crypto_30 = "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:" + key_30 + "\r\n";

session asks(srtp_policy srtp) { return {*address::parse("192.0.2.10", 16384), 1, policy{srtp}}; }

}  // namespace

TEST_CASE("keys are read as they are written") {
  const auto read = sdes::read("1 AES_CM_128_HMAC_SHA1_80 inline:" + key_30 + "|2^20 WSH=64 -UNKNOWN");
  REQUIRE(read);
  CHECK(read->tag == 1);
  CHECK(read->with == sdes::suite::aes_128_80);
  CHECK(read->key.starts_with("YS___semctl ("));
  CHECK(read->key.size() == 30);
  CHECK(sdes::write(*read) == "1 AES_CM_128_HMAC_SHA1_80 inline:" + key_30);
  CHECK(sdes::read("2 AES_256_CM_HMAC_SHA1_80 inline:" + key_46)->key.size() == 46);
  CHECK(sdes::read("2 AES_256_CM_HMAC_SHA1_80 inline:" + key_46 + "==")->key.size() == 46);
  CHECK(sdes::read("3 AES_CM_128_HMAC_SHA1_32 inline:" + key_30)->with == sdes::suite::aes_128_32);
  for (const auto with : {sdes::suite::aes_256_80, sdes::suite::aes_128_80, sdes::suite::aes_128_32}) {
    const auto fresh = sdes::fresh(999999999, with);
    const auto again = sdes::read(sdes::write(fresh));
    REQUIRE(again);
    CHECK(again->tag == fresh.tag);
    CHECK(again->same_key(fresh));
    CHECK_FALSE(fresh.same_key(sdes::fresh(999999999, with)));
  }
}

TEST_CASE("keys that we cannot use are not taken") {
  const std::string suite = " AES_CM_128_HMAC_SHA1_80 ";
  for (const auto& wrong :
       std::vector<std::string>{"",
                                "1",
                                "1" + suite,
                                "x" + suite + "inline:" + key_30,
                                "-1" + suite + "inline:" + key_30,
                                "1000000000" + suite + "inline:" + key_30,
                                "1 F8_128_HMAC_SHA1_80 inline:" + key_30,
                                "1" + suite + "inline:",
                                "1" + suite + key_30,
                                "1" + suite + "uri:" + key_30,
                                "1" + suite + "inline:" + key_30.substr(4),
                                "1" + suite + "inline:" + key_30 + "AAAA",
                                "1" + suite + "inline:" + key_30.substr(1) + "!",
                                "1" + suite + "inline:" + key_30 + "|1:4",       // a key identifier would stand in each packet
                                "1" + suite + "inline:" + key_30 + "|2^20|1:4",  //
                                "1" + suite + "inline:" + key_30 + ";inline:" + key_30,      // several keys need one
                                "1" + suite + "inline:" + key_30 + " UNENCRYPTED_SRTP",      // no protection
                                "1" + suite + "inline:" + key_30 + " UNAUTHENTICATED_SRTP",  //
                                "1" + suite + "inline:" + key_30 + " KDR=1",
                                "1 AES_256_CM_HMAC_SHA1_80 inline:" + key_30}) {
    CAPTURE(wrong);
    CHECK_FALSE(sdes::read(wrong));
  }
}

TEST_CASE("an offer says what may be agreed") {
  const auto off = asks(srtp_policy::off).offer(codec::alaw);
  CHECK(line_of(off, "m=") == "m=audio 16384 RTP/AVP 8 0 101");
  CHECK(count_of(off, "a=crypto:") == 0);
  const auto allowed = asks(srtp_policy::allowed).offer(codec::alaw);
  CHECK(line_of(allowed, "m=") == "m=audio 16384 RTP/AVP 8 0 101");
  CHECK(count_of(allowed, "a=crypto:") == 2);
  const auto required = asks(srtp_policy::required).offer(codec::alaw);
  CHECK(line_of(required, "m=") == "m=audio 16384 RTP/SAVP 8 0 101");
  const auto strong = line_of(required, "a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:");
  const auto usual = line_of(required, "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:");
  CHECK(sdes::read(strong.substr(9)));
  CHECK(sdes::read(usual.substr(9)));
  CHECK(strong.substr(strong.find("inline")) != usual.substr(usual.find("inline")));
}

TEST_CASE("an offer is answered as the policy says") {
  struct row {
    srtp_policy may;
    std::string offer;
    std::string answer;  ///< the m= line; empty: refused
    bool keys;
  };
  const std::string plain = says("RTP/AVP"), opportunistic = says("RTP/AVP", crypto_30), sealed = says("RTP/SAVP", crypto_30);
  const std::string avp = "m=audio 16384 RTP/AVP 8", savp = "m=audio 16384 RTP/SAVP 8";
  const std::vector<row> rows{{srtp_policy::off, plain, avp, false},
                              {srtp_policy::off, opportunistic, avp, false},
                              {srtp_policy::off, sealed, "", false},
                              {srtp_policy::allowed, plain, avp, false},
                              {srtp_policy::allowed, opportunistic, avp, true},
                              {srtp_policy::allowed, sealed, savp, true},
                              {srtp_policy::required, plain, "", false},
                              {srtp_policy::required, opportunistic, avp, true},
                              {srtp_policy::required, sealed, savp, true},
                              {srtp_policy::required, says("RTP/SAVP"), "", false},
                              {srtp_policy::allowed, says("RTP/SAVP"), "", false},
                              {srtp_policy::allowed, says("UDP/TLS/RTP/SAVPF", crypto_30), "", false}};
  for (const auto& one : rows) {
    CAPTURE(static_cast<int>(one.may));
    CAPTURE(one.offer);
    auto talk = asks(one.may);
    const auto answer = talk.answer(one.offer);
    CHECK(answer.has_value() == !one.answer.empty());
    if (!answer) continue;
    CHECK(line_of(*answer, "m=") == one.answer);
    CHECK(count_of(*answer, "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:") == (one.keys ? 1 : 0));
    CHECK(answer->find(key_30) == std::string::npos);
    CHECK(talk.agreed()->ours.has_value() == one.keys);
    CHECK(talk.agreed()->theirs.has_value() == one.keys);
  }
}

TEST_CASE("who offers the same voice sealed and plain is answered sealed, and refused in the other place") {
  auto talk = asks(srtp_policy::allowed);
  const auto answer = talk.answer(says("RTP/AVP", "m=audio 4002 RTP/SAVP 8\r\n" + crypto_30));
  REQUIRE(answer);
  CHECK(answer->find("m=audio 0 RTP/AVP 8\r\nm=audio 16384 RTP/SAVP 8\r\n") != std::string::npos);
}

TEST_CASE("an answer's keys must be to what was offered") {
  const auto line = [](std::string_view offer, int tag) { return line_of(offer, "a=crypto:" + std::to_string(tag)); };
  for (const auto may : {srtp_policy::allowed, srtp_policy::required}) {
    CAPTURE(static_cast<int>(may));
    const std::string protocol = may == srtp_policy::required ? "RTP/SAVP" : "RTP/AVP";
    const std::string taken = "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" + key_30 + "\r\n";
    auto talk = asks(may);
    const auto offer = talk.offer(codec::alaw);
    CHECK_FALSE(talk.accept(says(protocol, crypto_30)));                                                       // no such tag
    CHECK_FALSE(talk.accept(says(protocol, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + key_30 + "\r\n")));  // another suite
    CHECK_FALSE(talk.accept(says(protocol, "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" + key_30 + "|1:4\r\n")));
    CHECK_FALSE(talk.accept(says(protocol == "RTP/AVP" ? "RTP/SAVP" : "RTP/AVP", taken)));
    CHECK_FALSE(talk.agreed());
    REQUIRE(talk.accept(says(protocol, taken)));
    CHECK("a=crypto:" + sdes::write(*talk.agreed()->ours) == line(offer, 2));
    // Asked again, it is the same key: nobody's count begins anew.
    const auto again = talk.offer(codec::alaw);
    CHECK(count_of(again, "a=crypto:") == 1);
    CHECK(line(again, 2) == line(offer, 2));
    // What is sealed does not become plain by an answer.
    CHECK_FALSE(talk.accept(says(protocol)));
    fields saved;
    talk.save(saved);
    const auto restored = session::restore(saved, *address::parse("192.0.2.10", 16384));
    REQUIRE(restored);
    CHECK(line(session(*restored).offer(codec::alaw), 2) == line(offer, 2));
    CHECK(restored->agreed()->theirs->same_key(*talk.agreed()->theirs));
  }
  auto plain = asks(srtp_policy::allowed);
  plain.offer(codec::alaw);
  REQUIRE(plain.accept(says("RTP/AVP")));
  CHECK_FALSE(plain.agreed()->ours);
  CHECK(count_of(plain.offer(codec::alaw), "a=crypto:") == 0);
  auto strict = asks(srtp_policy::required);
  strict.offer(codec::alaw);
  CHECK_FALSE(strict.accept(says("RTP/SAVP")));
}

TEST_CASE("the same key offered again goes on, and a new one begins anew") {
  auto talk = asks(srtp_policy::required);
  const auto first = talk.answer(says("RTP/SAVP", crypto_30));
  REQUIRE(first);
  CHECK(line_of(*talk.answer(says("RTP/SAVP", crypto_30 + "a=sendonly\r\n")), "a=crypto") == line_of(*first, "a=crypto"));
  std::string other = crypto_30;
  other[other.find("WVN")] = 'X';
  const auto third = talk.answer(says("RTP/SAVP", other));
  REQUIRE(third);
  CHECK(line_of(*third, "a=crypto") != line_of(*first, "a=crypto"));
}

TEST_CASE("a description with keys is passed on to nobody") {
  CHECK(engine::passable(says("RTP/AVP")) == 4);
  CHECK(engine::passable(says("RTP/AVP", crypto_30)) == 0);
  CHECK(engine::passable(says("RTP/SAVP", crypto_30)) == 0);
}
