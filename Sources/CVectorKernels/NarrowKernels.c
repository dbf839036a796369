// The kernels of narrow storage of all instruction-set levels.

#include "CVectorKernels.h"

#include <stddef.h>

#define BODIES "NarrowBodies.h"
#include "EachLevel.h"

const NarrowKernelTable *narrowKernelTable(int level) {
  static const NarrowKernelTable *const tables[] = TABLES(narrowTable);
  return kernelLevelIsSupported(level) ? tables[level] : NULL;
}
