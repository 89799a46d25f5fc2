#ifndef PACH_FAULTS_PLAN_H
#define PACH_FAULTS_PLAN_H

#include "pach_faults.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/// A file operation on its way to the C library.
struct operation {
    enum pach_faults_kind kind;
    uint8_t flags;
    char path[PATH_MAX];
    char other_path[PATH_MAX];
    uint32_t number;
    /// Whether it takes room on the disk, and so can find none.
    bool takes_room;
    /// The `errno` that it is to fail with, instead of being done; 0 where it is to be done.
    int error;
    /// Whether only half of its bytes are to be read or written, and whether the process ends after that.
    bool is_short, is_torn;
};

/// Begins an operation on a path, or on an open file: finds out whether it concerns us, counts it, and decides what happens to it.
/// No other operation runs until `pach_faults_end`.
/// - Returns: false where it is none of ours; nothing is to be ended then.
bool pach_faults_begin_path(struct operation *operation, enum pach_faults_kind kind, int folder, const char *path, bool takes_room);
bool pach_faults_begin_paths(
    struct operation *operation, enum pach_faults_kind kind, int folder, const char *path, int other_folder, const char *other_path);
bool pach_faults_begin_file(struct operation *operation, enum pach_faults_kind kind, int file, bool takes_room);

/// How many bytes of `count` to read or write.
size_t pach_faults_count(const struct operation *operation, size_t count);

/// Ends an operation, and keeps `errno`: writes its record.
/// - Parameters:
///   - result: negative where it failed.
///   - file: an open descriptor of the file, or -1.
///   - data: what was written; NULL to have it read back from `file`.
void pach_faults_end(struct operation *operation, ssize_t result, int file, off_t offset, const void *data, size_t length);

#endif
