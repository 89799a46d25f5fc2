#define _GNU_SOURCE
#include "launch.h"
#include "pach_protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/// Where programs are looked for when the environment has no `PATH`.
static const char default_path[] = "/usr/local/bin:/usr/bin:/bin";

int pach_parse_launch(char *bytes, size_t length, size_t arguments, size_t variables, struct pach_launch *launch) {
    size_t pointers = arguments + variables + 2;
    launch->block = bytes;
    launch->arguments = calloc(pointers, sizeof(char *));
    if (launch->arguments == NULL) return ENOMEM;
    launch->environment = launch->arguments + arguments + 1;
    launch->folder = bytes;

    size_t index = 0;
    for (char *next = bytes, *end = bytes + length; next < end; index++) {
        char *nul = memchr(next, '\0', (size_t)(end - next));
        if (nul == NULL || index > arguments + variables) return EPROTO;
        if (index > arguments) {
            launch->environment[index - arguments - 1] = next;
        } else if (index > 0) {
            launch->arguments[index - 1] = next;
        }
        next = nul + 1;
    }
    return index == arguments + variables + 1 ? 0 : EPROTO;
}

void pach_free_launch(struct pach_launch *launch) {
    free(launch->arguments);
    free(launch->block);
    launch->arguments = NULL;
    launch->block = NULL;
}

/// What the child tells its parent, by a pipe that is closed when the program is executed.
struct failure {
    int outcome;
    int error;
};

static const char *search_path(char *const environment[]) {
    for (char *const *variable = environment; *variable != NULL; variable++) {
        if (strncmp(*variable, "PATH=", 5) == 0) return *variable + 5;
    }
    return default_path;
}

/// Executes the program, or returns why it could not. System calls and the stack only.
static int execute(char *const arguments[], char *const environment[]) {
    const char *name = arguments[0];
    if (*name == '\0') return ENOENT;
    if (strchr(name, '/') != NULL) {
        execve(name, arguments, environment);
        return errno;
    }
    size_t name_length = strlen(name);
    if (name_length > NAME_MAX) return ENAMETOOLONG;
    bool forbidden = false;
    for (const char *folder = search_path(environment);;) {
        size_t length = strcspn(folder, ":");
        char path[PATH_MAX];
        if (length + 1 + name_length < sizeof(path)) {
            // An empty entry means the working directory.
            memcpy(path, folder, length);
            path[length] = '/';
            memcpy(length == 0 ? path : path + length + 1, name, name_length + 1);
            execve(path, arguments, environment);
            if (errno == EACCES) {
                forbidden = true;
            } else if (errno != ENOENT && errno != ENOTDIR) {
                return errno;
            }
        }
        if (folder[length] == '\0') return forbidden ? EACCES : ENOENT;
        folder += length + 1;
    }
}

static int replace_streams(const int streams[3]) {
    for (int stream = 0; stream < 3; stream++) {
        if (dup2(streams[stream], stream) < 0) return errno;
    }
    return 0;
}

/// The child's part, between vfork(2) and execve(2); returns only to tell of a failure. The parent's signals are blocked, so
/// no handler can run here.
static struct failure become(const struct pach_launch *launch, const int streams[3], const struct pach_identity *identity) {
    sigset_t none;
    sigemptyset(&none);
    int error = setsid() < 0 ? errno : 0;
    if (error == 0) error = replace_streams(streams);
    if (error == 0) error = pach_take_identity(identity);
    // Keys last as long as whoever has their keyring. Kernels without keys have none.
    if (error == 0) (void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
    // A plain supervisor can be killed by what it runs, if that is the same user; the program shall not outlive it.
    if (error == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) error = errno;
    if (error == 0 && sigprocmask(SIG_SETMASK, &none, NULL) != 0) error = errno;
    if (error != 0) return (struct failure){PACH_NO_PROCESS, error};
    if (chdir(launch->folder) != 0) return (struct failure){PACH_NO_FOLDER, errno};
    return (struct failure){PACH_NOT_EXECUTABLE, execute(launch->arguments, launch->environment)};
}

/// Receives the child's failure. Returns false when there was none, because the program was executed.
static bool receive_failure(int report, struct failure *failure) {
    ssize_t got;
    do {
        got = read(report, failure, sizeof(*failure));
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof(*failure);
}

pid_t pach_start(const struct pach_launch *launch, const int streams[3], const struct pach_identity *identity,
                 int *outcome, int *error) {
    int report[2];
    *outcome = PACH_NO_PROCESS;
    if (pipe2(report, O_CLOEXEC) != 0) {
        *error = errno;
        return -1;
    }
    // Not fork: the supervisor is as large as the engine's binary, and copying its page tables would cost every run.
    // Nothing relies on the memory being shared, since not everything that runs programs (sanitizers, emulators) does so.
    pid_t process = vfork();
    if (process == 0) {
        struct failure failure = become(launch, streams, identity);
        ssize_t written = write(report[1], &failure, sizeof(failure));
        _exit(written < 0 ? 126 : 127);
    }
    *error = process < 0 ? errno : 0;
    close(report[1]);
    struct failure failure;
    if (process > 0 && receive_failure(report[0], &failure)) {
        while (waitpid(process, NULL, 0) < 0 && errno == EINTR) continue;
        *outcome = failure.outcome;
        *error = failure.error;
        process = -1;
    }
    close(report[0]);
    return process;
}
