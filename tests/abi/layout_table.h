/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORDBOARD_TESTS_LAYOUT_TABLE_H
#define CORDBOARD_TESTS_LAYOUT_TABLE_H
#include <stdint.h>

/* Where a field stands and how long it is. */
struct layout_row {
  const char* name;
  uint32_t offset; /* 0xffffffff: a whole record */
  uint32_t size;
};

extern const struct layout_row layout_table[];
extern const uint32_t layout_rows;
#endif
