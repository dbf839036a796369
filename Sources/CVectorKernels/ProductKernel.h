// The matrix product over packed panels: part of KernelBodies.h, included once per level by it.
//
// Each element of the result is one chain of multiply-adds with ascending depth, whatever tile it
// falls into: that is why a row does not depend on the batch. Rows are bound by arithmetic, so tiles
// keep as many sums in registers as there are; a single row is bound by loads and latency, so it
// takes many panels at once.

#define PANEL VECTOR_KERNELS_PANEL
#define PARTS (PANEL / LANES)

/// One of the products that are summed into a result: a[rows,depth] * packed panels.
typedef struct {
  const float *a;
  long aStride, depth;
  const float *packed;
} NAME(Factor);

/// Adds a factor's product to a tile's sums.
INLINE void NAME(addProduct)(const int rows, const int panels, NAME(Factor) factor,
                             V sum[TILE_ROWS][ROW_PANELS * PARTS]) {
  const long panelStride = factor.depth * PANEL;
  for (long k = 0; k < factor.depth; k++) {
    V b[ROW_PANELS * PARTS];
#pragma clang loop unroll(full)
    for (int j = 0; j < panels * PARTS; j++) {
      b[j] = NAME(load)(factor.packed + (j / PARTS) * panelStride + k * PANEL +
                        (j % PARTS) * LANES);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      V value = NAME(splat)(factor.a[i * factor.aStride + k]);
#pragma clang loop unroll(full)
      for (int j = 0; j < panels * PARTS; j++) {
        sum[i][j] = FMA(value, b[j], sum[i][j]);
      }
    }
  }
}

/// One register tile: `rows` rows by `panels` panels, both compile-time constants after inlining.
/// `columns` is how many of the tile's columns exist. The second factor may have depth 0.
INLINE void NAME(tile)(const int rows, const int panels, long columns, NAME(Factor) first,
                       NAME(Factor) second, const float *bias, bool accumulate, float *c,
                       long cStride) {
  V sum[TILE_ROWS][ROW_PANELS * PARTS];
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
  NAME(addProduct)(rows, panels, first, sum);
  NAME(addProduct)(rows, panels, second, sum);
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

INLINE NAME(Factor) NAME(fromRow)(NAME(Factor) factor, long row) {
  factor.a += row * factor.aStride;
  return factor;
}

INLINE NAME(Factor) NAME(fromColumn)(NAME(Factor) factor, long column) {
  factor.packed += column * factor.depth;  // a panel of 16 columns takes 16 * depth floats
  return factor;
}

/// All rows of `panels` neighbouring panels.
INLINE void NAME(panels)(const int panels, long rows, long columns, NAME(Factor) first,
                         NAME(Factor) second, const float *bias, bool accumulate, float *c,
                         long cStride) {
  long i = 0;
  for (; i + TILE_ROWS <= rows; i += TILE_ROWS) {
    NAME(tile)(TILE_ROWS, panels, columns, NAME(fromRow)(first, i), NAME(fromRow)(second, i), bias,
               accumulate, c + i * cStride, cStride);
  }
  first = NAME(fromRow)(first, i);
  second = NAME(fromRow)(second, i);
  float *rest = c + i * cStride;
#define REST(n) \
  case n: \
    if (n < TILE_ROWS) \
      NAME(tile)(n < TILE_ROWS ? n : 1, panels, columns, first, second, bias, accumulate, rest, \
                 cStride); \
    break;
  switch (rows - i) {
    REST(1) REST(2) REST(3) REST(4) REST(5) REST(6) REST(7)
    default: break;
  }
#undef REST
}

/// c[rows,columns] = (accumulate ? c : bias ? bias : 0) + first + second
INLINE void NAME(addProducts)(long rows, long columns, NAME(Factor) first, NAME(Factor) second,
                              const float *bias, bool accumulate, float *c, long cStride) {
  long n = 0;
  if (rows == 1) {
    for (; n + ROW_PANELS * PANEL <= columns; n += ROW_PANELS * PANEL) {
      NAME(tile)(1, ROW_PANELS, columns - n, NAME(fromColumn)(first, n),
                 NAME(fromColumn)(second, n), bias ? bias + n : bias, accumulate, c + n, cStride);
    }
  }
  for (; n + TILE_PANELS * PANEL <= columns; n += TILE_PANELS * PANEL) {
    NAME(panels)(TILE_PANELS, rows, columns - n, NAME(fromColumn)(first, n),
                 NAME(fromColumn)(second, n), bias ? bias + n : bias, accumulate, c + n, cStride);
  }
  for (; n < columns; n += PANEL) {
    NAME(panels)(1, rows, columns - n, NAME(fromColumn)(first, n), NAME(fromColumn)(second, n),
                 bias ? bias + n : bias, accumulate, c + n, cStride);
  }
}

static void NAME(multiply)(long rows, long columns, long depth, const float *a, long aStride,
                           const float *packed, const float *bias, bool accumulate, float *c,
                           long cStride) {
  NAME(Factor) factor = {a, aStride, depth, packed};
  NAME(Factor) none = {a, aStride, 0, packed};
  NAME(addProducts)(rows, columns, factor, none, bias, accumulate, c, cStride);
}

#undef PANEL
#undef PARTS
