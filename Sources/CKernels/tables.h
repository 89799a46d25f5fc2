#ifndef CKERNELS_TABLES_H
#define CKERNELS_TABLES_H

#include "CKernels.h"

/* One table for each instruction set that the target's architecture knows. */
extern const ck_kernels ck_baseline;
#if defined(__x86_64__)
extern const ck_kernels ck_avx2;
extern const ck_kernels ck_avx512;
#endif

#endif
