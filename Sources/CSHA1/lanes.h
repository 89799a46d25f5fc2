#ifndef CSHA1_LANES_H
#define CSHA1_LANES_H

#include "CSHA1.h"

/* Whether this processor, and its system, have AVX-512. */
bool csha1_lanes_are_supported(void);

/* `csha1_blocks`, each message in a lane; those that no message is in cost as much. */
void csha1_take_lanes(uint32_t *states, const uint8_t *const *blocks, size_t messages, size_t count);

#endif
