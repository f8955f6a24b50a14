// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>

namespace sip_test {

/// Seconds by which this process sees the wall clock moved. The monotonic clock is not touched.
extern std::atomic<long> wall_step;

}  // namespace sip_test
