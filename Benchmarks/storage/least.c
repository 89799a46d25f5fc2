// The least that storing a large file of noise in Git's packs takes on two cores, with no store around it.
//
//     least FILE FOLDER
//
// One thread reads the file and finds where it is cut, as Sources/Storage/Chunker.swift does. Two others take the chunks, hash each as an
// object, together with the pack that it is written to, compute Adler-32 and CRC-32, and write it in stored blocks. Both packs are synced
// in the end. What is left out: compression, samples of whether it pays, looking for objects that are there already, indexes, trees,
// the commit. The packs are not valid, since their headers do not matter to what they cost.

#include <CSHA1.h>
#include <fcntl.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    SIZE_MIN = 64 << 10, SIZE_NORMAL = 256 << 10, SIZE_MAX_ = 1 << 20, WINDOW = 64,
    READ_SIZE = 8 << 20, BUFFERS = 6, WORKERS = 2, STORED_MAX = 65535, UNSYNCED_MAX = 32 << 20, QUEUE = 1 << 12,
};

// What was read, behind room for the chunk that began before.
typedef struct Buffer {
    uint8_t *bytes;
    atomic_int users;
    struct Buffer *next;
} Buffer;

typedef struct {
    Buffer *buffer;
    uint8_t *bytes;
    size_t size;
} Chunk;

static uint64_t gear[256];
static const char *folder;
static Chunk queue[QUEUE];
static size_t queue_start, queue_end;
static int is_read;
static Buffer *idle;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t has_chunk = PTHREAD_COND_INITIALIZER, has_buffer = PTHREAD_COND_INITIALIZER;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void let_go(Buffer *buffer) {
    if (atomic_fetch_sub(&buffer->users, 1) > 1) return;
    pthread_mutex_lock(&lock);
    buffer->next = idle;
    idle = buffer;
    pthread_cond_signal(&has_buffer);
    pthread_mutex_unlock(&lock);
}

static Buffer *take_buffer(void) {
    pthread_mutex_lock(&lock);
    while (!idle) pthread_cond_wait(&has_buffer, &lock);
    Buffer *buffer = idle;
    idle = buffer->next;
    pthread_mutex_unlock(&lock);
    atomic_store(&buffer->users, 1);
    return buffer;
}

static void hand_over(Chunk chunk) {
    atomic_fetch_add(&chunk.buffer->users, 1);
    pthread_mutex_lock(&lock);
    queue[queue_end++ % QUEUE] = chunk;
    pthread_cond_signal(&has_chunk);
    pthread_mutex_unlock(&lock);
}

// The length of the first chunk; 0 where it does not end in these bytes.
static size_t cut(const uint8_t *bytes, size_t size) {
    static const struct { size_t limit; int shift; } parts[] = {{SIZE_NORMAL - 1, 64 - 20}, {SIZE_MAX_ - 1, 64 - 16}};
    uint64_t hash = 0;
    size_t i = SIZE_MIN - WINDOW;
    for (; i < SIZE_MIN - 1 && i < size; i++) hash = (hash << 1) + gear[bytes[i]];
    for (int part = 0; part < 2; part++) {
        uint64_t bound = 1ull << parts[part].shift;
        size_t limit = parts[part].limit < size ? parts[part].limit : size;
        for (; i + 3 < limit; i += 4) {
            uint64_t first = gear[bytes[i]], second = (first << 1) + gear[bytes[i + 1]];
            uint64_t third = (second << 1) + gear[bytes[i + 2]], fourth = (third << 1) + gear[bytes[i + 3]];
            if ((hash << 1) + first < bound) return i + 1;
            if ((hash << 2) + second < bound) return i + 2;
            if ((hash << 3) + third < bound) return i + 3;
            hash = (hash << 4) + fourth;
            if (hash < bound) return i + 4;
        }
    }
    return size >= SIZE_MAX_ ? SIZE_MAX_ : 0;
}

static void *store(void *number) {
    char path[4096];
    snprintf(path, sizeof path, "%s/pack-%d", folder, *(int *)number);
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);
    if (file < 0) fail(path);
    uint32_t pack[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    off_t written = 0, synced = 0;
    Chunk before = {0};
    for (;;) {
        pthread_mutex_lock(&lock);
        while (queue_start == queue_end && !is_read) pthread_cond_wait(&has_chunk, &lock);
        if (queue_start == queue_end) {
            pthread_mutex_unlock(&lock);
            break;
        }
        Chunk chunk = queue[queue_start++ % QUEUE];
        pthread_mutex_unlock(&lock);

        // The pack has the chunk before this one by now.
        uint32_t object[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
        size_t blocks = chunk.size / 64, pack_blocks = before.size / 64, both = blocks < pack_blocks ? blocks : pack_blocks;
        if (both) csha1_blocks_of_two(object, chunk.bytes, pack, before.bytes, both);
        if (blocks > both) csha1_blocks(object, chunk.bytes + both * 64, blocks - both);
        if (pack_blocks > both) csha1_blocks(pack, before.bytes + both * 64, pack_blocks - both);
        if (before.buffer) let_go(before.buffer);
        before = chunk;

        static uint8_t header[5];
        struct iovec pieces[2 * (SIZE_MAX_ / STORED_MAX + 1)];
        int count = 0;
        ssize_t size = 0;
        uint32_t adler = 1, crc = 0;
        for (size_t start = 0; start < chunk.size; start += STORED_MAX) {
            size_t length = chunk.size - start < STORED_MAX ? chunk.size - start : STORED_MAX;
            pieces[count++] = (struct iovec){header, sizeof header};
            pieces[count++] = (struct iovec){chunk.bytes + start, length};
            size += (ssize_t)(sizeof header + length);
            adler = isal_adler32(adler, chunk.bytes + start, length);
            crc = crc32_gzip_refl(crc, chunk.bytes + start, length);
        }
        if (adler == 0 && crc == 0 && object[0] == 0) puts("a wonder");  // so that they are computed
        if (pwritev(file, pieces, count, written) != size) fail(path);
        written += size;
        if (written - synced >= UNSYNCED_MAX) {
            sync_file_range(file, synced, written - synced, SYNC_FILE_RANGE_WRITE);
            synced = written;
        }
    }
    if (before.buffer) csha1_blocks(pack, before.bytes, before.size / 64);
    if (fdatasync(file) != 0 || close(file) != 0) fail(path);
    return NULL;
}

int main(int count, char **words) {
    if (count != 3) return fprintf(stderr, "usage: least FILE FOLDER\n"), 64;
    if (!csha1_is_supported()) return fprintf(stderr, "least: the processor has no instructions for SHA-1\n"), 1;
    folder = words[2];
    uint64_t state = 1;
    for (int i = 0; i < 256; i++) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        gear[i] = state ^ state >> 29;
    }
    for (int i = 0; i < BUFFERS; i++) {
        Buffer *buffer = calloc(1, sizeof *buffer);
        buffer->bytes = mmap(NULL, SIZE_MAX_ + READ_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        madvise(buffer->bytes, SIZE_MAX_ + READ_SIZE, MADV_HUGEPAGE);
        buffer->next = idle;
        idle = buffer;
    }
    pthread_t threads[WORKERS];
    int numbers[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, store, &numbers[i]);
    }
    int file = open(words[1], O_RDONLY);
    if (file < 0) fail(words[1]);
    Buffer *last = NULL;
    uint8_t *rest = NULL;
    size_t size = 0;
    for (int at_end = 0; !at_end;) {
        Buffer *buffer = take_buffer();
        uint8_t *start = buffer->bytes + SIZE_MAX_ - size;
        if (size) memcpy(start, rest, size);
        if (last) let_go(last);
        last = buffer;
        for (size_t done = 0; done < READ_SIZE;) {
            ssize_t taken = read(file, buffer->bytes + SIZE_MAX_ + done, 1 << 20);
            if (taken < 0) fail(words[1]);
            if (taken == 0) {
                at_end = 1;
                break;
            }
            done += (size_t)taken;
            size += (size_t)taken;
        }
        for (size_t length; size > 0 && ((length = cut(start, size)) > 0 || at_end); start += length, size -= length) {
            if (length == 0) length = size;
            hand_over((Chunk){buffer, start, length});
        }
        rest = start;
    }
    pthread_mutex_lock(&lock);
    is_read = 1;
    pthread_cond_broadcast(&has_chunk);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < WORKERS; i++) pthread_join(threads[i], NULL);
}
