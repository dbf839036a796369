// Compiles the kernels once per instruction-set level and picks a level at run time.
//
// Why not `target_clones`: the levels differ in register width and tile shape, not only in code
// generation, and its resolvers need ifunc support from the C library.

#include "CVectorKernels.h"
#include "Levels.h"

#include <stddef.h>

#if defined(__x86_64__)

#define LEVEL _baseline
#define LEVEL_NAME "x86-64"
#define LANES 4
#define FMA(a, b, c) ((a) * (b) + (c))
#define TILE_ROWS 2
#define TILE_PANELS 1
#define ROW_PANELS 2
#define OUTER_COLUMNS 4
#define OUTER_PARTS 2
#include "KernelBodies.h"

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define LEVEL _v3
#define LEVEL_NAME "x86-64-v3"
#define LANES 8
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define TILE_ROWS 6
#define TILE_PANELS 1
#define ROW_PANELS 4
#define OUTER_COLUMNS 6
#define OUTER_PARTS 2
#include "KernelBodies.h"
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("arch=x86-64-v4"), min_vector_width(512))), apply_to = function)
#define LEVEL _v4
#define NARROWER _v3
#define LEVEL_NAME "x86-64-v4"
#define LANES 16
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define TILE_ROWS 8
#define TILE_PANELS 2
#define ROW_PANELS 8
#define OUTER_COLUMNS 6
#define OUTER_PARTS 4
#include "KernelBodies.h"
#pragma clang attribute pop

const VectorKernelTable *vectorKernelsAtLevel(int level) {
  static const VectorKernelTable *const tables[] = {&table_baseline, &table_v3, &table_v4};
  return levelIsSupported(level) ? tables[level] : NULL;
}

#else

#define LEVEL _portable
#if defined(__aarch64__)
#define LEVEL_NAME "arm64"
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define TILE_ROWS 6
#define ROW_PANELS 4
#else
#define LEVEL_NAME "portable"
#define FMA(a, b, c) ((a) * (b) + (c))
#define TILE_ROWS 2
#define ROW_PANELS 2
#endif
#define LANES 4
#define TILE_PANELS 1
#define OUTER_COLUMNS 4
#define OUTER_PARTS 2
#include "KernelBodies.h"

const VectorKernelTable *vectorKernelsAtLevel(int level) {
  return level == 0 ? &table_portable : NULL;
}

#endif

const VectorKernelTable *vectorKernelsBest(void) {
  const VectorKernelTable *best = NULL;
  for (int level = 0; level < levelCount; level++) {
    const VectorKernelTable *table = vectorKernelsAtLevel(level);
    if (table != NULL) best = table;
  }
  return best;
}

void vectorKernelsPack(long depth, long columns, const float *b, long depthStride,
                       long columnStride, float *packed) {
  enum { panel = VECTOR_KERNELS_PANEL };
  for (long n = 0; n < columns; n += panel) {
    long width = columns - n < panel ? columns - n : panel;
    for (long k = 0; k < depth; k++) {
      const float *source = b + k * depthStride + n * columnStride;
      for (long j = 0; j < width; j++) packed[j] = source[j * columnStride];
      for (long j = width; j < panel; j++) packed[j] = 0;
      packed += panel;
    }
  }
}
