// SPDX-License-Identifier: Apache-2.0
// Whom no request calls: numbers in every spelling, up to the end of a day on the house's wall.
#include <doctest/doctest.h>

#include <runtime/start_error.hpp>
#include <runtime/stop_list.hpp>

using namespace cordboard;
using runtime::stop_list;

namespace {

constexpr std::int64_t second = 1'000'000'000, hour = 3600 * second;
/// 2023-11-15, and its midnight in Shanghai.
constexpr std::int32_t day = 19676;
constexpr std::int64_t midnight = (std::int64_t{day} * 24 - 8) * hour;

house_config house_with(std::vector<stopped_number> numbers, const std::string& zone = "Asia/Shanghai") {
  house_config house;
  house.hours.push_back({});
  house.hours.back().name = "day";
  house.hours.back().time_zone = zone;
  house.stop_list = std::move(numbers);
  return house;
}

}  // namespace

TEST_CASE("a number on the stop list is known in every spelling, others are not") {
  const stop_list list(house_with({{"+8613800138000", 0}, {"+867136281234", 0}}));
  for (const char* spelled : {"13800138000", "013800138000", "+86 138-0013-8000", "0086 13800138000", "0713-6281234"})
    CHECK(list.has(spelled, midnight));
  for (const char* other : {"13800138001", "", "anonymous", "8001", "120"}) CHECK_FALSE(list.has(other, midnight));
  CHECK_FALSE(stop_list(house_config{}).has("13800138000", midnight));
}

TEST_CASE("a number is stopped up to the end of its last day by the house's clock; of two lines the longer holds") {
  const stop_list list(house_with({{"+8613800138000", day},
                                   {"+8613900139000", day + 1},
                                   {"+8613900139000", day - 3},
                                   {"+8613700137000", day},
                                   {"+8613700137000", 0}}));
  CHECK(list.has("13800138000", midnight));
  CHECK(list.has("13800138000", midnight + 24 * hour - second));
  CHECK_FALSE(list.has("13800138000", midnight + 24 * hour));
  CHECK(list.has("13900139000", midnight + 47 * hour));
  CHECK(list.has("13700137000", midnight + 900 * 24 * hour));
  CHECK_THROWS_AS(stop_list(house_with({}, "Asia/Pekin")), runtime::start_error);
}
