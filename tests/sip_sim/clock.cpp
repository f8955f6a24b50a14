// SPDX-License-Identifier: Apache-2.0
#include "clock.hpp"
#include <sofia-sip/su_time.h>

// Exported by the library, declared in none of its headers; the name is its own.
extern "C" void (*_su_time)(su_time_t* tv);  // NOLINT(bugprone-reserved-identifier,readability-identifier-naming)

namespace sip_sim {
namespace {

milliseconds passed = 0;

void read(su_time_t* tv) {
  // The 1st of January 2030, and what has passed since, in seconds from 1900.
  constexpr unsigned long begin = 2208988800UL + 1893456000UL;
  tv->tv_sec = begin + static_cast<unsigned long>(passed / 1000);
  tv->tv_usec = static_cast<unsigned long>(passed % 1000) * 1000;
}

}  // namespace

void use_virtual_clock() { _su_time = read; }
milliseconds now() { return passed; }
void advance(milliseconds by) { passed += by; }

}  // namespace sip_sim
