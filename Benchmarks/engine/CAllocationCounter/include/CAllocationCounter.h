#pragma once

/// Calls of malloc, calloc, realloc and their aligned kin so far, by all threads of the process and
/// by whatever library; -1 where the C library is not glibc and they are not counted.
long allocationCount(void);
