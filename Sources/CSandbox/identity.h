/// The unprivileged identity of user code.
#ifndef PACH_IDENTITY_H
#define PACH_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

struct pach_identity {
    /// Whether to change to `user` and `group` at all.
    bool changes;
    uid_t user;
    gid_t group;
};

/// Takes on the identity: no supplementary groups, all three user and group ids, no way to gain privileges again
/// (`PR_SET_NO_NEW_PRIVS`). Affects the calling thread only, and makes system calls only, so that it may be called between
/// vfork(2) and execve(2). Returns 0 or an `errno` value.
int pach_take_identity(const struct pach_identity *identity);

/// Puts the calling process into a user namespace of its own in which only its own ids exist, where the kernel allows
/// that, and lets go of all capabilities, those of the bounding set included. Returns 0 or an `errno` value.
///
/// That the kernel may forbid user namespaces is no failure: an identity without capabilities that cannot gain any is
/// as well confined without one.
int pach_renounce_capabilities(const struct pach_identity *identity);

#endif
