/* SPDX-License-Identifier: Apache-2.0 */
/* What the C test asks of C++: a board to attach to, and the other compiler's layout. */
#ifndef CORDBOARD_TESTS_CPP_SIDE_H
#define CORDBOARD_TESTS_CPP_SIDE_H
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

void* cpp_board_start(const char* run);
void cpp_board_end(void* board);
void cpp_remove_folder(const char* path);
/* How many rows of the C compiler's layout the C++ one contradicts; each is told on stderr. */
int cpp_layout_differences(void);
void* cpp_thread(void (*body)(void*), void* argument);
void cpp_join(void* thread);

#ifdef __cplusplus
}
#endif
#endif
