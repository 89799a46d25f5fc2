/*
 * Stochastic gradient descent for matrix factorisations.
 *
 * A step x + rate * (error * y - regularization * x) is written as keep * x + step * y: one operation
 * fewer. Rows move by the values that they had before the step.
 */

CK_INLINE float keep(float rate, float regularization) {
    return 1 - rate * regularization;
}

/* One user's ratings. The user's row, of `blocks` blocks, is `p`; it is changed in place. */
CK_INLINE void sgd_user(size_t blocks, lanes *p, ck_factorisation model, ck_ratings ratings, size_t u, ck_rates rate, ck_rates reg) {
    const float keep_p = keep(rate.user_factors, reg.user_factors), keep_q = keep(rate.item_factors, reg.item_factors);
    const float keep_user = keep(rate.user_bias, reg.user_bias), keep_item = keep(rate.item_bias, reg.item_bias);
    float user_bias = model.biased ? model.user_biases[u] : 0;
    const size_t end = ratings.starts[u + 1];
    for (size_t k = ratings.starts[u]; k < end; k++) {
        const size_t i = (size_t)ratings.items[k];
        lanes *q = (lanes *)(model.item_factors + i * model.stride);
        float error = ratings.values[k] - dot_blocks(p, q, blocks);
        if (model.biased) {
            const float item_bias = model.item_biases[i];
            error -= model.mean + user_bias + item_bias;
            user_bias = keep_user * user_bias + rate.user_bias * error;
            model.item_biases[i] = keep_item * item_bias + rate.item_bias * error;
        }
        const float step_p = rate.user_factors * error, step_q = rate.item_factors * error;
        for (size_t b = 0; b < blocks; b++) {
            const lanes x = p[b], y = q[b];
            p[b] = x * keep_p + y * step_p;
            q[b] = y * keep_q + x * step_q;
        }
    }
    if (model.biased) model.user_biases[u] = user_bias;
}

/* The user's row is copied out, so that the compiler sees that it is no item's and keeps it in registers. */
CK_INLINE void sgd_user_copied(
    size_t blocks, lanes *row, ck_factorisation model, ck_ratings ratings, size_t u, ck_rates rate, ck_rates reg) {
    lanes p[8];
    for (size_t b = 0; b < blocks; b++) p[b] = row[b];
    sgd_user(blocks, p, model, ratings, u, rate, reg);
    for (size_t b = 0; b < blocks; b++) row[b] = p[b];
}

static void sgd_epoch(ck_factorisation model, ck_ratings ratings, ck_rates rate, ck_rates reg) {
    const size_t blocks = model.stride / ck_lanes;
    for (size_t u = 0; u < ratings.user_count; u++) {
        lanes *row = (lanes *)(model.user_factors + u * model.stride);
        switch (blocks) {
        case 1: sgd_user_copied(1, row, model, ratings, u, rate, reg); break;
        case 2: sgd_user_copied(2, row, model, ratings, u, rate, reg); break;
        case 3: sgd_user_copied(3, row, model, ratings, u, rate, reg); break;
        case 4: sgd_user_copied(4, row, model, ratings, u, rate, reg); break;
        case 5: sgd_user_copied(5, row, model, ratings, u, rate, reg); break;
        case 6: sgd_user_copied(6, row, model, ratings, u, rate, reg); break;
        case 7: sgd_user_copied(7, row, model, ratings, u, rate, reg); break;
        case 8: sgd_user_copied(8, row, model, ratings, u, rate, reg); break;
        default: sgd_user(blocks, row, model, ratings, u, rate, reg); break;
        }
    }
}

/*
 * One user's ratings in SVD++, in time proportional to their number.
 *
 * Each rating moves the rows y_j of all of the user's items alike: y <- keep * y + t, with the same t. So
 * their sum s can be moved without looking at them, s <- keep * s + n * t, and after all ratings each row is
 * keep^n * y + d, where d <- keep * d + t at each rating. Koren's formulation visits n rows for each of n
 * ratings; this visits them once, with the same result but for rounding.
 *
 * z is s divided by the root of n, d as above; both are rows of `scratch`.
 */
CK_INLINE void svdpp_user(size_t blocks, lanes *z, lanes *d, ck_factorisation model, float *implicit_factors, ck_ratings ratings,
    size_t u, ck_rates rate, ck_rates reg) {
    const size_t start = ratings.starts[u], end = ratings.starts[u + 1];
    if (start == end) return;
    const float root = __builtin_sqrtf((float)(end - start)), inverse = 1 / root;
    for (size_t b = 0; b < blocks; b++) {
        z[b] = d[b] = (lanes){0};
    }
    for (size_t k = start; k < end; k++) {
        const lanes *y = (const lanes *)(implicit_factors + (size_t)ratings.items[k] * model.stride);
        for (size_t b = 0; b < blocks; b++) z[b] += y[b];
    }
    for (size_t b = 0; b < blocks; b++) z[b] *= inverse;

    const float keep_p = keep(rate.user_factors, reg.user_factors), keep_q = keep(rate.item_factors, reg.item_factors);
    const float keep_user = keep(rate.user_bias, reg.user_bias), keep_item = keep(rate.item_bias, reg.item_bias);
    const float keep_y = keep(rate.implicit_factors, reg.implicit_factors);
    lanes *p = (lanes *)(model.user_factors + u * model.stride);
    float user_bias = model.user_biases[u], kept = 1;
    for (size_t k = start; k < end; k++) {
        const size_t i = (size_t)ratings.items[k];
        lanes *q = (lanes *)(model.item_factors + i * model.stride);
        lanes sum = {0};
        for (size_t b = 0; b < blocks; b++) sum += (p[b] + z[b]) * q[b];
        float product;
        CK_SUM(product, sum);
        const float item_bias = model.item_biases[i];
        const float error = ratings.values[k] - product - (model.mean + user_bias + item_bias);
        user_bias = keep_user * user_bias + rate.user_bias * error;
        model.item_biases[i] = keep_item * item_bias + rate.item_bias * error;
        const float step_p = rate.user_factors * error, step_q = rate.item_factors * error;
        const float step_y = rate.implicit_factors * error * inverse;
        for (size_t b = 0; b < blocks; b++) {
            const lanes x = p[b], y = q[b], t = y * step_y;
            p[b] = x * keep_p + y * step_p;
            q[b] = y * keep_q + (x + z[b]) * step_q;
            d[b] = d[b] * keep_y + t;
            z[b] = z[b] * keep_y + t * root;
        }
        kept *= keep_y;
    }
    model.user_biases[u] = user_bias;
    for (size_t k = start; k < end; k++) {
        lanes *y = (lanes *)(implicit_factors + (size_t)ratings.items[k] * model.stride);
        for (size_t b = 0; b < blocks; b++) y[b] = y[b] * kept + d[b];
    }
}

static void svdpp_epoch(ck_factorisation model, float *implicit_factors, float *scratch, ck_ratings ratings, ck_rates rate,
    ck_rates reg) {
    const size_t blocks = model.stride / ck_lanes;
    lanes *z = (lanes *)scratch, *d = z + blocks;
    for (size_t u = 0; u < ratings.user_count; u++) {
        CK_FOR_BLOCKS(svdpp_user, blocks, z, d, model, implicit_factors, ratings, u, rate, reg);
    }
}
