/// The start of a sandbox's first process from the engine, a process with many threads and much memory.
#ifndef PACH_SPAWN_H
#define PACH_SPAWN_H

#include <sys/types.h>

/// The descriptor at which a process made by `pach_spawn` finds its control socket.
#define PACH_CONTROL_DESCRIPTOR 3

/// Starts `path` with `arguments` (ended by NULL) and an empty environment, in a session of its own.
///
/// The new process has `control` as descriptor 3 and `errors` as standard error; standard input and output are
/// `/dev/null`; nothing else is open. No signal is blocked or ignored. The engine's memory is not copied (posix_spawn(3)),
/// so the time taken does not grow with it. Returns 0 and the process id in `process`, or an `errno` value.
int pach_spawn(const char *path, char *const arguments[], int control, int errors, pid_t *process);

#endif
