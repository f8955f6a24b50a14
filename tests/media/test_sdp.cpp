// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <media/session.hpp>
#include <random>

using namespace cordboard;
using namespace cordboard::media;

namespace {

const address local = *address::parse("192.0.2.10", 16384);
session fresh() { return session(local, 4711); }

std::string offer_with(const std::string& media, const std::string& connection = "c=IN IP4 198.51.100.1\r\n") {
  return "v=0\r\no=phone 1 1 IN IP4 198.51.100.1\r\ns=call\r\n" + connection + "t=0 0\r\n" + media;
}

void refused(const std::string& text) {
  CAPTURE(text);
  session talk = fresh();
  const auto out = talk.answer(text);
  REQUIRE_FALSE(out);
  CHECK(out.error() == errc::sdp_unacceptable);
  CHECK_FALSE(talk.agreed());
}

}  // namespace

TEST_CASE("a description is kept line by line") {
  const std::string text = offer_with("m=audio 4000 RTP/AVP 8\r\na=x-unknown:1 2 3\r\nm=video 0 RTP/AVP 31\r\nb=AS:1\r\n");
  const auto read = sdp::description::parse(text);
  REQUIRE(read);
  CHECK(read->text() == text);
  REQUIRE(read->sections.size() == 2);
  CHECK(read->sections[0].port == 4000);
  CHECK(read->sections[0].attribute("x-unknown") == "1 2 3");
  CHECK(read->sections[1].kind == "video");
  std::string bare = text;
  std::erase(bare, '\r');
  CHECK(sdp::description::parse(bare)->text() == text);
  CHECK(sdp::description::parse(text + "\r\n")->text() == text);
}

TEST_CASE("an offer lists both laws and keys; the other leg's codec comes first") {
  session talk = fresh();
  CHECK(talk.offer(codec::ulaw) ==
        "v=0\r\no=- 4711 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 16384 RTP/AVP 0 8 101\r\n"
        "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 "
        "0-16\r\na=rtcp-mux\r\na=ptime:20\r\na=sendrecv\r\n");
  CHECK(talk.offer(codec::ulaw).find("o=- 4711 1 ") != std::string::npos);
  CHECK(talk.offer(codec::alaw).find("o=- 4711 2 ") != std::string::npos);
  REQUIRE(talk.accept(offer_with("m=audio 5000 RTP/AVP 0 96\r\na=rtpmap:96 telephone-event/8000\r\n")));
  CHECK(talk.agreed()->out.voice() == codec::ulaw);
  CHECK(talk.agreed()->out.number(codec::keys) == 96);
  CHECK(talk.agreed()->in.meaning(101) == codec::keys);
  CHECK(talk.agreed()->in.meaning(8) == codec::alaw);
  CHECK_FALSE(talk.agreed()->out.has(codec::alaw));
  CHECK(talk.agreed()->rtp == *address::parse("198.51.100.1", 5000));
  CHECK(talk.agreed()->rtcp == *address::parse("198.51.100.1", 5001));
}

TEST_CASE("RTCP shares the port of RTP where both ends can") {
  session talk = fresh();
  (void)talk.offer(codec::alaw);
  REQUIRE(talk.accept(offer_with("m=audio 5000 RTP/AVP 8\r\na=rtcp-mux\r\n")));
  CHECK(talk.agreed()->muxed());
  CHECK(talk.agreed()->rtcp == *address::parse("198.51.100.1", 5000));
  fields saved;
  talk.save(saved);
  const auto again = session::restore(saved, *address::parse("192.0.2.10", 16384));
  REQUIRE(again);
  CHECK(again->agreed()->muxed());
  // Who does not say so has a port of its own for it, and is answered as it asked.
  const auto apart = talk.answer(offer_with("m=audio 5000 RTP/AVP 8\r\n"));
  REQUIRE(apart);
  CHECK_FALSE(talk.agreed()->muxed());
  CHECK(apart->find("rtcp-mux") == std::string::npos);
  const auto shared = talk.answer(offer_with("m=audio 5000 RTP/AVP 8\r\na=rtcp:5001\r\na=rtcp-mux\r\n"));
  REQUIRE(shared);
  CHECK(talk.agreed()->muxed());
  CHECK(shared->find("a=rtcp-mux\r\n") != std::string::npos);
}

TEST_CASE("an answer takes the first audio that can be done and refuses the rest in its place") {
  session talk = fresh();
  const auto out = talk.answer(
      offer_with("m=video 4002 RTP/AVP 31 32\r\nm=audio 4004 RTP/SAVP 0\r\nm=audio 4000 RTP/AVP 9 97 8 96 13\r\na=rtpmap:97 "
                 "pcmu/8000/1\r\n"
                 "a=rtpmap:96 telephone-event/8000\r\na=rtcp:4321 IN IP4 198.51.100.2\r\nm=audio 4006 RTP/AVP 0\r\n"));
  REQUIRE(out);
  CHECK(*out ==
        "v=0\r\no=- 4711 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=video 0 RTP/AVP 31 32\r\nm=audio 0 "
        "RTP/SAVP 0\r\n"
        "m=audio 16384 RTP/AVP 97 8 96\r\na=rtpmap:97 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\n"
        "a=fmtp:96 0-16\r\na=ptime:20\r\na=sendrecv\r\nm=audio 0 RTP/AVP 0\r\n");
  CHECK(talk.agreed()->out.voice() == codec::ulaw);
  CHECK(talk.agreed()->out.number(codec::ulaw) == 97);
  CHECK(talk.agreed()->rtcp == *address::parse("198.51.100.2", 4321));
  SUBCASE("an offer of ours keeps the places and the numbers") {
    const auto again = talk.offer(codec::ulaw);
    CHECK(again.find("m=video 0 RTP/AVP 31 32\r\nm=audio 0 RTP/SAVP 0\r\nm=audio 16384 RTP/AVP 97 8 96\r\n") !=
          std::string::npos);
    CHECK_FALSE(talk.accept(offer_with("m=video 0 RTP/AVP 31\r\n")));
    CHECK(talk.agreed()->out.number(codec::ulaw) == 97);
  }
}

TEST_CASE("hold and resume, as phones do it") {
  const auto answered = [](const std::string& lines, const std::string& connection, bool held, const std::string& direction) {
    CAPTURE(lines);
    session talk = fresh();
    REQUIRE(talk.answer(offer_with("m=audio 4000 RTP/AVP 8\r\n")));
    CHECK_FALSE(talk.held());
    const auto out = talk.answer(offer_with("m=audio 4000 RTP/AVP 8\r\n" + lines, connection));
    REQUIRE(out);
    CHECK(talk.held() == held);
    CHECK(out->ends_with("a=" + direction + "\r\n"));
    CHECK(out->find(direction == "sendrecv" ? "o=- 4711 1 " : "o=- 4711 2 ") != std::string::npos);
    REQUIRE(talk.answer(offer_with("m=audio 4000 RTP/AVP 8\r\na=sendrecv\r\n")));
    CHECK_FALSE(talk.held());
  };
  const std::string here = "c=IN IP4 198.51.100.1\r\n";
  answered("a=sendonly\r\n", here, true, "recvonly");
  answered("a=inactive\r\n", here, true, "inactive");
  answered("a=recvonly\r\n", here, false, "sendonly");
  answered("a=sendrecv\r\n", here, false, "sendrecv");
  answered("", "c=IN IP4 0.0.0.0\r\n", true, "recvonly");
  answered("", here + "a=sendonly\r\n", true, "recvonly");                 // for the whole session
  answered("a=sendrecv\r\n", here + "a=sendonly\r\n", false, "sendrecv");  // the section knows better
}

TEST_CASE("an address is IPv4, IPv6 or a name that is not looked up") {
  session six(*address::parse("2001:db8::10", 16384), 1);
  const auto out = six.answer(offer_with("m=audio 4000 RTP/AVP 8\r\n", "c=IN IP6 2001:db8::1\r\n"));
  REQUIRE(out);
  CHECK(out->find("c=IN IP6 2001:db8::10\r\n") != std::string::npos);
  CHECK(six.agreed()->rtp.text() == "[2001:db8::1]:4000");
  CHECK_FALSE(six.answer(offer_with("m=audio 4000 RTP/AVP 8\r\n")));
  session named = fresh();
  REQUIRE(named.answer(offer_with("m=audio 4000 RTP/AVP 8\r\n", "c=IN IP4 phone.example\r\n")));
  CHECK_FALSE(named.agreed()->rtp);
  CHECK(named.agreed()->far_hears);
  session own = fresh();
  REQUIRE(own.answer(offer_with("m=audio 4000 RTP/AVP 8\r\nc=IN IP4 198.51.100.77\r\n")));
  CHECK(own.agreed()->rtp.ip() == "198.51.100.77");
}

TEST_CASE("what cannot be accepted is refused and changes nothing") {
  refused("");
  refused("hello");
  refused("v=1\r\n");
  refused("v=0\r\n\r\nm=audio 4000 RTP/AVP 8\r\n");
  refused(offer_with(""));
  refused(offer_with("m=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n"));
  refused(offer_with("m=audio 4000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n"));
  refused(offer_with("m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 PCMA/16000\r\n"));
  refused(offer_with("m=audio 0 RTP/AVP 8\r\n"));
  refused(offer_with("m=audio 70000 RTP/AVP 8\r\n"));
  refused(offer_with("m=audio -1 RTP/AVP 8\r\n"));
  refused(offer_with("m=audio 4000/x RTP/AVP 8\r\n"));
  refused(offer_with("m=audio 4000 RTP/AVP\r\n"));
  refused(offer_with("m=audio 4000 RTP/AVP 8\r\n", ""));
  refused(offer_with("m=audio 4000 RTP/AVP 8\r\n", "c=IN IP4\r\n"));
  refused(offer_with("m=audio 4000 RTP/AVP 8\r\n", "c=IN IP4 224.2.1.1/127\r\n"));
  refused(offer_with("m=audio 4000 RTP/AVP 8\r\n", "c=IN IP4 255.255.255.255\r\n"));
  refused(offer_with("m=audio 4000 RTP/AVP 8\r\na=rtcp:99999\r\n"));
  refused(offer_with(std::string("m=audio 4000 RTP/AVP 8\r\na=\0\r\n", 28)));
  std::string lines, sections;
  for (std::size_t i = 0; i < sdp::lines_max; ++i) lines += "a=x\r\n";
  for (std::size_t i = 0; i <= sdp::sections_max; ++i) sections += "m=audio 4000 RTP/AVP 8\r\n";
  refused(offer_with("m=audio 4000 RTP/AVP 8\r\n" + lines));
  refused(offer_with(sections));
  refused(offer_with("m=audio 4000 RTP/AVP 8\r\na=" + std::string(sdp::bytes_max, 'x') + "\r\n"));

  session talk = fresh();
  CHECK_FALSE(talk.accept(offer_with("m=audio 4000 RTP/AVP 8\r\n")));  // there was no offer
  REQUIRE(talk.answer(offer_with("m=audio 4000 RTP/AVP 8\r\n")));
  CHECK_FALSE(talk.answer("v=0\r\nm=audio"));
  CHECK(talk.agreed()->rtp.port() == 4000);
}

TEST_CASE("what was agreed stands on one line and is read back") {
  session talk = fresh();
  REQUIRE(talk.answer(offer_with(
      "m=video 1 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 97 8 96\r\na=rtpmap:97 PCMU/8000\r\na=rtpmap:96 telephone-event/8000\r\n"
      "a=sendonly\r\n")));
  fields saved;
  talk.save(saved);
  CHECK(saved.text().find('\n') == std::string::npos);
  auto again = session::restore(saved, local);
  REQUIRE(again);
  CHECK(again->agreed()->in == talk.agreed()->in);
  CHECK(again->agreed()->out == talk.agreed()->out);
  CHECK(again->agreed()->rtp == talk.agreed()->rtp);
  CHECK(again->agreed()->rtcp == talk.agreed()->rtcp);
  CHECK(again->held());
  CHECK(again->offer(codec::ulaw).find("o=- 4711 2 ") != std::string::npos);
  CHECK(again->offer(codec::ulaw).find("m=video 0 RTP/AVP 31\r\nm=audio 16384 RTP/AVP 97 8 96\r\n") != std::string::npos);

  session asked = fresh();
  asked.offer(codec::alaw);
  fields pending;
  asked.save(pending);
  auto answered = session::restore(pending, local);
  REQUIRE(answered);
  CHECK_FALSE(answered->agreed());
  CHECK(answered->accept(offer_with("m=audio 4000 RTP/AVP 8\r\n")));

  const std::string& whole = saved.text();
  for (std::size_t length = 0; length < whole.size(); ++length) (void)session::restore(fields(whole.substr(0, length)), local);
  CHECK_FALSE(session::restore(fields(""), local));
  CHECK_FALSE(session::restore(fields("id=1 version=2 times=0 audio=9 offered="), local));
  CHECK_FALSE(session::restore(fields("id=1 version=2 times=0 audio=0 offered=300:9 section0="), local));
}

TEST_CASE("no mutation of a description brings us down, and what is read can be read again") {
  const std::vector<std::string> seeds{offer_with("m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 "
                                                  "telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"),
                                       offer_with("m=video 4002/2 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 97 13\r\na=rtpmap:97 "
                                                  "PCMU/8000\r\na=rtcp:4001 IN IP6 ::1\r\na=inactive\r\n",
                                                  "c=IN IP6 ff02::1/3\r\n"),
                                       "v=0\nc=IN IP4 0.0.0.0\nm=audio 65535 RTP/AVP 0\n"};
  const std::vector<std::string> words{"m=",         "c=IN IP4 ", "a=rtpmap:",
                                       "\r\n",       "\n",        "=",
                                       " ",          "/",         ":",
                                       "65535",      "-1",        "99999999999999999999",
                                       "%",          "\t",        std::string(1, '\0'),
                                       "a=sendonly", "IP6",       "RTP/AVP",
                                       "audio"};
  std::mt19937 random(7);
  const auto below = [&](std::size_t x) { return static_cast<std::size_t>(random()) % x; };
  std::size_t accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = seeds[below(seeds.size())];
    for (std::size_t changes = 1 + below(6); changes != 0 && !text.empty(); --changes) {
      const std::size_t at = below(text.size());
      switch (below(5)) {
        case 0: text[at] = static_cast<char>(below(256)); break;
        case 1: text.erase(at, 1 + below(20)); break;
        case 2: text.insert(at, words[below(words.size())]); break;
        case 3: text.insert(at, text.substr(below(text.size()), below(60))); break;
        default: text.resize(at); break;
      }
    }
    CAPTURE(text);
    if (const auto read = sdp::description::parse(text)) {
      const auto again = sdp::description::parse(read->text());
      REQUIRE(again);
      REQUIRE(again->text() == read->text());
    }
    session talk = fresh();
    const auto answer = talk.answer(text);
    if (answer) {
      ++accepted;
      REQUIRE(sdp::description::parse(*answer));
    }
    session asked = fresh();
    asked.offer(codec::alaw);
    if (asked.accept(text)) {
      fields saved;
      asked.save(saved);
      REQUIRE(session::restore(saved, local));
    }
  }
  CHECK(accepted > 500);
  CHECK(accepted < 15000);
}

TEST_CASE("what another end says is passed with our origin, whose version rises with each change and only then") {
  session talk = fresh();
  const std::string media =
      "m=audio 5000 RTP/AVP 9 101\r\na=rtpmap:101 opus/48000/2\r\na=x-unknown:1\r\nm=video 6000 RTP/AVP 31\r\n";
  const auto first = talk.pass(offer_with(media));
  REQUIRE(first);
  CHECK(*first == "v=0\r\no=- 4711 1 IN IP4 192.0.2.10\r\ns=call\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n" + media);
  CHECK(*talk.pass(offer_with(media)) == *first);
  CHECK(*talk.pass(*first) == *first);
  CHECK(talk.pass(offer_with(media + "a=sendonly\r\n"))->find("o=- 4711 2 ") != std::string::npos);
  CHECK_FALSE(talk.pass("v=0\r\n"));
  CHECK_FALSE(talk.pass(offer_with("m=video 6000 RTP/AVP 31\r\n")));
  // And when we speak there ourselves: the same session, its sections in their places, no number with another meaning.
  const std::string ours = talk.offer(codec::alaw);
  CHECK(ours.find("o=- 4711 3 IN IP4 192.0.2.10\r\n") != std::string::npos);
  CHECK(ours.find("m=audio 16384 RTP/AVP 8 0 102\r\n") != std::string::npos);
  CHECK(ours.find("a=rtpmap:102 telephone-event/8000\r\n") != std::string::npos);
  CHECK(ours.find("m=video 0 RTP/AVP 31\r\n") > ours.find("m=audio"));
}
