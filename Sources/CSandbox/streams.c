#define _GNU_SOURCE
#include "pach_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int pach_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    *reading = ends[0];
    *writing = ends[1];
    // Programs open /dev/stdout and /dev/stderr, which asks for permission to the pipe; theirs is another identity.
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && fchmod(ends[1], 0666) == 0) return 0;
    int error = errno;
    close(ends[0]);
    close(ends[1]);
    return error;
}

int pach_memory_file(const void *bytes, size_t length, int *file) {
    *file = memfd_create("standard input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (*file < 0) return errno;
    int error = 0;
    for (size_t done = 0; done < length && error == 0;) {
        ssize_t written = pwrite(*file, (const char *)bytes + done, length - done, (off_t)done);
        if (written > 0) {
            done += (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            error = written == 0 ? EIO : errno;
        }
    }
    if (error == 0 && fcntl(*file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) error = errno;
    if (error != 0) close(*file);
    return error;
}
