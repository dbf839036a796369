// c += transpose(a) * b, the gradient of a weight: part of KernelBodies.h, included once per level.
//
// Both factors are read as they are, row after row, so there is nothing to pack: a row of the tile
// is a column of a, whose values a block of rows keeps in cache. Each element of c is one chain of
// multiply-adds with ascending row.

/// `columns` columns of a by `parts` registers of b, both compile-time constants after inlining.
/// `exist` is how many of the tile's columns of c exist.
INLINE void NAME(outerTile)(const int columns, const int parts, long exist, long rows,
                            const float *a, long aStride, const float *b, long bStride, float *c,
                            long cStride) {
  V sum[OUTER_COLUMNS][OUTER_PARTS];
#pragma clang loop unroll(full)
  for (int i = 0; i < columns; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < parts; j++) {
      const float *source = c + i * cStride + j * LANES;
      long width = exist - j * LANES;
      sum[i][j] = width >= LANES ? NAME(load)(source) : NAME(loadPart)(source, width);
    }
  }
  for (long r = 0; r < rows; r++) {
    V value[OUTER_PARTS];
#pragma clang loop unroll(full)
    for (int j = 0; j < parts; j++) value[j] = NAME(load)(b + r * bStride + j * LANES);
#pragma clang loop unroll(full)
    for (int i = 0; i < columns; i++) {
      V factor = NAME(splat)(a[r * aStride + i]);
#pragma clang loop unroll(full)
      for (int j = 0; j < parts; j++) sum[i][j] = FMA(factor, value[j], sum[i][j]);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < columns; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < parts; j++) {
      float *target = c + i * cStride + j * LANES;
      long width = exist - j * LANES;
      if (width >= LANES) {
        NAME(store)(target, sum[i][j]);
      } else {
        NAME(storePart)(target, sum[i][j], width);
      }
    }
  }
}

/// All columns of a by `parts` registers of b.
INLINE void NAME(outerParts)(const int parts, long exist, long rows, long m, const float *a,
                             long aStride, const float *b, long bStride, float *c, long cStride) {
  long i = 0;
  for (; i + OUTER_COLUMNS <= m; i += OUTER_COLUMNS) {
    NAME(outerTile)(OUTER_COLUMNS, parts, exist, rows, a + i, aStride, b, bStride, c + i * cStride,
                    cStride);
  }
  for (; i < m; i++) {
    NAME(outerTile)(1, parts, exist, rows, a + i, aStride, b, bStride, c + i * cStride, cStride);
  }
}

/// Rows at a time: their part of b, and the stretch of a that a tile reads, stay in the first-level
/// cache; c is read and written once for each.
#define OUTER_ROWS 128

static void NAME(multiplyTransposed)(long rows, long m, long n, const float *a, long aStride,
                                     const float *b, long bStride, float *c, long cStride) {
#ifdef NARROWER
  // Half-filled registers waste half of the arithmetic; the narrower level gives the same bits.
  if (n <= LANES / 2) {
    JOIN(multiplyTransposed, NARROWER)(rows, m, n, a, aStride, b, bStride, c, cStride);
    return;
  }
#endif
  float padded[OUTER_ROWS * LANES];
  for (long first = 0; first < rows; first += OUTER_ROWS) {
    long block = rows - first < OUTER_ROWS ? rows - first : OUTER_ROWS;
    const float *blockA = a + first * aStride, *blockB = b + first * bStride;
    long j = 0;
    for (; j + OUTER_PARTS * LANES <= n; j += OUTER_PARTS * LANES) {
      NAME(outerParts)(OUTER_PARTS, OUTER_PARTS * LANES, block, m, blockA, aStride, blockB + j,
                       bStride, c + j, cStride);
    }
    for (; j + LANES <= n; j += LANES) {
      NAME(outerParts)(1, LANES, block, m, blockA, aStride, blockB + j, bStride, c + j, cStride);
    }
    if (j < n) {
      for (long r = 0; r < block; r++) {
        for (long k = 0; k < LANES; k++) {
          padded[r * LANES + k] = j + k < n ? blockB[r * bStride + j + k] : 0;
        }
      }
      NAME(outerParts)(1, n - j, block, m, blockA, aStride, padded, LANES, c + j, cStride);
    }
  }
}

#undef OUTER_ROWS
