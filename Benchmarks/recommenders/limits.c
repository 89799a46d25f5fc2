/*
 * What the machine can do at most, as the measure of the kernels: see README.md.
 *
 *     cc -O2 -ffp-contract=off -pthread Benchmarks/recommenders/limits.c -o limits && ./limits
 *
 * Prints, for one thread and for two: single-precision operations a second in registers, a product rounded before it is added, as the kernels
 * do (each counts as two), in 512 and in 256 bits; and bytes read a second from the first two levels of the cache, the third, and memory.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef float v16 __attribute__((vector_size(64)));
typedef float v8 __attribute__((vector_size(32)));

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

#define SUMS 12
#define ARITHMETIC(NAME, VECTOR, LANES, TARGET)                                                              \
    __attribute__((target(TARGET), noinline)) static double NAME(void) {                                 \
        VECTOR sums[SUMS], factor, rest;                                                                     \
        for (int i = 0; i < LANES; i++) factor[i] = 0.999f, rest[i] = 0.001f;                                \
        for (int s = 0; s < SUMS; s++) sums[s] = factor * (float)s;                                          \
        const long turns = 40000000;                                                                         \
        const double start = now();                                                                          \
        for (long t = 0; t < turns; t++) {                                                                   \
            _Pragma("GCC unroll 12") for (int s = 0; s < SUMS; s++) sums[s] = sums[s] * factor + rest;       \
        }                                                                                                    \
        const double seconds = now() - start;                                                                \
        float kept = 0;                                                                                      \
        for (int s = 0; s < SUMS; s++) kept += sums[s][0];                                                   \
        volatile float sink = kept;                                                                          \
        (void)sink;                                                                                          \
        return 2.0 * LANES * SUMS * turns / seconds;                                                         \
    }
#pragma STDC FP_CONTRACT OFF
ARITHMETIC(wide, v16, 16, "avx512f")
ARITHMETIC(narrow, v8, 8, "avx2")

static size_t size;

__attribute__((noinline, target("avx2"))) static double reading(void) {
    float *memory = aligned_alloc(64, size);
    for (size_t i = 0; i < size / 4; i++) memory[i] = 1;
    v8 sums[4] = {{0}};
    const long turns = (long)(8e9 / size);
    const double start = now();
    for (long t = 0; t < turns; t++) {
        const v8 *row = (const v8 *)memory;
        for (size_t i = 0; i < size / 32; i += 4) {
            for (int s = 0; s < 4; s++) sums[s] += row[i + s];
        }
        __asm__ volatile("" ::: "memory");
    }
    const double seconds = now() - start;
    volatile float sink = sums[0][0] + sums[1][0] + sums[2][0] + sums[3][0];
    (void)sink;
    free(memory);
    return (double)size * turns / seconds;
}

static double (*work)(void);

static void *run(void *result) {
    *(double *)result = work();
    return NULL;
}

static void measure(const char *what, double (*function)(void)) {
    work = function;
    printf("%s:", what);
    for (int threads = 1; threads <= 2; threads++) {
        pthread_t ids[2];
        double results[2] = {0, 0};
        for (int i = 0; i < threads; i++) pthread_create(&ids[i], NULL, run, &results[i]);
        for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
        printf("  %.1f", (results[0] + results[1]) * 1e-9);
    }
    printf("  (10^9 a second, one thread and two)\n");
}

int main(void) {
    if (__builtin_cpu_supports("avx512f")) measure("operations, 512 bits", wide);
    measure("operations, 256 bits", narrow);
    const size_t sizes[] = {24 << 10, 512 << 10, 8 << 20, 512 << 20};
    const char *names[] = {"bytes, 24 KiB", "bytes, 512 KiB", "bytes, 8 MiB", "bytes, 512 MiB"};
    for (int i = 0; i < 4; i++) {
        size = sizes[i];
        measure(names[i], reading);
    }
    return 0;
}
