/* What every machine of the architecture has: SSE2 on x86-64, NEON on 64-bit Arm. */
#if defined(__x86_64__)
#define CK_NAME "x86-64"
#elif defined(__aarch64__)
#define CK_NAME "arm64"
#else
#define CK_NAME "generic"
#endif
#define CK_TABLE ck_baseline
#define CK_TILE_ROWS 2
#define CK_TILE_BLOCKS 1
#include "kernels.h"
