#define _GNU_SOURCE
#include "chance.h"
#include "next.h"
#include "pach_faults.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// What differs from one run of a program to the next, though nothing else does: random numbers and the time of day.

/// How many bytes a file of random ones has: who reads one does so for a seed.
enum { CHANCE_SIZE = 4096 };

static bool is_seeded, is_stopped;
static _Atomic uint64_t state;
static time_t now;

__attribute__((constructor)) static void read_environment(void) {
    const char *text = getenv(PACH_FAULTS_SEED);
    if (text != NULL) {
        is_seeded = true;
        atomic_store(&state, strtoull(text, NULL, 10));
    }
    text = getenv(PACH_FAULTS_TIME);
    if (text != NULL) {
        is_stopped = true;
        now = (time_t)strtoll(text, NULL, 10);
    }
}

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014), one number for every eight bytes.
static void draw(unsigned char *bytes, size_t count) {
    for (size_t start = 0; start < count; start += sizeof(uint64_t)) {
        uint64_t word = atomic_fetch_add(&state, 0x9e3779b97f4a7c15u) + 0x9e3779b97f4a7c15u;
        word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
        word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
        word ^= word >> 31;
        size_t length = count - start < sizeof word ? count - start : sizeof word;
        memcpy(bytes + start, &word, length);
    }
}

// MARK: Random numbers

bool pach_faults_is_chance(const char *path) {
    return is_seeded && path != NULL && (strcmp(path, "/dev/urandom") == 0 || strcmp(path, "/dev/random") == 0);
}

int pach_faults_open_chance(void) {
    int file = (int)syscall(SYS_memfd_create, "pachfaults", MFD_CLOEXEC);
    if (file < 0) return file;
    unsigned char bytes[CHANCE_SIZE];
    draw(bytes, sizeof bytes);
    if (syscall(SYS_pwrite64, file, bytes, sizeof bytes, 0) == (long)sizeof bytes) return file;
    syscall(SYS_close, file);
    errno = EIO;
    return -1;
}

EXPORT ssize_t getrandom(void *buffer, size_t count, unsigned flags) {
    NEXT("getrandom", ssize_t (*)(void *, size_t, unsigned))
    if (!is_seeded) return next(buffer, count, flags);
    draw(buffer, count);
    return (ssize_t)count;
}

EXPORT int getentropy(void *buffer, size_t count) {
    NEXT("getentropy", int (*)(void *, size_t))
    if (!is_seeded) return next(buffer, count);
    draw(buffer, count);
    return 0;
}

/// The standard library of Swift draws random numbers by it.
EXPORT long syscall(long number, ...) {
    NEXT("syscall", long (*)(long, ...))
    va_list arguments;
    va_start(arguments, number);
    long values[6];
    for (size_t index = 0; index < 6; index++) values[index] = va_arg(arguments, long);
    va_end(arguments);
    if (number == SYS_getrandom && is_seeded) return getrandom((void *)values[0], (size_t)values[1], (unsigned)values[2]);
    return next(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

// MARK: The time of day

EXPORT int clock_gettime(clockid_t clock, struct timespec *time) {
    NEXT("clock_gettime", int (*)(clockid_t, struct timespec *))
    if (!is_stopped || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return next(clock, time);
    *time = (struct timespec){.tv_sec = now};
    return 0;
}

EXPORT int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    NEXT("gettimeofday", int (*)(struct timeval *, void *))
    if (!is_stopped) return next(time, zone);
    *time = (struct timeval){.tv_sec = now};
    return 0;
}

EXPORT time_t time(time_t *result) {
    NEXT("time", time_t (*)(time_t *))
    if (!is_stopped) return next(result);
    if (result != NULL) *result = now;
    return now;
}
