#ifndef CSHA1_H
#define CSHA1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/*
 * SHA-1's compression function (FIPS 180-4, 6.1.2) for several messages at once: each of its steps waits for the one before it of the
 * same message, so that a second message costs little. A few go two by two through the processor's own instructions for SHA-1, more through
 * the lanes of AVX-512, where it has them.
 */

enum {
    /* Words from one state to the next, of which the first five are those of FIPS 180-4, as numbers. */
    csha1_state_stride = 8,
    /* Messages that one call takes. */
    csha1_messages_max = 16
};

/* Whether this processor has the instructions for SHA-1. Nothing else here may be called where it has not. */
bool csha1_is_supported(void);

/* Takes `count` blocks of 64 bytes of each message into its state. */
void csha1_blocks(uint32_t *states, const uint8_t *_Nonnull const *_Nonnull blocks, size_t messages, size_t count);

#pragma clang assume_nonnull end

#endif
