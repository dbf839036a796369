// Kernels in double precision: part of KernelBodies.h. A register holds LANES / 2 doubles.

typedef double NAME(Doubles) __attribute__((ext_vector_type(LANES / 2), aligned(8)));

/// c[rows,columns] = a[row] + b[column]
static void NAME(outerSum)(long rows, long columns, const double *a, const double *b, double *c) {
  enum { LENGTH = LANES / 2 };
  for (long row = 0; row < rows; row++) {
    double *out = c + row * columns;
    long j = 0;
    for (; j + LENGTH <= columns; j += LENGTH) {
      *(NAME(Doubles) *)(out + j) = *(const NAME(Doubles) *)(b + j) + a[row];
    }
    for (; j < columns; j++) out[j] = a[row] + b[j];
  }
}
