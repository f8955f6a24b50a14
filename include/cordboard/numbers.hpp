// SPDX-License-Identifier: Apache-2.0
// Telephone numbers in all their spellings to one form, by the numbering plan of China. Nothing is inferred from the first digits
// of a mobile number: numbers move between operators and regions.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace cordboard {

/// What a number is.
enum class number_kind : std::uint8_t {
  none,           ///< no number: empty, "anonymous", a name, or digits that fit no plan
  extension,      ///< of the house
  emergency,      ///< 110, 119, 120, 122
  service,        ///< other short codes: 114, 12345, 10086, 95588; 96xxx in a region
  toll_free,      ///< 400 and 800
  mobile,         ///< eleven digits
  landline,       ///< with its area code
  international,  ///< another country's
};

/// What of the house's own numbering decides how a number is read.
struct number_plan {
  std::string area_code;              ///< of the house, "010" or "10"; empty: local numbers stay without
  std::string outside_prefix;         ///< what phones of the house dial first for an outside line, "0" or "9"; empty: nothing
  std::uint8_t extension_digits = 4;  ///< how many digits an extension has; 0: there are none
};

/// A number that was understood.
struct phone_number {
  number_kind kind = number_kind::none;  ///< what it is
  /// One form for every spelling: "+8613800138000", "+861062345678", "+85223456789", "120", "95588", "4008001234", "8001";
  /// a local number without area code "62345678". With `none` what was given, without separators.
  std::string number;
  std::string extension;  ///< behind it, "转8001": its digits
  friend bool operator==(const phone_number&, const phone_number&) = default;
};

/// Who wrote the number.
enum class number_from : std::uint8_t {
  outside,  ///< a trunk, a form, a list: no prefix for an outside line
  inside,   ///< a phone of the house dialled it
};

/// One form for a number however it is written: +86, 0086 or 86; 0 before a mobile number; with area code or without; a tel or sip
/// URI; full-width digits, spaces, dashes and brackets; an extension behind it.
///
/// @param text  as it was found; UTF-8
/// @errors      none: what fits no plan is `number_kind::none`
/// @threads     any
phone_number normalise_number(std::string_view text, const number_plan& plan = {}, number_from from = number_from::outside);

/// What is dialled on a trunk in the house's area for a number: "13800138000", "62345678", "02162345678", "0085223456789", "120".
/// Empty for `number_kind::none`.
std::string dialled_number(const phone_number& number, const number_plan& plan = {});

}  // namespace cordboard
