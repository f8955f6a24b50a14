// SPDX-License-Identifier: Apache-2.0
#include "processes.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <stdexcept>

namespace cordboard::log_test {
namespace {

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9U;
  return (value ^ value >> 27) * 0x94d049bb133111ebU;
}

}  // namespace

pid_t start(const std::function<void()>& body) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  try {
    body();
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "child: %s\n", wrong.what());
    ::_exit(2);
  }
  ::_exit(0);
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

void tell_gap(log::writer& to) {
  if (to.recovered().clean) return;
  logged gap;
  gap.record.kind = event_kind::gap;
  gap.record.time_ns = beginning;
  gap.record.value = static_cast<std::int64_t>(to.recovered().gap_from);
  gap.record.other = to.recovered().gap_to;
  if (append(to, gap) != to.recovered().gap_to) throw std::runtime_error("the gap has another place");
}

std::vector<logged> named_batch(log::writer& to, std::uint64_t turn) {
  const std::size_t count = 1 + mixed(turn) % 9;
  const std::uint64_t first = to.next();
  std::vector<logged> batch;
  for (std::size_t i = 0; i < count; ++i) {
    logged one = make_event(static_cast<std::int64_t>(first), i % 2 == 0 ? std::to_string(first + i) : "");
    one.record.other = count;
    one.record.party = {first + i};
    batch.push_back(std::move(one));
  }
  return batch;
}

bool is_of_its_batch(const event& one) {
  const auto first = static_cast<std::uint64_t>(one.value);
  return one.party.value == one.sequence && one.sequence >= first && one.sequence < first + one.other &&
         one.batch_left == first + one.other - 1 - one.sequence;
}

std::string named_text(const event& one) {
  return (one.sequence - static_cast<std::uint64_t>(one.value)) % 2 == 0 ? std::to_string(one.sequence) : "";
}

}  // namespace cordboard::log_test
