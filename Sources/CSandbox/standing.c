#define _GNU_SOURCE
#include "standing.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int pach_note_standing(struct pach_standing *standing) {
    // Compared as bytes, so those between the members count.
    memset(standing, 0, sizeof(*standing));
    for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
        if (getrlimit(resource, &standing->limits[resource]) != 0) return errno;
    }
    standing->nice = getpriority(PRIO_PROCESS, 0);
    standing->policy = sched_getscheduler(0);
    enum { of_a_process = 1 };
    standing->io_priority = (int)syscall(SYS_ioprio_get, of_a_process, 0);
    // Of more processors than the set holds nothing is noted.
    if (sched_getaffinity(0, sizeof(standing->processors), &standing->processors) != 0 && errno != EINVAL) return errno;
    return 0;
}

bool pach_has_standing(const struct pach_standing *standing) {
    struct pach_standing now;
    return pach_note_standing(&now) == 0 && memcmp(&now, standing, sizeof(now)) == 0;
}
