// Which instruction-set levels this processor has.

#ifndef LEVELS_H
#define LEVELS_H

#include <stdbool.h>

enum { levelCount = 3 };

#if defined(__x86_64__)
/// Levels of the x86-64 psABI as far as the kernels need them: 0 the baseline, 1 v3, 2 v4.
static inline bool levelIsSupported(int level) {
  __builtin_cpu_init();
  switch (level) {
    case 0: return true;
    case 1:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
             __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("f16c");
    case 2:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl");
    default: return false;
  }
}
#endif

#endif
