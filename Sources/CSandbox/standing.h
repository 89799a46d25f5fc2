/// What programs inherit from the supervisor that other processes of its user can change.
#ifndef PACH_STANDING_H
#define PACH_STANDING_H

#include <sched.h>
#include <stdbool.h>
#include <sys/resource.h>

struct pach_standing {
    struct rlimit limits[RLIM_NLIMITS];
    int nice;
    int policy;
    /// Of input and output.
    int io_priority;
    cpu_set_t processors;
};

/// Notes how the calling process stands. Returns 0 or an `errno` value.
int pach_note_standing(struct pach_standing *standing);

/// Whether the calling process stands as was noted.
bool pach_has_standing(const struct pach_standing *standing);

#endif
