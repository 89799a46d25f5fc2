#define _GNU_SOURCE
#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// All that this file asks of the kernel itself goes by syscall(2), so that it never meets its own interposed functions.

static struct {
    char root[PATH_MAX];
    size_t root_length;
    int record;
    uint32_t at;
    /// 0 where nothing is to fail.
    int error;
    bool cuts_short, kills, tears, is_for_ever, counts_writes_alone;
    const char *path, *when;
    char kind;
} plan = {.record = -1};

/// Operations are ordered by it: what the record says came first did.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t counted, injected;
static atomic_bool is_at_work;
/// A signal's handler may write while the thread is within an operation.
static _Thread_local bool is_within;

static void forget_in_child(void) {
    atomic_store(&is_at_work, false);
}

__attribute__((constructor)) static void read_environment(void) {
    const char *root = getenv(PACH_FAULTS_ROOT);
    // Only the program that was asked for, not those that it starts.
    unsetenv("LD_PRELOAD");
    if (root == NULL || root[0] != '/' || strlen(root) >= sizeof plan.root) return;
    strcpy(plan.root, root);
    plan.root_length = strlen(root);

    const char *text = getenv(PACH_FAULTS_RECORD);
    if (text != NULL) {
        plan.record = (int)syscall(SYS_openat, AT_FDCWD, text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (plan.record < 0) {
            fprintf(stderr, "pachfaults: could not open %s: %s\n", text, strerror(errno));
            _exit(70);
        }
        // Out of the way of a program that counts its descriptors.
        int high = (int)syscall(SYS_fcntl, plan.record, F_DUPFD_CLOEXEC, 900);
        if (high >= 0) {
            syscall(SYS_close, plan.record);
            plan.record = high;
        }
    }
    text = getenv(PACH_FAULTS_AT);
    plan.at = text == NULL ? 0 : (uint32_t)strtoul(text, NULL, 10);
    text = getenv(PACH_FAULTS_DO);
    if (text != NULL) {
        plan.cuts_short = strcmp(text, "short") == 0;
        plan.kills = strcmp(text, "kill") == 0;
        plan.tears = strcmp(text, "tear") == 0;
        static const struct {
            const char *name;
            int error;
        } errors[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EMFILE", EMFILE}, {"EINTR", EINTR}};
        for (size_t index = 0; index < sizeof errors / sizeof errors[0]; index++) {
            if (strcmp(text, errors[index].name) == 0) plan.error = errors[index].error;
        }
        if (plan.error == 0 && !plan.cuts_short && !plan.kills && !plan.tears) {
            fprintf(stderr, "pachfaults: %s=%s is not known\n", PACH_FAULTS_DO, text);
            _exit(70);
        }
    }
    plan.is_for_ever = getenv(PACH_FAULTS_FOREVER) != NULL;
    plan.counts_writes_alone = getenv(PACH_FAULTS_WRITES) != NULL;
    plan.path = getenv(PACH_FAULTS_PATH);
    plan.when = getenv(PACH_FAULTS_WHEN);
    text = getenv(PACH_FAULTS_KIND);
    plan.kind = text == NULL ? 0 : text[0];
    pthread_atfork(NULL, NULL, forget_in_child);
    atomic_store(&is_at_work, true);
}

// MARK: Paths

static bool is_ours(const char *path) {
    return strncmp(path, plan.root, plan.root_length) == 0 && (path[plan.root_length] == '/' || path[plan.root_length] == '\0');
}

/// Where an open descriptor leads now; a file that was removed keeps its old path, with a remark (proc(5)).
static bool path_of(int file, char path[PATH_MAX]) {
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    if (length < 0) return false;
    path[length] = '\0';
    return true;
}

/// Makes a path absolute, without empty and `.` components.
static bool resolve(int folder, const char *path, char resolved[PATH_MAX]) {
    size_t length = 0;
    if (path == NULL) return false;
    if (path[0] != '/') {
        if (folder == AT_FDCWD) {
            // Returns the length with the NUL.
            long count = syscall(SYS_getcwd, resolved, PATH_MAX);
            if (count <= 0) return false;
        } else if (!path_of(folder, resolved)) {
            return false;
        }
        length = strlen(resolved);
    }
    for (const char *next = path; *next != '\0';) {
        size_t count = strcspn(next, "/");
        if (count > 0 && !(count == 1 && next[0] == '.')) {
            if (length + count + 2 > PATH_MAX) return false;
            resolved[length++] = '/';
            memcpy(resolved + length, next, count);
            length += count;
        }
        next += count;
        if (*next == '/') next++;
    }
    resolved[length] = '\0';
    return true;
}

// MARK: What happens

static bool can_happen(const struct operation *operation) {
    bool transfers = operation->kind == PACH_FAULTS_READ || operation->kind == PACH_FAULTS_WRITE;
    if (plan.cuts_short) return transfers;
    if (plan.tears) return operation->kind == PACH_FAULTS_WRITE;
    switch (plan.error) {
    case ENOSPC: return operation->takes_room;
    case EMFILE: return operation->kind == PACH_FAULTS_OPEN;
    case EINTR:
        return transfers || operation->kind == PACH_FAULTS_OPEN || operation->kind == PACH_FAULTS_TRUNCATE || operation->kind == PACH_FAULTS_SYNC;
    default: return true;
    }
}

static bool changes(const struct operation *operation) {
    if (operation->kind == PACH_FAULTS_READ) return false;
    return operation->kind != PACH_FAULTS_OPEN || operation->takes_room;
}

static void end_process(void) {
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    while (true) syscall(SYS_pause);
}

static void decide(struct operation *operation) {
    if (plan.counts_writes_alone && !changes(operation)) return;
    if (plan.kind != 0 && plan.kind != (char)operation->kind) return;
    if (plan.path != NULL && strstr(operation->path, plan.path) == NULL) return;
    if (plan.when != NULL && syscall(SYS_faccessat, AT_FDCWD, plan.when, F_OK) != 0) return;
    operation->number = ++counted;
    if (plan.at == 0 || counted < plan.at || !can_happen(operation)) return;
    if (plan.kills) end_process();
    bool passes = plan.cuts_short || plan.error == EINTR;
    uint32_t count_max = !plan.is_for_ever ? 1 : passes ? PACH_FAULTS_STORM : UINT32_MAX;
    if (injected >= count_max) return;
    injected++;
    operation->flags |= PACH_FAULTS_INJECTED;
    operation->error = plan.error;
    operation->is_short = plan.cuts_short || plan.tears;
    operation->is_torn = plan.tears;
}

static bool begin(struct operation *operation) {
    pthread_mutex_lock(&lock);
    is_within = true;
    decide(operation);
    return true;
}

static bool may_be_ours(struct operation *operation, enum pach_faults_kind kind, bool takes_room) {
    if (!atomic_load_explicit(&is_at_work, memory_order_relaxed) || is_within) return false;
    operation->kind = kind;
    operation->flags = 0;
    operation->number = 0;
    operation->error = 0;
    operation->takes_room = takes_room;
    operation->is_short = operation->is_torn = false;
    operation->path[0] = operation->other_path[0] = '\0';
    return true;
}

bool pach_faults_begin_path(struct operation *operation, enum pach_faults_kind kind, int folder, const char *path, bool takes_room) {
    int saved = errno;
    bool ours = may_be_ours(operation, kind, takes_room) && resolve(folder, path, operation->path) && is_ours(operation->path);
    errno = saved;
    return ours && begin(operation);
}

bool pach_faults_begin_paths(
    struct operation *operation, enum pach_faults_kind kind, int folder, const char *path, int other_folder, const char *other_path) {
    int saved = errno;
    bool ours = may_be_ours(operation, kind, true) && resolve(folder, path, operation->path)
        && resolve(other_folder, other_path, operation->other_path) && (is_ours(operation->path) || is_ours(operation->other_path));
    errno = saved;
    return ours && begin(operation);
}

bool pach_faults_begin_file(struct operation *operation, enum pach_faults_kind kind, int file, bool takes_room) {
    int saved = errno;
    bool ours = may_be_ours(operation, kind, takes_room) && path_of(file, operation->path) && is_ours(operation->path);
    errno = saved;
    return ours && begin(operation);
}

size_t pach_faults_count(const struct operation *operation, size_t count) {
    return operation->is_short && count > 1 ? count / 2 : count;
}

// MARK: The record

/// Writes all of it, or gives the run up: a record with holes would prove nothing.
static void put(struct iovec *pieces, int count) {
    size_t length = 0;
    for (int index = 0; index < count; index++) length += pieces[index].iov_len;
    ssize_t written = syscall(SYS_writev, plan.record, pieces, count);
    if (written != (ssize_t)length) {
        fprintf(stderr, "pachfaults: could not write the record: %s\n", strerror(errno));
        _exit(70);
    }
}

static void record(const struct operation *operation, int error, int file, off_t offset, const void *data, size_t length) {
    struct pach_faults_record header = {
        .kind = operation->kind, .flags = operation->flags, .path_length = (uint16_t)strlen(operation->path),
        .other_path_length = (uint16_t)strlen(operation->other_path), .error = error, .number = operation->number, .offset = offset,
        .data_length = length,
    };
    struct stat status;
    bool is_known = file >= 0 ? syscall(SYS_fstat, file, &status) == 0
                              : syscall(SYS_newfstatat, AT_FDCWD, operation->other_path[0] ? operation->other_path : operation->path, &status,
                                        AT_SYMLINK_NOFOLLOW) == 0;
    if (is_known) header.inode = status.st_ino;
    if (changes(operation)) header.flags |= PACH_FAULTS_CHANGES;
    void *read_back = NULL;
    if (length > 0 && data == NULL) {
        read_back = malloc(length);
        if (read_back == NULL || syscall(SYS_pread64, file, read_back, length, offset) != (ssize_t)length) {
            fprintf(stderr, "pachfaults: could not read back what was written to %s\n", operation->path);
            _exit(70);
        }
        data = read_back;
    }
    struct iovec pieces[] = {
        {&header, sizeof header}, {(void *)operation->path, header.path_length},
        {(void *)operation->other_path, header.other_path_length}, {(void *)data, length},
    };
    put(pieces, 4);
    free(read_back);
}

void pach_faults_end(struct operation *operation, ssize_t result, int file, off_t offset, const void *data, size_t length) {
    int saved = errno;
    if (plan.record >= 0) record(operation, result < 0 ? saved : 0, file, offset, data, result < 0 ? 0 : length);
    if (operation->is_torn) end_process();
    is_within = false;
    pthread_mutex_unlock(&lock);
    errno = saved;
}
