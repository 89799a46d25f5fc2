#include "CGear.h"

void cgear_make_table(cgear_table *table, const uint64_t *words) {
    for (int value = 0; value < 256; value++) {
        table->words[value] = words[value];
        for (int i = 0; i < 8; i++) table->parts[i][value] = (uint8_t)(words[value] >> (8 * i));
    }
}

#if defined(__x86_64__)

#include <immintrin.h>

#define GEAR_TARGET __attribute__((target("avx512f,avx512bw,avx512vbmi")))
#define UNROLLED _Pragma("clang loop unroll(full)")

enum {
    /* Stretches of equal length, one behind the other, that are hashed side by side, a block of each in turn. */
    lanes = 8,
    block_size = 64,
    /* What lies behind a cut in these stretches is hashed for nothing. */
    stretch_size_max = 4096,
    /* How far ahead of what is hashed a stretch is fetched: the processor sees no pattern in so many at once. */
    bytes_ahead = 512
};

bool cgear_is_supported(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi");
}

/* Row i holds 8 words of stretch i before, word i of the 8 stretches after. */
GEAR_TARGET __attribute__((always_inline)) static inline void transpose(__m512i rows[lanes]) {
    __m512i pairs[lanes], quads[lanes];
    for (int i = 0; i < 4; i++) {
        pairs[2 * i] = _mm512_unpacklo_epi64(rows[2 * i], rows[2 * i + 1]);
        pairs[2 * i + 1] = _mm512_unpackhi_epi64(rows[2 * i], rows[2 * i + 1]);
    }
    for (int half = 0; half < 2; half++) {
        for (int i = 0; i < 2; i++) {
            quads[4 * half + i] = _mm512_shuffle_i64x2(pairs[4 * half + i], pairs[4 * half + i + 2], 0x88);
            quads[4 * half + i + 2] = _mm512_shuffle_i64x2(pairs[4 * half + i], pairs[4 * half + i + 2], 0xdd);
        }
    }
    for (int i = 0; i < 4; i++) {
        rows[i] = _mm512_shuffle_i64x2(quads[i], quads[i + 4], 0x88);
        rows[i + 4] = _mm512_shuffle_i64x2(quads[i], quads[i + 4], 0xdd);
    }
}

/* The words of 64 bytes, of which each of the 8 stretches has 8: words[i] holds those of every stretch's byte i. */
GEAR_TARGET __attribute__((always_inline)) static inline void look_up(const cgear_table *table, __m512i bytes, __m512i words[8]) {
    /* The bytes of two stretches in turn, so that what is interleaved below comes out in the order of the stretches. */
    const __m512i in_turn = _mm512_broadcast_i32x4(_mm_set_epi8(15, 7, 14, 6, 13, 5, 12, 4, 11, 3, 10, 2, 9, 1, 8, 0));
    bytes = _mm512_shuffle_epi8(bytes, in_turn);
    const __mmask64 is_high = _mm512_movepi8_mask(bytes);
    __m512i parts[8], mixed[8];
    for (int i = 0; i < 8; i++) {
        const uint8_t *part = table->parts[i];
        const __m512i low = _mm512_permutex2var_epi8(_mm512_loadu_si512(part), bytes, _mm512_loadu_si512(part + 64));
        const __m512i high = _mm512_permutex2var_epi8(_mm512_loadu_si512(part + 128), bytes, _mm512_loadu_si512(part + 192));
        parts[i] = _mm512_mask_blend_epi8(is_high, low, high);
    }
    for (int i = 0; i < 4; i++) {
        mixed[i] = _mm512_unpacklo_epi8(parts[2 * i], parts[2 * i + 1]);
        mixed[i + 4] = _mm512_unpackhi_epi8(parts[2 * i], parts[2 * i + 1]);
    }
    for (int i = 0; i < 8; i += 2) {
        parts[i] = _mm512_unpacklo_epi16(mixed[i], mixed[i + 1]);
        parts[i + 1] = _mm512_unpackhi_epi16(mixed[i], mixed[i + 1]);
    }
    for (int half = 0; half < 8; half += 4) {
        for (int i = 0; i < 2; i++) {
            words[half + 2 * i] = _mm512_unpacklo_epi32(parts[half + i], parts[half + i + 2]);
            words[half + 2 * i + 1] = _mm512_unpackhi_epi32(parts[half + i], parts[half + i + 2]);
        }
    }
}

static uint64_t hash_before(const cgear_table *table, const uint8_t *end) {
    uint64_t hash = 0;
    for (int i = -cgear_window; i < 0; i++) hash = (hash << 1) + table->words[end[i]];
    return hash;
}

/* The first block of the stretches in which the hash is below `bound` somewhere, by what lies before it; all of them where none is. */
GEAR_TARGET static size_t size_before_cut(
    const cgear_table *table, const uint8_t *bytes, size_t stretch_size, uint64_t hash_before_all, uint64_t bound) {
    uint64_t hashes[lanes] = {hash_before_all};
    for (int lane = 1; lane < lanes; lane++) hashes[lane] = hash_before(table, bytes + lane * stretch_size);
    __m512i hash = _mm512_loadu_si512(hashes);
    size_t found_at[lanes];
    unsigned found = 0;
    for (size_t at = 0; at < stretch_size && !(found & 1); at += block_size) {
        __m512i rows[lanes], least = _mm512_set1_epi64(-1);
        UNROLLED for (int lane = 0; lane < lanes; lane++) {
            const uint8_t *block = bytes + lane * stretch_size + at;
            rows[lane] = _mm512_loadu_si512(block);
            _mm_prefetch((const char *)block + bytes_ahead, _MM_HINT_T0);
        }
        transpose(rows);
        UNROLLED for (int row = 0; row < lanes; row++) {
            __m512i words[8];
            look_up(table, rows[row], words);
            for (int i = 0; i < 8; i++) {
                hash = _mm512_add_epi64(_mm512_add_epi64(hash, hash), words[i]);
                least = _mm512_min_epu64(least, hash);
            }
        }
        unsigned fresh = _mm512_cmplt_epu64_mask(least, _mm512_set1_epi64((long long)bound)) & ~found;
        found |= fresh;
        for (; fresh != 0; fresh &= fresh - 1) found_at[__builtin_ctz(fresh)] = at;
    }
    if (found == 0) return lanes * stretch_size;
    const int lane = __builtin_ctz(found);
    return lane * stretch_size + found_at[lane];
}

size_t cgear_skip(const cgear_table *table, const uint8_t *bytes, size_t count, uint64_t *hash, uint64_t bound) {
    size_t skipped = 0;
    while (count - skipped >= lanes * block_size) {
        size_t stretch_size = (count - skipped) / lanes / block_size * block_size;
        if (stretch_size > stretch_size_max) stretch_size = stretch_size_max;
        const size_t size = size_before_cut(table, bytes + skipped, stretch_size, *hash, bound);
        skipped += size;
        if (size > 0) *hash = hash_before(table, bytes + skipped);
        if (size < lanes * stretch_size) break;
    }
    return skipped;
}

#else

bool cgear_is_supported(void) { return false; }

size_t cgear_skip(const cgear_table *table, const uint8_t *bytes, size_t count, uint64_t *hash, uint64_t bound) {
    (void)table, (void)bytes, (void)count, (void)hash, (void)bound;
    return 0;
}

#endif
