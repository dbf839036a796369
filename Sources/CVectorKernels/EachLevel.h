// Includes kernels' bodies, the file BODIES, once per instruction-set level of KernelLevels.h, with
//   LEVEL        suffix of the names
//   LEVEL_NAME   the level's name
//   LANES        floats in a register
//   FUSED        whether the level has fused multiply-add
//   FMA(a,b,c)   a*b+c on vectors, fused where the level has it
//   NARROWER     suffix of the level with half the lanes and the same bits, if there is one
// and defines
//   TABLES(name) the addresses of a table that the bodies define, of all levels in order
//
// Why not `target_clones`: the levels differ in register width and tile shape, not only in code
// generation, and its resolvers need ifunc support from the C library.

#define FUSED_FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define PLAIN_FMA(a, b, c) ((a) * (b) + (c))

#if defined(__x86_64__)

#define LEVEL _baseline
#define LEVEL_NAME "x86-64"
#define LANES 4
#define FUSED 0
#define FMA PLAIN_FMA
#include BODIES
#include "EndOfLevel.h"

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define LEVEL _v3
#define LEVEL_NAME "x86-64-v3"
#define LANES 8
#define FUSED 1
#define FMA FUSED_FMA
#include BODIES
#include "EndOfLevel.h"
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("arch=x86-64-v4"), min_vector_width(512))), apply_to = function)
#define LEVEL _v4
#define NARROWER _v3
#define LEVEL_NAME "x86-64-v4"
#define LANES 16
#define FUSED 1
#define FMA FUSED_FMA
#include BODIES
#include "EndOfLevel.h"
#pragma clang attribute pop

#define TABLES(name) {&name##_baseline, &name##_v3, &name##_v4}

#else

#define LEVEL _portable
#define LANES 4
#if defined(__aarch64__)
#define LEVEL_NAME "arm64"
#define FUSED 1
#define FMA FUSED_FMA
#else
#define LEVEL_NAME "portable"
#define FUSED 0
#define FMA PLAIN_FMA
#endif
#include BODIES
#include "EndOfLevel.h"

#define TABLES(name) {&name##_portable}

#endif
