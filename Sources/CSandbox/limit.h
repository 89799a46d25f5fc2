/// The limit of processes of user code.
#ifndef PACH_LIMIT_H
#define PACH_LIMIT_H

#include <stdbool.h>

/// Limits how many processes and threads the calling process and all that it starts may have at a time: without that, a program that forks without
/// end takes all that the machine has, the engine's among them. Returns 0 or an `errno` value.
///
/// The kernel counts by user (`RLIMIT_NPROC`, getrlimit(2)), and since Linux 5.14 apart for each user namespace.
///
/// `has_own_user`: nobody else is the user that the programs run as. `has_own_namespace`: nobody else is in their user namespace. Where neither
/// is so, they count together with the engine, which keeps a quarter of its own limit for itself.
int pach_limit_processes(bool has_own_user, bool has_own_namespace);

#endif
