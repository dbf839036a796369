// The kernels' bodies, included once per instruction-set level by EachLevel.h, which says what it
// defines for them. Tails go through a padded register and the same code as the body: same bits
// everywhere.

// TILE_ROWS, TILE_PANELS   register tile of the matrix product
// ROW_PANELS               panels at once when there is a single row
#if LANES == 16
#define TILE_ROWS 8
#define TILE_PANELS 2
#define ROW_PANELS 8
#elif FUSED
#define TILE_ROWS 6
#define TILE_PANELS 1
#define ROW_PANELS 4
#else
#define TILE_ROWS 2
#define TILE_PANELS 1
#define ROW_PANELS 2
#endif

// Register tile of the transposed product, in columns and registers.
#define OUTER_COLUMNS (LANES == 4 ? 4 : 6)
#define OUTER_PARTS (LANES == 16 ? 4 : 2)

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(f) JOIN(f, LEVEL)
#define INLINE static inline __attribute__((always_inline))

typedef float NAME(Vector) __attribute__((ext_vector_type(LANES)));
typedef float NAME(Unaligned) __attribute__((ext_vector_type(LANES), aligned(4)));
typedef int32_t NAME(Bits) __attribute__((ext_vector_type(LANES)));
#define V NAME(Vector)
#define BITS NAME(Bits)

INLINE V NAME(load)(const float *p) { return *(const NAME(Unaligned) *)p; }
INLINE void NAME(store)(float *p, V v) { *(NAME(Unaligned) *)p = v; }

INLINE V NAME(loadPart)(const float *p, long count) {
  float lanes[LANES] = {0};
  for (long i = 0; i < count; i++) lanes[i] = p[i];
  return NAME(load)(lanes);
}

INLINE void NAME(storePart)(float *p, V v, long count) {
  float lanes[LANES];
  NAME(store)(lanes, v);
  for (long i = 0; i < count; i++) p[i] = lanes[i];
}

INLINE V NAME(splat)(float x) { return (V)(x); }
/// Lane-wise choice; a comparison with NaN is false, so clamps written with it keep NaN.
INLINE V NAME(choose)(BITS condition, V yes, V no) {
  return (V)((condition & (BITS)yes) | (~condition & (BITS)no));
}

/// exp(y) = power * (1 + fraction) in two parts: y = n ln2 + r, power = 2^n, fraction = exp(r) - 1,
/// for y = sign * x, where sign is 1 or -1.
/// exp(r) = 1 + r + r^2 p(r) on |r| <= ln2/2, where the minimax p of degree 4 is 4e-9 off, relative;
/// the caller gets r and quotient = fraction / r.
INLINE void NAME(exponent)(const float sign, V x, V *r, V *quotient, V *power) {
  const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer in the low bits
  V shifted = FMA(x, NAME(splat)(sign * 1.44269504088896341f), NAME(splat)(magic));
  V n = shifted - magic;
  V rest = FMA(n, NAME(splat)(-0.693359375f), sign * x);  // ln2 in two parts, the first exact in 10 bits
  rest = FMA(n, NAME(splat)(2.12194440e-4f), rest);
  V p = NAME(splat)(0.0013814966659992933f);
  p = FMA(p, rest, NAME(splat)(0.00836864672601223f));
  p = FMA(p, rest, NAME(splat)(0.041668374091386795f));
  p = FMA(p, rest, NAME(splat)(0.1666652113199234f));
  p = FMA(p, rest, NAME(splat)(0.4999999403953552f));
  *quotient = FMA(p, rest, NAME(splat)(1.0f));
  *r = rest;
  *power = (V)(((BITS)shifted << 23) + 0x3f800000);
}

/// x between the bounds; NaN stays NaN.
INLINE V NAME(clamp)(V x, float lowest, float highest) {
  x = NAME(choose)(x > highest, NAME(splat)(highest), x);
  return NAME(choose)(x < lowest, NAME(splat)(lowest), x);
}

/// exp(sign * x) + excess
INLINE V NAME(expPlus)(const float sign, V x, const float excess) {
  V r, quotient, power;
  NAME(exponent)(sign, x, &r, &quotient, &power);
  return FMA(power * r, quotient, power + excess);
}

/// 1 / (1 + exp(-x)); below -87 it stays at its value there, 1.6e-38.
INLINE V NAME(sigmoidOf)(V x) {
  return 1.0f / NAME(expPlus)(-1, NAME(clamp)(x, -87.0f, 87.0f), 1);
}

/// e / (e + 2) with e = exp(2x) - 1, which keeps its relative accuracy near zero.
INLINE V NAME(tanhOf)(V x) {
  V e = NAME(expPlus)(1, NAME(clamp)(x + x, -20.0f, 20.0f), -1);
  return e / (e + 2.0f);
}

INLINE V NAME(expOf)(V x) { return NAME(expPlus)(1, NAME(clamp)(x, -87.0f, 88.0f), 0); }

#include "ProductKernel.h"
#include "OuterProductKernel.h"
#include "DoubleKernels.h"

// ---- element-wise ------------------------------------------------------------------------------

#define ELEMENTWISE1(f, expression) \
  static void NAME(f)(long count, const float *input, float *output) { \
    long i = 0; \
    for (; i + LANES <= count; i += LANES) { \
      V x = NAME(load)(input + i); \
      NAME(store)(output + i, expression); \
    } \
    if (i < count) { \
      V x = NAME(loadPart)(input + i, count - i); \
      NAME(storePart)(output + i, expression, count - i); \
    } \
  }

ELEMENTWISE1(sigmoid, NAME(sigmoidOf)(x))
ELEMENTWISE1(tanh, NAME(tanhOf)(x))
ELEMENTWISE1(siluForward, x *NAME(sigmoidOf)(x))
#undef ELEMENTWISE1

/// silu'(x) = s + x s (1 - s) with s = sigmoid(x)
INLINE V NAME(siluGradient)(V x, V dy) {
  V s = NAME(sigmoidOf)(x);
  return dy * FMA(x * s, 1.0f - s, s);
}

static void NAME(siluBackward)(long count, const float *x, const float *dy, float *dx) {
  long i = 0;
  for (; i + LANES <= count; i += LANES) {
    NAME(store)(dx + i, NAME(siluGradient)(NAME(load)(x + i), NAME(load)(dy + i)));
  }
  long rest = count - i;
  if (rest > 0) {
    NAME(storePart)(
        dx + i, NAME(siluGradient)(NAME(loadPart)(x + i, rest), NAME(loadPart)(dy + i, rest)),
        rest);
  }
}

static void NAME(softmax)(long rows, long columns, const float *x, long xStride, float *y,
                          long yStride) {
  for (long row = 0; row < rows; row++) {
    const float *in = x + row * xStride;
    float *out = y + row * yStride;
    float largest = in[0];
    for (long k = 1; k < columns; k++) largest = in[k] > largest ? in[k] : largest;
    long k = 0;
    for (; k + LANES <= columns; k += LANES) {
      NAME(store)(out + k, NAME(expOf)(NAME(load)(in + k) - largest));
    }
    if (k < columns) {
      NAME(storePart)(out + k, NAME(expOf)(NAME(loadPart)(in + k, columns - k) - largest),
                      columns - k);
    }
    float sum = 0;
    for (k = 0; k < columns; k++) sum += out[k];
    for (k = 0; k < columns; k++) out[k] = out[k] / sum;
  }
}

// ---- LSTM --------------------------------------------------------------------------------------

INLINE void NAME(gates)(V *i, V *f, V *g, V *o, V cPrevious, V *c, V *h) {
  *i = NAME(sigmoidOf)(*i);
  *f = NAME(sigmoidOf)(*f);
  *g = NAME(tanhOf)(*g);
  *o = NAME(sigmoidOf)(*o);
  V carried = *f * cPrevious;
  *c = FMA(*i, *g, carried);
  *h = *o * NAME(tanhOf)(*c);
}

static void NAME(lstmForward)(long rows, long hidden, float *gates, long gatesStride,
                              const float *cPrevious, long cPreviousStride, float *c, long cStride,
                              float *h, long hStride) {
  for (long row = 0; row < rows; row++) {
    float *gi = gates + row * gatesStride;
    float *gf = gi + hidden, *gg = gf + hidden, *go = gg + hidden;
    const float *before = cPrevious + row * cPreviousStride;
    float *after = c + row * cStride, *out = h + row * hStride;
    long j = 0;
    for (; j + LANES <= hidden; j += LANES) {
      V i = NAME(load)(gi + j), f = NAME(load)(gf + j), g = NAME(load)(gg + j),
        o = NAME(load)(go + j), newC, newH;
      NAME(gates)(&i, &f, &g, &o, NAME(load)(before + j), &newC, &newH);
      NAME(store)(gi + j, i);
      NAME(store)(gf + j, f);
      NAME(store)(gg + j, g);
      NAME(store)(go + j, o);
      NAME(store)(after + j, newC);
      NAME(store)(out + j, newH);
    }
    long rest = hidden - j;
    if (rest > 0) {
      V i = NAME(loadPart)(gi + j, rest), f = NAME(loadPart)(gf + j, rest),
        g = NAME(loadPart)(gg + j, rest), o = NAME(loadPart)(go + j, rest), newC, newH;
      NAME(gates)(&i, &f, &g, &o, NAME(loadPart)(before + j, rest), &newC, &newH);
      NAME(storePart)(gi + j, i, rest);
      NAME(storePart)(gf + j, f, rest);
      NAME(storePart)(gg + j, g, rest);
      NAME(storePart)(go + j, o, rest);
      NAME(storePart)(after + j, newC, rest);
      NAME(storePart)(out + j, newH, rest);
    }
  }
}

/// Rows at a time: their gates stay in the first-level cache between the products and the gates'
/// functions. Large weights come from further away, so they are read once for more rows.
INLINE long NAME(cellRows)(long weights) { return weights <= 65536 ? 16 : 64; }

static void NAME(lstmCell)(long rows, long inputs, long hidden, const float *x, long xStride,
                           const float *packedX, const float *hPrevious, long hPreviousStride,
                           const float *packedH, const float *bias, float *gates, bool keepsGates,
                           const float *cPrevious, long cPreviousStride, float *c, long cStride,
                           float *h, long hStride) {
  const long width = 4 * hidden;
  const long block = NAME(cellRows)((inputs + hidden) * width);
  for (long first = 0; first < rows; first += block) {
    long count = rows - first < block ? rows - first : block;
    NAME(Factor) input = {x + first * xStride, xStride, inputs, packedX};
    NAME(Factor) state = {hPrevious + first * hPreviousStride, hPreviousStride, hidden, packedH};
    float *blockGates = keepsGates ? gates + first * width : gates;
    NAME(addProducts)(count, width, input, state, bias, false, blockGates, width);
    NAME(lstmForward)(count, hidden, blockGates, width, cPrevious + first * cPreviousStride,
                      cPreviousStride, c + first * cStride, cStride, h + first * hStride, hStride);
  }
}

/// From activated gates to the gradients of their pre-activations, in place.
INLINE void NAME(gateGradients)(V *i, V *f, V *g, V *o, V cPrevious, V c, V dh, V *dc) {
  V t = NAME(tanhOf)(c);
  V dOutput = dh * t;
  V dCell = FMA(dh * *o, FMA(-t, t, NAME(splat)(1.0f)), *dc);
  V di = dCell * *g, df = dCell * cPrevious, dg = dCell * *i;
  *dc = dCell * *f;
  *i = di * (*i * (1.0f - *i));
  *f = df * (*f * (1.0f - *f));
  *g = dg * FMA(-*g, *g, NAME(splat)(1.0f));
  *o = dOutput * (*o * (1.0f - *o));
}

/// Fetches what the next call, for the step before, will read: in a sequence of planes it lies one
/// plane before. It has left the caches by now, and the products of this step hide the time that it
/// takes to come back. A hint only: any address will do.
INLINE void NAME(fetchPlaneBefore)(const float *place, long plane) {
  __builtin_prefetch((const void *)((uintptr_t)place - (uintptr_t)plane * sizeof(float)), 1, 2);
}

static void NAME(lstmBackward)(long rows, long hidden, float *gates, const float *cPrevious,
                               const float *c, const float *dh, float *dc) {
  for (long row = 0; row < rows; row++) {
    float *gi = gates + row * 4 * hidden;
    float *gf = gi + hidden, *gg = gf + hidden, *go = gg + hidden;
    const float *before = cPrevious + row * hidden, *after = c + row * hidden;
    const float *dOut = dh + row * hidden;
    float *dCell = dc + row * hidden;
    long j = 0;
    for (; j + LANES <= hidden; j += LANES) {
      if (j % 16 == 0) {
        NAME(fetchPlaneBefore)(gi + j, 4 * hidden * rows);
        NAME(fetchPlaneBefore)(gf + j, 4 * hidden * rows);
        NAME(fetchPlaneBefore)(gg + j, 4 * hidden * rows);
        NAME(fetchPlaneBefore)(go + j, 4 * hidden * rows);
        NAME(fetchPlaneBefore)(before + j, hidden * rows);
        NAME(fetchPlaneBefore)(dOut + j, hidden * rows);
      }
      V i = NAME(load)(gi + j), f = NAME(load)(gf + j), g = NAME(load)(gg + j),
        o = NAME(load)(go + j), d = NAME(load)(dCell + j);
      NAME(gateGradients)(&i, &f, &g, &o, NAME(load)(before + j), NAME(load)(after + j),
                          NAME(load)(dOut + j), &d);
      NAME(store)(gi + j, i);
      NAME(store)(gf + j, f);
      NAME(store)(gg + j, g);
      NAME(store)(go + j, o);
      NAME(store)(dCell + j, d);
    }
    long rest = hidden - j;
    if (rest > 0) {
      V i = NAME(loadPart)(gi + j, rest), f = NAME(loadPart)(gf + j, rest),
        g = NAME(loadPart)(gg + j, rest), o = NAME(loadPart)(go + j, rest),
        d = NAME(loadPart)(dCell + j, rest);
      NAME(gateGradients)(&i, &f, &g, &o, NAME(loadPart)(before + j, rest),
                          NAME(loadPart)(after + j, rest), NAME(loadPart)(dOut + j, rest), &d);
      NAME(storePart)(gi + j, i, rest);
      NAME(storePart)(gf + j, f, rest);
      NAME(storePart)(gg + j, g, rest);
      NAME(storePart)(go + j, o, rest);
      NAME(storePart)(dCell + j, d, rest);
    }
  }
}

// ---- GRU cell ----------------------------------------------------------------------------------
// gates[rows,4H]: n, r, z, and last the hidden state's part of n, which r multiplies.

INLINE void NAME(gruGates)(V *n, V *r, V *z, V hiddenPart, V hPrevious, V *h) {
  *r = NAME(sigmoidOf)(*r);
  *z = NAME(sigmoidOf)(*z);
  *n = NAME(tanhOf)(FMA(*r, hiddenPart, *n));
  *h = FMA(*z, hPrevious - *n, *n);
}

static void NAME(gruForward)(long rows, long hidden, float *gates, long gatesStride,
                             const float *hPrevious, long hPreviousStride, float *h,
                             long hStride) {
  for (long row = 0; row < rows; row++) {
    float *gn = gates + row * gatesStride;
    float *gr = gn + hidden, *gz = gr + hidden, *gh = gz + hidden;
    const float *before = hPrevious + row * hPreviousStride;
    float *out = h + row * hStride;
    for (long j = 0; j < hidden; j += LANES) {
      long rest = hidden - j < LANES ? hidden - j : LANES;
      bool whole = rest == LANES;
      V n = whole ? NAME(load)(gn + j) : NAME(loadPart)(gn + j, rest);
      V r = whole ? NAME(load)(gr + j) : NAME(loadPart)(gr + j, rest);
      V z = whole ? NAME(load)(gz + j) : NAME(loadPart)(gz + j, rest);
      V part = whole ? NAME(load)(gh + j) : NAME(loadPart)(gh + j, rest);
      V previous = whole ? NAME(load)(before + j) : NAME(loadPart)(before + j, rest);
      V next;
      NAME(gruGates)(&n, &r, &z, part, previous, &next);
      if (whole) {
        NAME(store)(gn + j, n);
        NAME(store)(gr + j, r);
        NAME(store)(gz + j, z);
        NAME(store)(out + j, next);
      } else {
        NAME(storePart)(gn + j, n, rest);
        NAME(storePart)(gr + j, r, rest);
        NAME(storePart)(gz + j, z, rest);
        NAME(storePart)(out + j, next, rest);
      }
    }
  }
}

/// From activated gates to the gradients of their pre-activations, in place.
INLINE void NAME(gruGradients)(V *n, V *r, V *z, V *hiddenPart, V hPrevious, V dh, V *dhPrevious) {
  V dn = dh * (1.0f - *z) * FMA(-*n, *n, NAME(splat)(1.0f));
  V dz = dh * (hPrevious - *n) * (*z * (1.0f - *z));
  V dr = dn * *hiddenPart * (*r * (1.0f - *r));
  *dhPrevious = FMA(dh, *z, *dhPrevious);
  *hiddenPart = dn * *r;
  *n = dn;
  *r = dr;
  *z = dz;
}

static void NAME(gruBackward)(long rows, long hidden, float *gates, const float *hPrevious,
                              const float *dh, float *dhPrevious) {
  for (long row = 0; row < rows; row++) {
    float *gn = gates + row * 4 * hidden;
    float *gr = gn + hidden, *gz = gr + hidden, *gh = gz + hidden;
    const float *before = hPrevious + row * hidden, *dOut = dh + row * hidden;
    float *dBefore = dhPrevious + row * hidden;
    for (long j = 0; j < hidden; j += LANES) {
      long rest = hidden - j < LANES ? hidden - j : LANES;
      bool whole = rest == LANES;
      V n = whole ? NAME(load)(gn + j) : NAME(loadPart)(gn + j, rest);
      V r = whole ? NAME(load)(gr + j) : NAME(loadPart)(gr + j, rest);
      V z = whole ? NAME(load)(gz + j) : NAME(loadPart)(gz + j, rest);
      V part = whole ? NAME(load)(gh + j) : NAME(loadPart)(gh + j, rest);
      V previous = whole ? NAME(load)(before + j) : NAME(loadPart)(before + j, rest);
      V d = whole ? NAME(load)(dOut + j) : NAME(loadPart)(dOut + j, rest);
      V dPrevious = whole ? NAME(load)(dBefore + j) : NAME(loadPart)(dBefore + j, rest);
      NAME(gruGradients)(&n, &r, &z, &part, previous, d, &dPrevious);
      if (whole) {
        NAME(store)(gn + j, n);
        NAME(store)(gr + j, r);
        NAME(store)(gz + j, z);
        NAME(store)(gh + j, part);
        NAME(store)(dBefore + j, dPrevious);
      } else {
        NAME(storePart)(gn + j, n, rest);
        NAME(storePart)(gr + j, r, rest);
        NAME(storePart)(gz + j, z, rest);
        NAME(storePart)(gh + j, part, rest);
        NAME(storePart)(dBefore + j, dPrevious, rest);
      }
    }
  }
}

// ---- optimizer and reductions ------------------------------------------------------------------

INLINE void NAME(adamOf)(const AdamStep *s, V gradient, V *p, V *m, V *v) {
  *p = *p * s->shrink;
  V g = gradient * s->gradientScale;
  g = FMA(NAME(splat)(s->l2), *p, g);
  *m = FMA(NAME(splat)(s->oneMinusBeta1), g - *m, *m);
  V kept = *v * s->beta2;
  *v = FMA(g * s->oneMinusBeta2, g, kept);
  V root = __builtin_elementwise_sqrt(*v) / s->correction2Root + s->epsilon;
  *p = FMA(NAME(splat)(-s->stepSize), *m / root, *p);
}

static void NAME(adam)(long count, AdamStep step, const float *gradient, float *parameters,
                       float *moment1, float *moment2) {
  long i = 0;
  for (; i + LANES <= count; i += LANES) {
    V p = NAME(load)(parameters + i), m = NAME(load)(moment1 + i), v = NAME(load)(moment2 + i);
    NAME(adamOf)(&step, NAME(load)(gradient + i), &p, &m, &v);
    NAME(store)(parameters + i, p);
    NAME(store)(moment1 + i, m);
    NAME(store)(moment2 + i, v);
  }
  long rest = count - i;
  if (rest > 0) {
    V p = NAME(loadPart)(parameters + i, rest), m = NAME(loadPart)(moment1 + i, rest),
      v = NAME(loadPart)(moment2 + i, rest);
    NAME(adamOf)(&step, NAME(loadPart)(gradient + i, rest), &p, &m, &v);
    NAME(storePart)(parameters + i, p, rest);
    NAME(storePart)(moment1 + i, m, rest);
    NAME(storePart)(moment2 + i, v, rest);
  }
}

static void NAME(accumulate)(long count, float scale, const float *x, float *y) {
  long i = 0;
  for (; i + LANES <= count; i += LANES) {
    NAME(store)(y + i, FMA(NAME(splat)(scale), NAME(load)(x + i), NAME(load)(y + i)));
  }
  long rest = count - i;
  if (rest > 0) {
    V sum = FMA(NAME(splat)(scale), NAME(loadPart)(x + i, rest), NAME(loadPart)(y + i, rest));
    NAME(storePart)(y + i, sum, rest);
  }
}

#define SUM_PARTS 4

/// Sums of `parts` registers' columns over all rows, added to two results in one pass.
INLINE void NAME(sumColumns)(const int parts, long rows, const float *x, long xStride, float *sums,
                             float *also) {
  V sum[SUM_PARTS], other[SUM_PARTS];
#pragma clang loop unroll(full)
  for (int j = 0; j < parts; j++) {
    sum[j] = NAME(load)(sums + j * LANES);
    if (also) other[j] = NAME(load)(also + j * LANES);
  }
  for (long row = 0; row < rows; row++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < parts; j++) {
      V value = NAME(load)(x + row * xStride + j * LANES);
      sum[j] = sum[j] + value;
      if (also) other[j] = other[j] + value;
    }
  }
#pragma clang loop unroll(full)
  for (int j = 0; j < parts; j++) {
    NAME(store)(sums + j * LANES, sum[j]);
    if (also) NAME(store)(also + j * LANES, other[j]);
  }
}

static void NAME(accumulateColumns)(long rows, long columns, const float *x, long xStride,
                                    float *sums, float *also) {
  long j = 0;
  for (; j + SUM_PARTS * LANES <= columns; j += SUM_PARTS * LANES) {
    NAME(sumColumns)(SUM_PARTS, rows, x + j, xStride, sums + j, also ? also + j : also);
  }
  for (; j + LANES <= columns; j += LANES) {
    NAME(sumColumns)(1, rows, x + j, xStride, sums + j, also ? also + j : also);
  }
  for (; j < columns; j++) {
    for (long row = 0; row < rows; row++) {
      sums[j] += x[row * xStride + j];
      if (also) also[j] += x[row * xStride + j];
    }
  }
}

#undef SUM_PARTS

static double NAME(sumOfSquares)(long count, const float *x) {
  double sums[16] = {0};
  long i = 0;
  for (; i + 16 <= count; i += 16) {
    // The square of a float is exact in double, so a fused and an unfused sum agree.
    for (int j = 0; j < 16; j++) sums[j] += (double)x[i + j] * (double)x[i + j];
  }
  for (int j = 0; i + j < count; j++) sums[j] += (double)x[i + j] * (double)x[i + j];
  for (int width = 8; width >= 1; width /= 2) {
    for (int j = 0; j < width; j++) sums[j] += sums[j + width];
  }
  return sums[0];
}

static const VectorKernelTable NAME(table) = {
    .name = LEVEL_NAME,
    .multiply = NAME(multiply),
    .sigmoid = NAME(sigmoid),
    .tanh = NAME(tanh),
    .siluForward = NAME(siluForward),
    .siluBackward = NAME(siluBackward),
    .softmax = NAME(softmax),
    .multiplyTransposed = NAME(multiplyTransposed),
    .lstmForward = NAME(lstmForward),
    .lstmCell = NAME(lstmCell),
    .lstmBackward = NAME(lstmBackward),
    .gruForward = NAME(gruForward),
    .gruBackward = NAME(gruBackward),
    .adam = NAME(adam),
    .accumulate = NAME(accumulate),
    .accumulateColumns = NAME(accumulateColumns),
    .sumOfSquares = NAME(sumOfSquares),
    .outerSum = NAME(outerSum),
};

#undef JOIN_
#undef JOIN
#undef NAME
#undef INLINE
#undef V
#undef BITS
#undef TILE_ROWS
#undef TILE_PANELS
#undef ROW_PANELS
#undef OUTER_COLUMNS
#undef OUTER_PARTS
