#ifndef CSHA1_H
#define CSHA1_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/*
 * SHA-1 (FIPS 180-4) of several messages at once: each step of its compression function waits for the one before it of the same message, so
 * that a second message costs little. A few go two by two through the processor's own instructions for SHA-1, more through the lanes of
 * AVX-512, where it has them.
 */

enum {
    /* Messages that one call takes. */
    csha1_messages_max = 16,
    csha1_block_size = 64
};

/* A message on its way. */
typedef struct {
    /* The five words of 5.3.1, as numbers, and what 6.1.2 makes of them. */
    uint32_t state[5];
    /* Bytes that do not fill a block yet. */
    uint32_t rest_count;
    uint8_t rest[csha1_block_size];
    /* Blocks in `state`. */
    uint64_t block_count;
} csha1_hash;

typedef struct {
    const uint8_t *_Nullable bytes;
    size_t count;
} csha1_piece;

/* What continues a message: pieces one behind the other. */
typedef struct {
    csha1_hash *hash;
    const csha1_piece *_Nullable pieces;
    size_t piece_count;
    /* Bytes of the first piece that are in the hash already. */
    size_t done_count;
} csha1_message;

/* How many messages together take the least time: 1 where the processor has no instructions for SHA-1, and nothing else here may be called. */
size_t csha1_width(void);

/*
 * Continues the messages, each with as many blocks as the others, until one of them has no more bytes; of the others `pieces` and
 * `done_count` say what is left. Returns that one's index.
 */
size_t csha1_continue(csha1_message *messages, size_t count);

#pragma clang assume_nonnull end

#endif
