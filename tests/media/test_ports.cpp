// SPDX-License-Identifier: Apache-2.0
#include "far_end.hpp"
#include <doctest/doctest.h>
#include <media/ports.hpp>

using namespace cordboard;
using namespace cordboard::media;

TEST_CASE("ports must lie outside the kernel's ephemeral range") {
  const ephemeral_range kernel{32768, 60999};
  const auto complaint = [&](std::uint16_t first, std::uint16_t last) {
    media_config config;
    config.port_min = first;
    config.port_max = last;
    return complaint_about_ports(config, kernel);
  };
  CHECK(complaint(16384, 24575).empty());
  CHECK(complaint(61000, 65535).empty());
  CHECK(complaint(16384, 32767).empty());
  CHECK(complaint(16384, 32768) ==
        "media ports 16384-32768 overlap the kernel's ephemeral ports 32768-60999 (net.ipv4.ip_local_port_range): choose a "
        "range outside");
  CHECK_FALSE(complaint(40000, 41000).empty());
  CHECK_FALSE(complaint(60998, 65535).empty());
  CHECK_FALSE(complaint(1024, 65535).empty());
  CHECK(complaint(16385, 24575) == "media ports 16385-24575: the first must be even and at least 1024");
  CHECK_FALSE(complaint(512, 24575).empty());
  CHECK_FALSE(complaint(16384, 16384).empty());
}

TEST_CASE("an engine says what is wrong with its configuration") {
  kept_facts facts;
  diagnostics why;
  media_config config = test_config();
  config.address = "phone.example";
  CHECK_FALSE(engine::open(config, facts, &why));
  CHECK(why.our_text() == "media address \"phone.example\": an IP address of this machine is expected");
  config.address = "0.0.0.0";
  CHECK_FALSE(engine::open(config, facts, &why));
  config.address = "192.0.2.1";
  const auto elsewhere = engine::open(config, facts, &why);
  REQUIRE_FALSE(elsewhere);
  CHECK(elsewhere.error() == std::errc::address_not_available);
  config = test_config();
  const auto kernel = kernel_ephemeral_range();
  config.port_min = static_cast<std::uint16_t>(kernel.low & ~1U);
  config.port_max = kernel.high;
  CHECK_FALSE(engine::open(config, facts, &why));
  CHECK(why.our_text().find(std::to_string(kernel.low) + "-" + std::to_string(kernel.high)) != std::string::npos);
}

TEST_CASE("pairs are given in turn, busy ones are passed over, and the end of the range has a name") {
  const media_config config = test_config();
  const address at = *address::parse("127.0.0.1", 0);
  const std::uint16_t first = config.port_min;
  port_pool other(at, first, static_cast<std::uint16_t>(first + 1));
  port_pool pool(at, first, static_cast<std::uint16_t>(first + 7));
  auto held = other.open();
  REQUIRE(held);
  CHECK(held->port == first);
  auto a = pool.open();
  auto b = pool.open();
  auto c = pool.open();
  REQUIRE(c);
  CHECK(a->port == first + 2);
  CHECK(b->port == first + 4);
  CHECK(c->port == first + 6);
  const auto none = pool.open();
  REQUIRE_FALSE(none);
  CHECK(none.error() == errc::limit_reached);
  pool.give_back(b->port);
  *b = port_pair{};
  held = failure(errc::limit_reached);
  const auto d = pool.open();
  REQUIRE(d);
  CHECK(d->port == first);
  CHECK(pool.open()->port == first + 4);
  CHECK_FALSE(pool.open(a->port));
}
