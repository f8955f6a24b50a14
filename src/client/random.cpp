// SPDX-License-Identifier: Apache-2.0
#include <base/random.hpp>
#include <cordboard/client.hpp>

namespace cordboard {

std::uint64_t random_id() {
  std::uint64_t id = 0;
  while (id == 0) fill_random(&id, sizeof id);
  return id;
}

command_id random_command_id() {
  command_id id;
  while (!id) fill_random(&id, sizeof id);
  return id;
}

}  // namespace cordboard
