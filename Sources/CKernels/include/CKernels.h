#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/*
 * Inner loops of the recommenders, compiled once for each instruction set from one source (kernels.h and
 * the files that it includes).
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

/* One number for each kind of parameter of a factorisation. */
typedef struct {
    float user_bias, item_bias, user_factors, item_factors, implicit_factors;
} ck_rates;

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

/* Measures of how alike two users, or two items, are; see `similarities`. */
typedef enum { ck_msd, ck_cosine, ck_pearson, ck_pearson_baseline } ck_measure;

/* How many whole steps a value may be, from 0 on, so that what is added for two of them stands in a table. */
enum { ck_steps = 16 };

/* With more columns, sums over steps could be too large for 32 bits. */
enum { ck_step_columns = INT32_MAX / (ck_steps * ck_steps) };

/*
 * A sparse matrix twice over: by row x, and by column y with the rows of each column ascending. Entry e of the rows has its equal at
 * positions[e] of the columns. Its values are either whole numbers of steps, or any.
 */
typedef struct {
    const size_t *row_starts;                    /* row_count + 1, ascending */
    const int32_t *columns;                      /* for each entry of the rows, its column */
    const uint32_t *positions;
    const size_t *column_starts;                 /* column count + 1, ascending */
    const uint32_t *entries;                     /* for each entry of the columns, its row times ck_steps, plus its steps */
    const uint8_t *_Nullable row_steps;          /* for each entry of the rows, how many steps its value is; below ck_steps */
    double step;                                 /* a power of two */
    const double *_Nullable row_values;          /* for each entry of the rows, its value, where row_steps is NULL */
    const double *_Nullable column_values;       /* they again, by column */
    size_t row_count;                            /* below 2^28 */
} ck_sparse;

/* A sum over neighbours: of their weights, of weight times value, and how many they were. */
typedef struct {
    double weight, sum;
    size_t count;
} ck_neighbours;

/* A candidate of `top` and its score. */
typedef struct {
    int32_t candidate;
    float score;
} ck_best;

/* What `gibbs_draw` needs; see gibbs.h. */
typedef struct {
    size_t stride;                              /* 16, 32, 48 or 64 floats in a row */
    size_t factors;                             /* below stride; the bias stands after them */
    const size_t *starts;                       /* for each entity and one more, where its observations begin */
    const int32_t *observations;                /* numbers of observations, grouped by entity */
    const int32_t *_Nullable others[2];         /* for each observation, the entity on another side, if there is that side */
    const float *_Nullable other_rows[2];
    float *rows;                                /* the rows that are drawn, aligned to 64 bytes */
    const float *prior_means;                   /* of the same shape */
    const float *prior_precisions;              /* one for each lane */
    float noise_precision;
    float *residuals;                           /* for each observation, what is not explained; kept up to date */
    uint64_t seed;
} ck_gibbs;

/* What `gibbs_features` needs. */
typedef struct {
    size_t stride;
    size_t count;
    const size_t *starts;      /* for each feature and one more, where its entities begin */
    const int32_t *entities;
    const float *values;
    float *weights;            /* a row for each feature */
    const float *precisions;   /* one for each lane: how near weights are to zero */
    uint64_t seed;
} ck_features;

typedef struct {
    /* What the instruction set is called, in ASCII. */
    const char *name;

    /*
     * Stochastic gradient descent over the ratings of the users in [first, last), in the order in which they stand; no user rates an
     * item twice. A row of item factors is what is stored times the item's scale, which is 1 at first and one of `item_scales`.
     * `scratch` has room for three rows.
     */
    void (*sgd_users)(ck_factorisation model, float *item_scales, float *scratch, ck_ratings ratings, size_t first, size_t last,
        ck_rates learning_rates, ck_rates regularizations);

    /* Multiplies each of `count` rows by its scale, which becomes 1. */
    void (*fold_scales)(float *rows, size_t stride, float *scales, size_t count);

    /*
     * One pass of stochastic gradient descent over all ratings, where p_u stands for p_u plus the sum of the rows of implicit_factors that belong to the
     * items of user u, divided by the root of their number. `scratch` has room for two rows.
     */
    void (*svdpp_epoch)(ck_factorisation model, float *implicit_factors, float *scratch, ck_ratings ratings, ck_rates learning_rates,
        ck_rates regularizations);

    /*
     * One pass of multiplicative updates that keep factors positive. `numerators` and `denominators` have
     * the shape of item_factors, `scratch` has room for two rows; `counts` says how many ratings each of the
     * `item_count` items has.
     */
    void (*nmf_epoch)(ck_factorisation model, float *numerators, float *denominators, float *scratch, const int32_t *counts,
        size_t item_count, ck_ratings ratings, ck_rates learning_rates, ck_rates regularizations);

    /* The inner product of two rows; count is a multiple of ck_lanes. */
    float (*dot)(const float *a, const float *b, size_t count);

    /*
     * The biases of the groups in [first, last): (sums[g] - the sum of other_biases[o] over the group's others) / (zeros + their number).
     * The others of group g are at [starts[g], starts[g + 1]).
     */
    void (*biases)(const size_t *starts, const int32_t *others, const double *sums, const double *other_biases, double zeros, size_t first,
        size_t last, double *biases);

    /*
     * The similarities of row x to all rows after it: similarities[z] for z in (x, row_count). Zero for
     * rows that have fewer than min_support columns in common with x, and where the measure is undefined.
     * `scratch` has room for 8 doubles for each row, aligned to 64 bytes.
     */
    void (*similarities)(ck_measure measure, ck_sparse matrix, size_t x, double min_support, double shrinkage, double *scratch,
        double *similarities);

    /*
     * The mean of value(x) - value(z) over the columns that row x has in common with each row z after it:
     * deviations[z] for z in (x, row_count); NaN for those that have none. `scratch` as above.
     */
    void (*deviations)(ck_sparse matrix, size_t x, double *scratch, float *deviations);

    /*
     * Of the candidates with a positive similarity, the k that are most similar; among equals, those that
     * stand first. Candidate c is row others[c]; its similarity is similarities[others[c]]. `scratch` has
     * room for twice `count` doubles.
     */
    ck_neighbours (*nearest)(const double *similarities, const int32_t *others, const double *values, size_t count, size_t k,
        double *scratch);

    /*
     * How many columns row x has in common with each row z from x on, whatever the values. `scratch` has room for a 32-bit number
     * for each row.
     */
    void (*counts)(ck_sparse matrix, size_t x, double *scratch, float *counts);

    /*
     * c[r][j] += sign * sum over k of a[r][k] * b[k][j], for r < rows, j < columns, k < depth. Strides are floats from one
     * row to the next; columns is a multiple of ck_lanes.
     */
    void (*multiply_add)(float *c, size_t c_stride, const float *a, size_t a_stride, const float *b, size_t b_stride, size_t rows,
        size_t columns, size_t depth, float sign);

    /*
     * The k with the largest scores, the largest first, among equals those that were shown first; those with -infinity never. Candidates
     * first, first + 1, ... have `count` scores. `best` holds the `found` best of candidates that were shown before, and has room for k.
     * Returns how many it holds now.
     */
    size_t (*top)(const float *scores, size_t count, int32_t first, size_t k, size_t found, ck_best *best);

    /*
     * Moves x, a row, towards the solution of (gram + sum of c y y^T) x = sum of (1 + c) y by steps of conjugate gradients.
     * The y are those of the `rows` that `items` names, `confidences` their c. `scratch` has room for four rows.
     */
    void (*als_solve)(float *x, const float *gram, const float *rows, size_t stride, const int32_t *items, const float *confidences,
        size_t count, size_t steps, float *scratch);

    /* sqrt(-2 ln(s) / s) for numbers s in (0, 1), in place. */
    void (*polar_factors)(double *numbers, size_t count);

    /* The natural logarithm of a positive, finite number. */
    double (*natural_logarithm)(double number);

    /* Draws the rows of the entities in [first, last) anew. */
    void (*gibbs_draw)(const ck_gibbs *sampler, size_t first, size_t last);

    /* The mean over draws of what the rows of three entities explain; each has `draws` rows, one after the other. */
    float (*gibbs_estimate)(size_t stride, size_t factors, size_t draws, const float *first, const float *second, const float *third);

    /* Draws the weights of all features anew, and moves the prior means of the entities that have them. */
    void (*gibbs_features)(const ck_features *features, const float *entity_precisions, float *deviations, float *prior_means);
} ck_kernels;

/*
 * The kernels that this machine can run, by width of registers, or NULL when `index` is past the last.
 * The first is always there and runs everywhere. Safe to call from any thread.
 */
const ck_kernels *_Nullable ck_available(size_t index);

#pragma clang assume_nonnull end

#endif
