#pragma once

// Element-wise and small-matrix kernels with run-time choice of the instruction set.
//
// Promises, kept by construction and by test:
// - An element's result depends only on that element's inputs: the same bits in the vector body, in
//   the tail, in any row of a batch and for any number of rows.
// - Levels with fused multiply-add (x86-64-v3, x86-64-v4, arm64) give the same bits as one another.
// - NaN in gives NaN out.

#include <stdbool.h>
#include <stdint.h>

/// Columns of a packed panel; packed matrices and their biases are padded to multiples of it.
enum { VECTOR_KERNELS_PANEL = 16 };

#include "KernelLevels.h"
#include "NarrowKernels.h"

// Constants of one Adam step, worked out in double by the caller (1 - beta2 in float would be off by
// 1e-5).
typedef struct {
  float gradientScale;     // multiplies the gradient first: 1, or the clipping factor
  float l2;                // adds l2 * parameter to the gradient
  float shrink;            // multiplies the parameter: 1 - rate * weightDecay in AdamW, else 1
  float oneMinusBeta1;
  float beta2, oneMinusBeta2;
  float stepSize;          // rate / (1 - beta1^t)
  float correction2Root;   // sqrt(1 - beta2^t)
  float epsilon;
} AdamStep;

// Immutable tables of functions: safe to share between Swift's isolation domains.
typedef struct __attribute__((swift_attr("@Sendable"))) {
  const char *name;

  /// c[rows,columns] = (accumulate ? c : bias ? bias : 0) + a[rows,depth] * b[depth,columns];
  /// every element is one chain of fused multiply-adds with ascending depth.
  /// packed is b as panels [ceil(columns/16)][depth][16]; bias is padded to whole panels.
  void (*multiply)(long rows, long columns, long depth, const float *a, long aStride,
                   const float *packed, const float *bias, bool accumulate, float *c,
                   long cStride);

  /// c[m,n] += transpose of a[rows,m] * b[rows,n]; every element is one chain of fused multiply-adds
  /// with ascending row.
  void (*multiplyTransposed)(long rows, long m, long n, const float *a, long aStride,
                             const float *b, long bStride, float *c, long cStride);

  void (*sigmoid)(long count, const float *x, float *y);
  void (*tanh)(long count, const float *x, float *y);
  void (*siluForward)(long count, const float *x, float *y);
  /// dx = dy * silu'(x); dx may be dy.
  void (*siluBackward)(long count, const float *x, const float *dy, float *dx);
  /// y[rows,columns] = softmax of each row of x; y may be x.
  void (*softmax)(long rows, long columns, const float *x, long xStride, float *y, long yStride);

  /// gates[rows,4H] holds pre-activations i,f,g,o and is left holding the activated gates;
  /// c = f*cPrevious + i*g, h = o*tanh(c); c may be cPrevious.
  void (*lstmForward)(long rows, long hidden, float *gates, long gatesStride,
                      const float *cPrevious, long cPreviousStride, float *c, long cStride,
                      float *h, long hStride);
  /// One step of rows from inputs and states to new states: lstmForward of
  /// bias + x[rows,I] * packedX + hPrevious[rows,H] * packedH, in one chain of multiply-adds.
  /// gates[rows,4H] is left holding the activated gates where they are to be kept, else it is
  /// scratch of 64 rows at most. h may be hPrevious, c may be cPrevious.
  void (*lstmCell)(long rows, long inputs, long hidden, const float *x, long xStride,
                   const float *packedX, const float *hPrevious, long hPreviousStride,
                   const float *packedH, const float *bias, float *gates, bool keepsGates,
                   const float *cPrevious, long cPreviousStride, float *c, long cStride, float *h,
                   long hStride);
  /// gates[rows,4H] holds the activated gates and is left holding the gradient of the
  /// pre-activations; dc[rows,H] goes in as the gradient of c and comes out as that of cPrevious.
  void (*lstmBackward)(long rows, long hidden, float *gates, const float *cPrevious,
                       const float *c, const float *dh, float *dc);

  /// gates[rows,4H] holds n, r, z without the hidden state's part of n, which is the fourth; the
  /// first three are left activated: n = tanh(n + r*part), h = n + z*(hPrevious - n);
  /// h may be hPrevious.
  void (*gruForward)(long rows, long hidden, float *gates, long gatesStride,
                     const float *hPrevious, long hPreviousStride, float *h, long hStride);
  /// gates[rows,4H] as gruForward left them become the gradients of the three pre-activations and
  /// of the hidden state's part of n; dhPrevious[rows,H] += dh*z.
  void (*gruBackward)(long rows, long hidden, float *gates, const float *hPrevious,
                      const float *dh, float *dhPrevious);

  void (*adam)(long count, AdamStep step, const float *gradient, float *parameters,
               float *moment1, float *moment2);
  /// y += scale * x
  void (*accumulate)(long count, float scale, const float *x, float *y);
  /// sums[columns] += column sums of x[rows,columns], rows ascending; the same for `also` unless it
  /// is NULL.
  void (*accumulateColumns)(long rows, long columns, const float *x, long xStride, float *sums,
                            float *also);
  /// Sum of squares in double over 16 interleaved partial sums.
  double (*sumOfSquares)(long count, const float *x);

  /// c[rows,columns] = a[row] + b[column]
  void (*outerSum)(long rows, long columns, const double *a, const double *b, double *c);
} VectorKernelTable;

/// The table of a level, or NULL where it is not supported.
const VectorKernelTable *vectorKernelTable(int level);

/// b[depth,columns] (element k,n at b[k*depthStride + n*columnStride]) to panels, zero padded.
void vectorKernelsPack(long depth, long columns, const float *b, long depthStride,
                       long columnStride, float *packed);
