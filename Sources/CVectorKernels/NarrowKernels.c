// Compiles the kernels of narrow storage once per instruction-set level, as VectorKernels.c does its
// own, and picks a level at run time.

#include "CVectorKernels.h"
#include "Levels.h"

#include <stddef.h>

#if defined(__x86_64__)

#define LEVEL _baseline
#define LEVEL_NAME "x86-64"
#define LANES 4
#define FMA(a, b, c) ((a) * (b) + (c))
#define HAS_FLOAT16 0
#define TILE_ROWS 2
#define ROW_PANELS 2
#include "NarrowBodies.h"

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define LEVEL _v3
#define LEVEL_NAME "x86-64-v3"
#define LANES 8
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define HAS_FLOAT16 1
#define TILE_ROWS 4
#define ROW_PANELS 4
#include "NarrowBodies.h"
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("arch=x86-64-v4"), min_vector_width(512))), apply_to = function)
#define LEVEL _v4
#define LEVEL_NAME "x86-64-v4"
#define LANES 16
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define HAS_FLOAT16 1
#define TILE_ROWS 8
#define ROW_PANELS 8
#include "NarrowBodies.h"
#pragma clang attribute pop

const NarrowKernelTable *narrowKernelsAtLevel(int level) {
  static const NarrowKernelTable *const tables[] = {&narrowTable_baseline, &narrowTable_v3,
                                                    &narrowTable_v4};
  return levelIsSupported(level) ? tables[level] : NULL;
}

#else

#define LEVEL _portable
#if defined(__aarch64__)
#define LEVEL_NAME "arm64"
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define HAS_FLOAT16 1
#define TILE_ROWS 4
#define ROW_PANELS 4
#else
#define LEVEL_NAME "portable"
#define FMA(a, b, c) ((a) * (b) + (c))
#define HAS_FLOAT16 0
#define TILE_ROWS 2
#define ROW_PANELS 2
#endif
#define LANES 4
#include "NarrowBodies.h"

const NarrowKernelTable *narrowKernelsAtLevel(int level) {
  return level == 0 ? &narrowTable_portable : NULL;
}

#endif

const NarrowKernelTable *narrowKernelsBest(void) {
  const NarrowKernelTable *best = NULL;
  for (int level = 0; level < levelCount; level++) {
    const NarrowKernelTable *table = narrowKernelsAtLevel(level);
    if (table != NULL) best = table;
  }
  return best;
}
