#define _GNU_SOURCE
#include "chance.h"
#include "next.h"
#include "plan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// The C library's functions that reach files, each under all the names that it has there: off_t has 64 bits on the machines that we
// know, so `pwrite` and `pwrite64` are one.

_Static_assert(sizeof(off_t) == 8, "off_t has 64 bits");

/// Where the planned failure is to happen instead of a call.
static int fail(const struct operation *operation) {
    errno = operation->error;
    return -1;
}

// MARK: Opening

static bool exists(const char *path) {
    struct stat status;
    int saved = errno;
    bool there = syscall(SYS_newfstatat, AT_FDCWD, path, &status, 0) == 0;
    errno = saved;
    return there;
}

static int open_file(int folder, const char *path, int flags, mode_t mode) {
    NEXT("openat", int (*)(int, const char *, int, ...))
    if (pach_faults_is_chance(path)) return pach_faults_open_chance();
    struct operation operation;
    bool may_create = (flags & O_CREAT) != 0;
    bool may_change = may_create || (flags & O_TRUNC) != 0;
    if (!pach_faults_begin_path(&operation, PACH_FAULTS_OPEN, folder, path, may_change)) return next(folder, path, flags, mode);
    bool was_there = exists(operation.path);
    int result = operation.error != 0 ? fail(&operation) : next(folder, path, flags, mode);
    if (!was_there && may_create) operation.flags |= PACH_FAULTS_CREATED;
    if (was_there && (flags & O_TRUNC) != 0) operation.flags |= PACH_FAULTS_TRUNCATED;
    pach_faults_end(&operation, result, result, 0, NULL, 0);
    return result;
}

#define MODE_OF(flags)                                                                              \
    mode_t mode = 0;                                                                                \
    if (((flags) & O_CREAT) != 0 || ((flags) & O_TMPFILE) == O_TMPFILE) {                           \
        va_list arguments;                                                                          \
        va_start(arguments, flags);                                                                 \
        mode = va_arg(arguments, mode_t);                                                           \
        va_end(arguments);                                                                          \
    }

#define DEFINE_OPEN(name)                                                                           \
    EXPORT int name(const char *path, int flags, ...) {                                             \
        MODE_OF(flags)                                                                              \
        return open_file(AT_FDCWD, path, flags, mode);                                       \
    }
#define DEFINE_OPENAT(name)                                                                         \
    EXPORT int name(int folder, const char *path, int flags, ...) {                                 \
        MODE_OF(flags)                                                                              \
        return open_file(folder, path, flags, mode);                                         \
    }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)
// What headers with checks of arguments call (_FORTIFY_SOURCE).
EXPORT int __open_2(const char *path, int flags) { return open_file(AT_FDCWD, path, flags, 0); }
EXPORT int __open64_2(const char *path, int flags) { return open_file(AT_FDCWD, path, flags, 0); }
EXPORT int __openat_2(int folder, const char *path, int flags) { return open_file(folder, path, flags, 0); }
EXPORT int __openat64_2(int folder, const char *path, int flags) { return open_file(folder, path, flags, 0); }
EXPORT int creat(const char *path, mode_t mode) { return open_file(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
EXPORT int creat64(const char *path, mode_t mode) { return open_file(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }

#define DEFINE_MKSTEMP(name, parameters, ...)                                                       \
    EXPORT int name parameters {                                                                    \
        NEXT(#name, int (*) parameters)                                                             \
        struct operation operation;                                                                 \
        if (!pach_faults_begin_path(&operation, PACH_FAULTS_OPEN, AT_FDCWD, template, true)) return next(__VA_ARGS__); \
        int result = operation.error != 0 ? fail(&operation) : next(__VA_ARGS__);                   \
        operation.flags |= PACH_FAULTS_CREATED;                                                     \
        /* The name is known only now; it is as long as the template. */                            \
        size_t length = strlen(operation.path), count = strlen(template);                           \
        if (result >= 0 && count <= length) memcpy(operation.path + length - count, template, count); \
        pach_faults_end(&operation, result, result, 0, NULL, 0);                                    \
        return result;                                                                              \
    }
DEFINE_MKSTEMP(mkstemp, (char *template), template)
DEFINE_MKSTEMP(mkstemp64, (char *template), template)
DEFINE_MKSTEMP(mkostemp, (char *template, int flags), template, flags)
DEFINE_MKSTEMP(mkostemp64, (char *template, int flags), template, flags)

EXPORT DIR *opendir(const char *path) {
    NEXT("opendir", DIR * (*)(const char *))
    struct operation operation;
    if (!pach_faults_begin_path(&operation, PACH_FAULTS_OPEN, AT_FDCWD, path, false)) return next(path);
    DIR *result = operation.error != 0 ? NULL : next(path);
    if (operation.error != 0) errno = operation.error;
    pach_faults_end(&operation, result == NULL ? -1 : 0, -1, 0, NULL, 0);
    return result;
}

/// By a stream nothing may be written where we look: the C library's own calls are not seen. Reading is harmless.
static FILE *open_stream(FILE *(*next)(const char *, const char *), const char *path, const char *mode) {
    struct operation operation;
    bool reads = mode[0] == 'r' && strchr(mode, '+') == NULL;
    if (!pach_faults_begin_path(&operation, PACH_FAULTS_OPEN, AT_FDCWD, path, !reads)) return next(path, mode);
    if (!reads) {
        fprintf(stderr, "pachfaults: %s is written by a stream, which cannot be recorded\n", path);
        _exit(70);
    }
    FILE *result = operation.error != 0 ? NULL : next(path, mode);
    if (operation.error != 0) errno = operation.error;
    pach_faults_end(&operation, result == NULL ? -1 : 0, -1, 0, NULL, 0);
    return result;
}

EXPORT FILE *fopen(const char *path, const char *mode) {
    NEXT("fopen", FILE * (*)(const char *, const char *))
    return open_stream(next, path, mode);
}

EXPORT FILE *fopen64(const char *path, const char *mode) {
    NEXT("fopen64", FILE * (*)(const char *, const char *))
    return open_stream(next, path, mode);
}

// MARK: Reading

EXPORT ssize_t read(int file, void *buffer, size_t count) {
    NEXT("read", ssize_t (*)(int, void *, size_t))
    struct operation operation;
    if (!pach_faults_begin_file(&operation, PACH_FAULTS_READ, file, false)) return next(file, buffer, count);
    ssize_t result = operation.error != 0 ? fail(&operation) : next(file, buffer, pach_faults_count(&operation, count));
    pach_faults_end(&operation, result, file, 0, NULL, 0);
    return result;
}

#define DEFINE_PREAD(name)                                                                          \
    EXPORT ssize_t name(int file, void *buffer, size_t count, off_t offset) {                       \
        NEXT(#name, ssize_t (*)(int, void *, size_t, off_t))                                        \
        struct operation operation;                                                                 \
        if (!pach_faults_begin_file(&operation, PACH_FAULTS_READ, file, false)) return next(file, buffer, count, offset); \
        ssize_t result = operation.error != 0 ? fail(&operation) : next(file, buffer, pach_faults_count(&operation, count), offset); \
        pach_faults_end(&operation, result, file, offset, NULL, 0);                                 \
        return result;                                                                              \
    }
DEFINE_PREAD(pread)
DEFINE_PREAD(pread64)

// MARK: Writing

/// Where a write that named no offset has begun.
static off_t start_of(int file, ssize_t written) {
    int saved = errno;
    off_t end = syscall(SYS_lseek, file, 0, SEEK_CUR);
    errno = saved;
    return written < 0 ? 0 : end - written;
}

EXPORT ssize_t write(int file, const void *data, size_t count) {
    NEXT("write", ssize_t (*)(int, const void *, size_t))
    struct operation operation;
    if (!pach_faults_begin_file(&operation, PACH_FAULTS_WRITE, file, true)) return next(file, data, count);
    ssize_t result = operation.error != 0 ? fail(&operation) : next(file, data, pach_faults_count(&operation, count));
    pach_faults_end(&operation, result, file, start_of(file, result), data, (size_t)result);
    return result;
}

#define DEFINE_PWRITE(name)                                                                         \
    EXPORT ssize_t name(int file, const void *data, size_t count, off_t offset) {                   \
        NEXT(#name, ssize_t (*)(int, const void *, size_t, off_t))                                  \
        struct operation operation;                                                                 \
        if (!pach_faults_begin_file(&operation, PACH_FAULTS_WRITE, file, true)) return next(file, data, count, offset); \
        ssize_t result = operation.error != 0 ? fail(&operation) : next(file, data, pach_faults_count(&operation, count), offset); \
        pach_faults_end(&operation, result, file, offset, data, (size_t)result);                    \
        return result;                                                                              \
    }
DEFINE_PWRITE(pwrite)
DEFINE_PWRITE(pwrite64)

/// As many pieces as a call is to write, in `part`: all, or the first half of their bytes.
/// - Returns: how many.
static int pieces_of(const struct operation *operation, const struct iovec *pieces, int count, struct iovec part[IOV_MAX]) {
    size_t left = 0;
    for (int index = 0; index < count; index++) left += pieces[index].iov_len;
    left = pach_faults_count(operation, left);
    int used = 0;
    for (; used < count && left > 0; used++) {
        part[used] = pieces[used];
        if (part[used].iov_len > left) part[used].iov_len = left;
        left -= part[used].iov_len;
    }
    return used;
}

/// More pieces the kernel refuses by itself.
static bool are_too_many(int count) {
    return count < 0 || count > IOV_MAX;
}

EXPORT ssize_t writev(int file, const struct iovec *pieces, int count) {
    NEXT("writev", ssize_t (*)(int, const struct iovec *, int))
    struct operation operation;
    if (are_too_many(count) || !pach_faults_begin_file(&operation, PACH_FAULTS_WRITE, file, true)) return next(file, pieces, count);
    struct iovec part[IOV_MAX];
    ssize_t result = operation.error != 0 ? fail(&operation) : next(file, part, pieces_of(&operation, pieces, count, part));
    pach_faults_end(&operation, result, file, start_of(file, result), NULL, (size_t)result);
    return result;
}

#define DEFINE_PWRITEV(name)                                                                        \
    EXPORT ssize_t name(int file, const struct iovec *pieces, int count, off_t offset) {            \
        NEXT(#name, ssize_t (*)(int, const struct iovec *, int, off_t))                             \
        struct operation operation;                                                                 \
        if (are_too_many(count) || !pach_faults_begin_file(&operation, PACH_FAULTS_WRITE, file, true)) \
            return next(file, pieces, count, offset);                                               \
        struct iovec part[IOV_MAX];                                                                 \
        ssize_t result = operation.error != 0 ? fail(&operation) : next(file, part, pieces_of(&operation, pieces, count, part), offset); \
        pach_faults_end(&operation, result, file, offset, NULL, (size_t)result);                    \
        return result;                                                                              \
    }
DEFINE_PWRITEV(pwritev)
DEFINE_PWRITEV(pwritev64)

#define DEFINE_SENDFILE(name)                                                                       \
    EXPORT ssize_t name(int file, int source, off_t *offset, size_t count) {                        \
        NEXT(#name, ssize_t (*)(int, int, off_t *, size_t))                                         \
        struct operation operation;                                                                 \
        if (!pach_faults_begin_file(&operation, PACH_FAULTS_WRITE, file, true)) return next(file, source, offset, count); \
        ssize_t result = operation.error != 0 ? fail(&operation) : next(file, source, offset, pach_faults_count(&operation, count)); \
        pach_faults_end(&operation, result, file, start_of(file, result), NULL, (size_t)result);    \
        return result;                                                                              \
    }
DEFINE_SENDFILE(sendfile)
DEFINE_SENDFILE(sendfile64)

EXPORT ssize_t copy_file_range(int source, off_t *from, int file, off_t *to, size_t count, unsigned flags) {
    NEXT("copy_file_range", ssize_t (*)(int, off_t *, int, off_t *, size_t, unsigned))
    struct operation operation;
    if (!pach_faults_begin_file(&operation, PACH_FAULTS_WRITE, file, true)) return next(source, from, file, to, count, flags);
    ssize_t result =
        operation.error != 0 ? fail(&operation) : next(source, from, file, to, pach_faults_count(&operation, count), flags);
    off_t start = to != NULL ? (result < 0 ? 0 : *to - result) : start_of(file, result);
    pach_faults_end(&operation, result, file, start, NULL, (size_t)result);
    return result;
}

/// The file's size after a call that may change it.
static off_t size_of(int file) {
    struct stat status;
    int saved = errno;
    off_t size = syscall(SYS_fstat, file, &status) == 0 ? status.st_size : 0;
    errno = saved;
    return size;
}

#define DEFINE_FTRUNCATE(name)                                                                      \
    EXPORT int name(int file, off_t size) {                                                         \
        NEXT(#name, int (*)(int, off_t))                                                            \
        struct operation operation;                                                                 \
        if (!pach_faults_begin_file(&operation, PACH_FAULTS_TRUNCATE, file, false)) return next(file, size); \
        int result = operation.error != 0 ? fail(&operation) : next(file, size);                    \
        pach_faults_end(&operation, result, file, size_of(file), NULL, 0);                          \
        return result;                                                                              \
    }
DEFINE_FTRUNCATE(ftruncate)
DEFINE_FTRUNCATE(ftruncate64)

#define DEFINE_TRUNCATE(name)                                                                       \
    EXPORT int name(const char *path, off_t size) {                                                 \
        NEXT(#name, int (*)(const char *, off_t))                                                   \
        struct operation operation;                                                                 \
        if (!pach_faults_begin_path(&operation, PACH_FAULTS_TRUNCATE, AT_FDCWD, path, false)) return next(path, size); \
        int result = operation.error != 0 ? fail(&operation) : next(path, size);                    \
        pach_faults_end(&operation, result, -1, size, NULL, 0);                                     \
        return result;                                                                              \
    }
DEFINE_TRUNCATE(truncate)
DEFINE_TRUNCATE(truncate64)

/// posix_fallocate(3) returns its error; fallocate(2) has a mode and sets `errno`.
#define DEFINE_POSIX_FALLOCATE(name)                                                                \
    EXPORT int name(int file, off_t offset, off_t length) {                                         \
        NEXT(#name, int (*)(int, off_t, off_t))                                                     \
        struct operation operation;                                                                 \
        if (!pach_faults_begin_file(&operation, PACH_FAULTS_TRUNCATE, file, true)) return next(file, offset, length); \
        int result = operation.error != 0 ? operation.error : next(file, offset, length);           \
        if (result != 0) errno = result;                                                            \
        pach_faults_end(&operation, result == 0 ? 0 : -1, file, size_of(file), NULL, 0);            \
        return result;                                                                              \
    }
DEFINE_POSIX_FALLOCATE(posix_fallocate)
DEFINE_POSIX_FALLOCATE(posix_fallocate64)

#define DEFINE_FALLOCATE(name)                                                                      \
    EXPORT int name(int file, int mode, off_t offset, off_t length) {                               \
        NEXT(#name, int (*)(int, int, off_t, off_t))                                                \
        struct operation operation;                                                                 \
        if (!pach_faults_begin_file(&operation, PACH_FAULTS_TRUNCATE, file, true)) return next(file, mode, offset, length); \
        int result = operation.error != 0 ? fail(&operation) : next(file, mode, offset, length);    \
        pach_faults_end(&operation, result, file, size_of(file), NULL, 0);                          \
        return result;                                                                              \
    }
DEFINE_FALLOCATE(fallocate)
DEFINE_FALLOCATE(fallocate64)

// MARK: Making durable

#define DEFINE_SYNC(name)                                                                           \
    EXPORT int name(int file) {                                                                     \
        NEXT(#name, int (*)(int))                                                                   \
        struct operation operation;                                                                 \
        if (!pach_faults_begin_file(&operation, PACH_FAULTS_SYNC, file, false)) return next(file);  \
        int result = operation.error != 0 ? fail(&operation) : next(file);                          \
        pach_faults_end(&operation, result, file, 0, NULL, 0);                                      \
        return result;                                                                              \
    }
DEFINE_SYNC(fsync)
DEFINE_SYNC(fdatasync)

// MARK: Names

static int rename_file(int old_folder, const char *old, int new_folder, const char *new, unsigned flags) {
    NEXT("renameat2", int (*)(int, const char *, int, const char *, unsigned))
    struct operation operation;
    if (!pach_faults_begin_paths(&operation, PACH_FAULTS_RENAME, old_folder, old, new_folder, new)) {
        return next(old_folder, old, new_folder, new, flags);
    }
    int result = operation.error != 0 ? fail(&operation) : next(old_folder, old, new_folder, new, flags);
    pach_faults_end(&operation, result, -1, 0, NULL, 0);
    return result;
}

EXPORT int rename(const char *old, const char *new) { return rename_file(AT_FDCWD, old, AT_FDCWD, new, 0); }
EXPORT int renameat(int old_folder, const char *old, int new_folder, const char *new) {
    return rename_file(old_folder, old, new_folder, new, 0);
}
EXPORT int renameat2(int old_folder, const char *old, int new_folder, const char *new, unsigned flags) {
    return rename_file(old_folder, old, new_folder, new, flags);
}

EXPORT int linkat(int old_folder, const char *old, int new_folder, const char *new, int flags) {
    NEXT("linkat", int (*)(int, const char *, int, const char *, int))
    struct operation operation;
    if (!pach_faults_begin_paths(&operation, PACH_FAULTS_LINK, old_folder, old, new_folder, new)) {
        return next(old_folder, old, new_folder, new, flags);
    }
    int result = operation.error != 0 ? fail(&operation) : next(old_folder, old, new_folder, new, flags);
    pach_faults_end(&operation, result, -1, 0, NULL, 0);
    return result;
}
EXPORT int link(const char *old, const char *new) { return linkat(AT_FDCWD, old, AT_FDCWD, new, 0); }

EXPORT int unlinkat(int folder, const char *path, int flags) {
    NEXT("unlinkat", int (*)(int, const char *, int))
    struct operation operation;
    enum pach_faults_kind kind = (flags & AT_REMOVEDIR) != 0 ? PACH_FAULTS_RMDIR : PACH_FAULTS_UNLINK;
    if (!pach_faults_begin_path(&operation, kind, folder, path, false)) return next(folder, path, flags);
    int result = operation.error != 0 ? fail(&operation) : next(folder, path, flags);
    pach_faults_end(&operation, result, -1, 0, NULL, 0);
    return result;
}
EXPORT int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
EXPORT int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
/// remove(3) does either.
EXPORT int remove(const char *path) {
    int result = unlink(path);
    return result != 0 && errno == EISDIR ? rmdir(path) : result;
}

EXPORT int mkdirat(int folder, const char *path, mode_t mode) {
    NEXT("mkdirat", int (*)(int, const char *, mode_t))
    struct operation operation;
    if (!pach_faults_begin_path(&operation, PACH_FAULTS_MKDIR, folder, path, true)) return next(folder, path, mode);
    int result = operation.error != 0 ? fail(&operation) : next(folder, path, mode);
    pach_faults_end(&operation, result, -1, 0, NULL, 0);
    return result;
}
EXPORT int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
