// SPDX-License-Identifier: Apache-2.0
// An engine with phones at it, as the tests of the relay need it.
#pragma once
#include "far_end.hpp"
#include <doctest/doctest.h>
#include <map>
#include <memory>

namespace cordboard::media {

struct board {
  kept_facts facts;
  media_config config = test_config();
  std::unique_ptr<engine> media;
  std::map<std::uint64_t, far_end> phones;

  explicit board(const media_config& with = test_config()) : config(with) {
    diagnostics why;
    auto opened = engine::open(config, facts, &why);
    INFO(why.our_text());
    REQUIRE(opened);
    media = std::move(*opened);
  }

  /// A phone that calls: its offer, our answer.
  far_end& call_in(std::uint64_t id, const std::string& formats = "8 0 101", const char* ip = "127.0.0.1") {
    far_end& phone = phones.try_emplace(id, ip).first->second;
    phone.ssrc += static_cast<std::uint32_t>(id);
    const auto answer = media->answer(leg(id), phone.sdp(formats));
    REQUIRE(answer);
    phone.aim(*answer);
    return phone;
  }
  /// Two phones that hear each other.
  void join(std::uint64_t a, std::uint64_t b) {
    media->hear(leg(a), from_leg(b));
    media->hear(leg(b), from_leg(a));
  }
};

}  // namespace cordboard::media
