#include "CKernels.h"
#include "tables.h"

const ck_kernels *_Nullable ck_available(size_t index) {
    const ck_kernels *found[3] = {&ck_baseline};
    size_t count = 1;
#if defined(__x86_64__)
    /* These ask the processor, and whether the operating system saves the wider registers. */
    if (__builtin_cpu_supports("avx2")) found[count++] = &ck_avx2;
    if (__builtin_cpu_supports("avx512f")) found[count++] = &ck_avx512;
#endif
    return index < count ? found[index] : NULL;
}
