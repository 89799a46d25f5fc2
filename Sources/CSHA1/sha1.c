#include "CSHA1.h"

#if defined(__x86_64__)

#include "lanes.h"

#include <cpuid.h>
#include <immintrin.h>

bool csha1_is_supported(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

#define SHA1_TARGET __attribute__((target("sha,ssse3,sse4.1")))
#define SHA1_MESSAGES_MAX 2
#define EACH _Pragma("clang loop unroll(full)") for (int i = 0; i < messages; i++)

/*
 * Four rounds. `words` holds the schedule's last 16 words, four in a register, those of these rounds at `group % 4`;
 * meanwhile the words of later rounds are made: each group goes through sha1msg1, an exclusive or and sha1msg2 in turn.
 * Every condition is known to the compiler.
 */
#define FOUR_ROUNDS(group, e, next_e)                                                                                   \
    EACH {                                                                                                              \
        __m128i *words = w[i];                                                                                          \
        const __m128i now = words[(group) % 4];                                                                         \
        e[i] = (group) == 0 ? _mm_add_epi32(e[i], now) : _mm_sha1nexte_epu32(e[i], now);                                \
        next_e[i] = abcd[i];                                                                                            \
        if ((group) >= 3 && (group) <= 18) words[((group) + 1) % 4] = _mm_sha1msg2_epu32(words[((group) + 1) % 4], now); \
        abcd[i] = _mm_sha1rnds4_epu32(abcd[i], e[i], (group) / 5);                                                      \
        if ((group) >= 1 && (group) <= 16) words[((group) + 3) % 4] = _mm_sha1msg1_epu32(words[((group) + 3) % 4], now); \
        if ((group) >= 2 && (group) <= 17) words[((group) + 2) % 4] = _mm_xor_si128(words[((group) + 2) % 4], now);      \
    }

SHA1_TARGET __attribute__((always_inline)) static inline void take_blocks(
    uint32_t *const *states, const uint8_t **blocks, size_t count, const int messages) {
    /* Bytes of a word come highest first, and words from the highest place of a register down. */
    const __m128i order = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
    __m128i abcd[SHA1_MESSAGES_MAX], e0[SHA1_MESSAGES_MAX], e1[SHA1_MESSAGES_MAX], w[SHA1_MESSAGES_MAX][4];
    EACH {
        abcd[i] = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)states[i]), 0x1b);
        e0[i] = _mm_set_epi32((int)states[i][4], 0, 0, 0);
    }
    for (; count > 0; count--) {
        __m128i old_abcd[SHA1_MESSAGES_MAX], old_e[SHA1_MESSAGES_MAX];
        EACH {
            old_abcd[i] = abcd[i];
            old_e[i] = e0[i];
            for (int part = 0; part < 4; part++)
                w[i][part] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)blocks[i] + part), order);
            blocks[i] += 64;
        }
        FOUR_ROUNDS(0, e0, e1)
        FOUR_ROUNDS(1, e1, e0)
        FOUR_ROUNDS(2, e0, e1)
        FOUR_ROUNDS(3, e1, e0)
        FOUR_ROUNDS(4, e0, e1)
        FOUR_ROUNDS(5, e1, e0)
        FOUR_ROUNDS(6, e0, e1)
        FOUR_ROUNDS(7, e1, e0)
        FOUR_ROUNDS(8, e0, e1)
        FOUR_ROUNDS(9, e1, e0)
        FOUR_ROUNDS(10, e0, e1)
        FOUR_ROUNDS(11, e1, e0)
        FOUR_ROUNDS(12, e0, e1)
        FOUR_ROUNDS(13, e1, e0)
        FOUR_ROUNDS(14, e0, e1)
        FOUR_ROUNDS(15, e1, e0)
        FOUR_ROUNDS(16, e0, e1)
        FOUR_ROUNDS(17, e1, e0)
        FOUR_ROUNDS(18, e0, e1)
        FOUR_ROUNDS(19, e1, e0)
        EACH {
            e0[i] = _mm_sha1nexte_epu32(e0[i], old_e[i]);
            abcd[i] = _mm_add_epi32(abcd[i], old_abcd[i]);
        }
    }
    EACH {
        _mm_storeu_si128((__m128i *)states[i], _mm_shuffle_epi32(abcd[i], 0x1b));
        states[i][4] = (uint32_t)_mm_extract_epi32(e0[i], 3);
    }
}

SHA1_TARGET static void take_one_or_two(uint32_t *states, const uint8_t *const *blocks, size_t messages, size_t count) {
    uint32_t *each[] = {states, states + csha1_state_stride};
    const uint8_t *starts[] = {blocks[0], blocks[messages - 1]};
    if (messages == 1) take_blocks(each, starts, count, 1);
    else take_blocks(each, starts, count, 2);
}

/* So many messages take as long two by two as in lanes. */
enum { lanes_from = 7 };

void csha1_blocks(uint32_t *states, const uint8_t *const *blocks, size_t messages, size_t count) {
    if (messages >= lanes_from && csha1_lanes_are_supported()) {
        csha1_take_lanes(states, blocks, messages, count);
        return;
    }
    for (size_t first = 0; first < messages; first += 2)
        take_one_or_two(states + first * csha1_state_stride, blocks + first, messages - first < 2 ? 1 : 2, count);
}

#else

bool csha1_is_supported(void) { return false; }

void csha1_blocks(uint32_t *states, const uint8_t *const *blocks, size_t messages, size_t count) {
    (void)states, (void)blocks, (void)messages, (void)count;
    __builtin_trap();
}

#endif
