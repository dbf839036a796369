// The matrix product over packed panels: part of KernelBodies.h, included once per level by it.
//
// Each element of the result is one chain of multiply-adds with ascending depth, whatever tile it
// falls into: that is why a row does not depend on the batch. Rows are bound by arithmetic, so tiles
// keep as many sums in registers as there are; a single row is bound by loads and latency, so it
// takes many panels at once.

#define PANEL VECTOR_KERNELS_PANEL
#define PARTS (PANEL / LANES)

/// One register tile: `rows` rows by `panels` panels, both compile-time constants after inlining.
/// `columns` is how many of the tile's columns exist.
INLINE void NAME(tile)(const int rows, const int panels, long columns, long depth, const float *a,
                       long aStride, const float *packed, const float *bias, bool accumulate,
                       float *c, long cStride) {
  V sum[TILE_ROWS][ROW_PANELS * PARTS];
  const long panelStride = depth * PANEL;
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < panels * PARTS; j++) {
      long column = j * LANES;
      if (accumulate) {
        long exist = columns - column;
        const float *source = c + i * cStride + column;
        sum[i][j] = exist >= LANES ? NAME(load)(source)
                                   : NAME(loadPart)(source, exist > 0 ? exist : 0);
      } else {
        sum[i][j] = bias ? NAME(load)(bias + column) : NAME(splat)(0);
      }
    }
  }
  for (long k = 0; k < depth; k++) {
    V b[ROW_PANELS * PARTS];
#pragma clang loop unroll(full)
    for (int j = 0; j < panels * PARTS; j++) {
      b[j] = NAME(load)(packed + (j / PARTS) * panelStride + k * PANEL + (j % PARTS) * LANES);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      V value = NAME(splat)(a[i * aStride + k]);
#pragma clang loop unroll(full)
      for (int j = 0; j < panels * PARTS; j++) {
        sum[i][j] = FMA(value, b[j], sum[i][j]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < panels * PARTS; j++) {
      long exist = columns - j * LANES;
      float *target = c + i * cStride + j * LANES;
      if (exist >= LANES) {
        NAME(store)(target, sum[i][j]);
      } else if (exist > 0) {
        NAME(storePart)(target, sum[i][j], exist);
      }
    }
  }
}

/// All rows of `panels` neighbouring panels.
INLINE void NAME(panels)(const int panels, long rows, long columns, long depth, const float *a,
                         long aStride, const float *packed, const float *bias, bool accumulate,
                         float *c, long cStride) {
  long i = 0;
  for (; i + TILE_ROWS <= rows; i += TILE_ROWS) {
    NAME(tile)(TILE_ROWS, panels, columns, depth, a + i * aStride, aStride, packed, bias,
               accumulate, c + i * cStride, cStride);
  }
  const float *rest = a + i * aStride;
  float *restC = c + i * cStride;
#define REST(n) \
  case n: \
    if (n < TILE_ROWS) \
      NAME(tile)(n < TILE_ROWS ? n : 1, panels, columns, depth, rest, aStride, packed, bias, \
                 accumulate, restC, cStride); \
    break;
  switch (rows - i) {
    REST(1) REST(2) REST(3) REST(4) REST(5) REST(6) REST(7)
    default: break;
  }
#undef REST
}

static void NAME(multiply)(long rows, long columns, long depth, const float *a, long aStride,
                           const float *packed, const float *bias, bool accumulate, float *c,
                           long cStride) {
  const long panelStride = depth * PANEL;
  long n = 0;
  if (rows == 1) {
    for (; n + ROW_PANELS * PANEL <= columns; n += ROW_PANELS * PANEL) {
      NAME(tile)(1, ROW_PANELS, columns - n, depth, a, aStride, packed + n / PANEL * panelStride,
                 bias ? bias + n : bias, accumulate, c + n, cStride);
    }
  }
  for (; n + TILE_PANELS * PANEL <= columns; n += TILE_PANELS * PANEL) {
    NAME(panels)(TILE_PANELS, rows, columns - n, depth, a, aStride,
                 packed + n / PANEL * panelStride, bias ? bias + n : bias, accumulate, c + n,
                 cStride);
  }
  for (; n < columns; n += PANEL) {
    NAME(panels)(1, rows, columns - n, depth, a, aStride, packed + n / PANEL * panelStride,
                 bias ? bias + n : bias, accumulate, c + n, cStride);
  }
}

#undef PANEL
#undef PARTS
