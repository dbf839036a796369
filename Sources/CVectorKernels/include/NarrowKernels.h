#pragma once

// 16-bit floats and 8-bit integers as storage: conversions, and products whose right-hand side is
// stored narrow. All arithmetic is in float.
//
// Promises, kept by construction and by test over all 65,536 patterns:
// - To 16 bits rounds to nearest, ties to even; subnormals are kept on both sides; beyond the range
//   becomes infinity; NaN stays NaN with its sign and upper payload, quieted.
// - All levels give the same bits as one another. (AVX512-BF16's own conversion is not used: it
//   flushes subnormals, and integer rounding already runs at the speed of memory.)
// - A product with 16-bit weights has the same bits as `multiply` with these weights widened, on
//   levels with the same kind of multiply-add.

#include <stdbool.h>
#include <stdint.h>

// Immutable tables of functions: safe to share between Swift's isolation domains.
typedef struct __attribute__((swift_attr("@Sendable"))) {
  const char *name;

  void (*float16FromFloat)(long count, const float *x, uint16_t *y);
  void (*floatFromFloat16)(long count, const uint16_t *x, float *y);
  void (*bfloat16FromFloat)(long count, const float *x, uint16_t *y);
  void (*floatFromBfloat16)(long count, const uint16_t *x, float *y);

  /// c[rows,columns] = (accumulate ? c : bias ? bias : 0) + a[rows,depth] * b[depth,columns], with b
  /// packed as `multiply` of VectorKernelTable wants it, in 16 bits an element.
  void (*multiplyFloat16)(long rows, long columns, long depth, const float *a, long aStride,
                          const uint16_t *packed, const float *bias, bool accumulate, float *c,
                          long cStride);
  void (*multiplyBfloat16)(long rows, long columns, long depth, const float *a, long aStride,
                           const uint16_t *packed, const float *bias, bool accumulate, float *c,
                           long cStride);
  /// The same with b = packed * scales[column]; the sum over depth is scaled, then bias or c added.
  /// scales and bias are padded to whole panels.
  void (*multiplyInt8)(long rows, long columns, long depth, const float *a, long aStride,
                       const int8_t *packed, const float *scales, const float *bias,
                       bool accumulate, float *c, long cStride);
} NarrowKernelTable;

/// The table of a level, or NULL where it is not supported.
const NarrowKernelTable *narrowKernelTable(int level);
