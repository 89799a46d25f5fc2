/// The messages between the engine and a supervisor, over a connected `SOCK_STREAM` Unix socket.
///
/// The engine sends `pach_request`s; a `PACH_RUN` is followed by `length` bytes of payload and carries three open files
/// (standard input, output, error) as `SCM_RIGHTS` with its first byte. The supervisor sends `pach_reply`s: one
/// `PACH_READY` when it starts and one `PACH_ENDED` for each `PACH_RUN`. Both sides run the same binary on the same
/// machine, so integers are in the machine's own order. The end of the stream is the end of everything: the
/// supervisor kills all and exits, the engine holds the sandbox for lost.
#ifndef PACH_PROTOCOL_H
#define PACH_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

/// The first word of every message; anything else means that the stream is out of step.
#define PACH_MAGIC 0x70616368u

/// The largest payload of a `PACH_RUN`, in bytes. The kernel takes at most 6 MiB of arguments and environment
/// (execve(2)), so that it is the kernel, not this limit, which refuses what is too long.
#define PACH_MAXIMUM_PAYLOAD (8u << 20)

/// Kinds of `pach_request`.
enum {
    /// Start a program. Payload: the working directory, the arguments and the `NAME=value` variables, each ended by a NUL.
    PACH_RUN = 1,
    /// Kill the run with this serial and everything it started. Ignored when that run has ended already.
    PACH_KILL = 2,
};

/// From the engine to the supervisor.
struct pach_request {
    uint32_t magic;
    uint32_t kind;
    /// Numbers the runs of a sandbox, from 1.
    uint64_t serial;
    /// Bytes of payload that follow: at most `PACH_MAXIMUM_PAYLOAD` for a run, 0 otherwise.
    uint32_t length;
    /// How many of the payload's strings are arguments (at least 1) and how many are variables.
    uint32_t arguments;
    uint32_t variables;
    uint32_t reserved;
};

/// Kinds of `pach_reply`.
enum {
    /// The supervisor is set up and waits for requests.
    PACH_READY = 1,
    /// The run is over, and no process that it started is left.
    PACH_ENDED = 2,
};

/// How a run ended; the meaning of `pach_reply.value` in brackets.
enum {
    /// The program exited [exit code, 0...255].
    PACH_EXITED = 1,
    /// A signal ended the program [signal number].
    PACH_SIGNALLED = 2,
    /// The program could not be executed [errno].
    PACH_NOT_EXECUTABLE = 3,
    /// The working directory could not be entered [errno].
    PACH_NO_FOLDER = 4,
    /// The process could not be made: no memory, too many processes, a user id that cannot be taken [errno].
    PACH_NO_PROCESS = 5,
};

/// From the supervisor to the engine.
struct pach_reply {
    uint32_t magic;
    uint32_t kind;
    uint64_t serial;
    int32_t outcome;
    int32_t value;
    /// Processor time of all processes of the run together, in microseconds.
    uint64_t user_microseconds;
    uint64_t system_microseconds;
    /// The largest resident set that any one process of the run had, in KiB (getrusage(2)).
    uint64_t maximum_resident_kib;
};

/// Sends a request and its payload, blocking; `streams` are three open files, or NULL for none.
///
/// Returns 0 or an `errno` value; `EPIPE` says that the supervisor is gone. Never raises `SIGPIPE`.
int pach_send_request(int socket, const struct pach_request *request, const void *payload, const int *streams);

/// Receives one reply, blocking. Returns 0, `EPIPE` when the supervisor is gone, `EPROTO` when what came is no reply, or
/// another `errno` value.
int pach_receive_reply(int socket, struct pach_reply *reply);

/// Sends a reply, blocking. Returns 0 or an `errno` value.
int pach_send_reply(int socket, const struct pach_reply *reply);

/// Receives one request without its payload, blocking, and up to three open files, close-on-exec.
///
/// `streams` receives the files, -1 where there is none; the caller closes them. Returns 0, `EPIPE` at the end of the
/// stream, `EPROTO` when what came is no request, or another `errno` value; the files are closed already then.
int pach_receive_request(int socket, struct pach_request *request, int streams[3]);

/// Receives exactly `length` bytes, blocking. Returns 0, `EPIPE` at the end of the stream, or another `errno` value.
int pach_receive_bytes(int socket, void *bytes, size_t length);

#endif
