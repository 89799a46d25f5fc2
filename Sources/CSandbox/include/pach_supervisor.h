/// The supervisor: the process of ours that starts a sandbox's programs and leaves nothing of them behind.
#ifndef PACH_SUPERVISOR_H
#define PACH_SUPERVISOR_H

/// The first argument that makes a program a supervisor.
#define PACH_SUPERVISOR_ARGUMENT "--pach-supervisor"

/// Where a supervisor runs.
#define PACH_SUPERVISOR_ENCLOSED "enclosed"
#define PACH_SUPERVISOR_PLAIN "plain"

/// Becomes a supervisor, and never returns, if the first argument is `--pach-supervisor`; returns at once otherwise.
///
/// To be called as the very first statement of `main`, while the process has one thread. Usage:
/// `--pach-supervisor enclosed|plain UID GID`, where -1 keeps the identity as it is; the control socket is
/// descriptor 3 (`PACH_CONTROL_DESCRIPTOR`).
///
/// *Enclosed*, it is process 1 of a pid namespace: it takes on the identity itself, lets go of all capabilities, and
/// ends a run by killing every other process of the namespace. *Plain*, it is an ordinary process that keeps its own
/// identity and gives the other one to its programs; orphans come to it (`PR_SET_CHILD_SUBREAPER`, prctl(2)), and it
/// kills its children until none is left. Either way the number of processes is limited that there may be at a time.
///
/// Exit codes: 0 the engine closed the socket; 64 wrong usage; 70 it could not set itself up, or not clean up after a run.
/// Messages on standard error come only before `PACH_READY` was sent.
void pach_supervisor_main_if_requested(int argc, char **argv);

#endif
