// The matrix product over packed panels of narrow weights: part of NarrowBodies.h, included by it
// once per format, with
//   PRODUCT      its name
//   WEIGHT       type of a stored weight
//   WIDEN(p)     LANES stored weights as floats
//   SCALED       whether each column's sum is multiplied by a scale
// Each element is one chain of multiply-adds with ascending depth, as in ProductKernel.h.

#define PANEL VECTOR_KERNELS_PANEL
#define PARTS (PANEL / LANES)
#define TILE(f) NAME(JOIN(f, PRODUCT))

/// What a sum begins with, or has added to it: part `j` of a row's tile.
INLINE V TILE(initial)(const float *bias, bool accumulate, const float *c, long column, long exist) {
  if (!accumulate) return bias ? NAME(loadFloats)(bias + column) : (V)(0.0f);
  if (exist >= LANES) return NAME(loadFloats)(c + column);
  float lanes[LANES] = {0};
  for (long i = 0; i < exist; i++) lanes[i] = c[column + i];
  return NAME(loadFloats)(lanes);
}

/// `rows` rows by `panels` panels, both compile-time constants after inlining.
INLINE void TILE(tile)(const int rows, const int panels, long columns, long depth, const float *a,
                       long aStride, const WEIGHT *packed, const float *scales, const float *bias,
                       bool accumulate, float *c, long cStride) {
  V sum[TILE_ROWS][ROW_PANELS * PARTS];
  const long panelStride = depth * PANEL;
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < panels * PARTS; j++) {
      sum[i][j] = SCALED ? (V)(0.0f)
                         : TILE(initial)(bias, accumulate, c + i * cStride, j * LANES,
                                         columns - j * LANES);
    }
  }
  for (long k = 0; k < depth; k++) {
    V b[ROW_PANELS * PARTS];
#pragma clang loop unroll(full)
    for (int j = 0; j < panels * PARTS; j++) {
      b[j] = WIDEN(packed + (j / PARTS) * panelStride + k * PANEL + (j % PARTS) * LANES);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      V value = (V)(a[i * aStride + k]);
#pragma clang loop unroll(full)
      for (int j = 0; j < panels * PARTS; j++) sum[i][j] = FMA(value, b[j], sum[i][j]);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < panels * PARTS; j++) {
      long column = j * LANES, exist = columns - column;
      if (exist <= 0) continue;
      float *target = c + i * cStride + column;
      V result = sum[i][j];
      if (SCALED) {
        result = FMA(result, NAME(loadFloats)(scales + column),
                     TILE(initial)(bias, accumulate, c + i * cStride, column, exist));
      }
      if (exist >= LANES) {
        NAME(storeFloats)(target, result);
      } else {
        float lanes[LANES];
        NAME(storeFloats)(lanes, result);
        for (long l = 0; l < exist; l++) target[l] = lanes[l];
      }
    }
  }
}

static void TILE(all)(long rows, long columns, long depth, const float *a, long aStride,
                      const WEIGHT *packed, const float *scales, const float *bias,
                      bool accumulate, float *c, long cStride) {
  const long panelStride = depth * PANEL;
  long n = 0;
  if (rows == 1) {
    for (; n + ROW_PANELS * PANEL <= columns; n += ROW_PANELS * PANEL) {
      TILE(tile)(1, ROW_PANELS, columns - n, depth, a, aStride, packed + n / PANEL * panelStride,
                 SCALED ? scales + n : scales, bias ? bias + n : bias, accumulate, c + n, cStride);
    }
  }
  for (; n < columns; n += PANEL) {
    const WEIGHT *panel = packed + n / PANEL * panelStride;
    const float *scale = SCALED ? scales + n : scales, *b = bias ? bias + n : bias;
    long i = 0;
    for (; i + TILE_ROWS <= rows; i += TILE_ROWS) {
      TILE(tile)(TILE_ROWS, 1, columns - n, depth, a + i * aStride, aStride, panel, scale, b,
                 accumulate, c + i * cStride + n, cStride);
    }
    for (; i < rows; i++) {
      TILE(tile)(1, 1, columns - n, depth, a + i * aStride, aStride, panel, scale, b, accumulate,
                 c + i * cStride + n, cStride);
    }
  }
}

#if SCALED
static void NAME(PRODUCT)(long rows, long columns, long depth, const float *a, long aStride,
                          const WEIGHT *packed, const float *scales, const float *bias,
                          bool accumulate, float *c, long cStride) {
  TILE(all)(rows, columns, depth, a, aStride, packed, scales, bias, accumulate, c, cStride);
}
#else
static void NAME(PRODUCT)(long rows, long columns, long depth, const float *a, long aStride,
                          const WEIGHT *packed, const float *bias, bool accumulate, float *c,
                          long cStride) {
  TILE(all)(rows, columns, depth, a, aStride, packed, NULL, bias, accumulate, c, cStride);
}
#endif

#undef PANEL
#undef PARTS
#undef TILE
#undef PRODUCT
#undef WEIGHT
#undef WIDEN
#undef SCALED
