#include "CSHA1.h"

#if defined(__x86_64__)

#include "lanes.h"

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

#define SHA1_MESSAGES_MAX 2

static bool has_instructions(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

size_t csha1_width(void) {
    if (!has_instructions()) return 1;
    return csha1_lanes_are_supported() ? csha1_messages_max : SHA1_MESSAGES_MAX;
}

#define SHA1_TARGET __attribute__((target("sha,ssse3,sse4.1")))
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
            blocks[i] += csha1_block_size;
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

SHA1_TARGET static void take_one_or_two(uint32_t *const *states, const uint8_t *const *blocks, size_t messages, size_t count) {
    uint32_t *each[] = {states[0], states[messages - 1]};
    const uint8_t *starts[] = {blocks[0], blocks[messages - 1]};
    if (messages == 1) take_blocks(each, starts, count, 1);
    else take_blocks(each, starts, count, 2);
}

/* So many messages take as long two by two as in lanes. */
enum { lanes_from = 7 };

static void take(uint32_t *const *states, const uint8_t *const *blocks, size_t messages, size_t count) {
    if (messages >= lanes_from && csha1_lanes_are_supported()) {
        csha1_take_lanes(states, blocks, messages, count);
        return;
    }
    for (size_t first = 0; first < messages; first += 2)
        take_one_or_two(states + first, blocks + first, messages - first < 2 ? 1 : 2, count);
}

/* Blocks that lie one behind the other: in a piece, or where one begins in a piece and ends in another, in the hash's rest. */
typedef struct {
    const uint8_t *start;
    size_t count;
} run_of_blocks;

/* The message's next run, which is empty where it has no block left; then all its bytes are in the hash or its rest. */
static run_of_blocks next_run(csha1_message *message) {
    csha1_hash *hash = message->hash;
    for (;;) {
        if (hash->rest_count == csha1_block_size) return (run_of_blocks){hash->rest, 1};
        if (message->piece_count == 0) return (run_of_blocks){hash->rest, 0};
        const csha1_piece *piece = message->pieces;
        const size_t left = piece->count - message->done_count;
        if (left == 0) {
            message->pieces++;
            message->piece_count--;
            message->done_count = 0;
            continue;
        }
        const uint8_t *start = piece->bytes + message->done_count;
        if (hash->rest_count == 0 && left >= csha1_block_size) return (run_of_blocks){start, left / csha1_block_size};
        const size_t room = csha1_block_size - hash->rest_count;
        const size_t taken = left < room ? left : room;
        memcpy(hash->rest + hash->rest_count, start, taken);
        hash->rest_count += (uint32_t)taken;
        message->done_count += taken;
    }
}

static void advance(csha1_message *message, const uint8_t *start, size_t block_count) {
    csha1_hash *hash = message->hash;
    hash->block_count += block_count;
    if (start == hash->rest) hash->rest_count = 0;
    else message->done_count += block_count * csha1_block_size;
}

size_t csha1_continue(csha1_message *messages, size_t count) {
    uint32_t *states[csha1_messages_max];
    const uint8_t *starts[csha1_messages_max];
    for (size_t i = 0; i < count; i++) states[i] = messages[i].hash->state;
    for (;;) {
        size_t step = SIZE_MAX;
        for (size_t i = 0; i < count; i++) {
            const run_of_blocks run = next_run(&messages[i]);
            if (run.count == 0) return i;
            starts[i] = run.start;
            if (run.count < step) step = run.count;
        }
        take(states, starts, count, step);
        for (size_t i = 0; i < count; i++) advance(&messages[i], starts[i], step);
    }
}

#else

size_t csha1_width(void) { return 1; }

size_t csha1_continue(csha1_message *messages, size_t count) {
    (void)messages, (void)count;
    __builtin_trap();
}

#endif
