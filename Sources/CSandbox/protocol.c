#include "pach_protocol.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { streams_of_run = 3 };

/// Room for the control message that carries a run's streams, aligned as cmsg(3) asks.
union stream_rights {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * streams_of_run)];
};

/// Sends all bytes of `parts`; `rights`, if any, go with the first of them.
static int send_all(int socket, struct iovec *parts, size_t count, union stream_rights *rights) {
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    if (rights != NULL) {
        message.msg_control = rights->bytes;
        message.msg_controllen = sizeof(rights->bytes);
    }
    while (message.msg_iovlen > 0) {
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            return errno == ECONNRESET ? EPIPE : errno;
        }
        // Sent once: the files must not go along with the rest again.
        message.msg_control = NULL;
        message.msg_controllen = 0;
        size_t rest = (size_t)sent;
        while (message.msg_iovlen > 0 && rest >= message.msg_iov->iov_len) {
            rest -= message.msg_iov->iov_len;
            message.msg_iov++;
            message.msg_iovlen--;
        }
        if (message.msg_iovlen > 0) {
            message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + rest;
            message.msg_iov->iov_len -= rest;
        }
    }
    return 0;
}

int pach_send_request(int socket, const struct pach_request *request, const void *payload, const int *streams) {
    struct iovec parts[2] = {
        {.iov_base = (void *)request, .iov_len = sizeof(*request)},
        {.iov_base = (void *)payload, .iov_len = request->length},
    };
    size_t count = request->length > 0 ? 2 : 1;
    if (streams == NULL) return send_all(socket, parts, count, NULL);

    union stream_rights rights;
    memset(&rights, 0, sizeof(rights));
    rights.header.cmsg_level = SOL_SOCKET;
    rights.header.cmsg_type = SCM_RIGHTS;
    rights.header.cmsg_len = CMSG_LEN(sizeof(int) * streams_of_run);
    memcpy(CMSG_DATA(&rights.header), streams, sizeof(int) * streams_of_run);
    return send_all(socket, parts, count, &rights);
}

int pach_send_reply(int socket, const struct pach_reply *reply) {
    struct iovec part = {.iov_base = (void *)reply, .iov_len = sizeof(*reply)};
    return send_all(socket, &part, 1, NULL);
}

int pach_receive_bytes(int socket, void *bytes, size_t length) {
    char *next = bytes;
    while (length > 0) {
        ssize_t got = recv(socket, next, length, MSG_WAITALL);
        if (got == 0) return EPIPE;
        if (got < 0) {
            if (errno == EINTR) continue;
            return errno == ECONNRESET ? EPIPE : errno;
        }
        next += got;
        length -= (size_t)got;
    }
    return 0;
}

int pach_receive_reply(int socket, struct pach_reply *reply) {
    int error = pach_receive_bytes(socket, reply, sizeof(*reply));
    if (error != 0) return error;
    return reply->magic == PACH_MAGIC ? 0 : EPROTO;
}

static int is_sound(const struct pach_request *request) {
    if (request->magic != PACH_MAGIC) return 0;
    if (request->kind == PACH_KILL) return request->length == 0;
    // A string needs at least its NUL, which bounds the counts by the length.
    return request->kind == PACH_RUN && request->length <= PACH_MAXIMUM_PAYLOAD && request->arguments > 0 &&
           (uint64_t)request->arguments + request->variables + 1 <= request->length;
}

/// Takes the files out of a received message. More than three do not fit into the room for them: the kernel closes them.
static void take_streams(struct msghdr *message, int streams[3]) {
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return;
    size_t bytes = header->cmsg_len - CMSG_LEN(0);
    if (bytes > sizeof(int) * streams_of_run) bytes = sizeof(int) * streams_of_run;
    memcpy(streams, CMSG_DATA(header), bytes);
}

int pach_receive_request(int socket, struct pach_request *request, int streams[3]) {
    union stream_rights rights;
    struct iovec part = {.iov_base = request, .iov_len = sizeof(*request)};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = rights.bytes, .msg_controllen = sizeof(rights.bytes)};
    ssize_t got;
    do {
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL);
    } while (got < 0 && errno == EINTR);

    streams[0] = streams[1] = streams[2] = -1;
    if (got > 0) take_streams(&message, streams);
    int error = 0;
    if (got < 0) {
        error = errno == ECONNRESET ? EPIPE : errno;
    } else if (got == 0) {
        error = EPIPE;
    } else if ((size_t)got < sizeof(*request)) {
        error = pach_receive_bytes(socket, (char *)request + got, sizeof(*request) - (size_t)got);
    }
    if (error == 0 && !is_sound(request)) error = EPROTO;
    if (error == 0 && (request->kind == PACH_RUN) != (streams[2] >= 0)) error = EPROTO;
    if (error != 0) {
        for (int index = 0; index < streams_of_run; index++) {
            if (streams[index] >= 0) close(streams[index]);
            streams[index] = -1;
        }
    }
    return error;
}
