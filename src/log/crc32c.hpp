// SPDX-License-Identifier: Apache-2.0
// CRC-32C (Castagnoli): the processor's instruction where it has one, else a table.
#pragma once
#include <cstddef>
#include <cstdint>

namespace cordboard::log {

/// Goes on from `before`, so that parts can be added one by one.
std::uint32_t crc32c(const void* data, std::size_t bytes, std::uint32_t before = 0);
/// The same without the instruction; for machines without it, and for the test that compares.
std::uint32_t crc32c_by_table(const void* data, std::size_t bytes, std::uint32_t before = 0);

}  // namespace cordboard::log
