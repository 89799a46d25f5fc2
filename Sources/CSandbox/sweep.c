#define _GNU_SOURCE
#include "sweep.h"
#include "pach_folder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

void pach_kill_namespace(void) {
    (void)kill(-1, SIGKILL);
}

/// The parent of a process, or -1. The name in `/proc/PID/stat` may hold anything, so what follows its last `)` counts.
static pid_t parent_of(const char *process) {
    char path[64], text[512];
    snprintf(path, sizeof(path), "/proc/%.20s/stat", process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t length = read(file, text, sizeof(text) - 1);
    close(file);
    if (length <= 0) return -1;
    text[length] = '\0';
    const char *rest = strrchr(text, ')');
    int parent;
    return rest != NULL && sscanf(rest, ") %*c %d", &parent) == 1 ? parent : -1;
}

void pach_kill_children(void) {
    DIR *processes = opendir("/proc");
    if (processes == NULL) return;
    pid_t self = getpid();
    for (const struct dirent *entry; (entry = readdir(processes)) != NULL;) {
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        if (parent_of(entry->d_name) == self) (void)kill((pid_t)atoi(entry->d_name), SIGKILL);
    }
    closedir(processes);
}

static int empty_if_present(const char *path) {
    int folder;
    int error = pach_open_folder(AT_FDCWD, path, &folder);
    if (error != 0) return error == ENOENT ? 0 : error;
    error = pach_empty_folder(folder);
    close(folder);
    return error;
}

static int remove_shared_memory(int id) {
    return shmctl(id, IPC_RMID, NULL);
}

static int remove_semaphores(int id) {
    return semctl(id, 0, IPC_RMID);
}

static int remove_queue(int id) {
    return msgctl(id, IPC_RMID, NULL);
}

/// Removes each object that a table under `/proc/sysvipc` lists; the second column is its id.
static int remove_listed(const char *table, int (*remove_object)(int)) {
    FILE *list = fopen(table, "re");
    if (list == NULL) return errno == ENOENT ? 0 : errno;
    char *line = NULL;
    size_t room = 0;
    int id, error = 0;
    while (getline(&line, &room, list) >= 0) {
        if (sscanf(line, "%*d %d", &id) == 1 && remove_object(id) != 0 && errno != EINVAL && errno != EIDRM) error = errno;
    }
    free(line);
    fclose(list);
    return error;
}

/// Removes all keys from a keyring. Some systems have none, or forbid them.
static int clear_keyring(int keyring) {
    if (syscall(SYS_keyctl, KEYCTL_CLEAR, keyring) == 0) return 0;
    return errno == ENOSYS || errno == EPERM || errno == EOPNOTSUPP || errno == EDQUOT ? 0 : errno;
}

int pach_clear_leftovers(void) {
    int error = empty_if_present("/dev/shm");
    if (error == 0) error = empty_if_present("/dev/mqueue");
    if (error == 0) error = remove_listed("/proc/sysvipc/shm", remove_shared_memory);
    if (error == 0) error = remove_listed("/proc/sysvipc/sem", remove_semaphores);
    if (error == 0) error = remove_listed("/proc/sysvipc/msg", remove_queue);
    if (error == 0) error = clear_keyring(KEY_SPEC_USER_KEYRING);
    if (error == 0) error = clear_keyring(KEY_SPEC_SESSION_KEYRING);
    return error;
}
