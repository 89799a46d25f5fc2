#define _GNU_SOURCE
#include "pach_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
    /// How many folders are open at a time. What lies deeper is moved to the top and emptied from there.
    levels_at_once = 16,
    owner_permissions = 0700,
    owner_file_permissions = 0600,
    reading_a_file = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
    reading_a_folder = reading_a_file | O_DIRECTORY,
};

/// A folder that is being emptied: where it is read, and its name in the one above.
struct level {
    DIR *entries;
    char name[NAME_MAX + 1];
};

struct emptying {
    int top;
    dev_t device;
    struct level levels[levels_at_once];
    int depth;
    /// Numbers the folders that were moved to the top.
    unsigned long moved;
    /// Whether this pass over the top removed or moved anything; a pass that does not is the last.
    bool progress;
    int error;
};

/// Gives what cannot be opened its owner's permissions. By way of a path descriptor, since fchmodat(2) follows links.
static int open_up(int parent, const char *name, int kind, mode_t permissions) {
    int handle = openat(parent, name, O_PATH | kind | O_NOFOLLOW | O_CLOEXEC);
    if (handle < 0) return errno;
    char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", handle);
    int error = chmod(path, permissions) == 0 ? 0 : errno;
    close(handle);
    return error;
}

static int open_anyway(int parent, const char *name, int flags, mode_t permissions, int *descriptor) {
    int opened = openat(parent, name, flags);
    if (opened < 0 && errno == EACCES) {
        int error = open_up(parent, name, flags & O_DIRECTORY, permissions);
        if (error != 0) return error;
        opened = openat(parent, name, flags);
    }
    if (opened < 0) return errno;
    *descriptor = opened;
    return 0;
}

int pach_open_folder(int parent, const char *name, int *folder) {
    return open_anyway(parent, name, reading_a_folder, owner_permissions, folder);
}

int pach_open_file(int parent, const char *name, int *file) {
    return open_anyway(parent, name, reading_a_file, owner_file_permissions, file);
}

static int enter(struct emptying *work, int parent, const char *name) {
    int folder;
    int error = pach_open_folder(parent, name, &folder);
    if (error != 0) return error;
    struct stat facts;
    if (fstat(folder, &facts) != 0) {
        error = errno;
    } else if (facts.st_dev != work->device) {
        error = EXDEV;
    } else if ((facts.st_mode & owner_permissions) != owner_permissions) {
        // A refusal shows when an entry cannot be removed.
        (void)fchmod(folder, owner_permissions);
    }
    DIR *entries = error == 0 ? fdopendir(folder) : NULL;
    if (entries == NULL) {
        if (error == 0) error = errno;
        close(folder);
        return error;
    }
    struct level *level = &work->levels[work->depth++];
    level->entries = entries;
    strncpy(level->name, name, NAME_MAX);
    level->name[NAME_MAX] = '\0';
    return 0;
}

/// Moves a folder to the top. A name that is taken by something empty may be replaced: all of it is to go.
static int move_to_top(struct emptying *work, int parent, const char *name) {
    // Moving a folder changes its "..", which takes permission to write it.
    int error = open_up(parent, name, O_DIRECTORY, owner_permissions);
    if (error != 0) return error;
    for (;;) {
        char free_name[32];
        snprintf(free_name, sizeof(free_name), ".deep-%lu", work->moved++);
        if (renameat(parent, name, work->top, free_name) == 0) return 0;
        if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR) return errno;
    }
}

static void note(struct emptying *work, int error) {
    if (error == 0) {
        work->progress = true;
    } else if (error != ENOENT && work->error == 0) {
        work->error = error;
    }
}

static void remove_entry(struct emptying *work, int parent, const struct dirent *entry) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) return;
    int error = entry->d_type == DT_DIR ? EISDIR : 0;
    if (error == 0 && unlinkat(parent, entry->d_name, 0) != 0) error = errno;
    if (error != EISDIR) {
        note(work, error);
    } else if (unlinkat(parent, entry->d_name, AT_REMOVEDIR) == 0) {
        // An empty folder goes without being opened.
        note(work, 0);
    } else if (work->depth < levels_at_once) {
        error = enter(work, parent, entry->d_name);
        if (error != 0) note(work, error);
    } else {
        note(work, move_to_top(work, parent, entry->d_name));
    }
}

/// Removes what one pass over the top folder finds. Reading a folder while removing from it may miss entries, and moved
/// folders are new ones; both are the next pass's.
static void empty_once(struct emptying *work) {
    while (work->depth > 0) {
        struct level *level = &work->levels[work->depth - 1];
        errno = 0;
        const struct dirent *entry = readdir(level->entries);
        if (entry != NULL) {
            remove_entry(work, dirfd(level->entries), entry);
            continue;
        }
        if (errno != 0) note(work, errno);
        closedir(level->entries);
        work->depth--;
        if (work->depth == 0) return;
        int parent = dirfd(work->levels[work->depth - 1].entries);
        note(work, unlinkat(parent, level->name, AT_REMOVEDIR) == 0 ? 0 : errno);
    }
}

int pach_empty_folder(int folder) {
    struct stat facts;
    if (fstat(folder, &facts) != 0) return errno;
    struct emptying *work = calloc(1, sizeof(*work));
    if (work == NULL) return ENOMEM;
    work->top = folder;
    work->device = facts.st_dev;
    int error;
    do {
        work->progress = false;
        work->error = 0;
        error = enter(work, folder, ".");
        if (error == 0) empty_once(work);
    } while (error == 0 && work->progress);
    if (error == 0) error = work->error;
    free(work);
    return error;
}

void pach_clear_attributes(int file) {
    enum { room = XATTR_LIST_MAX };
    char *names = malloc(room);
    if (names == NULL) return;
    ssize_t length = flistxattr(file, names, room);
    for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1) {
        (void)fremovexattr(file, names + at);
    }
    free(names);
}
