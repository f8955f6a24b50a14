// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sip/digest.hpp>
#include "peer_socket.hpp"

using namespace sip_test;
using cordboard::sip::credentials;
using cordboard::sip::digest_server;
using verdict = digest_server::verdict;
using std::chrono::seconds;

namespace {

/// What a client answers to this challenge, as the server reads it.
credentials answer_to(const std::string& challenge, int nc, const std::string& password = "secret") {
  auto text = authorize(challenge, "INVITE", "sip:900@house", "1001", password, nc);
  text = text.substr(text.find("Digest ") + 7);
  text.erase(text.find("\r\n"));
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(", ", at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 2;
  }
  std::vector<const char*> pointers;
  pointers.reserve(parts.size() + 1);
  for (const auto& each : parts) pointers.push_back(each.c_str());
  pointers.push_back(nullptr);
  return cordboard::sip::read_credentials(pointers.data());
}

}  // namespace

TEST_CASE("the example of RFC 7616 3.9.1 is computed as printed") {
  const auto ha1 = md5("Mufasa:http-auth@example.org:Circle of Life");
  const auto ha2 = md5("GET:/dir/index.html");
  CHECK(md5(ha1 + ":7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v:00000001:f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ:auth:" +
            ha2) == "8ca523f5e9506fed4657c9700eebdbec");
}

TEST_CASE("a right answer is good once per count") {
  digest_server server("house");
  const digest_server::clock::time_point now{seconds(1000)};
  for (const auto& challenge : server.challenges(now, false)) {
    CHECK(server.check(answer_to(challenge, 1), "INVITE", "secret", now) == verdict::good);
    CHECK(server.check(answer_to(challenge, 1), "INVITE", "secret", now) == verdict::stale);
    CHECK(server.check(answer_to(challenge, 3), "INVITE", "secret", now) == verdict::good);
    CHECK(server.check(answer_to(challenge, 2), "INVITE", "secret", now) == verdict::good);
    CHECK(server.check(answer_to(challenge, 2), "INVITE", "secret", now) == verdict::stale);
    CHECK(server.check(answer_to(challenge, 200), "INVITE", "secret", now) == verdict::good);
    CHECK(server.check(answer_to(challenge, 100), "INVITE", "secret", now) == verdict::stale);
    CHECK(server.check(answer_to(challenge, 0), "INVITE", "secret", now) == verdict::stale);
    // The other algorithm of the same nonce counts on.
    break;
  }
}

TEST_CASE("a wrong answer is bad, whatever is wrong with it") {
  digest_server server("house");
  const digest_server::clock::time_point now{seconds(1000)};
  const auto challenge = server.challenges(now, false)[1];
  const auto good = answer_to(challenge, 1);
  CHECK(server.check(answer_to(challenge, 1, "guess"), "INVITE", "secret", now) == verdict::bad);
  CHECK(server.check(good, "REGISTER", "secret", now) == verdict::bad);
  for (auto damage : {+[](credentials& c) { c.qop = ""; }, +[](credentials& c) { c.qop = "auth-int"; },
                      +[](credentials& c) { c.nc = "1"; }, +[](credentials& c) { c.nc = "0000000g"; },
                      +[](credentials& c) { c.cnonce = ""; }, +[](credentials& c) { c.algorithm = "MD5-sess"; },
                      +[](credentials& c) { c.realm = "other"; }, +[](credentials& c) { c.response = ""; },
                      +[](credentials& c) { c.uri += "x"; }, +[](credentials& c) { c.nonce += "x"; }}) {
    auto bad = good;
    damage(bad);
    CHECK(server.check(bad, "INVITE", "secret", now) == verdict::bad);
  }
  CHECK(server.check(good, "INVITE", "secret", now) == verdict::good);
}

TEST_CASE("an old nonce is stale, and so is one of the process before") {
  digest_server server("house");
  digest_server other("house");
  const digest_server::clock::time_point now{seconds(1000)};
  const auto challenge = server.challenges(now, false)[0];
  CHECK(server.check(answer_to(challenge, 1), "INVITE", "secret", now + digest_server::nonce_life) == verdict::good);
  CHECK(server.check(answer_to(challenge, 2), "INVITE", "secret", now + digest_server::nonce_life + seconds(1)) ==
        verdict::stale);
  CHECK(other.check(answer_to(challenge, 3), "INVITE", "secret", now) == verdict::stale);
  CHECK(server.check(answer_to(challenge, 4), "INVITE", "secret", now - seconds(1)) == verdict::stale);
}

TEST_CASE("more nonces in use than are remembered cost a round trip and open nothing") {
  digest_server server("house");
  const digest_server::clock::time_point now{seconds(1000)};
  const auto first = server.challenges(now, false)[1];
  CHECK(server.check(answer_to(first, 1), "INVITE", "secret", now) == verdict::good);
  for (std::size_t i = 0; i < digest_server::nonces_max; ++i) {
    const auto challenge = server.challenges(now + seconds(1), false)[1];
    REQUIRE(server.check(answer_to(challenge, 1), "INVITE", "secret", now + seconds(1)) == verdict::good);
  }
  CHECK(server.check(answer_to(first, 1), "INVITE", "secret", now + seconds(1)) == verdict::stale);
}
