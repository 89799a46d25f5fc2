#ifndef PACH_SPAWN_H
#define PACH_SPAWN_H

#include <spawn.h>

// The C library declares these for programs that define _GNU_SOURCE, which importers from Swift do not.

int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

#endif
