// The kernels of all instruction-set levels, and the packing of matrices for them.

#include "CVectorKernels.h"

#include <stddef.h>

#define BODIES "KernelBodies.h"
#include "EachLevel.h"

const VectorKernelTable *vectorKernelTable(int level) {
  static const VectorKernelTable *const tables[] = TABLES(table);
  return kernelLevelIsSupported(level) ? tables[level] : NULL;
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
