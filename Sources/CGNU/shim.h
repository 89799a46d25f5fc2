#ifndef PACH_CGNU_SHIM_H
#define PACH_CGNU_SHIM_H

// What the C library's module leaves out, or declares for programs alone that define _GNU_SOURCE, which importers from Swift do not.

// <spawn.h>. `actions` is a posix_spawn_file_actions_t: with that header included, the C library's types would be those of this module.
int posix_spawn_file_actions_addchdir_np(void *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(void *actions, int from);

// <fcntl.h>, see fallocate(2) and sync_file_range(2).
static const int FALLOC_FL_KEEP_SIZE = 1;
int fallocate(int file, int mode, long offset, long size);
static const unsigned SYNC_FILE_RANGE_WRITE = 2;
int sync_file_range(int file, long offset, long size, unsigned flags);

// <malloc.h>, see mallopt(3).
static const int M_TRIM_THRESHOLD = -1;
static const int M_MMAP_THRESHOLD = -3;
int mallopt(int parameter, int value);

#endif
