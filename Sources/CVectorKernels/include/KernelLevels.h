#pragma once

// The instruction-set levels that the kernels are compiled for, and the choice of one at run time.
// On x86-64 they are levels of its psABI: 0 the baseline, 1 v3, 2 v4. Other processors have level 0
// alone.

#include <stdbool.h>

enum { KERNEL_LEVELS = 3 };

/// Whether the level is compiled in and this processor can run it; level 0 always is.
bool kernelLevelIsSupported(int level);

/// The best level this processor can run.
int kernelLevelBest(void);
