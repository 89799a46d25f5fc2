#include "limit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/utsname.h>

/// Enough for a program with a few threads for each of some hundred cores, and some percent of what a small machine has (/proc/sys/kernel/threads-max).
enum { processes_max = 1024 };

static bool namespaces_count_apart(void) {
    struct utsname system;
    int major, minor;
    if (uname(&system) != 0 || sscanf(system.release, "%d.%d", &major, &minor) != 2) return false;
    return major > 5 || (major == 5 && minor >= 14);
}

int pach_limit_processes(bool has_own_user, bool has_own_namespace) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NPROC, &limit) != 0) return errno;
    bool is_counted_apart = has_own_user || (has_own_namespace && namespaces_count_apart());
    // Where there is no limit, there is no quarter of one.
    if (!is_counted_apart && limit.rlim_cur == RLIM_INFINITY) return 0;
    rlim_t most = is_counted_apart ? processes_max : limit.rlim_cur - limit.rlim_cur / 4;
    if (most < limit.rlim_cur) limit.rlim_cur = most;
    limit.rlim_max = limit.rlim_cur;
    return setrlimit(RLIMIT_NPROC, &limit) == 0 ? 0 : errno;
}
