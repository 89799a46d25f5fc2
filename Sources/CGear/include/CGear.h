#ifndef CGEAR_H
#define CGEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/*
 * The Gear hash of FastCDC (Xia et al., USENIX ATC 2016): with each byte it is doubled, and the byte's word is added, modulo 2^64. So the last
 * 64 bytes alone decide it, and it can be computed at several places at once.
 */

enum { cgear_window = 64 };

/* The words of all byte values, whole, and byte by byte: parts[i][value] is the i-th byte of words[value], the lowest first. */
typedef struct {
    uint64_t words[256];
    uint8_t parts[8][256];
} cgear_table;

void cgear_make_table(cgear_table *table, const uint64_t *words);

/* Whether this processor has the instructions (AVX-512 with VBMI) that `cgear_skip` is made of; it may not be called where it has not. */
bool cgear_is_supported(void);

/*
 * How many of the first bytes can be passed over, since the hash is not below `bound` behind any of them. What follows may have such a place in
 * its first 64 bytes, or is too short to be looked through like this. `hash` is that of what lies before the bytes, and then before what follows.
 */
size_t cgear_skip(const cgear_table *table, const uint8_t *bytes, size_t count, uint64_t *hash, uint64_t bound);

#pragma clang assume_nonnull end

#endif
