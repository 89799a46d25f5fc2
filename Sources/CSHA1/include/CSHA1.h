#ifndef CSHA1_H
#define CSHA1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/*
 * SHA-1's compression function (FIPS 180-4, 6.1.2) by the processor's own instructions, for two messages at once: each
 * instruction waits for the one before it of the same message, so that a second message costs little.
 */

/* Whether this processor has the instructions. Nothing else here may be called where it has not. */
bool csha1_is_supported(void);

/* Takes `count` blocks of 64 bytes into the state, the five words of FIPS 180-4 as numbers. */
void csha1_blocks(uint32_t *state, const uint8_t *blocks, size_t count);

/* The same for two messages. The states are two. */
void csha1_blocks_of_two(
    uint32_t *first_state, const uint8_t *first, uint32_t *second_state, const uint8_t *second, size_t count);

#pragma clang assume_nonnull end

#endif
