// SPDX-License-Identifier: Apache-2.0
// What people's numbers and names look like to who may not read them.
#pragma once
#include <cordboard/event.hpp>
#include <string>
#include <string_view>

namespace cordboard {

/// An inside number of up to five digits is nobody's secret, and stays. Of others the first three digits and the last two stay, of
/// nine and more the last four; what is between the digits stays, too. Of an address by name its first character stays.
std::string masked_number(std::string_view number);
/// "王芳" as "王*".
std::string masked_name(std::string_view name);
/// The text of an event for who may not read texts: names of the house as they are; who somebody is, or whose a request is, masked; else
/// nothing.
std::string masked_text(const event& e, std::string_view text);

}  // namespace cordboard
