/*
 * Similarities of the rows of a sparse matrix, from sums over the columns that two rows have in common.
 *
 * The sums of one row with all others are gathered at once, by walking the row's columns. Where all values are a few whole steps, what is
 * added for a pair of values stands in a table, and sums are whole numbers, which are exact: 32 bits hold ck_step_columns of them. Else
 * it is a polynomial in the value w of the other row, with coefficients that depend on the own value v alone: first + w * (second + w *
 * third). Either way it is one vector operation.
 */

typedef int32_t whole2 __attribute__((vector_size(8), aligned(8)));
typedef int32_t whole4 __attribute__((vector_size(16), aligned(16)));
typedef int32_t whole8 __attribute__((vector_size(32), aligned(32)));
typedef double sums2 __attribute__((vector_size(16), aligned(16)));
typedef double sums4 __attribute__((vector_size(32), aligned(32)));
typedef double sums8 __attribute__((vector_size(64), aligned(64)));

/* ENTRY(v, w) for all steps v and w. */
#define CK_STEPS(ENTRY, v)                                                                                       \
    {ENTRY(v, 0), ENTRY(v, 1), ENTRY(v, 2), ENTRY(v, 3), ENTRY(v, 4), ENTRY(v, 5), ENTRY(v, 6), ENTRY(v, 7),     \
        ENTRY(v, 8), ENTRY(v, 9), ENTRY(v, 10), ENTRY(v, 11), ENTRY(v, 12), ENTRY(v, 13), ENTRY(v, 14), ENTRY(v, 15)}
#define CK_TABLE_OF(ENTRY)                                                                                       \
    {CK_STEPS(ENTRY, 0), CK_STEPS(ENTRY, 1), CK_STEPS(ENTRY, 2), CK_STEPS(ENTRY, 3), CK_STEPS(ENTRY, 4),         \
        CK_STEPS(ENTRY, 5), CK_STEPS(ENTRY, 6), CK_STEPS(ENTRY, 7), CK_STEPS(ENTRY, 8), CK_STEPS(ENTRY, 9),      \
        CK_STEPS(ENTRY, 10), CK_STEPS(ENTRY, 11), CK_STEPS(ENTRY, 12), CK_STEPS(ENTRY, 13), CK_STEPS(ENTRY, 14), \
        CK_STEPS(ENTRY, 15)}

/* Number in common, sum of (v - w)^2. */
#define CK_ENTRY(v, w) {1, (v - w) * (v - w)}
static const whole2 squares_of_steps[ck_steps][ck_steps] = CK_TABLE_OF(CK_ENTRY);
#undef CK_ENTRY

/* Number in common, sum of v - w. */
#define CK_ENTRY(v, w) {1, v - w}
static const whole2 differences_of_steps[ck_steps][ck_steps] = CK_TABLE_OF(CK_ENTRY);
#undef CK_ENTRY

/* Number in common, sums of v*w, v^2, w^2. */
#define CK_ENTRY(v, w) {1, v * w, v * v, w * w}
static const whole4 products_of_steps[ck_steps][ck_steps] = CK_TABLE_OF(CK_ENTRY);
#undef CK_ENTRY

/* Number in common, sums of v*w, v^2, w^2, v, w. */
#define CK_ENTRY(v, w) {1, v * w, v * v, w * w, v, w, 0, 0}
static const whole8 moments_of_steps[ck_steps][ck_steps] = CK_TABLE_OF(CK_ENTRY);
#undef CK_ENTRY

/*
 * Adds up ADDED for the pairs of row x's entries e and the other rows' entries p in the same column; SETUP is what depends on e alone. A
 * column is some hundred bytes somewhere, and is asked for while an earlier one is walked.
 */
#define CK_GATHER(SUMS, SETUP, ADDED)                                                                            \
    SUMS *total = (SUMS *)scratch;                                                                               \
    for (size_t z = x + 1; z < m.row_count; z++) total[z] = (SUMS){0};                                           \
    const size_t row_end = m.row_starts[x + 1];                                                                  \
    for (size_t e = m.row_starts[x]; e < row_end; e++) {                                                         \
        __builtin_prefetch(&m.entries[m.positions[e + 2 < row_end ? e + 2 : e]]);                                \
        SETUP                                                                                                    \
        const size_t end = m.column_starts[m.columns[e] + 1];                                                    \
        for (size_t p = m.positions[e] + 1; p < end; p++) total[m.entries[p] / ck_steps] += ADDED;               \
    }

#define CK_GATHER_STEPS(SUMS, TABLE) \
    CK_GATHER(SUMS, const SUMS *added = TABLE[m.row_steps[e]];, added[m.entries[p] % ck_steps])

#define CK_GATHER_VALUES(SUMS, FIRST, SECOND, THIRD)                                                             \
    CK_GATHER(SUMS, const double v = m.row_values[e]; const SUMS first = FIRST; const SUMS second = SECOND; const SUMS third = THIRD;, \
        first + m.column_values[p] * (second + m.column_values[p] * third))

#define CK_MSD(SQUARE_OF_STEP)                                                                                   \
    const double least = min_support < 1 ? 1 : min_support;                                                      \
    for (size_t z = x + 1; z < m.row_count; z++) {                                                               \
        const double n = total[z][0];                                                                            \
        const double similarity = n / (n + (SQUARE_OF_STEP) * total[z][1]);                                      \
        similarities[z] = n < least ? 0 : similarity;                                                            \
    }

CK_INLINE void msd_similarities(ck_sparse m, size_t x, double min_support, double *scratch, double *similarities) {
    if (m.row_steps) {
        CK_GATHER_STEPS(whole2, squares_of_steps)
        CK_MSD(m.step * m.step)
    } else {
        CK_GATHER_VALUES(sums2, ((sums2){1, v * v}), ((sums2){0, -2 * v}), ((sums2){0, 1}))
        CK_MSD(1)
    }
}

/* Steps need not be made values: both sides of the quotient grow by the same power of two. */
#define CK_COSINE                                                                                                \
    for (size_t z = x + 1; z < m.row_count; z++) {                                                               \
        const double n = total[z][0], products = total[z][1], norms = (double)total[z][2] * total[z][3];         \
        const double cosine = products / __builtin_elementwise_sqrt(norms);                                      \
        /* Without shrinkage the factor is 1; with it, n is at least 2. */                                       \
        const double factor = shrinkage == 0 ? 1 : (n - 1) / (n - 1 + shrinkage);                                \
        similarities[z] = n < min_support || !(norms > 0) ? 0 : cosine * factor;                                 \
    }

CK_INLINE void cosine_similarities(ck_sparse m, size_t x, double min_support, double shrinkage, double *scratch, double *similarities) {
    if (m.row_steps) {
        CK_GATHER_STEPS(whole4, products_of_steps)
        CK_COSINE
    } else {
        CK_GATHER_VALUES(sums4, ((sums4){1, 0, v * v, 0}), ((sums4){0, v, 0, 0}), ((sums4){0, 0, 0, 1}))
        CK_COSINE
    }
}

/*
 * n times the sum of squares, less the square of the sum, is off by up to 1.5 n epsilon of the former: what is below ROUNDING (in n) of it
 * is no spread. Of steps all of these are exact, and ROUNDING is 0.
 */
#define CK_PEARSON(ROUNDING)                                                                                     \
    for (size_t z = x + 1; z < m.row_count; z++) {                                                               \
        const double n = total[z][0], products = total[z][1], v = total[z][4], w = total[z][5];                  \
        const double squares_v = n * total[z][2], squares_w = n * total[z][3];                                   \
        const double spread_v = squares_v - v * v, spread_w = squares_w - w * w;                                 \
        const double spread = spread_v * spread_w;                                                               \
        const double correlation = (n * products - v * w) / __builtin_elementwise_sqrt(spread);                  \
        const double bounded = correlation > 1 ? 1 : correlation < -1 ? -1 : correlation;                        \
        const int is_spread_v = spread_v > (ROUNDING) * n * squares_v;                                           \
        const int is_spread_w = spread_w > (ROUNDING) * n * squares_w;                                           \
        similarities[z] = n < min_support || !(is_spread_v & is_spread_w & (spread > 0)) ? 0 : bounded;          \
    }

CK_INLINE void pearson_similarities(ck_sparse m, size_t x, double min_support, double *scratch, double *similarities) {
    if (m.row_steps) {
        CK_GATHER_STEPS(whole8, moments_of_steps)
        CK_PEARSON(0)
    } else {
        CK_GATHER_VALUES(sums8, ((sums8){1, 0, v * v, 0, v, 0, 0, 0}), ((sums8){0, v, 0, 0, 0, 1, 0, 0}), ((sums8){0, 0, 0, 1, 0, 0, 0, 0}))
        CK_PEARSON(4 * __DBL_EPSILON__)
    }
}

static void similarities(
    ck_measure measure, ck_sparse m, size_t x, double min_support, double shrinkage, double *scratch, double *similarities) {
    switch (measure) {
    case ck_msd: msd_similarities(m, x, min_support, scratch, similarities); break;
    case ck_cosine: cosine_similarities(m, x, min_support, 0, scratch, similarities); break;
    case ck_pearson: pearson_similarities(m, x, min_support, scratch, similarities); break;
    case ck_pearson_baseline:
        cosine_similarities(m, x, min_support < 2 ? 2 : min_support, shrinkage, scratch, similarities);
        break;
    }
}

/* The number in common alone. */
static void counts(ck_sparse m, size_t x, double *scratch, float *counts) {
    int32_t *total = (int32_t *)scratch;
    for (size_t z = x; z < m.row_count; z++) total[z] = 0;
    for (size_t e = m.row_starts[x]; e < m.row_starts[x + 1]; e++) {
        const size_t end = m.column_starts[m.columns[e] + 1];
        for (size_t p = m.positions[e]; p < end; p++) total[m.entries[p] / ck_steps]++;
    }
    for (size_t z = x; z < m.row_count; z++) counts[z] = (float)total[z];
}

/* 0 / 0 is NaN, which marks rows without a column in common. */
#define CK_DEVIATIONS(STEP) \
    for (size_t z = x + 1; z < m.row_count; z++) deviations[z] = (float)((STEP) * total[z][1] / total[z][0]);

static void deviations(ck_sparse m, size_t x, double *scratch, float *deviations) {
    if (m.row_steps) {
        CK_GATHER_STEPS(whole2, differences_of_steps)
        CK_DEVIATIONS(m.step)
    } else {
        CK_GATHER_VALUES(sums2, ((sums2){1, v}), ((sums2){0, -1}), ((sums2){0, 0}))
        CK_DEVIATIONS(1.0)
    }
}
