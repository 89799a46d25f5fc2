#define _GNU_SOURCE
#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int pach_take_identity(const struct pach_identity *identity) {
    if (identity->changes) {
        // By syscall(2): the functions of the C library would change the other threads of the process as well.
        if (syscall(SYS_setgroups, 0, NULL) != 0) return errno;
        if (syscall(SYS_setresgid, identity->group, identity->group, identity->group) != 0) return errno;
        if (syscall(SYS_setresuid, identity->user, identity->user, identity->user) != 0) return errno;
    }
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

static int write_text(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return errno;
    ssize_t written = write(file, text, strlen(text));
    int error = written == (ssize_t)strlen(text) ? 0 : (written < 0 ? errno : EIO);
    close(file);
    return error;
}

/// Maps the process's own ids to themselves, the only ones that an unprivileged process may map (user_namespaces(7)).
static int map_own_ids(const struct pach_identity *identity) {
    char map[64];
    // The files under /proc/self belong to root while the process is not dumpable.
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) return errno;
    int error = write_text("/proc/self/setgroups", "deny");
    snprintf(map, sizeof(map), "%u %u 1", identity->user, identity->user);
    if (error == 0) error = write_text("/proc/self/uid_map", map);
    snprintf(map, sizeof(map), "%u %u 1", identity->group, identity->group);
    if (error == 0) error = write_text("/proc/self/gid_map", map);
    return error;
}

int pach_renounce_capabilities(const struct pach_identity *identity) {
    if (identity->changes && unshare(CLONE_NEWUSER) == 0) {
        int error = map_own_ids(identity);
        if (error != 0) return error;
    }
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
        // Without CAP_SETPCAP the set stays as it is, which no_new_privs makes harmless.
        (void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
    memset(none, 0, sizeof(none));
    if (syscall(SYS_capset, &header, none) != 0) return errno;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}
