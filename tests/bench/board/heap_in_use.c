/* SPDX-License-Identifier: Apache-2.0
 * Preloaded into the program under measurement: writes the bytes of the heap that are in use to the file HEAP_IN_USE_FILE, a
 * line for each SIGRTMAX. What the allocator keeps for later is not in use; Pss counts it too. Each piece counts as large as
 * its allocator says it is, whichever allocator that is. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_llong in_use;

/* The next one of this name; as POSIX has it, since ISO C knows no way from an object to a function. */
#define NEXT(name)               \
  static __typeof__(name)* next; \
  if (next == NULL) *(void**)&next = dlsym(RTLD_NEXT, #name)

static void* counted(void* piece) {
  atomic_fetch_add_explicit(&in_use, (long long)malloc_usable_size(piece), memory_order_relaxed);
  return piece;
}

void* malloc(size_t size) {
  NEXT(malloc);
  return counted(next(size));
}
void* calloc(size_t count, size_t size) {
  NEXT(calloc);
  return counted(next(count, size));
}
void* memalign(size_t boundary, size_t size) {
  NEXT(memalign);
  return counted(next(boundary, size));
}
void* aligned_alloc(size_t boundary, size_t size) { return memalign(boundary, size); }
int posix_memalign(void** into, size_t boundary, size_t size) {
  *into = memalign(boundary, size);
  return *into == NULL ? ENOMEM : 0;
}
void* realloc(void* piece, size_t size) {
  NEXT(realloc);
  const long long before = (long long)malloc_usable_size(piece);
  void* const after = next(piece, size);
  if (after == NULL && size != 0) return NULL;
  atomic_fetch_sub_explicit(&in_use, before, memory_order_relaxed);
  return counted(after);
}
void free(void* piece) {
  NEXT(free);
  atomic_fetch_sub_explicit(&in_use, (long long)malloc_usable_size(piece), memory_order_relaxed);
  next(piece);
}

/* C++'s new and delete, which an allocator may bring as functions of its own. Out of memory: the measurement is over. */
static void* made(void* piece) {
  if (piece == NULL) abort();
  return piece;
}
void* _Znwm(size_t size) { return made(malloc(size)); }
void* _Znam(size_t size) { return made(malloc(size)); }
void* _ZnwmRKSt9nothrow_t(size_t size, const void* unused) { return (void)unused, malloc(size); }
void* _ZnamRKSt9nothrow_t(size_t size, const void* unused) { return (void)unused, malloc(size); }
void* _ZnwmSt11align_val_t(size_t size, size_t boundary) { return made(memalign(boundary, size)); }
void* _ZnamSt11align_val_t(size_t size, size_t boundary) { return made(memalign(boundary, size)); }
void _ZdlPv(void* piece) { free(piece); }
void _ZdaPv(void* piece) { free(piece); }
void _ZdlPvm(void* piece, size_t size) { (void)size, free(piece); }
void _ZdaPvm(void* piece, size_t size) { (void)size, free(piece); }
void _ZdlPvSt11align_val_t(void* piece, size_t boundary) { (void)boundary, free(piece); }
void _ZdaPvSt11align_val_t(void* piece, size_t boundary) { (void)boundary, free(piece); }
void _ZdlPvmSt11align_val_t(void* piece, size_t size, size_t boundary) { (void)size, (void)boundary, free(piece); }
void _ZdaPvmSt11align_val_t(void* piece, size_t size, size_t boundary) { (void)size, (void)boundary, free(piece); }

static void* tell(void* unused) {
  sigset_t asked;
  int number;
  (void)unused;
  sigemptyset(&asked);
  sigaddset(&asked, SIGRTMAX);
  while (sigwait(&asked, &number) == 0) {
    const long long now = atomic_load(&in_use);
    FILE* out = fopen(getenv("HEAP_IN_USE_FILE"), "a");
    if (out == NULL) abort();
    fprintf(out, "%lld\n", now);
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
