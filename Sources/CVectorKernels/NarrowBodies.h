// Bodies of the kernels of narrow storage, included once per level by EachLevel.h, which says what
// it defines for them.

// Whether the processor converts float16 by itself: F16C, AVX-512F and arm64 come with fused
// multiply-add.
#define HAS_FLOAT16 FUSED

// Register tile of products with many rows, and with one.
#if LANES == 16
#define TILE_ROWS 8
#define ROW_PANELS 8
#elif FUSED
#define TILE_ROWS 4
#define ROW_PANELS 4
#else
#define TILE_ROWS 2
#define ROW_PANELS 2
#endif

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(f) JOIN(f, LEVEL)
#define INLINE static inline __attribute__((always_inline))

typedef float NAME(NVector) __attribute__((ext_vector_type(LANES)));
typedef float NAME(NUnaligned) __attribute__((ext_vector_type(LANES), aligned(4)));
typedef int32_t NAME(NBits) __attribute__((ext_vector_type(LANES)));
typedef uint16_t NAME(NShort) __attribute__((ext_vector_type(LANES)));
typedef uint16_t NAME(NShortUnaligned) __attribute__((ext_vector_type(LANES), aligned(2)));
typedef int8_t NAME(NByte) __attribute__((ext_vector_type(LANES)));
typedef int8_t NAME(NByteUnaligned) __attribute__((ext_vector_type(LANES), aligned(1)));
#define V NAME(NVector)
#define BITS NAME(NBits)
#define SHORT NAME(NShort)

INLINE V NAME(loadFloats)(const float *p) { return *(const NAME(NUnaligned) *)p; }
INLINE void NAME(storeFloats)(float *p, V v) { *(NAME(NUnaligned) *)p = v; }
INLINE SHORT NAME(loadShorts)(const uint16_t *p) { return *(const NAME(NShortUnaligned) *)p; }
INLINE void NAME(storeShorts)(uint16_t *p, SHORT v) { *(NAME(NShortUnaligned) *)p = v; }

INLINE BITS NAME(bitsIf)(BITS condition, BITS yes, BITS no) {
  return (condition & yes) | (~condition & no);
}

// ---- conversions -------------------------------------------------------------------------------

INLINE V NAME(widenBfloat16)(SHORT h) {
  return (V)(__builtin_convertvector(h, BITS) << 16);
}

/// Adding just under half of what is cut off, and one more where the last kept bit is odd, carries
/// into the kept bits when it must; into the exponent too, up to infinity.
INLINE SHORT NAME(narrowBfloat16)(V x) {
  BITS u = (BITS)x;
  BITS odd = (u >> 16) & 1;
  BITS rounded = (u + 0x7fff + odd) >> 16;
  BITS quiet = (u >> 16) | 0x40;
  BITS isNaN = (u & 0x7fffffff) > 0x7f800000;
  return __builtin_convertvector(NAME(bitsIf)(isNaN, quiet, rounded), SHORT);
}

#if HAS_FLOAT16

typedef _Float16 NAME(NHalf) __attribute__((ext_vector_type(LANES)));

INLINE V NAME(widenFloat16)(SHORT h) {
  return __builtin_convertvector((NAME(NHalf))h, V);
}

INLINE SHORT NAME(narrowFloat16)(V x) {
  return (SHORT)__builtin_convertvector(x, NAME(NHalf));
}

#else

/// The exponent moves by a multiplication with 2^112, which also turns subnormals into normal floats.
INLINE V NAME(widenFloat16)(SHORT h) {
  BITS u = __builtin_convertvector(h, BITS);
  BITS sign = (u & 0x8000) << 16;
  BITS magnitude = (u & 0x7fff) << 13;
  BITS scaled = (BITS)((V)magnitude * 0x1p112f);
  BITS isInfinite = magnitude >= (0x7c00 << 13);
  BITS isNaN = magnitude > (0x7c00 << 13);
  BITS special = magnitude | 0x7f800000 | (isNaN & 0x00400000);
  return (V)(NAME(bitsIf)(isInfinite, special, scaled) | sign);
}

/// - Source: Giesen (2012), "Float->half variants", with the processor's addition rounding
///   subnormals.
INLINE SHORT NAME(narrowFloat16)(V x) {
  BITS u = (BITS)x;
  BITS sign = (u >> 16) & 0x8000;
  u &= 0x7fffffff;
  BITS subnormal = (BITS)((V)u + 0.5f) - 0x3f000000;
  BITS normal = (u + ((15 - 127) * (1 << 23) + 0xfff) + ((u >> 13) & 1)) >> 13;
  BITS payload = 0x7e00 | ((u >> 13) & 0x3ff);
  BITS result = NAME(bitsIf)(u < (113 << 23), subnormal, normal);
  result = NAME(bitsIf)(u >= (143 << 23), (BITS)(0x7c00), result);
  result = NAME(bitsIf)(u > 0x7f800000, payload, result);
  return __builtin_convertvector(result | sign, SHORT);
}

#endif

#define CONVERSIONS(format) \
  static void NAME(format##FromFloat)(long count, const float *x, uint16_t *y) { \
    long i = 0; \
    for (; i + LANES <= count; i += LANES) { \
      NAME(storeShorts)(y + i, NAME(narrow_##format)(NAME(loadFloats)(x + i))); \
    } \
    if (i < count) { \
      float in[LANES] = {0}; \
      uint16_t out[LANES]; \
      for (long j = i; j < count; j++) in[j - i] = x[j]; \
      NAME(storeShorts)(out, NAME(narrow_##format)(NAME(loadFloats)(in))); \
      for (long j = i; j < count; j++) y[j] = out[j - i]; \
    } \
  } \
  static void NAME(floatFrom_##format)(long count, const uint16_t *x, float *y) { \
    long i = 0; \
    for (; i + LANES <= count; i += LANES) { \
      NAME(storeFloats)(y + i, NAME(widen_##format)(NAME(loadShorts)(x + i))); \
    } \
    if (i < count) { \
      uint16_t in[LANES] = {0}; \
      float out[LANES]; \
      for (long j = i; j < count; j++) in[j - i] = x[j]; \
      NAME(storeFloats)(out, NAME(widen_##format)(NAME(loadShorts)(in))); \
      for (long j = i; j < count; j++) y[j] = out[j - i]; \
    } \
  }

#define narrow_float16 narrowFloat16
#define narrow_bfloat16 narrowBfloat16
#define widen_float16 widenFloat16
#define widen_bfloat16 widenBfloat16
CONVERSIONS(float16)
CONVERSIONS(bfloat16)
#undef CONVERSIONS
#undef narrow_float16
#undef narrow_bfloat16
#undef widen_float16
#undef widen_bfloat16

// ---- products ----------------------------------------------------------------------------------

INLINE V NAME(widenInt8)(const int8_t *p) {
  return __builtin_convertvector((NAME(NByte))(*(const NAME(NByteUnaligned) *)p), V);
}

#define PRODUCT multiplyFloat16
#define WEIGHT uint16_t
#define WIDEN(p) NAME(widenFloat16)(NAME(loadShorts)(p))
#define SCALED 0
#include "NarrowProduct.h"

#define PRODUCT multiplyBfloat16
#define WEIGHT uint16_t
#define WIDEN(p) NAME(widenBfloat16)(NAME(loadShorts)(p))
#define SCALED 0
#include "NarrowProduct.h"

#define PRODUCT multiplyInt8
#define WEIGHT int8_t
#define WIDEN(p) NAME(widenInt8)(p)
#define SCALED 1
#include "NarrowProduct.h"

static const NarrowKernelTable NAME(narrowTable) = {
    .name = LEVEL_NAME,
    .float16FromFloat = NAME(float16FromFloat),
    .floatFromFloat16 = NAME(floatFrom_float16),
    .bfloat16FromFloat = NAME(bfloat16FromFloat),
    .floatFromBfloat16 = NAME(floatFrom_bfloat16),
    .multiplyFloat16 = NAME(multiplyFloat16),
    .multiplyBfloat16 = NAME(multiplyBfloat16),
    .multiplyInt8 = NAME(multiplyInt8),
};

#undef JOIN_
#undef JOIN
#undef NAME
#undef INLINE
#undef V
#undef BITS
#undef SHORT
#undef HAS_FLOAT16
#undef TILE_ROWS
#undef ROW_PANELS
