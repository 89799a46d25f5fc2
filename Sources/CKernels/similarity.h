/*
 * Similarities of the rows of a sparse matrix, from sums over the columns that two rows have in common.
 *
 * The sums of one row with all others are gathered at once, by walking the row's columns. What is added for
 * a pair of values v (of row x) and w (of row z) is a polynomial in w, with coefficients that depend on v
 * alone: first + w * (second + w * third), one vector operation each. Sums of whole numbers are exact.
 */

typedef double sums2 __attribute__((vector_size(16), aligned(16)));
typedef double sums4 __attribute__((vector_size(32), aligned(32)));
typedef double sums8 __attribute__((vector_size(64), aligned(64)));

/* SUMS is the vector; FIRST, SECOND and THIRD are initialisers that may use `v`. */
#define CK_GATHER(SUMS, FIRST, SECOND, THIRD)                                                             \
    SUMS *total = (SUMS *)scratch;                                                                        \
    for (size_t z = x + 1; z < m.row_count; z++) total[z] = (SUMS){0};                                    \
    for (size_t e = m.row_starts[x]; e < m.row_starts[x + 1]; e++) {                                      \
        const double v = m.row_values[e];                                                                 \
        const SUMS first = FIRST, second = SECOND, third = THIRD;                                         \
        const size_t end = m.column_starts[m.columns[e] + 1];                                             \
        for (size_t p = m.positions[e] + 1; p < end; p++) {                                               \
            const double w = m.column_values[p];                                                          \
            total[m.rows[p]] += first + w * (second + w * third);                                         \
        }                                                                                                 \
    }

/* Number in common, sum of (v - w)^2. */
CK_INLINE void msd_similarities(ck_sparse m, size_t x, double min_support, double *scratch, double *similarities) {
    CK_GATHER(sums2, ((sums2){1, v * v}), ((sums2){0, -2 * v}), ((sums2){0, 1}))
    for (size_t z = x + 1; z < m.row_count; z++) {
        const double n = total[z][0];
        similarities[z] = n < min_support || n == 0 ? 0 : 1 / (total[z][1] / n + 1);
    }
}

/* Number in common, sums of v*w, v^2, w^2. */
CK_INLINE void cosine_similarities(ck_sparse m, size_t x, double min_support, double shrinkage, double *scratch, double *similarities) {
    CK_GATHER(sums4, ((sums4){1, 0, v * v, 0}), ((sums4){0, v, 0, 0}), ((sums4){0, 0, 0, 1}))
    for (size_t z = x + 1; z < m.row_count; z++) {
        const double n = total[z][0], norms = total[z][2] * total[z][3];
        const double cosine = total[z][1] / __builtin_elementwise_sqrt(norms);
        /* Without shrinkage the factor is 1; with it, n is at least 2. */
        const double factor = shrinkage == 0 ? 1 : (n - 1) / (n - 1 + shrinkage);
        similarities[z] = n < min_support || !(norms > 0) ? 0 : cosine * factor;
    }
}

/* Number in common, sums of v, w, v^2, w^2, v*w. */
CK_INLINE void pearson_similarities(ck_sparse m, size_t x, double min_support, double *scratch, double *similarities) {
    CK_GATHER(sums8, ((sums8){1, v, 0, v * v, 0, 0, 0, 0}), ((sums8){0, 0, 1, 0, 0, v, 0, 0}), ((sums8){0, 0, 0, 0, 1, 0, 0, 0}))
    for (size_t z = x + 1; z < m.row_count; z++) {
        const sums8 t = total[z];
        const double n = t[0];
        const double spread = (n * t[3] - t[1] * t[1]) * (n * t[4] - t[2] * t[2]);
        const double correlation = (n * t[5] - t[1] * t[2]) / __builtin_elementwise_sqrt(spread);
        similarities[z] = n < min_support || !(spread > 0) ? 0 : correlation;
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

/* Sum of v*w alone. */
static void products(ck_sparse m, size_t x, double *scratch, float *products) {
    for (size_t z = x; z < m.row_count; z++) scratch[z] = 0;
    for (size_t e = m.row_starts[x]; e < m.row_starts[x + 1]; e++) {
        const double v = m.row_values[e];
        const size_t end = m.column_starts[m.columns[e] + 1];
        for (size_t p = m.positions[e]; p < end; p++) scratch[m.rows[p]] += v * m.column_values[p];
    }
    for (size_t z = x; z < m.row_count; z++) products[z] = (float)scratch[z];
}

/* Number in common, sum of v - w. */
static void deviations(ck_sparse m, size_t x, double *scratch, float *deviations) {
    CK_GATHER(sums2, ((sums2){1, v}), ((sums2){0, -1}), ((sums2){0, 0}))
    /* 0 / 0 is NaN, which marks rows without a column in common. */
    for (size_t z = x + 1; z < m.row_count; z++) deviations[z] = (float)(total[z][1] / total[z][0]);
}
