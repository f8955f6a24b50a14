// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sip/headers.hpp>

using namespace cordboard::sip;

TEST_CASE("text from the wire becomes UTF-8 without control characters") {
  CHECK(clean("王小明") == "王小明");
  CHECK(clean("a\r\nb\tc\x7f") == "abc");
  CHECK(clean("a\xC2\x85z") == "az");
  CHECK(clean("\xFF\xC0\xAFx\xE7\x8E") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDx\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("a display name comes out of its quotes, and goes in again") {
  CHECK(display_of("\"Wang \\\"Xiao\\\" \\\\ Ming\"") == "Wang \"Xiao\" \\ Ming");
  CHECK(display_of("Wang") == "Wang");
  CHECK(display_of("\"\"").empty());
  CHECK(display_of(nullptr).empty());
  CHECK(as_address("Wang \"Xiao\" \\", "sip:1@h") == "\"Wang \\\"Xiao\\\" \\\\\" <sip:1@h>");
  CHECK(as_address("", "sip:1@h") == "<sip:1@h>");
  CHECK(as_address("a\r\nEvil: yes", "sip:1@h") == "\"aEvil: yes\" <sip:1@h>");
}

TEST_CASE("a number that is no number still cannot leave its place in a URI") {
  CHECK(as_user("+86-21") == "+86-21");
  CHECK(as_user("1@evil>\r\nX: y") == "1%40evil%3E%0D%0AX%3A%20y");
  CHECK(as_user("王") == "%E7%8E%8B");
}

TEST_CASE("a user part is read as people write it") {
  home pool;
  const auto user = [&](const char* text) { return user_of(parse_url(pool, text)); };
  CHECK(user("sip:1001@h") == "1001");
  CHECK(user("sip:%E7%8E%8B@h") == "王");
  CHECK(user("sip:100;phone-context=x@h") == "100");
  CHECK(user("tel:+862112345") == "+862112345");
  CHECK(user("sip:h").empty());
  CHECK(user("sip:a%0d%0ab@h") == "ab");
}
