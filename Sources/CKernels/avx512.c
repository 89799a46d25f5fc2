/* 512-bit registers: a block of lanes is one register. */
#if defined(__x86_64__)
#include "CKernels.h"
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#define CK_NAME "avx512"
#define CK_TABLE ck_avx512
#define CK_TILE_ROWS 8
#define CK_TILE_BLOCKS 2
#include "kernels.h"
#pragma clang attribute pop
#endif
