// SPDX-License-Identifier: Apache-2.0
#include <cordboard/client.hpp>
#include <sys/random.h>
#include <cerrno>
#include <system_error>

namespace cordboard {
namespace {

void fill(void* bytes, std::size_t size) {
  // Requests of up to 256 bytes are never cut short; EINTR is for the time before the pool is ready.
  while (::getrandom(bytes, size, 0) != static_cast<ssize_t>(size)) {
    if (errno != EINTR) throw std::system_error(errno, std::system_category(), "getrandom");
  }
}

}  // namespace

std::uint64_t random_id() {
  std::uint64_t id = 0;
  while (id == 0) fill(&id, sizeof id);
  return id;
}

command_id random_command_id() {
  command_id id;
  while (!id) fill(&id, sizeof id);
  return id;
}

}  // namespace cordboard
