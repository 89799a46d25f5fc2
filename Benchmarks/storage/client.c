// Makes commits of one small file each over HTTP, on kept connections, and says what they took.
//
//     client PORT TOKEN FLUSH_FILE REPO FILES FIRST COUNT CONNECTIONS
//
// Commit n replaces one of FILES files, whose names are in no order; with FILES above FIRST + COUNT the folder grows by a file a commit.
// Between commits of a single connection a flush (4 KiB appended to FLUSH_FILE, fdatasync(2)) is measured now and then; with several
// before and after. Prints one line of JSON: commits, seconds without flushes, p50_ms and p99_ms of a commit, flush_ms (the median).

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *token, *repo;
static int port, flush_file;
static long files, end;
static atomic_long next;
static double *times;  // of each commit, in milliseconds
static long first;

enum { FLUSHES_MAX = 4096, COMMITS_A_FLUSH = 50 };
static double flushes[FLUSHES_MAX];
static int flush_count;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static double now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return 1e3 * (double)time.tv_sec + 1e-6 * (double)time.tv_nsec;
}

static double flush(void) {
    static char block[4096];
    double start = now_ms();
    if (write(flush_file, block, sizeof block) != sizeof block || fdatasync(flush_file) != 0) fail("flush");
    double taken = now_ms() - start;
    if (flush_count < FLUSHES_MAX) flushes[flush_count++] = taken;
    return taken;
}

static int open_connection(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int yes = 1, connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return connection;
}

// Reads one answer, whose length its head gives.
static void read_answer(int connection) {
    char answer[65536];
    size_t count = 0, whole = 0;
    while (whole == 0 || count < whole) {
        ssize_t got = read(connection, answer + count, sizeof answer - 1 - count);
        if (got <= 0) fail("read");
        count += (size_t)got;
        answer[count] = 0;
        char *body = strstr(answer, "\r\n\r\n");
        if (whole != 0 || body == NULL) continue;
        char *length = strcasestr(answer, "\r\ncontent-length:");
        if (strncmp(answer, "HTTP/1.1 200", 12) != 0 || length == NULL || length > body) {
            fprintf(stderr, "%s\n", answer);
            exit(1);
        }
        whole = (size_t)(body + 4 - answer) + strtoul(length + 17, NULL, 10);
        if (whole >= sizeof answer) {
            fprintf(stderr, "an answer is too long\n");
            exit(1);
        }
    }
}

static void commit(int connection, long number) {
    char request[1024], content[64];
    int length = snprintf(content, sizeof content, "commit %ld of a small file\n", number);
    // Odd, so that all names differ.
    uint32_t name = (uint32_t)(number % files) * 2654435761u;
    int count = snprintf(
        request, sizeof request,
        "PUT /v1/repos/%s/commits/master/files/f%08x.csv HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n"
        "Content-Length: %d\r\n\r\n%s",
        repo, name, port, token, length, content);
    double start = now_ms();
    if (write(connection, request, (size_t)count) != count) fail("write");
    read_answer(connection);
    times[number - first] = now_ms() - start;
}

static void *work(void *is_single) {
    int connection = open_connection();
    double *flushed = is_single;
    for (long number; (number = atomic_fetch_add(&next, 1)) < end;) {
        commit(connection, number);
        if (flushed && (number - first) % COMMITS_A_FLUSH == 0) *flushed += flush();
    }
    close(connection);
    return NULL;
}

static int ascending(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

int main(int argc, char **argv) {
    if (argc != 9) {
        fprintf(stderr, "usage: client PORT TOKEN FLUSH_FILE REPO FILES FIRST COUNT CONNECTIONS\n");
        return 64;
    }
    port = atoi(argv[1]);
    token = argv[2];
    flush_file = open(argv[3], O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (flush_file < 0) fail(argv[3]);
    repo = argv[4];
    files = atol(argv[5]);
    first = atol(argv[6]);
    long count = atol(argv[7]);
    int connections = atoi(argv[8]);
    end = first + count;
    next = first;
    times = calloc((size_t)count, sizeof *times);
    pthread_t *threads = calloc((size_t)connections, sizeof *threads);
    if (times == NULL || threads == NULL || files < 1 || count < 1 || connections < 1) fail("arguments");

    double flushed = 0;
    if (connections > 1) for (int i = 0; i < 50; i++) flush();
    double start = now_ms();
    for (int i = 0; i < connections; i++) {
        if (pthread_create(&threads[i], NULL, work, connections == 1 ? &flushed : NULL) != 0) fail("thread");
    }
    for (int i = 0; i < connections; i++) pthread_join(threads[i], NULL);
    double taken = now_ms() - start - flushed;
    if (connections > 1) for (int i = 0; i < 50; i++) flush();

    qsort(times, (size_t)count, sizeof *times, ascending);
    qsort(flushes, (size_t)flush_count, sizeof *flushes, ascending);
    printf(
        "{\"commits\": %ld, \"seconds\": %.4f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"flush_ms\": %.3f}\n", count, taken / 1e3,
        times[count / 2], times[count * 99 / 100], flushes[flush_count / 2]);
    return 0;
}
