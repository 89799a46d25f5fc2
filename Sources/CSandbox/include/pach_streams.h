/// The open files that a run's program has as its standard streams.
#ifndef PACH_STREAMS_H
#define PACH_STREAMS_H

#include <stddef.h>

/// Makes a close-on-exec pipe, of which only the reading end does not block. Whoever holds an end
/// may open it anew by its name under `/proc`, of whatever identity. Returns 0 or an `errno` value.
int pach_pipe(int *reading, int *writing);

/// Makes a close-on-exec file in memory, without a name, that holds `length` bytes and is read from its start. Nobody can
/// write to it any more. Returns 0 or an `errno` value.
int pach_memory_file(const void *bytes, size_t length, int *file);

#endif
