// SPDX-License-Identifier: Apache-2.0
#include <base/fields.hpp>
#include <base/masked.hpp>
#include <base/utf8.hpp>
#include <fmt/format.h>
#include <store/search.hpp>

namespace cordboard::store {

std::string masked_name(const std::string& name) {
  const std::size_t first = utf8_character(name);
  return first == 0 ? std::string() : name.substr(0, first) + "**";
}

std::string masked_text(const std::string& text) { return text.empty() ? text : fmt::format("*** ({})", utf8_length(text)); }

std::string masked(passage_kind kind, const std::string& text) {
  switch (kind) {
    case passage_kind::identity: {
      const auto tab = text.find('\t');
      const std::string name = tab == std::string::npos ? std::string() : masked_name(text.substr(tab + 1));
      return masked_number(text.substr(0, tab)) + (name.empty() ? "" : "\t" + name);
    }
    case passage_kind::dialled:
    case passage_kind::called:
    case passage_kind::person_number:
    case passage_kind::person_card: return masked_number(text);
    case passage_kind::person_family:
    case passage_kind::person_name: return masked_name(text);
    case passage_kind::request: {
      auto said = read_fields(text);
      if (!said) return masked_text(text);
      for (auto& [name, content] : said->all) {
        if (name == "no") continue;
        content = name == "name" ? masked_name(content) : name == "number" ? masked_number(content) : masked_text(content);
      }
      return write_fields(*said);
    }
    default: return masked_text(text);
  }
}

}  // namespace cordboard::store
