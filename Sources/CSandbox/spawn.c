#define _GNU_SOURCE
#include "pach_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

/// Descriptors below this one are set up in the new process; what goes there must come from above, lest it be overwritten.
enum { first_safe_descriptor = 10 };

static int set_up_files(posix_spawn_file_actions_t *actions, int control, int errors) {
    int error = posix_spawn_file_actions_adddup2(actions, errors, STDERR_FILENO);
    if (error == 0) error = posix_spawn_file_actions_adddup2(actions, control, PACH_CONTROL_DESCRIPTOR);
    if (error == 0) error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (error == 0) error = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(actions, PACH_CONTROL_DESCRIPTOR + 1);
    return error;
}

static int set_up_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setsigmask(attributes, &none);
    if (error == 0) error = posix_spawnattr_setsigdefault(attributes, &all);
    if (error == 0) {
        error = posix_spawnattr_setflags(
            attributes, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID));
    }
    return error;
}

int pach_spawn(const char *path, char *const arguments[], int control, int errors, pid_t *process) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) return error;
    error = posix_spawnattr_init(&attributes);
    if (error != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }

    // Copies above the range that is set up, closed again here: `errors` may well be descriptor 3.
    int safe_control = fcntl(control, F_DUPFD_CLOEXEC, first_safe_descriptor);
    int safe_errors = fcntl(errors, F_DUPFD_CLOEXEC, first_safe_descriptor);
    if (safe_control < 0 || safe_errors < 0) error = errno;
    if (error == 0) error = set_up_files(&actions, safe_control, safe_errors);
    if (error == 0) error = set_up_attributes(&attributes);
    if (error == 0) {
        char *no_environment[] = {NULL};
        error = posix_spawn(process, path, &actions, &attributes, arguments, no_environment);
    }
    if (safe_control >= 0) close(safe_control);
    if (safe_errors >= 0) close(safe_errors);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}
