// Checks of narrow storage for check.c: every pattern of both 16-bit formats and every midpoint
// between two neighbours, against conversions written out plainly, and the products.

#include "CVectorKernels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int checkNarrow(void);

static float fromBits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static uint32_t toBits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// The value of a pattern, by its parts; a NaN is quieted.
static float widened(uint16_t bits, int isBrain) {
  if (isBrain) return fromBits((uint32_t)bits << 16);
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent == 31) {
    uint32_t special = fraction != 0 ? 0x7fc00000u | (uint32_t)fraction << 13 : 0x7f800000u;
    return fromBits((uint32_t)(bits & 0x8000) << 16 | special);
  }
  int significand = exponent == 0 ? fraction : fraction + 1024;
  float size = (float)ldexp(significand, (exponent > 1 ? exponent : 1) - 25);
  return bits & 0x8000 ? -size : size;
}

typedef struct {
  void (*narrow)(long count, const float *x, uint16_t *y);
  void (*widen)(long count, const uint16_t *x, float *y);
  int isBrain;
} Format;

static long faults;

static void expectNarrow(const Format *format, float value, uint16_t expected) {
  uint16_t bits[19];
  float values[19];
  // In a whole register's lanes and in a tail's.
  for (int i = 0; i < 19; i++) values[i] = value;
  format->narrow(19, values, bits);
  if (bits[0] != expected || bits[18] != expected) faults++;
}

static void checkFormat(const Format *format) {
  static uint16_t patterns[65536];
  static float values[65536];
  for (long i = 0; i < 65536; i++) patterns[i] = (uint16_t)i;
  format->widen(65536, patterns, values);
  uint16_t infinity = format->isBrain ? 0x7f80 : 0x7c00, quiet = format->isBrain ? 0x40 : 0x200;
  for (long i = 0; i < 65536; i++) {
    float exact = widened((uint16_t)i, format->isBrain);
    if (toBits(values[i]) != toBits(exact)) faults++;
    expectNarrow(format, exact, isnan(exact) ? (uint16_t)(i | quiet) : (uint16_t)i);
  }
  for (uint16_t bits = 0; bits < infinity; bits++) {
    double low = widened(bits, format->isBrain), high = widened(bits + 1, format->isBrain);
    if (bits + 1 == infinity) high = low + (low - widened(bits - 1, format->isBrain));
    float middle = (float)((low + high) / 2);
    uint16_t even = bits & 1 ? bits + 1 : bits;
    for (int sign = 0; sign < 2; sign++) {
      float s = sign ? -1 : 1;
      uint16_t top = sign ? 0x8000 : 0;
      expectNarrow(format, s * middle, even | top);
      expectNarrow(format, s * nextafterf(middle, 0), bits | top);
      expectNarrow(format, s * nextafterf(middle, INFINITY), (uint16_t)(bits + 1) | top);
    }
  }
}

enum { rows = 13, columns = 39, depth = 21, padded = 48 };

/// Small whole numbers, whose products are exact in every format.
typedef struct {
  float a[rows * depth], b[depth * columns], bias[padded], scales[padded];
  uint16_t half[padded * depth], brain[padded * depth];
  int8_t bytes[padded * depth];
} Operands;

static void product(const NarrowKernelTable *kernels, int format, long n, int accumulate,
                    const Operands *o, float *c) {
  const float *bias = accumulate ? NULL : o->bias;
  if (format == 0) {
    kernels->multiplyFloat16(n, columns, depth, o->a, depth, o->half, bias, accumulate, c, columns);
  } else if (format == 1) {
    kernels->multiplyBfloat16(n, columns, depth, o->a, depth, o->brain, bias, accumulate, c,
                              columns);
  } else {
    kernels->multiplyInt8(n, columns, depth, o->a, depth, o->bytes, o->scales, bias, accumulate, c,
                          columns);
  }
}

static void checkProduct(const NarrowKernelTable *kernels, int format, long n, int accumulate,
                         const Operands *o) {
  float c[rows * columns], factor = format == 2 ? 0.5f : 1;
  for (long i = 0; i < rows * columns; i++) c[i] = 3;
  product(kernels, format, n, accumulate, o, c);
  for (long i = 0; i < rows; i++) {
    for (long j = 0; j < columns; j++) {
      float sum = 0;
      for (long k = 0; k < depth; k++) sum += o->a[i * depth + k] * o->b[k * columns + j];
      float expected = i >= n ? 3 : sum * factor + (accumulate ? 3 : o->bias[j]);
      if (c[i * columns + j] != expected) faults++;
    }
  }
}

static void checkProducts(const NarrowKernelTable *kernels) {
  static Operands o;
  static float packed[padded * depth];
  for (long i = 0; i < rows * depth; i++) o.a[i] = (float)(i * 7 % 11) - 5;
  for (long i = 0; i < depth * columns; i++) o.b[i] = (float)(i * 5 % 13) - 6;
  for (long i = 0; i < columns; i++) o.bias[i] = (float)i, o.scales[i] = 0.5f;
  vectorKernelsPack(depth, columns, o.b, columns, 1, packed);
  kernels->float16FromFloat(padded * depth, packed, o.half);
  kernels->bfloat16FromFloat(padded * depth, packed, o.brain);
  for (long i = 0; i < padded * depth; i++) o.bytes[i] = (int8_t)packed[i];
  for (int format = 0; format < 3; format++) {
    for (long n = 1; n <= rows; n++) {
      for (int accumulate = 0; accumulate < 2; accumulate++) {
        checkProduct(kernels, format, n, accumulate, &o);
      }
    }
  }
}

int checkNarrow(void) {
  for (int level = 0; level < KERNEL_LEVELS; level++) {
    const NarrowKernelTable *kernels = narrowKernelTable(level);
    if (kernels == NULL) continue;
    faults = 0;
    checkFormat(&(Format){kernels->float16FromFloat, kernels->floatFromFloat16, 0});
    checkFormat(&(Format){kernels->bfloat16FromFloat, kernels->floatFromBfloat16, 1});
    checkProducts(kernels);
    printf("narrow %s: %ld faults\n", kernels->name, faults);
    if (faults != 0) return 1;
  }
  return 0;
}
