// SPDX-License-Identifier: Apache-2.0
#include <cordboard/errc.hpp>

namespace cordboard {
namespace {

class category final : public std::error_category {
public:
  const char* name() const noexcept override { return "cordboard"; }
  std::string message(int value) const override {
    const std::string_view known = text(static_cast<errc>(value), language::en);
    if (!known.empty()) return std::string(known);
    return value == 0 ? "Success." : "Unknown error " + std::to_string(value) + ".";
  }
};

}  // namespace

const std::error_category& error_category() noexcept {
  static const category instance;
  return instance;
}

}  // namespace cordboard
