/*
 * Stochastic gradient descent for matrix factorisations.
 *
 * A step x + rate * (error * y - regularization * x) is keep * x + step * y. Rows move by the values that they
 * had before the step.
 */

CK_INLINE float keep(float rate, float regularization) {
    return 1 - rate * regularization;
}

/* Multiplies a row by its scale, which becomes 1. */
CK_INLINE void fold(lanes *row, float *scale, size_t blocks) {
    for (size_t b = 0; b < blocks; b++) row[b] *= *scale;
    *scale = 1;
}

/*
 * One user's ratings.
 *
 * Two things make this fast; neither changes the result but for rounding.
 *
 * Decay is a scale. A row is its stored floats times a scale, and shrinking the row shrinks the scale alone.
 * The user's scale is folded into the row at the end, the items' when all epochs are over, or when they get small.
 *
 * The next product does not wait for this step. With p' = p + a q, the next item's product is <p', n> =
 * <p, n> + a <q, n>. Both are on their way while the error, and so a, is still being found.
 *
 * p, q and n are the rows of the user, the item and the next item, in memory of their own.
 */
CK_INLINE void sgd_user(size_t blocks, lanes *p, lanes *q, lanes *n, ck_factorisation model, float *item_scales, ck_ratings ratings,
    size_t u, ck_rates rate, ck_rates reg) {
    const size_t start = ratings.starts[u], end = ratings.starts[u + 1];
    if (start == end) return;
    const float keep_p = keep(rate.user_factors, reg.user_factors), keep_q = keep(rate.item_factors, reg.item_factors);
    const float keep_user = keep(rate.user_bias, reg.user_bias), keep_item = keep(rate.item_bias, reg.item_bias);
    lanes *user_row = (lanes *)(model.user_factors + u * model.stride);
    lanes *row = (lanes *)(model.item_factors + (size_t)ratings.items[start] * model.stride);
    for (size_t b = 0; b < blocks; b++) {
        p[b] = user_row[b];
        q[b] = row[b];
    }
    float user_bias = model.biased ? model.user_biases[u] : 0, user_scale = 1;
    float product = dot_blocks(p, q, blocks);
    for (size_t k = start; k < end; k++) {
        const size_t i = (size_t)ratings.items[k];
        /* After the last rating, any row will do. */
        lanes *next_row = (lanes *)(model.item_factors + (size_t)ratings.items[k + 1 < end ? k + 1 : k] * model.stride);
        for (size_t b = 0; b < blocks; b++) n[b] = next_row[b];
        const float user_next = dot_blocks(p, n, blocks), item_next = dot_blocks(q, n, blocks);

        const float item_scale = item_scales[i];
        const float next_user_scale = user_scale * keep_p, next_item_scale = item_scale * keep_q;
        float error = ratings.values[k] - product * (user_scale * item_scale);
        if (model.biased) {
            const float item_bias = model.item_biases[i];
            error -= model.mean + user_bias + item_bias;
            user_bias = keep_user * user_bias + rate.user_bias * error;
            model.item_biases[i] = keep_item * item_bias + rate.item_bias * error;
        }
        const float step_p = error * (rate.user_factors * item_scale / next_user_scale);
        const float step_q = error * (rate.item_factors * user_scale / next_item_scale);
        for (size_t b = 0; b < blocks; b++) {
            const lanes x = p[b], y = q[b];
            p[b] = x + y * step_p;
            row[b] = y + x * step_q;
            q[b] = n[b];
        }
        product = user_next + item_next * step_p;
        user_scale = next_user_scale;
        item_scales[i] = next_item_scale;
        if (__builtin_fabsf(next_item_scale) < 0x1p-16f) fold(row, item_scales + i, blocks);
        if (__builtin_fabsf(user_scale) < 0x1p-16f) {
            product *= user_scale;
            fold(p, &user_scale, blocks);
        }
        row = next_row;
    }
    for (size_t b = 0; b < blocks; b++) user_row[b] = p[b] * user_scale;
    if (model.biased) model.user_biases[u] = user_bias;
}

/* Rows that are short enough stay in registers. */
CK_INLINE void sgd_user_short(size_t blocks, ck_factorisation model, float *item_scales, ck_ratings ratings, size_t u, ck_rates rate,
    ck_rates reg) {
    lanes p[8], q[8], n[8];
    sgd_user(blocks, p, q, n, model, item_scales, ratings, u, rate, reg);
}

static void sgd_users(
    ck_factorisation model, float *item_scales, float *scratch, ck_ratings ratings, size_t first, size_t last, ck_rates rate, ck_rates reg) {
    const size_t blocks = model.stride / ck_lanes;
    lanes *p = (lanes *)scratch, *q = p + blocks, *n = q + blocks;
    for (size_t u = first; u < last; u++) {
        switch (blocks) {
        case 1: sgd_user_short(1, model, item_scales, ratings, u, rate, reg); break;
        case 2: sgd_user_short(2, model, item_scales, ratings, u, rate, reg); break;
        case 3: sgd_user_short(3, model, item_scales, ratings, u, rate, reg); break;
        case 4: sgd_user_short(4, model, item_scales, ratings, u, rate, reg); break;
        case 5: sgd_user_short(5, model, item_scales, ratings, u, rate, reg); break;
        case 6: sgd_user_short(6, model, item_scales, ratings, u, rate, reg); break;
        case 7: sgd_user_short(7, model, item_scales, ratings, u, rate, reg); break;
        case 8: sgd_user_short(8, model, item_scales, ratings, u, rate, reg); break;
        default: sgd_user(blocks, p, q, n, model, item_scales, ratings, u, rate, reg); break;
        }
    }
}

static void fold_scales(float *rows, size_t stride, float *scales, size_t count) {
    for (size_t i = 0; i < count; i++) fold((lanes *)(rows + i * stride), scales + i, stride / ck_lanes);
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
    const float root = __builtin_elementwise_sqrt((float)(end - start)), inverse = 1 / root;
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
