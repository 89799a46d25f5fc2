#ifndef PACH_CISAL_SHIM_H
#define PACH_CISAL_SHIM_H

#include <stddef.h>

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

/* Macros of sizeof are not seen in Swift. */
static const size_t isal_level_1_byte_count = ISAL_DEF_LVL1_DEFAULT;

#endif
