// SPDX-License-Identifier: Apache-2.0
#include <store/database.hpp>

namespace cordboard::store {

std::string text_of(const value& v) {
  if (const auto* text = std::get_if<std::string>(&v)) return *text;
  if (const auto* bytes = std::get_if<blob>(&v)) return bytes->bytes;
  if (const auto* n = std::get_if<std::int64_t>(&v)) return std::to_string(*n);
  return {};
}

std::vector<std::vector<value>> database::all(std::string_view sql, std::initializer_list<value> with) {
  std::vector<std::vector<value>> out;
  each(sql, with, [&](row r) {
    out.emplace_back(r.begin(), r.end());
    return true;
  });
  return out;
}

value database::one(std::string_view sql, std::initializer_list<value> with) {
  value out;
  each(sql, with, [&](row r) {
    out = r[0];
    return false;
  });
  return out;
}

}  // namespace cordboard::store
