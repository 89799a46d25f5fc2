#include "CAdler.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define ADLER_TARGET __attribute__((target("avx512f,avx512bw,avx512vnni")))

enum {
    /* The largest prime below 2^16. */
    modulus = 65521,
    block_size = 64,
    /* So many blocks of bytes of 255 are summed up before a lane of 32 bits would overflow: 4 * 255 * 2048^2 / 2 < 2^32. */
    run_block_count_max = 2048
};

bool cadler_is_supported(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni");
}

ADLER_TARGET static uint64_t sum_of_lanes(__m512i lanes) {
    const __m512i low = _mm512_and_si512(lanes, _mm512_set1_epi64(UINT32_MAX));
    return (uint64_t)_mm512_reduce_add_epi64(_mm512_add_epi64(low, _mm512_srli_epi64(lanes, 32)));
}

/* How often the first of 64 bytes is in the sum of the sums behind each of them, the second, and so on. */
ADLER_TARGET static __m512i weights_in_block(void) {
    int8_t weights[block_size];
    for (int i = 0; i < block_size; i++) weights[i] = (int8_t)(block_size - i);
    return _mm512_loadu_si512(weights);
}

ADLER_TARGET uint32_t cadler_checksum(const uint8_t *bytes, size_t count) {
    const __m512i ones = _mm512_set1_epi8(1), weights = weights_in_block();
    uint64_t sum = 1, sum_of_sums = 0;
    while (count >= block_size) {
        const size_t block_count = count / block_size < run_block_count_max ? count / block_size : run_block_count_max;
        const size_t run_size = block_count * block_size;
        /* Of all blocks; of those before each block; of all bytes by how many bytes of their block follow. */
        __m512i sums = _mm512_setzero_si512(), sums_before = sums, weighted = sums;
        for (size_t at = 0; at < run_size; at += block_size) {
            const __m512i block = _mm512_loadu_si512(bytes + at);
            sums_before = _mm512_add_epi32(sums_before, sums);
            sums = _mm512_dpbusd_epi32(sums, block, ones);
            weighted = _mm512_dpbusd_epi32(weighted, block, weights);
        }
        sum_of_sums = (sum_of_sums + sum * run_size + sum_of_lanes(sums_before) * block_size + sum_of_lanes(weighted)) % modulus;
        sum = (sum + sum_of_lanes(sums)) % modulus;
        bytes += run_size;
        count -= run_size;
    }
    for (; count > 0; count--) {
        sum += *bytes++;
        sum_of_sums += sum;
    }
    return (uint32_t)(sum_of_sums % modulus << 16 | sum % modulus);
}

#else

bool cadler_is_supported(void) { return false; }

uint32_t cadler_checksum(const uint8_t *bytes, size_t count) {
    (void)bytes, (void)count;
    return 0;
}

#endif
