// SPDX-License-Identifier: Apache-2.0
// Whoever carries messages: a gateway for short messages, a mail server, a file. One interface, so that nobody else knows which.
#pragma once
#include <cordboard/event.hpp>
#include <memory>
#include <outbox/settings.hpp>
#include <outbox/words.hpp>
#include <string>

namespace cordboard::outbox {

/// What became of a try.
struct outcome {
  enum class how : std::uint8_t {
    again,        ///< nobody took it; it may be tried again
    taken,        ///< it is on its way; `said` is what the carrier calls it
    delivered,    ///< it has arrived
    refused,      ///< this message will never be taken
    undelivered,  ///< it was taken, and will not arrive
  } what = how::again;
  std::string said;
};

class carrier {
public:
  virtual ~carrier() = default;
  virtual outcome send(const letter& one) = 0;
  /// What became of a message that was taken; `again`: it is not known yet.
  virtual outcome ask(const std::string& called) = 0;
  /// It can be asked, so often; 0: what is taken is the last that is heard.
  virtual std::chrono::nanoseconds asks_every() const = 0;
};

/// Null: there is none for this way.
std::unique_ptr<carrier> carrier_for(message_way way, const settings& by);

}  // namespace cordboard::outbox
