/* 256-bit registers: Intel since 2013, AMD since 2015. */
#if defined(__x86_64__)
#include "CKernels.h"
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define CK_NAME "avx2"
#define CK_TABLE ck_avx2
#define CK_TILE_ROWS 4
#define CK_TILE_BLOCKS 1
#include "kernels.h"
#pragma clang attribute pop
#endif
