// SPDX-License-Identifier: Apache-2.0
// One JSON object on a line, and a sentence in two languages.
#pragma once
#include <cordboard/event.hpp>
#include <string>
#include <string_view>

namespace cordboard::cli {

/// A text as JSON, in quotes.
std::string quoted(std::string_view text);

class json_object {
public:
  void raw(std::string_view key, std::string_view json);
  void text(std::string_view key, std::string_view value) { raw(key, quoted(value)); }
  std::string end() && { return std::move(out_) + '}'; }

private:
  std::string out_ = "{";
};

struct phrase_pair {
  std::string_view en;
  std::string_view zh;
  constexpr std::string_view in(language tongue) const { return tongue == language::zh ? zh : en; }
};

}  // namespace cordboard::cli
