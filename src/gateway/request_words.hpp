// SPDX-License-Identifier: Apache-2.0
// What is said of open requests in the texts of their events: the board decides nothing by it and does not keep it.
#pragma once
#include <base/fields.hpp>
#include <board/board_state.hpp>
#include <map>
#include <string>

namespace cordboard::gateway {

class request_words {
public:
  struct one {
    call_id call;  ///< in which it came in
    request_source source{};
    operator_id asked;  ///< to take it over, last
    device_id asked_device;
    fields what;  ///< its number, the person, the kind's fields, as they are now
  };

  /// The next event of the log.
  void take(const logged& said);
  /// Forgets all, and reads what the log still says of the requests that are open in this state.
  void begin(const std::string& log, const board_state& state);
  const one* find(request_id id) const;

private:
  std::map<request_id, one> open_;
};

}  // namespace cordboard::gateway
