#include "CAllocationCounter.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__GLIBC__)

#include <malloc.h>
#include <stdatomic.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static atomic_long live, peak, largest, count;

// What was asked for is not kept by the C library, so the usable size is counted: a little more.
static void *added(void *memory) {
  if (memory == NULL) return NULL;
  long size = (long)malloc_usable_size(memory);
  long now = atomic_fetch_add(&live, size) + size;
  atomic_fetch_add(&count, 1);
  if (now > atomic_load(&peak)) atomic_store(&peak, now);
  if (size > atomic_load(&largest)) atomic_store(&largest, size);
  return memory;
}

static void removed(void *memory) {
  if (memory != NULL) atomic_fetch_sub(&live, (long)malloc_usable_size(memory));
}

void *malloc(size_t size) { return added(__libc_malloc(size)); }
void *calloc(size_t members, size_t size) { return added(__libc_calloc(members, size)); }
void *memalign(size_t alignment, size_t size) { return added(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

void *realloc(void *memory, size_t size) {
  long before = memory == NULL ? 0 : (long)malloc_usable_size(memory);
  void *moved = __libc_realloc(memory, size);
  if (moved != NULL || size == 0) atomic_fetch_sub(&live, before);
  return added(moved);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = memalign(alignment, size);
  return *memory == NULL ? ENOMEM : 0;
}

void free(void *memory) {
  removed(memory);
  __libc_free(memory);
}

bool allocationCounterWorks(void) {
  allocationCounterReset();
  void *volatile memory = malloc(1000);
  bool works = allocationCounterPeak() >= 1000 && allocationCounterCount() == 1;
  free(memory);
  return works;
}

void allocationCounterReset(void) {
  atomic_store(&live, 0);
  atomic_store(&peak, 0);
  atomic_store(&largest, 0);
  atomic_store(&count, 0);
}

size_t allocationCounterPeak(void) { return (size_t)atomic_load(&peak); }
size_t allocationCounterLargest(void) { return (size_t)atomic_load(&largest); }
size_t allocationCounterCount(void) { return (size_t)atomic_load(&count); }

#else

bool allocationCounterWorks(void) { return false; }
void allocationCounterReset(void) {}
size_t allocationCounterPeak(void) { return 0; }
size_t allocationCounterLargest(void) { return 0; }
size_t allocationCounterCount(void) { return 0; }

#endif
