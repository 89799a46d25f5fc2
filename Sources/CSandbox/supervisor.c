#define _GNU_SOURCE
#include "pach_supervisor.h"
#include "identity.h"
#include "launch.h"
#include "limit.h"
#include "pach_protocol.h"
#include "pach_spawn.h"
#include "standing.h"
#include "sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { exit_usage = 64, exit_software = 70 };

struct supervisor {
    int control;
    /// Becomes readable when a child ends.
    int signals;
    bool enclosed;
    /// What programs still have to become: nothing when the supervisor itself took on the identity.
    struct pach_identity identity;
    /// Whether a run is under way: its program lives, or what it left behind is being killed.
    bool running;
    /// The program of the run, 0 once it has ended.
    pid_t program;
    struct pach_reply reply;
    /// What programs inherit.
    struct pach_standing standing;
};

static void kill_everything(const struct supervisor *self) {
    if (self->enclosed) {
        pach_kill_namespace();
    } else {
        pach_kill_children();
    }
}

/// The end: of process 1, and the kernel ends its namespace; plain, after the last child.
static _Noreturn void leave(const struct supervisor *self, int code) {
    while (!self->enclosed) {
        pach_kill_children();
        if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD) break;
    }
    _exit(code);
}

static void send_reply(const struct supervisor *self, const struct pach_reply *reply) {
    int error = pach_send_reply(self->control, reply);
    if (error != 0) leave(self, error == EPIPE ? EXIT_SUCCESS : exit_software);
}

static uint64_t microseconds(struct timeval time) {
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

static void account(struct supervisor *self, pid_t process, int status, const struct rusage *usage) {
    struct pach_reply *reply = &self->reply;
    reply->user_microseconds += microseconds(usage->ru_utime);
    reply->system_microseconds += microseconds(usage->ru_stime);
    uint64_t resident = (uint64_t)usage->ru_maxrss;
    if (resident > reply->maximum_resident_kib) reply->maximum_resident_kib = resident;
    if (process != self->program) return;
    self->program = 0;
    reply->outcome = WIFSIGNALED(status) ? PACH_SIGNALLED : PACH_EXITED;
    reply->value = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

/// Reaps what has ended. Once the program has, everything else is killed, and when nothing is left the run is over.
static void reap(struct supervisor *self) {
    struct signalfd_siginfo signal;
    while (read(self->signals, &signal, sizeof(signal)) > 0) continue;
    for (;;) {
        int status;
        struct rusage usage;
        pid_t process = wait4(-1, &status, WNOHANG, &usage);
        if (process > 0) {
            account(self, process, status, &usage);
        } else if (process == 0) {
            if (self->running && self->program == 0) kill_everything(self);
            return;
        } else if (errno != EINTR) {
            break;
        }
    }
    if (!self->running) return;
    self->running = false;
    // What cannot be cleared or undone would reach the next run: better no sandbox than that one.
    if (self->enclosed && pach_clear_leftovers() != 0) leave(self, exit_software);
    if (!pach_has_standing(&self->standing)) leave(self, exit_software);
    send_reply(self, &self->reply);
}

static void start_run(struct supervisor *self, const struct pach_request *request, const int streams[3]) {
    char *payload = malloc(request->length);
    if (payload == NULL) leave(self, exit_software);
    if (pach_receive_bytes(self->control, payload, request->length) != 0) leave(self, EXIT_SUCCESS);
    struct pach_launch launch = {0};
    int error = pach_parse_launch(payload, request->length, request->arguments, request->variables, &launch);
    if (error != 0) leave(self, exit_software);

    self->reply = (struct pach_reply){.magic = PACH_MAGIC, .kind = PACH_ENDED, .serial = request->serial};
    int outcome;
    pid_t program = pach_start(&launch, streams, &self->identity, &outcome, &error);
    pach_free_launch(&launch);
    for (int stream = 0; stream < 3; stream++) close(streams[stream]);
    if (program > 0) {
        self->running = true;
        self->program = program;
    } else {
        self->reply.outcome = outcome;
        self->reply.value = error;
        send_reply(self, &self->reply);
    }
}

static void receive(struct supervisor *self) {
    struct pach_request request;
    int streams[3];
    int error = pach_receive_request(self->control, &request, streams);
    if (error != 0) leave(self, error == EPIPE ? EXIT_SUCCESS : exit_software);
    if (request.kind == PACH_RUN) {
        if (self->running) leave(self, exit_software);
        start_run(self, &request, streams);
    } else if (self->running && self->reply.serial == request.serial) {
        kill_everything(self);
    }
}

static _Noreturn void serve(struct supervisor *self) {
    struct pollfd events[2] = {
        {.fd = self->signals, .events = POLLIN},
        {.fd = self->control, .events = POLLIN},
    };
    for (;;) {
        if (poll(events, 2, -1) < 0) continue;
        if (events[0].revents != 0) reap(self);
        if (events[1].revents != 0) receive(self);
    }
}

static _Noreturn void fail(const char *what, int error) {
    dprintf(STDERR_FILENO, "%s: %s\n", what, strerror(error));
    _exit(exit_software);
}

static void check(const char *what, int error) {
    if (error != 0) fail(what, error);
}

static int watch_children(void) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (sigprocmask(SIG_SETMASK, &child, NULL) != 0) fail("blocking SIGCHLD", errno);
    int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) fail("signalfd", errno);
    return signals;
}

/// Makes the process what user code may have around: nothing open or inherited that is the engine's, no rights, and not
/// to be looked into by programs of the same identity.
static void confine(struct supervisor *self) {
    // A session keyring of its own, so that no key of whoever started the engine is in reach. Kernels without keys have none.
    (void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
    umask(022);
    bool has_own_user = self->identity.changes;
    if (self->enclosed) {
        check("taking on the unprivileged identity", pach_take_identity(&self->identity));
        check("giving up capabilities", pach_renounce_capabilities(&self->identity));
        self->identity.changes = false;
    } else if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
        fail("becoming a subreaper", errno);
    }
    check("limiting the number of processes", pach_limit_processes(has_own_user, self->enclosed));
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) fail("closing the process to others", errno);
}

static void set_up(struct supervisor *self) {
    if (fcntl(self->control, F_SETFD, FD_CLOEXEC) != 0) fail("control socket", errno);
    // Old kernels lack the call; pach_spawn left nothing open there anyhow.
    (void)syscall(SYS_close_range, self->control + 1, UINT_MAX, 0);
    self->signals = watch_children();
    confine(self);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0) fail("/dev/null", errno);
    for (int stream = 0; stream < 3; stream++) {
        if (dup2(nothing, stream) < 0) _exit(exit_software);
    }
    close(nothing);
    check("noting limits", pach_note_standing(&self->standing));
}

static long number(const char *text) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || *text == '\0' || *end != '\0' || value < -1 || value >= UINT_MAX) _exit(exit_usage);
    return value;
}

void pach_supervisor_main_if_requested(int argc, char **argv) {
    if (argc < 2 || strcmp(argv[1], PACH_SUPERVISOR_ARGUMENT) != 0) return;
    bool enclosed = argc == 5 && strcmp(argv[2], PACH_SUPERVISOR_ENCLOSED) == 0;
    if (argc != 5 || (!enclosed && strcmp(argv[2], PACH_SUPERVISOR_PLAIN) != 0) || (enclosed && getpid() != 1)) {
        dprintf(STDERR_FILENO, "%s is the engine's own way to start a sandbox.\n", PACH_SUPERVISOR_ARGUMENT);
        _exit(exit_usage);
    }
    long user = number(argv[3]), group = number(argv[4]);
    struct supervisor self = {
        .control = PACH_CONTROL_DESCRIPTOR,
        .enclosed = enclosed,
        .identity = {.changes = user >= 0 && group >= 0, .user = (uid_t)user, .group = (gid_t)group},
    };
    set_up(&self);
    struct pach_reply ready = {.magic = PACH_MAGIC, .kind = PACH_READY};
    send_reply(&self, &ready);
    serve(&self);
}
