/*
 * Gibbs sampling for factorisations: rows of factors are drawn, one entity after the other, from what they are
 * likely to be given all the rest.
 *
 * A row has lanes for the factors, then one for the entity's bias, then unused ones, which are zero. An observation is explained by the
 * inner products of the factors of its entities, two by two, and the sum of their biases. So what multiplies a row in an observation
 * is the sum of the others' rows, with 1 in the place of the bias.
 *
 * Every entity draws from a sequence of its own, so the order in which entities are drawn, and on how many threads,
 * makes no difference.
 */

CK_INLINE uint64_t split_mix(uint64_t *state) {
    uint64_t bits = *state += 0x9E3779B97F4A7C15u;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return bits ^ (bits >> 31);
}

/* `count` draws from the standard normal distribution; count is even and at most 64. */
CK_INLINE void draw_normals(uint64_t *state, float *draws, size_t count) {
    double pairs[64], squares[32];
    for (size_t k = 0; k < count / 2;) {
        const double x = (double)(int64_t)split_mix(state) * 0x1p-63, y = (double)(int64_t)split_mix(state) * 0x1p-63;
        const double square = x * x + y * y;
        pairs[2 * k] = x;
        pairs[2 * k + 1] = y;
        squares[k] = square;
        k += square > 0 && square < 1;
    }
    polar_factors(squares, count / 2);
    for (size_t k = 0; k < count; k++) draws[k] = (float)(pairs[k] * squares[k / 2]);
}

/* What multiplies the entity's row in an observation. */
CK_INLINE void gather(size_t blocks, lanes *c, const ck_gibbs *g, size_t observation) {
    for (size_t b = 0; b < blocks; b++) c[b] = (lanes){0};
    for (size_t side = 0; side < 2; side++) {
        if (!g->others[side]) continue;
        const lanes *row = (const lanes *)(g->other_rows[side] + (size_t)g->others[side][observation] * blocks * ck_lanes);
        for (size_t b = 0; b < blocks; b++) c[b] += row[b];
    }
    c[g->factors / ck_lanes][g->factors % ck_lanes] = 1;
}

CK_INLINE void draw_entity(size_t blocks, const ck_gibbs *g, size_t entity) {
    const size_t size = g->factors + 1;
    lanes precision[4 * ck_lanes][4], right[4], c[4];
    lanes *x = (lanes *)(g->rows + entity * g->stride);
    const lanes *mean = (const lanes *)(g->prior_means + entity * g->stride);
    const size_t start = g->starts[entity], end = g->starts[entity + 1];

    for (size_t r = 0; r < size; r++) {
        for (size_t b = 0; b < blocks; b++) precision[r][b] = (lanes){0};
    }
    for (size_t b = 0; b < blocks; b++) right[b] = (lanes){0};
    for (size_t k = start; k < end; k++) {
        const size_t o = (size_t)g->observations[k];
        gather(blocks, c, g, o);
        const float target = g->residuals[o] + dot_blocks(c, x, blocks);
        for (size_t b = 0; b < blocks; b++) right[b] += c[b] * target;
        for (size_t r = 0; r < size; r++) {
            const float factor = c[r / ck_lanes][r % ck_lanes];
            for (size_t b = 0; b < blocks; b++) precision[r][b] += c[b] * factor;
        }
    }
    const lanes *prior = (const lanes *)g->prior_precisions;
    for (size_t b = 0; b < blocks; b++) right[b] = right[b] * g->noise_precision + prior[b] * mean[b];
    for (size_t r = 0; r < size; r++) {
        for (size_t b = 0; b < blocks; b++) precision[r][b] *= g->noise_precision;
        precision[r][r / ck_lanes][r % ck_lanes] += g->prior_precisions[r];
    }

    /* precision = L L^T, with the columns of L as rows; L w = right on the way, then L^T x = w + z. */
    float inverse[4 * ck_lanes], draws[4 * ck_lanes], solution[4 * ck_lanes] = {0};
    for (size_t r = 0; r < size; r++) {
        inverse[r] = 1 / __builtin_elementwise_sqrt(precision[r][r / ck_lanes][r % ck_lanes]);
        for (size_t b = 0; b < blocks; b++) precision[r][b] *= inverse[r];
        const float w = right[r / ck_lanes][r % ck_lanes] * inverse[r];
        for (size_t b = 0; b < blocks; b++) right[b] -= precision[r][b] * w;
        solution[r] = w;
        for (size_t s = r + 1; s < size; s++) {
            const float factor = precision[r][s / ck_lanes][s % ck_lanes];
            for (size_t b = 0; b < blocks; b++) precision[s][b] -= precision[r][b] * factor;
        }
    }
    uint64_t state = g->seed ^ (entity * 0xD1342543DE82EF95u);
    draw_normals(&state, draws, size + size % 2);
    lanes change[4];
    for (size_t b = 0; b < blocks; b++) change[b] = -x[b];
    for (size_t r = size; r-- > 0;) {
        float sum = solution[r] + draws[r];
        for (size_t s = r + 1; s < size; s++) sum -= precision[r][s / ck_lanes][s % ck_lanes] * solution[s];
        solution[r] = sum * inverse[r];
    }
    const lanes *drawn = (const lanes *)solution;
    for (size_t b = 0; b < blocks; b++) {
        x[b] = drawn[b];
        change[b] += drawn[b];
    }
    for (size_t k = start; k < end; k++) {
        const size_t o = (size_t)g->observations[k];
        gather(blocks, c, g, o);
        g->residuals[o] -= dot_blocks(c, change, blocks);
    }
}

static void gibbs_draw(const ck_gibbs *g, size_t first, size_t last) {
    const size_t blocks = g->stride / ck_lanes;
    for (size_t entity = first; entity < last; entity++) {
        switch (blocks) {
        case 1: draw_entity(1, g, entity); break;
        case 2: draw_entity(2, g, entity); break;
        case 3: draw_entity(3, g, entity); break;
        default: draw_entity(4, g, entity); break;
        }
    }
}

/*
 * The mean, over some draws, of how an observation is explained. The draws of each of its entities stand one after the other.
 */
static float gibbs_estimate(size_t stride, size_t factors, size_t draws, const float *first, const float *second, const float *third) {
    const size_t blocks = stride / ck_lanes;
    lanes products = {0}, biases = {0};
    for (size_t d = 0; d < draws; d++) {
        for (size_t b = 0; b < blocks; b++) {
            const size_t at = d * blocks + b;
            const lanes x = ((const lanes *)first)[at], y = ((const lanes *)second)[at], z = ((const lanes *)third)[at];
            const lanes product = x * y + (x + y) * z;
            if (b == factors / ck_lanes) {
                lanes without = product;
                without[factors % ck_lanes] = 0;
                products += without;
                biases += x + y + z;
            } else {
                products += product;
            }
        }
    }
    float total;
    CK_SUM(total, products);
    return (total + biases[factors % ck_lanes]) / (float)draws;
}

/*
 * Draws the weights of features, one after the other: how much each moves the prior means of the entities that have it.
 * `deviations` holds, for each entity, its row less its prior mean.
 */
static void gibbs_features(const ck_features *f, const float *entity_precisions, float *deviations, float *prior_means) {
    const size_t blocks = f->stride / ck_lanes;
    const lanes *own = (const lanes *)f->precisions, *entity = (const lanes *)entity_precisions;
    for (size_t j = 0; j < f->count; j++) {
        lanes *weights = (lanes *)(f->weights + j * f->stride);
        lanes sum[4];
        float norm = 0;
        for (size_t b = 0; b < blocks; b++) sum[b] = (lanes){0};
        for (size_t k = f->starts[j]; k < f->starts[j + 1]; k++) {
            const lanes *row = (const lanes *)(deviations + (size_t)f->entities[k] * f->stride);
            const float value = f->values[k];
            norm += value * value;
            for (size_t b = 0; b < blocks; b++) sum[b] += row[b] * value;
        }
        uint64_t state = f->seed ^ (j * 0xD1342543DE82EF95u);
        float draws[4 * ck_lanes];
        draw_normals(&state, draws, f->stride);
        lanes change[4];
        for (size_t b = 0; b < blocks; b++) {
            const lanes precision = own[b] + entity[b] * norm;
            const lanes mean = entity[b] * (sum[b] + weights[b] * norm) / precision;
            const lanes drawn = mean + ((const lanes *)draws)[b] / __builtin_elementwise_sqrt(precision);
            change[b] = drawn - weights[b];
            weights[b] = drawn;
        }
        for (size_t k = f->starts[j]; k < f->starts[j + 1]; k++) {
            lanes *row = (lanes *)(deviations + (size_t)f->entities[k] * f->stride);
            lanes *mean = (lanes *)(prior_means + (size_t)f->entities[k] * f->stride);
            for (size_t b = 0; b < blocks; b++) {
                const lanes step = change[b] * f->values[k];
                row[b] -= step;
                mean[b] += step;
            }
        }
    }
}
