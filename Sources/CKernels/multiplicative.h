/*
 * Non-negative matrix factorisation by multiplicative updates (Luo et al., 2014, as Surprise writes it):
 * each factor is multiplied by the ratio of what the ratings ask for to what the estimates give.
 */

typedef int32_t mask __attribute__((vector_size(4 * ck_lanes)));

/* Factors that are zero stay so; they may have a denominator of zero. */
CK_INLINE void multiply(lanes *factors, const lanes *numerators, const lanes *denominators, float penalty, size_t blocks) {
    for (size_t b = 0; b < blocks; b++) {
        const mask is_zero = factors[b] == 0;
        const lanes result = factors[b] * (numerators[b] / (denominators[b] + factors[b] * penalty));
        factors[b] = (lanes)(~is_zero & (mask)result);
    }
}

CK_INLINE void nmf_user(size_t blocks, ck_factorisation model, float *numerators, float *denominators, float *scratch,
    ck_ratings ratings, size_t u, ck_rates rate, ck_rates reg) {
    lanes *p = (lanes *)(model.user_factors + u * model.stride);
    lanes *own_num = (lanes *)scratch, *own_den = own_num + blocks;
    for (size_t b = 0; b < blocks; b++) own_num[b] = own_den[b] = (lanes){0};
    const float keep_user = keep(rate.user_bias, reg.user_bias), keep_item = keep(rate.item_bias, reg.item_bias);
    const size_t start = ratings.starts[u], end = ratings.starts[u + 1];
    for (size_t k = start; k < end; k++) {
        const size_t i = (size_t)ratings.items[k];
        const float rating = ratings.values[k];
        const lanes *q = (const lanes *)(model.item_factors + i * model.stride);
        float estimate = dot_blocks(p, q, blocks);
        if (model.biased) {
            const float user_bias = model.user_biases[u], item_bias = model.item_biases[i];
            estimate += model.mean + user_bias + item_bias;
            model.user_biases[u] = keep_user * user_bias + rate.user_bias * (rating - estimate);
            model.item_biases[i] = keep_item * item_bias + rate.item_bias * (rating - estimate);
        }
        lanes *num = (lanes *)(numerators + i * model.stride), *den = (lanes *)(denominators + i * model.stride);
        for (size_t b = 0; b < blocks; b++) {
            num[b] += p[b] * rating;
            den[b] += p[b] * estimate;
            own_num[b] += q[b] * rating;
            own_den[b] += q[b] * estimate;
        }
    }
    /* No other user's sums depend on this row, so it can move at once. */
    multiply(p, own_num, own_den, (float)(end - start) * reg.user_factors, blocks);
}

static void nmf_epoch(ck_factorisation model, float *numerators, float *denominators, float *scratch, const int32_t *counts,
    size_t item_count, ck_ratings ratings, ck_rates rate, ck_rates reg) {
    const size_t blocks = model.stride / ck_lanes;
    for (size_t k = 0; k < item_count * model.stride; k++) numerators[k] = denominators[k] = 0;
    for (size_t u = 0; u < ratings.user_count; u++) {
        CK_FOR_BLOCKS(nmf_user, blocks, model, numerators, denominators, scratch, ratings, u, rate, reg);
    }
    for (size_t i = 0; i < item_count; i++) {
        const size_t row = i * model.stride;
        multiply((lanes *)(model.item_factors + row), (const lanes *)(numerators + row), (const lanes *)(denominators + row),
            (float)counts[i] * reg.item_factors, blocks);
    }
}
