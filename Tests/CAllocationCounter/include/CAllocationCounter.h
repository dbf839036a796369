#pragma once

// Counts what a program allocates: linked into an executable, it stands in for the C library's
// malloc and its kin, and so sees every allocation of Swift's runtime too.

#include <stdbool.h>
#include <stddef.h>

/// Whether allocations are counted here: only with glibc.
bool allocationCounterWorks(void);

/// Begins to count: what is live now becomes zero.
void allocationCounterReset(void);

/// The most bytes live at once since the reset, beyond those live then.
size_t allocationCounterPeak(void);

/// The largest single allocation since the reset.
size_t allocationCounterLargest(void);

/// Allocations since the reset.
size_t allocationCounterCount(void);
