// SPDX-License-Identifier: Apache-2.0
// Several processes that begin together, each on a processor of its own choice, and what each took.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <new>
#include <string>
#include <sys/mman.h>
#include <utility>
#include <vector>

#include "measure.hpp"

namespace cordboard::bench {

/// An object in memory that children share.
template <class Value>
class shared {
public:
  shared() {
    void* at = ::mmap(nullptr, sizeof(Value), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    must(at != MAP_FAILED, "no shared memory");
    at_ = new (at) Value();
  }
  ~shared() { ::munmap(at_, sizeof(Value)); }
  shared(const shared&) = delete;
  shared& operator=(const shared&) = delete;
  Value* operator->() const { return at_; }
  Value& operator*() const { return *at_; }

private:
  Value* at_;
};

/// Who takes part: `prepare` is done before the common start and gives what is measured.
struct runner {
  int processor = -1;  ///< -1: wherever the system puts it
  std::function<std::function<void()>()> prepare;
};

struct took {
  double wall_ns = 0;  ///< from the common start until this one was done
  double cpu_ns = 0;   ///< of its processor time
};

/// Runs each in a process of its own and waits for all.
///
/// @errors  ends the program when one fails or takes longer than two minutes
std::vector<took> race(const std::vector<runner>& all);
/// The same with threads of this process.
std::vector<took> race_in_process(const std::vector<runner>& all);

}  // namespace cordboard::bench
