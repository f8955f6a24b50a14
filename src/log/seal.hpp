// SPDX-License-Identifier: Apache-2.0
// Archived segments that are whole and were never sealed, since the process or the machine ended just then.
#pragma once
#include <cordboard/errc.hpp>
#include <log/chain.hpp>
#include <log/files.hpp>

namespace cordboard::log {

/// Seals every archived segment that is ended, of which nothing more can come, and whose events and texts are all there.
/// What lacks something is left as it is: the archiver copies it anew, or a repair states what is lost.
/// @threads  the archiver's, before it copies
result<void> seal_left(const folder& hot, const folder& archive, const chain_key* key);

}  // namespace cordboard::log
