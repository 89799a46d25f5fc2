#ifndef CSHA1_LANES_H
#define CSHA1_LANES_H

#include "CSHA1.h"

#include <stdbool.h>

/* Whether this processor, and its system, have AVX-512. */
bool csha1_lanes_are_supported(void);

/* Takes `count` blocks of each message into its state, each message in a lane; those that no message is in cost as much. */
void csha1_take_lanes(uint32_t *const *states, const uint8_t *const *blocks, size_t messages, size_t count);

#endif
