// SPDX-License-Identifier: Apache-2.0
// What is written to people: a template with fields of the request put in, and the forms in which it travels.
#pragma once
#include <base/fields.hpp>
#include <string>
#include <string_view>

namespace cordboard::outbox {

/// How what is put in is written, so that nobody's name can end the text that it stands in.
enum class escape : std::uint8_t { none, json, form };

/// "{name}" becomes the field of that name, nothing when there is none; other braces stay.
std::string filled(std::string_view from, const fields& with, escape how = escape::none);

/// One '@' with something on both sides, and nothing that could be read as another address or line.
bool is_mail_address(std::string_view text);
/// Digits, and what people put between them.
bool is_telephone_number(std::string_view text);

struct letter {
  std::string from, to, subject, text;
  std::string id;           ///< the same at every try, so that whoever gets it twice can see that
  std::int64_t when_s = 0;  ///< seconds since 1970
};
/// RFC 5322, with the subject as RFC 2047 and the text as base64.
std::string as_mail(const letter& one);

std::string base64(std::string_view bytes);

/// The value of a field of a flat JSON object, be it a text or a number; empty: it is not there. What an unknown server answers.
std::string field_of_answer(std::string_view json, std::string_view name);

}  // namespace cordboard::outbox
