#ifndef PACH_CSPAWN_SHIM_H
#define PACH_CSPAWN_SHIM_H

// The C library declares these for programs that define _GNU_SOURCE, which importers from Swift do not. `actions` is a
// posix_spawn_file_actions_t: with <spawn.h> included, the C library's types would be those of this module.

int posix_spawn_file_actions_addchdir_np(void *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(void *actions, int from);

#endif
