#include "lanes.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define LANES_TARGET __attribute__((target("avx512f,avx512bw")))
#define LANES csha1_messages_max
#define EACH_LANE _Pragma("clang loop unroll(full)") for (int i = 0; i < LANES; i++)

/* How far ahead of what is hashed a message is fetched: the processor sees no pattern in so many at once. */
enum { bytes_ahead = 512 };

bool csha1_lanes_are_supported(void) { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"); }

/* Row i holds 16 words of message i before, word i of the 16 messages after. */
LANES_TARGET __attribute__((always_inline)) static inline void transpose(__m512i rows[LANES]) {
    __m512i mixed[LANES];
    for (int i = 0; i < 8; i++) {
        mixed[2 * i] = _mm512_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
        mixed[2 * i + 1] = _mm512_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
    }
    for (int i = 0; i < 4; i++) {
        rows[4 * i] = _mm512_unpacklo_epi64(mixed[4 * i], mixed[4 * i + 2]);
        rows[4 * i + 1] = _mm512_unpackhi_epi64(mixed[4 * i], mixed[4 * i + 2]);
        rows[4 * i + 2] = _mm512_unpacklo_epi64(mixed[4 * i + 1], mixed[4 * i + 3]);
        rows[4 * i + 3] = _mm512_unpackhi_epi64(mixed[4 * i + 1], mixed[4 * i + 3]);
    }
    for (int i = 0; i < 4; i++) {
        mixed[i] = _mm512_shuffle_i32x4(rows[i], rows[i + 4], 0x88);
        mixed[i + 4] = _mm512_shuffle_i32x4(rows[i], rows[i + 4], 0xdd);
        mixed[i + 8] = _mm512_shuffle_i32x4(rows[i + 8], rows[i + 12], 0x88);
        mixed[i + 12] = _mm512_shuffle_i32x4(rows[i + 8], rows[i + 12], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        rows[i] = _mm512_shuffle_i32x4(mixed[i], mixed[i + 8], 0x88);
        rows[i + 8] = _mm512_shuffle_i32x4(mixed[i], mixed[i + 8], 0xdd);
        rows[i + 4] = _mm512_shuffle_i32x4(mixed[i + 4], mixed[i + 12], 0x88);
        rows[i + 12] = _mm512_shuffle_i32x4(mixed[i + 4], mixed[i + 12], 0xdd);
    }
}

/* The functions of FIPS 180-4, 4.1.1, as tables for three bits. */
enum { choose = 0xca, parity = 0x96, majority = 0xe8 };

/* One round; from the sixteenth on the schedule's word takes the place of the oldest. `t` is known to the compiler. */
#define ROUND(t, function, constant)                                                                                    \
    {                                                                                                                   \
        if ((t) >= 16)                                                                                                  \
            w[(t) % 16] = _mm512_rol_epi32(                                                                             \
                _mm512_xor_si512(                                                                                       \
                    _mm512_ternarylogic_epi32(w[((t) - 3) % 16], w[((t) - 8) % 16], w[((t) - 14) % 16], parity), w[(t) % 16]), \
                1);                                                                                                     \
        const __m512i mixed = _mm512_ternarylogic_epi32(b, c, d, function);                                             \
        const __m512i added = _mm512_add_epi32(_mm512_add_epi32(e, w[(t) % 16]), _mm512_set1_epi32((int)(constant)));   \
        const __m512i next = _mm512_add_epi32(_mm512_add_epi32(_mm512_rol_epi32(a, 5), mixed), added);                  \
        e = d;                                                                                                          \
        d = c;                                                                                                          \
        c = _mm512_rol_epi32(b, 30);                                                                                    \
        b = a;                                                                                                          \
        a = next;                                                                                                       \
    }
#define TWENTY_ROUNDS(from, function, constant)                                                                         \
    _Pragma("clang loop unroll(full)") for (int t = (from); t < (from) + 20; t++) ROUND(t, function, constant)

LANES_TARGET void csha1_take_lanes(uint32_t *const *states, const uint8_t *const *blocks, size_t messages, size_t count) {
    /* Bytes of a word come highest first. */
    const __m512i order = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
    const uint8_t *from[LANES];
    uint32_t words[5][LANES];
    for (size_t i = 0; i < LANES; i++) {
        const size_t message = i < messages ? i : 0;
        from[i] = blocks[message];
        for (int word = 0; word < 5; word++) words[word][i] = states[message][word];
    }
    __m512i sum[5];
    for (int word = 0; word < 5; word++) sum[word] = _mm512_loadu_si512(words[word]);
    for (; count > 0; count--) {
        __m512i w[LANES];
        EACH_LANE {
            w[i] = _mm512_shuffle_epi8(_mm512_loadu_si512(from[i]), order);
            _mm_prefetch((const char *)from[i] + bytes_ahead, _MM_HINT_T0);
            from[i] += csha1_block_size;
        }
        transpose(w);
        __m512i a = sum[0], b = sum[1], c = sum[2], d = sum[3], e = sum[4];
        TWENTY_ROUNDS(0, choose, 0x5a827999)
        TWENTY_ROUNDS(20, parity, 0x6ed9eba1)
        TWENTY_ROUNDS(40, majority, 0x8f1bbcdc)
        TWENTY_ROUNDS(60, parity, 0xca62c1d6)
        sum[0] = _mm512_add_epi32(sum[0], a);
        sum[1] = _mm512_add_epi32(sum[1], b);
        sum[2] = _mm512_add_epi32(sum[2], c);
        sum[3] = _mm512_add_epi32(sum[3], d);
        sum[4] = _mm512_add_epi32(sum[4], e);
    }
    for (int word = 0; word < 5; word++) _mm512_storeu_si512(words[word], sum[word]);
    for (size_t i = 0; i < messages; i++)
        for (int word = 0; word < 5; word++) states[i][word] = words[word][i];
}

#endif
