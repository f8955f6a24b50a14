// SPDX-License-Identifier: Apache-2.0
#include <base/words.hpp>
#include <board/evolve_parts.hpp>
#include <board/request_rules.hpp>

#include <charconv>

namespace cordboard {
namespace {

template <class Number>
Number number_in(std::string_view text) {
  Number out{};
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

bool digits_only(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "2026-11-23", a day that there is.
bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto year = text.substr(0, 4), month = text.substr(5, 2), day = text.substr(8, 2);
  if (!digits_only(year) || !digits_only(month) || !digits_only(day)) return false;
  constexpr int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int y = number_in<int>(year), m = number_in<int>(month), d = number_in<int>(day);
  const bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
  return m >= 1 && m <= 12 && d >= 1 && d <= days[m - 1] && !(m == 2 && d == 29 && !leap);
}

}  // namespace

bool is_of_type(std::string_view type, std::string_view value) {
  if (value.empty() || type == "text") return true;
  if (type == "yes_no") return value == "yes" || value == "no";
  if (type == "date") return is_date(value);
  if (type == "phone") return value.find_first_not_of("0123456789+-() .*#") == std::string_view::npos;
  const auto digits = value.front() == '-' ? value.substr(1) : value;
  return digits_only(digits) && digits.size() <= 18;
}

request_rules::request_rules(std::string_view text) {
  const parts in(text);
  name = in[0], zh = in[1], en = in[2], prefix = in[3];
  for (const auto one : words_of(in[4]))
    if (const auto field = read_request_field(one)) fields.push_back(*field);
  results = words_of(in[5]);
  stages = words_of(in[6]);
  owner = in[7], backup = in[8];
  if (!in[9].empty()) chain = parts(in[9], '|').all;
  for (const auto one : words_of(in[10])) reminders.push_back(number_in<std::uint8_t>(one));
  first_contact = read_request_limit(in[11]).value_or(request_limit{});
  completion = read_request_limit(in[12]).value_or(request_limit{});
  escalate_ns = number_in<std::int64_t>(in[13]);
  call_every_ns = number_in<std::int64_t>(in[14]);
  calls_max = number_in<std::uint32_t>(in[15]);
  has_hours = in[16] == "1";
  book_ahead_ns = number_in<std::int64_t>(in[17]);
  book_until_ns = number_in<std::int64_t>(in[18]);
  remind_ns = number_in<std::int64_t>(in[19]);
  no_show_ns = number_in<std::int64_t>(in[20]);
  no_shows_max = number_in<std::uint8_t>(in[21]);
  barred_ns = number_in<std::int64_t>(in[22]);
  per_person_max = number_in<std::uint32_t>(in[23]);
  tell_ns = number_in<std::int64_t>(in[24]);
  dialogue = in[25];
}

const request_field* request_rules::field(std::string_view wanted) const {
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const request_field& f) { return f.name == wanted; });
  return it != fields.end() ? &*it : nullptr;
}

std::string request_number(std::string_view prefix, std::uint16_t year, std::uint32_t number) {
  const std::string digits = std::to_string(number);
  return std::string(prefix) + '-' + std::to_string(year) + '-' + std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') +
         digits;
}

std::string write_kind(const request_kind_config& k) {
  std::string chain, reminders;
  for (const std::string& one : k.chain) chain += (chain.empty() ? "" : "|") + one;
  for (const std::uint32_t one : k.reminders) add_word(reminders, std::to_string(one));
  std::string out = k.name;
  for (const std::string& part : {k.zh, k.en, k.prefix, joined(k.fields), joined(k.results), joined(k.stages), k.owner,
                                  k.backup, chain, reminders, k.first_contact, k.completion})
    out += '\t' + part;
  for (const std::int64_t number :
       {k.escalate_every.count(), k.call_every.count(), std::int64_t{k.calls_max}, std::int64_t{k.hours.empty() ? 0 : 1},
        k.book_ahead.count(), k.book_until.count(), k.remind_ahead.count(), k.no_show_after.count(),
        std::int64_t{k.no_shows_max}, k.barred_for.count(), std::int64_t{k.per_person_max}, k.tell_ahead.count()})
    out += '\t' + std::to_string(number);
  out += '\t' + k.dialogue;
  return out;
}

std::uint8_t kind_flags(const request_kind_config& k) {
  return static_cast<std::uint8_t>((k.approval ? kind_approval : 0) | (k.tell_result ? kind_tells_result : 0) |
                                   (k.call_back ? kind_calls_back : 0) | (k.slots ? kind_slots : 0) |
                                   (k.late_is_no_show ? kind_late_no_show : 0));
}

}  // namespace cordboard
