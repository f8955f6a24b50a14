/* SPDX-License-Identifier: Apache-2.0
 * Preloaded into the program under measurement: writes the bytes of the heap that are in use to the file HEAP_IN_USE_FILE, a
 * line for each SIGRTMAX. What the allocator keeps for later is not in use; Pss counts it too. */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void* tell(void* unused) {
  sigset_t asked;
  int number;
  (void)unused;
  sigemptyset(&asked);
  sigaddset(&asked, SIGRTMAX);
  while (sigwait(&asked, &number) == 0) {
    const struct mallinfo2 heap = mallinfo2();
    FILE* out = fopen(getenv("HEAP_IN_USE_FILE"), "a");
    if (out == NULL) abort();
    fprintf(out, "%zu\n", heap.uordblks + heap.hblkhd);
    fclose(out);
  }
  return NULL;
}

/* Before the program's first thread: all of them leave the signal to ours. */
__attribute__((constructor)) static void begin(void) {
  sigset_t asked;
  pthread_t thread;
  if (getenv("HEAP_IN_USE_FILE") == NULL) return;
  sigemptyset(&asked);
  sigaddset(&asked, SIGRTMAX);
  pthread_sigmask(SIG_BLOCK, &asked, NULL);
  if (pthread_create(&thread, NULL, tell, NULL) == 0) pthread_detach(thread);
}
