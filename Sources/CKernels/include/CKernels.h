#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/*
 * Inner loops of the recommenders, compiled once for each instruction set from one source (kernels.h).
 *
 * Every instruction set gives the same bits. Sums run over a fixed number of lanes and are folded in a
 * fixed order, whatever the width of the machine's registers, and a product is always rounded before it
 * is added (no fused multiply-add). So a model is a function of its input alone, not of the machine.
 */

/* Floats in a row of factors come in multiples of this; the unused ones at its end are zero. */
enum { ck_lanes = 16 };

/* Alignment in bytes at which rows are read fastest. Any address divisible by four is correct. */
enum { ck_alignment = 64 };

/* Ratings grouped by user: those of user u are at [starts[u], starts[u + 1]) of items and values. */
typedef struct {
    const size_t *starts;  /* user_count + 1, ascending */
    const int32_t *items;  /* each in [0, number of items) */
    const float *values;
    size_t user_count;
} ck_ratings;

/* A biased matrix factorisation: estimate(u, i) = mean + user_biases[u] + item_biases[i] + <p_u, q_i>. */
typedef struct {
    float *user_factors;  /* one row of `stride` floats for each user */
    float *item_factors;  /* one row of `stride` floats for each item */
    float *user_biases;
    float *item_biases;
    size_t stride;        /* a multiple of ck_lanes */
    float mean;
    int biased;           /* when 0, mean and biases are taken as zero and left alone */
} ck_factorisation;

typedef struct {
    /* What the instruction set is called, in ASCII. */
    const char *name;

    /* One pass of stochastic gradient descent over all ratings, in the order in which they stand. */
    void (*sgd_epoch)(ck_factorisation model, ck_ratings ratings, float learning_rate, float regularization);

    /* The inner product of two rows; count is a multiple of ck_lanes. */
    float (*dot)(const float *a, const float *b, size_t count);
} ck_kernels;

/*
 * The kernels that this machine can run, by width of registers, or NULL when `index` is past the last.
 * The first is always there and runs everywhere. Safe to call from any thread.
 */
const ck_kernels *_Nullable ck_available(size_t index);

#pragma clang assume_nonnull end

#endif
