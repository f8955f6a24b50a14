// SPDX-License-Identifier: Apache-2.0
// Vectors: what is written, and the one form of it. The house stands in Beijing (010), extensions have four digits.
#include <cordboard/numbers.hpp>
#include <doctest/doctest.h>
#include <random>
#include <string>

using namespace cordboard;
using enum number_kind;

namespace {

const number_plan beijing{"010", "0", 4};

struct vector_row {
  const char* written;
  number_kind kind;
  const char* number;
  const char* extension = "";
};

constexpr vector_row rows[] = {
    // Mobile numbers in all their spellings.
    {"13800138000", mobile, "+8613800138000"},
    {"138 0013 8000", mobile, "+8613800138000"},
    {"138-0013-8000", mobile, "+8613800138000"},
    {"013800138000", mobile, "+8613800138000"},
    {"+8613800138000", mobile, "+8613800138000"},
    {"+86 138 0013 8000", mobile, "+8613800138000"},
    {"+86-138-0013-8000", mobile, "+8613800138000"},
    {"+86 013800138000", mobile, "+8613800138000"},
    {"008613800138000", mobile, "+8613800138000"},
    {"8613800138000", mobile, "+8613800138000"},
    {"(+86)13800138000", mobile, "+8613800138000"},
    {"１３８００１３８０００", mobile, "+8613800138000"},
    {"＋８６ １３８ ００１３ ８０００", mobile, "+8613800138000"},
    {"tel:+86-138-0013-8000", mobile, "+8613800138000"},
    {"tel:13800138000;phone-context=+86", mobile, "+8613800138000"},
    {"sip:13800138000@10.0.0.1:5060;user=phone", mobile, "+8613800138000"},
    {"sips:+8613800138000@trunk.example", mobile, "+8613800138000"},
    // Every prefix from 13 to 19 is a mobile number and nothing more: no operator, no region.
    {"14500000000", mobile, "+8614500000000"},
    {"15912345678", mobile, "+8615912345678"},
    {"16612345678", mobile, "+8616612345678"},
    {"17012345678", mobile, "+8617012345678"},
    {"18612345678", mobile, "+8618612345678"},
    {"19812345678", mobile, "+8619812345678"},
    // Landlines: with area code, without, two and three digits of it, seven and eight of the subscriber.
    {"62345678", landline, "+861062345678"},
    {"6234 5678", landline, "+861062345678"},
    {"01062345678", landline, "+861062345678"},
    {"010-62345678", landline, "+861062345678"},
    {"(010)62345678", landline, "+861062345678"},
    {"（010）6234-5678", landline, "+861062345678"},
    {"010 6234 5678", landline, "+861062345678"},
    {"+861062345678", landline, "+861062345678"},
    {"+86 10 6234 5678", landline, "+861062345678"},
    {"+86 (0)10 6234 5678", landline, "+861062345678"},
    {"861062345678", landline, "+861062345678"},
    {"00861062345678", landline, "+861062345678"},
    {"1062345678", landline, "+861062345678"},
    {"021-62345678", landline, "+862162345678"},
    {"02988888888", landline, "+862988888888"},
    {"0755-82345678", landline, "+8675582345678"},
    {"075582345678", landline, "+8675582345678"},
    {"0898-6234567", landline, "+868986234567"},
    {"09516234567", landline, "+869516234567"},
    {"+86 755 8234 5678", landline, "+8675582345678"},
    {"8675582345678", landline, "+8675582345678"},
    {"86123456", landline, "+861086123456"},  // a subscriber whose number begins with 86
    // Extensions behind a number.
    {"010-62345678-8001", landline, "+861062345678", "8001"},
    {"010-62345678转8001", landline, "+861062345678", "8001"},
    {"62345678 转 8001", landline, "+861062345678", "8001"},
    {"62345678 分机 801", landline, "+861062345678", "801"},
    {"62345678 ext. 8001", landline, "+861062345678", "8001"},
    {"62345678x8001", landline, "+861062345678", "8001"},
    {"62345678,8001", landline, "+861062345678", "8001"},
    {"62345678#8001", landline, "+861062345678", "8001"},
    {"tel:+86-10-6234-5678;ext=8001", landline, "+861062345678", "8001"},
    {"0755-82345678-12", landline, "+8675582345678", "12"},
    // Short codes.
    {"120", emergency, "120"},
    {"110", emergency, "110"},
    {"119", emergency, "119"},
    {"122", emergency, "122"},
    {"114", service, "114"},
    {"12345", service, "12345"},
    {"12320", service, "12320"},
    {"10086", service, "10086"},
    {"1008611", service, "1008611"},
    {"116114", service, "116114"},
    {"010-12345", service, "12345"},
    {"02112345", service, "+862112345"},
    {"010120", emergency, "120"},
    {"021120", service, "+8621120"},  // another region's, which is no emergency here
    {"+86 10 120", emergency, "120"},
    {"95588", service, "95588"},
    {"95105105", service, "95105105"},
    {"01095588", service, "95588"},
    {"+8695588", service, "95588"},
    {"96156", service, "+861096156"},
    {"02196156", service, "+862196156"},
    // 400 and 800.
    {"4008001234", toll_free, "4008001234"},
    {"400-800-1234", toll_free, "4008001234"},
    {"400 8001 234", toll_free, "4008001234"},
    {"+86 400 800 1234", toll_free, "4008001234"},
    {"8008201234", toll_free, "8008201234"},
    {"400-800-1234转3", toll_free, "4008001234", "3"},
    // Extensions of the house.
    {"8001", extension, "8001"},
    {"1001", extension, "1001"},
    {"sip:8001@10.0.0.2", extension, "8001"},
    // Other countries.
    {"+852 2345 6789", international, "+85223456789"},
    {"0085223456789", international, "+85223456789"},
    {"+1 (212) 555-0100", international, "+12125550100"},
    {"+44 20 7946 0958", international, "+442079460958"},
    // What fits no plan is kept as it is, and nothing is made of it.
    {"", none, ""},
    {"anonymous", none, ""},
    {"陈静", none, ""},
    {"sip:anonymous@anonymous.invalid", none, ""},
    {"12", none, "12"},
    {"123456789012", none, "123456789012"},
    {"1380013800", none, "1380013800"},
    {"138001380001", none, "138001380001"},
    {"+86", none, "+86"},
    {"+86 12345678901234", none, "+8612345678901234"},
    {"00", none, "00"},
    {"0", none, "0"},
    {"010", none, "010"},
    {"+", none, ""},
    {"转8001", none, ""},
    {"62345678转", none, ""},
    {"123456789012345678901234567890123", none, ""},
};

}  // namespace

TEST_CASE("every spelling of a number has one form") {
  for (const auto& row : rows) {
    CAPTURE(row.written);
    const auto is = normalise_number(row.written, beijing);
    CHECK(is.kind == row.kind);
    CHECK(is.number == row.number);
    CHECK(is.extension == row.extension);
  }
}

TEST_CASE("the one form is its own form") {
  for (const auto& row : rows) {
    if (row.kind == none || row.extension[0] != '\0') continue;
    CAPTURE(row.written);
    const auto is = normalise_number(row.written, beijing);
    CHECK(normalise_number(is.number, beijing) == is);
  }
}

TEST_CASE("a number that is dialled as told reaches the same number") {
  for (const auto& row : rows) {
    if (row.kind == none || row.kind == extension || row.extension[0] != '\0') continue;
    CAPTURE(row.written);
    const auto is = normalise_number(row.written, beijing);
    CHECK(normalise_number(dialled_number(is, beijing), beijing) == is);
  }
  const auto dialled = [](const char* text) { return dialled_number(normalise_number(text, beijing), beijing); };
  CHECK(dialled("+86 10 6234 5678") == "62345678");
  CHECK(dialled("+86 21 6234 5678") == "02162345678");
  CHECK(dialled("+8613800138000") == "13800138000");  // no 0: which region it is cannot be told
  CHECK(dialled("+852 2345 6789") == "0085223456789");
  CHECK(dialled("010-12345") == "12345");
  CHECK(dialled("120") == "120");
  CHECK(dialled("nobody").empty());
  CHECK(dialled_number(normalise_number("62345678")) == "62345678");
}

TEST_CASE("a phone of the house dials a prefix for an outside line, and emergencies with it or without") {
  const auto inside = [](const char* text, const number_plan& plan = beijing) {
    return normalise_number(text, plan, number_from::inside).number;
  };
  CHECK(inside("0120") == "120");
  CHECK(inside("120") == "120");
  CHECK(inside("062345678") == "+861062345678");
  CHECK(inside("013800138000") == "+8613800138000");
  CHECK(inside("0013800138000") == "+8613800138000");
  CHECK(inside("002162345678") == "+862162345678");
  CHECK(inside("00085223456789") == "+85223456789");
  CHECK(inside("8001") == "8001");
  const number_plan nine{"021", "9", 4};
  CHECK(inside("9120", nine) == "120");
  CHECK(inside("962345678", nine) == "+862162345678");
  CHECK(inside("9001", nine) == "9001");  // behind the prefix "001" is nothing: an extension
  CHECK(inside("95588", nine) == "95588");
  CHECK(inside("995588", nine) == "95588");
}

TEST_CASE("without a plan nothing is added to a local number, and there may be no extensions") {
  CHECK(normalise_number("62345678", {}) == phone_number{landline, "62345678", ""});
  CHECK(normalise_number("8001", {"010", "", 0}).kind == none);
  CHECK(normalise_number("801", {"010", "", 3}).kind == extension);
  CHECK(normalise_number("120", {"010", "", 3}).kind == emergency);
}

TEST_CASE("P5: mobile numbers of every prefix are treated alike") {
  for (int prefix = 130; prefix < 200; ++prefix) {
    const auto n = normalise_number(std::to_string(prefix) + "00138000", beijing);
    CHECK(n == phone_number{mobile, "+86" + std::to_string(prefix) + "00138000", ""});
    CHECK(dialled_number(n, beijing) == std::to_string(prefix) + "00138000");
  }
}

TEST_CASE("any bytes are a number or none, and what is made of them is its own form") {
  std::mt19937 random(11);
  const std::string alphabet = "0123456789+-() .转x,;#@:/a８\xEF\xBC\xFF";
  for (int i = 0; i < 200000; ++i) {
    std::string text;
    for (auto n = random() % 20; n-- > 0;) text += alphabet[random() % alphabet.size()];
    const auto is = normalise_number(text, beijing, random() % 2 == 0 ? number_from::inside : number_from::outside);
    if (is.kind == none || is.kind == extension) continue;
    const auto again = normalise_number(is.number, beijing);
    if (again.number != is.number || again.kind != is.kind) FAIL(text << " gives " << is.number << " gives " << again.number);
  }
}
