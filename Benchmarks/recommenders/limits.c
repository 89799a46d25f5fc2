/*
 * How near the kernels come to what the machine can do: see README.md.
 *
 *     clang -O2 -ffp-contract=off -pthread -ISources/CKernels/include Benchmarks/recommenders/limits.c Sources/CKernels/[abd]*.c -o limits
 *     ./limits ml-100k/u1.base
 *
 * First the limits, for one thread and for two. Then each kernel, on one thread, with the shapes that it has for these ratings: units of its
 * work a second, what a unit takes of each limit, and the share of the limit that this is. The largest share is of what binds it. Limits and
 * kernels are measured in turn, several times; the best of each counts.
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CKernels.h"

#pragma STDC FP_CONTRACT OFF

enum { rounds = 5 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void *zeros(size_t bytes) {
    void *memory = aligned_alloc(64, (bytes + 127) / 64 * 64);
    memset(memory, 0, (bytes + 127) / 64 * 64);
    return memory;
}

static float *noise(size_t count) {
    float *numbers = zeros(count * sizeof(float));
    for (size_t i = 0; i < count; i++) numbers[i] = (float)(rand() / (RAND_MAX + 1.0) * 0.2);
    return numbers;
}

static volatile double sink;

/* --- Limits. Each returns how many there were in a second. */

typedef float v16 __attribute__((vector_size(64)));
typedef float v8 __attribute__((vector_size(32)));

/* Single-precision operations in registers, a product rounded before it is added, as the kernels do; each counts as two. */
#define SUMS 12
#define ARITHMETIC(NAME, VECTOR, LANES, TARGET)                                                           \
    __attribute__((target(TARGET), noinline)) static double NAME(void) {                                 \
        VECTOR sums[SUMS], factor, rest;                                                                  \
        for (int i = 0; i < LANES; i++) factor[i] = 0.999f, rest[i] = 0.001f;                             \
        for (int s = 0; s < SUMS; s++) sums[s] = factor * (float)s;                                       \
        const long turns = 3000000;                                                                       \
        const double start = now();                                                                       \
        for (long t = 0; t < turns; t++) {                                                                \
            _Pragma("unroll") for (int s = 0; s < SUMS; s++) sums[s] = sums[s] * factor + rest;           \
        }                                                                                                 \
        const double seconds = now() - start;                                                             \
        for (int s = 0; s < SUMS; s++) sink = sums[s][0];                                                 \
        return 2.0 * LANES * SUMS * turns / seconds;                                                      \
    }
ARITHMETIC(wide, v16, 16, "avx512f")
ARITHMETIC(narrow, v8, 8, "avx2")

/* Operations that each need the one before. */
__attribute__((noinline)) static double chain(void) {
    float sum = 2;
    const long turns = 5000000;
    const double start = now();
    for (long t = 0; t < turns; t++) sum = (sum * 0.999f + 0.001f) * 0.999f + 0.001f;
    sink = sum;
    return 4.0 * turns / (now() - start);
}

/* Numbers of 8 bytes, 2,000 of them, at places that a list names: added to, or only read. */
enum { places = 2000, named = 1 << 16 };
static uint32_t names[named];

__attribute__((noinline)) static double updates(void) {
    uint64_t *table = zeros(8 * places);
    const double start = now();
    for (int turn = 0; turn < 100; turn++) {
        for (size_t i = 0; i < named; i++) table[names[i]] += 3;
        __asm__ volatile("" ::: "memory");
    }
    const double seconds = now() - start;
    free(table);
    return 100.0 * named / seconds;
}

__attribute__((noinline)) static double gathers(void) {
    double *table = zeros(8 * places);
    for (size_t i = 0; i < places; i++) table[i] = (double)i;
    double sums[4] = {0};
    const double start = now();
    for (int turn = 0; turn < 200; turn++) {
        for (size_t i = 0; i < named; i += 4) {
            for (size_t s = 0; s < 4; s++) sums[s] += table[names[i + s]];
        }
        __asm__ volatile("" ::: "memory");
    }
    sink = sums[0] + sums[1] + sums[2] + sums[3];
    const double seconds = now() - start;
    free(table);
    return 200.0 * named / seconds;
}

/* Branches whose outcome cannot be foreseen. */
__attribute__((noinline)) static double branches(void) {
    uint32_t taken = 0;
    const double start = now();
    for (int turn = 0; turn < 20; turn++) {
        for (size_t i = 0; i < named; i++) {
            if (names[i] & 64) {
                taken += (uint32_t)i;
                __asm__ volatile("" : "+r"(taken));
            }
        }
    }
    sink = taken;
    return 20.0 * named / (now() - start);
}

/* Bytes read. */
__attribute__((noinline, target("avx2"))) static double reading(size_t size) {
    float *memory = zeros(size);
    v8 sums[4] = {{0}};
    const long turns = (long)(1e9 / (double)size) + 1;
    const double start = now();
    for (long t = 0; t < turns; t++) {
        const v8 *row = (const v8 *)memory;
        for (size_t i = 0; i < size / 32; i += 4) {
            for (int s = 0; s < 4; s++) sums[s] += row[i + (size_t)s];
        }
        __asm__ volatile("" ::: "memory");
    }
    const double seconds = now() - start;
    sink = sums[0][0] + sums[1][0] + sums[2][0] + sums[3][0];
    free(memory);
    return (double)size * turns / seconds;
}
static double first_level(void) { return reading(24 << 10); }
static double second_level(void) { return reading(512 << 10); }
static double third_level(void) { return reading(8 << 20); }
static double memory(void) { return reading(256 << 20); }

enum { l_wide, l_narrow, l_chain, l_update, l_gather, l_branch, l_first, l_second, l_third, l_memory, limit_count };
static const char *limit_names[] = {"operations, 512 bits", "operations, 256 bits", "dependent operations", "updates", "gathers",
    "open branches", "bytes, first level", "bytes, second level", "bytes, third level", "bytes, memory"};
static double (*const limit_functions[])(void) = {
    wide, narrow, chain, updates, gathers, branches, first_level, second_level, third_level, memory};
static double limits[limit_count][2];

static void *run(void *result) {
    double (*const function)(void) = *(double (**)(void))result;
    *(double *)result = function();
    return NULL;
}

static void measure_limits(void) {
    for (int limit = 0; limit < limit_count; limit++) {
        if (limit == l_wide && !__builtin_cpu_supports("avx512f")) continue;
        for (int threads = 1; threads <= 2; threads++) {
            pthread_t ids[2];
            union {
                double (*function)(void);
                double result;
            } slots[2];
            for (int i = 0; i < threads; i++) {
                slots[i].function = limit_functions[limit];
                pthread_create(&ids[i], NULL, run, &slots[i]);
            }
            double total = 0;
            for (int i = 0; i < threads; i++) {
                pthread_join(ids[i], NULL);
                total += slots[i].result;
            }
            if (total > limits[limit][threads - 1]) limits[limit][threads - 1] = total;
        }
    }
}

/* --- Ratings */

typedef struct {
    size_t row_count, column_count, count;
    size_t *starts, *column_starts;
    int32_t *columns, *rows;   /* rows: of each entry by column */
    float *values;
    uint32_t *positions, *entries;
    uint8_t *steps;
    double *numbers, *column_numbers;
} matrix;

static matrix make(const int *rows, const int *columns, const int *values, size_t count, size_t row_count, size_t column_count) {
    matrix m = {row_count, column_count, count, zeros(8 * (row_count + 1)), zeros(8 * (column_count + 1)), zeros(4 * count),
        zeros(4 * count), zeros(4 * count), zeros(4 * count), zeros(4 * count), zeros(count), zeros(8 * count), zeros(8 * count)};
    for (size_t e = 0; e < count; e++) m.starts[rows[e] + 1]++, m.column_starts[columns[e] + 1]++;
    for (size_t r = 0; r < row_count; r++) m.starts[r + 1] += m.starts[r];
    for (size_t c = 0; c < column_count; c++) m.column_starts[c + 1] += m.column_starts[c];
    size_t *next = zeros(8 * row_count), *below = zeros(8 * column_count);
    for (size_t e = 0; e < count; e++) {
        const size_t place = m.starts[rows[e]] + next[rows[e]]++;
        m.columns[place] = columns[e];
        m.steps[place] = (uint8_t)values[e];
        m.values[place] = (float)values[e];
        m.numbers[place] = values[e];
    }
    for (size_t r = 0; r < row_count; r++) {
        for (size_t e = m.starts[r]; e < m.starts[r + 1]; e++) {
            const size_t column = (size_t)m.columns[e], place = m.column_starts[column] + below[column]++;
            m.positions[e] = (uint32_t)place;
            m.entries[place] = (uint32_t)(r * ck_steps) + m.steps[e];
            m.rows[place] = (int32_t)r;
            m.column_numbers[place] = m.numbers[e];
        }
    }
    free(next);
    free(below);
    return m;
}

static ck_sparse sparse(const matrix *m, int in_steps) {
    return (ck_sparse){m->starts, m->columns, m->positions, m->column_starts, m->entries, in_steps ? m->steps : NULL, 1,
        in_steps ? NULL : m->numbers, in_steps ? NULL : m->column_numbers, m->row_count};
}

/* Pairs of rows with a column in common, once for each such column. */
static double pairs(const matrix *m) {
    double sum = 0;
    for (size_t c = 0; c < m->column_count; c++) {
        const double count = (double)(m->column_starts[c + 1] - m->column_starts[c]);
        sum += count * (count - 1) / 2;
    }
    return sum;
}

static matrix by_user, by_item;
static double *scratch, *square;
static float *floats;

/* --- Kernels. Each works once and returns how many units that were. */

static double similarities(const ck_kernels *k, ck_measure measure, const matrix *m, int in_steps) {
    for (size_t x = 0; x < m->row_count; x++) {
        k->similarities(measure, sparse(m, in_steps), x, 1, 100, scratch, square + x * m->row_count);
    }
    return pairs(m);
}
static double msd_users(const ck_kernels *k) { return similarities(k, ck_msd, &by_user, 1); }
static double msd_items(const ck_kernels *k) { return similarities(k, ck_msd, &by_item, 1); }
static double cosine_users(const ck_kernels *k) { return similarities(k, ck_cosine, &by_user, 1); }
static double pearson_users(const ck_kernels *k) { return similarities(k, ck_pearson, &by_user, 1); }
static double baseline_users(const ck_kernels *k) { return similarities(k, ck_pearson_baseline, &by_user, 0); }

static double slope_one(const ck_kernels *k) {
    for (size_t x = 0; x < by_item.row_count; x++) k->deviations(sparse(&by_item, 1), x, scratch, floats + x * by_item.row_count);
    return pairs(&by_item);
}

static double in_common(const ck_kernels *k) {
    for (size_t x = 0; x < by_item.row_count; x++) k->counts(sparse(&by_item, 1), x, scratch, floats + x * by_item.row_count);
    return pairs(&by_item) + (double)by_item.count;
}

/* Estimates of every seventh rating, from all that rated the item. */
static double estimates(const ck_kernels *k) {
    double candidates = 0;
    for (size_t u = 0; u < by_user.row_count; u++) {
        for (size_t e = by_user.starts[u]; e < by_user.starts[u + 1]; e += 7) {
            const size_t start = by_user.column_starts[by_user.columns[e]], count = by_user.column_starts[by_user.columns[e] + 1] - start;
            sink = k->nearest(square + u * by_user.row_count, by_user.rows + start, by_user.column_numbers + start, count, 40, scratch).sum;
            candidates += (double)count;
        }
    }
    return candidates;
}

static double biases(const ck_kernels *k) {
    static double sums[4096], from[4096], to[4096];
    for (int turn = 0; turn < 20; turn++) k->biases(by_user.starts, by_user.columns, sums, from, 15, 0, by_user.row_count, to);
    return 20.0 * (double)by_user.count;
}

static ck_ratings ratings(void) { return (ck_ratings){by_user.starts, by_user.columns, by_user.values, by_user.row_count}; }

/* Rows of some length, which belong to one kernel. */
static ck_factorisation factorisation(size_t stride) {
    static ck_factorisation made[9];
    ck_factorisation *model = &made[stride / ck_lanes];
    if (!model->stride) {
        *model = (ck_factorisation){noise(by_user.row_count * stride), noise(by_item.row_count * stride), noise(by_user.row_count),
            noise(by_item.row_count), stride, 3.5f, 1};
    }
    return *model;
}
static const ck_rates rates = {1e-5f, 1e-5f, 1e-5f, 1e-5f, 1e-5f}, penalties = {0.02f, 0.02f, 0.02f, 0.02f, 0.02f};

static double svd(const ck_kernels *k) {
    static float *scales;
    if (!scales) {
        scales = zeros(4 * by_item.row_count);
        for (size_t i = 0; i < by_item.row_count; i++) scales[i] = 1;
    }
    for (int epoch = 0; epoch < 5; epoch++) {
        k->sgd_users(factorisation(112), scales, (float *)scratch, ratings(), 0, by_user.row_count, rates, penalties);
    }
    return 5.0 * (double)by_user.count;
}

static double svdpp(const ck_kernels *k) {
    static float *implicit;
    if (!implicit) implicit = noise(by_item.row_count * 32);
    for (int epoch = 0; epoch < 5; epoch++) {
        k->svdpp_epoch(factorisation(32), implicit, (float *)scratch, ratings(), rates, penalties);
    }
    return 5.0 * (double)by_user.count;
}

static double nmf(const ck_kernels *k) {
    static float *numerators, *denominators;
    static int32_t *counts;
    if (!counts) {
        numerators = noise(by_item.row_count * 16);
        denominators = noise(by_item.row_count * 16);
        counts = zeros(4 * by_item.row_count);
        for (size_t i = 0; i < by_item.row_count; i++) counts[i] = (int32_t)(by_item.starts[i + 1] - by_item.starts[i]);
    }
    ck_factorisation model = factorisation(16);
    model.biased = 0;
    for (int epoch = 0; epoch < 5; epoch++) {
        k->nmf_epoch(model, numerators, denominators, (float *)scratch, counts, by_item.row_count, ratings(), rates, penalties);
    }
    return 5.0 * (double)by_user.count;
}

/* What sweeping a block of 64 takes off a matrix of 1,664 columns, 32 rows at a time. */
static double ease(const ck_kernels *k) {
    enum { columns = 1664 };
    static float *rows, *solved;
    if (!rows) rows = noise(64 * columns), solved = noise(columns * 64);
    for (size_t r = 0; r < columns; r += 32) {
        k->multiply_add(floats + r * columns, columns, solved + r * 64, 64, rows, columns, 32, columns, 64, -1);
    }
    return (double)columns * columns * 64;
}

/* 20 of 27,000 items for 32 users, by 64 factors, a part of 2,048 items at a time. */
static double lists(const ck_kernels *k) {
    enum { users = 32, items = 27648, part = 2048, factors = 64, wanted = 20 };
    static float *user_rows, *item_columns, *scores;
    static ck_best best[users][wanted];
    if (!scores) user_rows = noise(users * factors), item_columns = noise(factors * items), scores = zeros(4 * users * part);
    size_t found[users] = {0};
    for (size_t first = 0; first < items; first += part) {
        const size_t count = first + part <= items ? part : items - first;
        memset(scores, 0, 4 * users * part);
        k->multiply_add(scores, part, user_rows, factors, item_columns + first, items, users, count, factors, 1);
        for (size_t u = 0; u < users; u++) found[u] = k->top(scores + u * part, count, (int32_t)first, wanted, found[u], best[u]);
    }
    return (double)users * items;
}

/* Users' rows of 128 factors, 3 steps each; a unit is an item of a user in a step. What the Gram matrix takes is counted with it. */
static double als(const ck_kernels *k) {
    static float *gram, *confidences;
    if (!gram) {
        gram = zeros(4 * 128 * 128);
        for (size_t i = 0; i < 128; i++) gram[i * 129] = 50;
        confidences = noise(by_user.count);
    }
    const ck_factorisation model = factorisation(128);
    for (size_t u = 0; u < by_user.row_count; u++) {
        const size_t start = by_user.starts[u];
        memset(model.user_factors + u * 128, 0, 512);
        k->als_solve(model.user_factors + u * 128, gram, model.item_factors, 128, by_user.columns + start, confidences + start,
            by_user.starts[u + 1] - start, 3, (float *)scratch);
    }
    return 4.0 * (double)by_user.count;
}

/* 10 factors and a bias; users are drawn, and each observation has an item and a day. */
static double gibbs(const ck_kernels *k) {
    static float *rows, *items, *days, *means, *residuals;
    static int32_t *observations, *day;
    static float precisions[16];
    if (!rows) {
        rows = noise(by_user.row_count * 16), items = noise(by_item.row_count * 16), days = noise(256 * 16);
        means = noise(by_user.row_count * 16), residuals = noise(by_user.count);
        observations = zeros(4 * by_user.count), day = zeros(4 * by_user.count);
        for (size_t e = 0; e < by_user.count; e++) observations[e] = (int32_t)e, day[e] = rand() % 256;
        for (int lane = 0; lane < 16; lane++) precisions[lane] = 5;
    }
    ck_gibbs sampler = {16, 10, by_user.starts, observations, {by_user.columns, day}, {items, days}, rows, means, precisions, 1, residuals, 1};
    k->gibbs_draw(&sampler, 0, by_user.row_count);
    return (double)by_user.count;
}

/* Which items a user rated, as the users' features. */
static double features(const ck_kernels *k) {
    static float *weights, *deviations, *means, *values;
    static float precisions[16], own[16];
    if (!weights) {
        weights = noise(by_item.row_count * 16), deviations = noise(by_user.row_count * 16), means = noise(by_user.row_count * 16);
        values = noise(by_user.count);
        for (int lane = 0; lane < 16; lane++) precisions[lane] = 5, own[lane] = 50;
    }
    const ck_features all = {16, by_item.row_count, by_user.column_starts, by_user.rows, values, weights, own, 1};
    k->gibbs_features(&all, precisions, deviations, means);
    return (double)by_user.count;
}

/* What a unit takes of arithmetic, and of one or two other limits. */
typedef struct {
    const char *name, *unit;
    double (*work)(const ck_kernels *);
    double operations;
    int other[2];
    double taken[2];
    double best[2];
} kernel;

static kernel kernels[] = {
    {"svd, 100 factors", "rating", svd, 896, {l_chain, l_second}, {10, 896}, {0}},
    {"svdpp, 20 factors", "rating", svdpp, 608, {l_chain, l_second}, {18, 512}, {0}},
    {"nmf, 15 factors", "rating", nmf, 160, {l_second, -1}, {320, 0}, {0}},
    {"similarities of users, msd", "pair", msd_users, 0, {l_update, -1}, {1, 0}, {0}},
    {"similarities of items, msd", "pair", msd_items, 0, {l_update, -1}, {1, 0}, {0}},
    {"similarities of users, cosine", "pair", cosine_users, 0, {l_update, -1}, {1, 0}, {0}},
    {"similarities of users, pearson", "pair", pearson_users, 0, {l_update, -1}, {1, 0}, {0}},
    {"similarities of users, pearson_baseline", "pair", baseline_users, 0, {l_update, -1}, {1, 0}, {0}},
    {"deviations of items, slope-one", "pair", slope_one, 0, {l_update, -1}, {1, 0}, {0}},
    {"counts of items, item-knn and ease", "pair", in_common, 0, {l_update, -1}, {1, 0}, {0}},
    {"estimates by 40 neighbours", "candidate", estimates, 0, {l_gather, l_branch}, {1, 3}, {0}},
    {"biases, als", "rating", biases, 0, {l_gather, -1}, {1, 0}, {0}},
    {"gibbs draws, 10 factors", "observation", gibbs, 542, {l_first, -1}, {1900, 0}, {0}},
    {"gibbs features", "member", features, 80, {l_second, -1}, {320, 0}, {0}},
    {"implicit-als, 128 factors", "item and step", als, 899, {l_second, -1}, {512, 0}, {0}},
    {"ease, product of matrices", "product", ease, 2, {l_first, -1}, {0, 0}, {0}},
    {"lists, 64 factors", "score", lists, 128, {l_second, -1}, {4, 0}, {0}},
};
enum { kernel_count = sizeof kernels / sizeof *kernels };

int main(int count, char **arguments) {
    if (count != 2) return fprintf(stderr, "usage: limits ml-100k/u1.base\n"), 2;
    FILE *file = fopen(arguments[1], "r");
    if (!file) return perror(arguments[1]), 1;
    enum { most = 100000 };
    static int users[most], items[most], values[most];
    size_t found = 0;
    for (int time; found < most && fscanf(file, "%d %d %d %d", users + found, items + found, values + found, &time) == 4; found++) {
        if (users[found] < 1 || users[found] > 943 || items[found] < 1 || items[found] > 1682) {
            return fprintf(stderr, "limits: %s has other users and items than ML-100K\n", arguments[1]), 1;
        }
        users[found]--, items[found]--;
    }
    fclose(file);
    by_user = make(users, items, values, found, 943, 1682);
    by_item = make(items, users, values, found, 1682, 943);
    scratch = zeros(64 * 4096), square = zeros(8 * 1682 * 1682), floats = zeros(4 * 1682 * 1682);
    for (size_t i = 0; i < named; i++) names[i] = (uint32_t)rand() % places;

    const ck_kernels *tables[2] = {NULL, NULL};
    for (size_t i = 0; ck_available(i); i++) tables[0] = tables[1], tables[1] = ck_available(i);
    for (int round = 0; round < rounds; round++) {
        measure_limits();
        for (int t = 0; t < 2; t++) {
            if (!tables[t]) continue;
            for (int i = 0; i < kernel_count; i++) {
                const double start = now(), units = kernels[i].work(tables[t]), speed = units / (now() - start);
                if (speed > kernels[i].best[t]) kernels[i].best[t] = speed;
            }
        }
    }
    printf("| limit | one thread | two |\n|---|---:|---:|\n");
    for (int limit = 0; limit < limit_count; limit++) {
        if (limits[limit][0] > 0) printf("| %s | %.2f | %.2f |\n", limit_names[limit], limits[limit][0] * 1e-9, limits[limit][1] * 1e-9);
    }
    printf("\nIn 10^9 a second. Kernels, one thread, 10^6 units a second:\n\n| kernel | unit | speed | a unit takes: share of the limit |\n|---|---|---:|---|\n");
    for (int t = 1; t >= 0; t--) {
        if (!tables[t]) continue;
        const int arithmetic = strcmp(tables[t]->name, "avx512") == 0 ? l_wide : l_narrow;
        for (int i = 0; i < kernel_count; i++) {
            const kernel k = kernels[i];
            printf("| %s, %s | %s | %.1f |", k.name, tables[t]->name, k.unit, k.best[t] * 1e-6);
            if (k.operations > 0) printf(" %.0f operations: %.0f %%;", k.operations, 100 * k.best[t] * k.operations / limits[arithmetic][0]);
            for (int o = 0; o < 2; o++) {
                if (k.other[o] < 0 || k.taken[o] == 0) continue;
                printf(" %.0f %s: %.0f %%;", k.taken[o], limit_names[k.other[o]], 100 * k.best[t] * k.taken[o] / limits[k.other[o]][0]);
            }
            printf(" |\n");
        }
    }
    return 0;
}
