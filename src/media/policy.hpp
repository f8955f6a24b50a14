// SPDX-License-Identifier: Apache-2.0
// What may be agreed with a far end.
#pragma once
#include <cordboard/config.hpp>

namespace cordboard::media {

struct policy {
  srtp_policy srtp = srtp_policy::off;
  friend bool operator==(const policy&, const policy&) = default;
};

}  // namespace cordboard::media
