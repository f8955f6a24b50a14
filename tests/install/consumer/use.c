/* SPDX-License-Identifier: Apache-2.0 */
#include <cordboard/cordboard.h>
#include <stdio.h>

int main(void) {
  printf("Cordboard %s, ABI %u\n", cordboard_version(), (unsigned)cordboard_abi());
  return cordboard_abi() == CORDBOARD_ABI ? 0 : 1;
}
