/// The start of one program by the supervisor.
#ifndef PACH_LAUNCH_H
#define PACH_LAUNCH_H

#include "identity.h"

#include <stddef.h>
#include <sys/types.h>

/// What to start. The strings and arrays point into one block of memory, `block`.
struct pach_launch {
    void *block;
    const char *folder;
    /// Ended by NULL.
    char **arguments;
    char **environment;
};

/// Reads the payload of a `PACH_RUN` (strings ended by NULs) out of `bytes`, which the launch takes over in any case.
/// Returns 0, `EPROTO` when the counts do not fit the bytes, or `ENOMEM`.
int pach_parse_launch(char *bytes, size_t length, size_t arguments, size_t variables, struct pach_launch *launch);

void pach_free_launch(struct pach_launch *launch);

/// Starts the program in a session of its own, with `streams` as standard input, output and error, as `identity`.
///
/// A name without a slash is looked up in the `PATH` of the launch's own environment, as execvp(3) does, but a file that
/// is no executable is never handed to a shell. Returns the process, or -1 with one of the outcomes
/// `PACH_NOT_EXECUTABLE`, `PACH_NO_FOLDER`, `PACH_NO_PROCESS` in `outcome` and an `errno` value in `error`.
pid_t pach_start(const struct pach_launch *launch, const int streams[3], const struct pach_identity *identity,
                 int *outcome, int *error);

#endif
