// SPDX-License-Identifier: Apache-2.0
// A telephone number for who may not read it.
#pragma once
#include <string>
#include <string_view>

namespace cordboard {

/// An inside number of up to five digits is nobody's secret, and stays. Of others the first three digits and the last two stay, of
/// nine and more the last four; what is between the digits stays, too. Of an address by name its first character stays.
std::string masked_number(std::string_view number);

}  // namespace cordboard
