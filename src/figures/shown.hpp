// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cordboard/figures.hpp>
#include <string>

namespace cordboard::figures {

/// A value for people: "93.5 %", "12.3 s", "7:15:00", "4.52 (n 31)"; "–" when there is nothing to divide by.
std::string shown(const figure& what, const figure_value& value);

}  // namespace cordboard::figures
