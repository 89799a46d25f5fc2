#ifndef CADLER_H
#define CADLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/* Whether this processor has the instructions (AVX-512 with VNNI) that `cadler_checksum` is made of; it may not be called where it has not. */
bool cadler_is_supported(void);

/* Adler-32 (RFC 1950, 8.2) of all bytes. */
uint32_t cadler_checksum(const uint8_t *bytes, size_t count);

#pragma clang assume_nonnull end

#endif
