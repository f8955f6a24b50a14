// SPDX-License-Identifier: Apache-2.0
// What the phones of a loopback board do: a board that needs neither SIP nor media, to try things out and to test programs.
#pragma once
#include <cordboard/ids.hpp>
#include <cstdint>
#include <string>

namespace cordboard {

/// What a phone does when it is rung.
enum class loopback_phone : std::uint8_t {
  answers,  ///< rings, and is answered at once
  rings,    ///< rings until it is answered by the program
  busy,     ///< 486
  refuses,  ///< 603
  dead,     ///< nothing comes at all
};

/// A call from outside.
struct loopback_call {
  std::string trunk;   ///< name of a trunk, or number of a phone
  std::string called;  ///< what was dialled
  std::string number;  ///< who calls
  std::string name;    ///< may be empty
  leg_id leg;          ///< its leg's id, the caller's choice, random
  call_id call;        ///< the call's, as well
  party_id party;      ///< the caller's, as well
};

}  // namespace cordboard
