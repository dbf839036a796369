#include "KernelLevels.h"

bool kernelLevelIsSupported(int level) {
  if (level == 0) return true;
#if defined(__x86_64__)
  __builtin_cpu_init();
  // Of each level, what the kernels need.
  switch (level) {
    case 1:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
             __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("f16c");
    case 2:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl");
  }
#endif
  return false;
}

int kernelLevelBest(void) {
  int best = 0;
  for (int level = 1; level < KERNEL_LEVELS; level++) {
    if (kernelLevelIsSupported(level)) best = level;
  }
  return best;
}
