// Every kernel of every level this processor has, against plain loops in double, without Swift or
// OpenBLAS: small enough to be built for other processors and run under an emulator.
// scripts/check-kernels does that. Prints one line for a level: name, largest error, and a digest
// of all results' bits.

#include "CVectorKernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 1;

static float uniform(void) {  // in (-1, 1), the same numbers everywhere
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (float)((int64_t)state >> 40) / 8388608.0f;
}

static float *numbers(long count, float scale) {
  float *x = malloc((size_t)(count + 64) * sizeof(float));
  if (x == NULL) exit(70);
  for (long i = 0; i < count + 64; i++) x[i] = i < count ? uniform() * scale : 0;
  return x;
}

static double error;
static uint64_t digest;

static void compare(float value, double exact) {
  double off = fabs(value - exact) / fmax(1, fabs(exact));
  if (!(off <= error)) error = off;  // NaN counts
}

static void digestOf(const float *x, long count) {
  for (long i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    digest = (digest ^ bits) * 1099511628211u;
  }
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static void checkActivations(const VectorKernelTable *kernels) {
  enum { count = 517 };
  float *x = numbers(count, 20), *dy = numbers(count, 1), *y = numbers(count, 0);
  kernels->sigmoid(count, x, y);
  for (long i = 0; i < count; i++) compare(y[i], sigmoid(x[i]));
  digestOf(y, count);
  kernels->tanh(count, x, y);
  for (long i = 0; i < count; i++) compare(y[i], tanh(x[i]));
  digestOf(y, count);
  kernels->siluForward(count, x, y);
  for (long i = 0; i < count; i++) compare(y[i], x[i] * sigmoid(x[i]));
  digestOf(y, count);
  kernels->siluBackward(count, x, dy, y);
  for (long i = 0; i < count; i++) {
    double s = sigmoid(x[i]);
    compare(y[i], dy[i] * (s + x[i] * s * (1 - s)));
  }
  digestOf(y, count);
  kernels->softmax(11, 47, x, 47, y, 47);
  for (long row = 0; row < 11; row++) {
    double sum = 0;
    for (long k = 0; k < 47; k++) sum += exp(x[row * 47 + k]);
    for (long k = 0; k < 47; k++) compare(y[row * 47 + k], exp(x[row * 47 + k]) / sum);
  }
  digestOf(y, 11 * 47);
  free(x), free(dy), free(y);
}

static void checkProducts(const VectorKernelTable *kernels) {
  for (long rows = 1; rows <= 21; rows += 5) {
    for (long columns = 1; columns <= 145; columns += 36) {
      long depth = 3 + rows * 7;
      long padded = (columns + VECTOR_KERNELS_PANEL - 1) / VECTOR_KERNELS_PANEL *
                    VECTOR_KERNELS_PANEL;
      float *a = numbers(rows * depth, 1), *b = numbers(depth * columns, 1);
      float *bias = numbers(padded, 1), *packed = numbers(depth * padded, 0);
      float *c = numbers(rows * columns, 0), *dw = numbers(depth * columns, 0);
      vectorKernelsPack(depth, columns, b, columns, 1, packed);
      kernels->multiply(rows, columns, depth, a, depth, packed, bias, false, c, columns);
      kernels->multiply(rows, columns, depth, a, depth, packed, NULL, true, c, columns);
      for (long i = 0; i < rows; i++) {
        for (long j = 0; j < columns; j++) {
          double exact = bias[j];
          for (long k = 0; k < depth; k++) {
            exact += 2 * (double)a[i * depth + k] * b[k * columns + j];
          }
          compare(c[i * columns + j], exact);
        }
      }
      digestOf(c, rows * columns);
      kernels->multiplyTransposed(rows, depth, columns, a, depth, c, columns, dw, columns);
      for (long i = 0; i < depth; i++) {
        for (long j = 0; j < columns; j++) {
          double exact = 0;
          for (long r = 0; r < rows; r++) exact += (double)a[r * depth + i] * c[r * columns + j];
          compare(dw[i * columns + j], exact);
        }
      }
      digestOf(dw, depth * columns);
      free(a), free(b), free(bias), free(packed), free(c), free(dw);
    }
  }
}

static void checkCell(const VectorKernelTable *kernels, long rows, long inputs, long hidden) {
  long width = 4 * hidden;
  long padded = (width + VECTOR_KERNELS_PANEL - 1) / VECTOR_KERNELS_PANEL * VECTOR_KERNELS_PANEL;
  float *x = numbers(rows * inputs, 1), *h = numbers(rows * hidden, 1);
  float *c = numbers(rows * hidden, 1), *w = numbers(inputs * width, 0.5f);
  float *u = numbers(hidden * width, 0.5f), *bias = numbers(padded, 0.5f);
  float *packedW = numbers(inputs * padded, 0), *packedU = numbers(hidden * padded, 0);
  float *gates = numbers(rows * width, 0), *newC = numbers(rows * hidden, 0);
  float *newH = numbers(rows * hidden, 0), *dh = numbers(rows * hidden, 1);
  float *dc = numbers(rows * hidden, 1), *sums = numbers(width, 0), *also = numbers(width, 0);
  vectorKernelsPack(inputs, width, w, width, 1, packedW);
  vectorKernelsPack(hidden, width, u, width, 1, packedU);
  kernels->lstmCell(rows, inputs, hidden, x, inputs, packedW, h, hidden, packedU, bias, gates, true,
                    c, hidden, newC, hidden, newH, hidden);
  digestOf(gates, rows * width), digestOf(newC, rows * hidden), digestOf(newH, rows * hidden);
  for (long row = 0; row < rows; row++) {
    for (long j = 0; j < hidden; j++) {
      double z[4];
      for (long gate = 0; gate < 4; gate++) {
        long column = gate * hidden + j;
        z[gate] = bias[column];
        for (long k = 0; k < inputs; k++) {
          z[gate] += (double)x[row * inputs + k] * w[k * width + column];
        }
        for (long k = 0; k < hidden; k++) {
          z[gate] += (double)h[row * hidden + k] * u[k * width + column];
        }
        z[gate] = gate == 2 ? tanh(z[gate]) : sigmoid(z[gate]);
      }
      double cell = z[1] * c[row * hidden + j] + z[0] * z[2];
      compare(newC[row * hidden + j], cell);
      compare(newH[row * hidden + j], z[3] * tanh(cell));
    }
  }
  kernels->lstmBackward(rows, hidden, gates, c, newC, dh, dc);
  kernels->accumulateColumns(rows, width, gates, width, sums, also);
  for (long j = 0; j < width; j++) {
    double exact = 0;
    for (long row = 0; row < rows; row++) exact += gates[row * width + j];
    compare(sums[j], exact), compare(also[j], exact);
  }
  digestOf(gates, rows * width), digestOf(dc, rows * hidden), digestOf(sums, width);
  free(x), free(h), free(c), free(w), free(u), free(bias), free(packedW), free(packedU);
  free(gates), free(newC), free(newH), free(dh), free(dc), free(sums), free(also);
}

static void checkGatedUnit(const VectorKernelTable *kernels, long rows, long hidden) {
  long width = 4 * hidden;
  float *gates = numbers(rows * width, 2), *before = numbers(rows * width, 0);
  float *h = numbers(rows * hidden, 1), *newH = numbers(rows * hidden, 0);
  float *dh = numbers(rows * hidden, 1), *dhPrevious = numbers(rows * hidden, 1);
  memcpy(before, gates, (size_t)(rows * width) * sizeof(float));
  kernels->gruForward(rows, hidden, gates, width, h, hidden, newH, hidden);
  for (long row = 0; row < rows; row++) {
    for (long j = 0; j < hidden; j++) {
      const float *z = before + row * width + j;
      double reset = sigmoid(z[hidden]), update = sigmoid(z[2 * hidden]);
      double candidate = tanh(z[0] + reset * z[3 * hidden]);
      compare(newH[row * hidden + j], candidate + update * (h[row * hidden + j] - candidate));
    }
  }
  digestOf(gates, rows * width), digestOf(newH, rows * hidden);
  kernels->gruBackward(rows, hidden, gates, h, dh, dhPrevious);
  digestOf(gates, rows * width), digestOf(dhPrevious, rows * hidden);
  free(gates), free(before), free(h), free(newH), free(dh), free(dhPrevious);
}

static void checkOptimizer(const VectorKernelTable *kernels) {
  enum { count = 203 };
  float *g = numbers(count, 1), *p = numbers(count, 1), *m = numbers(count, 0.1f);
  float *v = numbers(count, 0);
  for (long i = 0; i < count; i++) v[i] = g[i] * g[i];
  AdamStep step = {.gradientScale = 0.5f, .l2 = 0.01f, .shrink = 0.999f, .oneMinusBeta1 = 0.1f,
                   .beta2 = 0.999f, .oneMinusBeta2 = 0.001f, .stepSize = 0.01f,
                   .correction2Root = 0.5f, .epsilon = 1e-8f};
  double *exact = malloc(count * sizeof(double));
  if (exact == NULL) exit(70);
  for (long i = 0; i < count; i++) {
    double kept = (double)step.shrink * p[i], gradient = 0.5 * g[i] + (double)step.l2 * kept;
    double first = m[i] + (double)step.oneMinusBeta1 * (gradient - m[i]);
    double second = (double)step.beta2 * v[i] + (double)step.oneMinusBeta2 * gradient * gradient;
    exact[i] = kept - (double)step.stepSize * first / (sqrt(second) / 0.5 + 1e-8);
  }
  kernels->adam(count, step, g, p, m, v);
  for (long i = 0; i < count; i++) compare(p[i], exact[i]);
  digestOf(p, count);
  kernels->accumulate(count, 0.25f, g, p);
  digestOf(p, count);
  double squares = 0;
  for (long i = 0; i < count; i++) squares += (double)g[i] * g[i];
  compare((float)kernels->sumOfSquares(count, g), squares);
  free(g), free(p), free(m), free(v), free(exact);
}

/// Of narrow.c.
int checkNarrow(void);

int main(void) {
  int failures = checkNarrow();
  for (int level = 0; level < KERNEL_LEVELS; level++) {
    const VectorKernelTable *kernels = vectorKernelTable(level);
    if (kernels == NULL) continue;
    state = 1, error = 0, digest = 14695981039346656037u;
    checkActivations(kernels);
    checkProducts(kernels);
    checkCell(kernels, 1, 3, 5);
    checkCell(kernels, 19, 8, 64);
    checkCell(kernels, 70, 20, 33);
    checkGatedUnit(kernels, 13, 21);
    checkOptimizer(kernels);
    printf("%s %.1e %016llx\n", kernels->name, error, (unsigned long long)digest);
    if (!(error < 2e-5)) failures++;
  }
  printf("best %s\n", vectorKernelTable(kernelLevelBest())->name);
  return failures != 0;
}
