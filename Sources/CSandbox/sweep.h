/// What makes sure that a run leaves nothing behind.
#ifndef PACH_SWEEP_H
#define PACH_SWEEP_H

/// Kills every other process of the pid namespace whose process 1 the caller is. Forking does not escape it: the kernel
/// signals all of them at one instant.
void pach_kill_namespace(void);

/// Kills the direct children of the caller. Those are safe to name by their ids, since only the caller can reap them;
/// their own children become the caller's when they end (it being a subreaper), to be killed by the next call.
void pach_kill_children(void);

/// Removes what can outlive processes in a sandbox's own namespaces: shared memory and semaphores in `/dev/shm`, message
/// queues in `/dev/mqueue`, and System V objects (sysvipc(7)). Returns 0 or an `errno` value.
int pach_clear_leftovers(void);

#endif
