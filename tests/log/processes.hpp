// SPDX-License-Identifier: Apache-2.0
// What tests with several processes share: children that end with us, memory that they share, batches that name themselves.
#pragma once
#include <sys/mman.h>
#include <sys/types.h>

#include <cerrno>
#include <functional>
#include <system_error>
#include <type_traits>

#include "world.hpp"

namespace cordboard::log_test {

/// Runs `body` in a process of its own, which ends when this one does. @errors  throws std::system_error
pid_t start(const std::function<void()>& body);
/// Waits for its end. @returns  as waitpid's status
int wait_for(pid_t child);

/// Memory that children share with us: zeros, which nobody constructs, since that would touch all of it.
template <class Thing>
Thing& shared() {
  static_assert(std::is_standard_layout_v<Thing> && std::is_trivially_destructible_v<Thing>);
  void* at = ::mmap(nullptr, sizeof(Thing), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  return *static_cast<Thing*>(at);
}

/// After an unclean end, logs what is missing, as a board does; throws when the gap gets another place than was promised.
void tell_gap(log::writer& to);
/// The batch of this turn: one to nine events, half of them with texts. A batch names itself in each of its events, so that a
/// reader can tell half a batch from a whole one.
std::vector<logged> named_batch(log::writer& to, std::uint64_t turn);
/// Whether the event stands in its batch as `named_batch` made it.
bool is_of_its_batch(const event& one);
/// The text that `named_batch` gave it.
std::string named_text(const event& one);

}  // namespace cordboard::log_test
