/*
 * One row of an alternating least squares step for implicit feedback, by conjugate gradients (Hu, Koren and Volinsky, 2008;
 * Takacs, Pilaszy and Tikk, 2011).
 */

/*
 * result += sum over the row's items of weight(item) * y, the weight from the item's confidence and its product with p. Where the confidence
 * is zero, the product does not matter.
 */
CK_INLINE void add_items(size_t blocks, lanes *result, const lanes *p, const float *rows, const int32_t *items, const float *confidences,
    size_t count, int is_residual) {
    for (size_t k = 0; k < count; k++) {
        const lanes *y = (const lanes *)(rows + (size_t)items[k] * blocks * ck_lanes);
        if (confidences[k] == 0 && !is_residual) continue;
        const float product = confidences[k] == 0 ? 0 : confidences[k] * dot_blocks(p, y, blocks);
        const float weight = is_residual ? 1 + confidences[k] - product : product;
        for (size_t b = 0; b < blocks; b++) result[b] += y[b] * weight;
    }
}

/* result = sign * gram * p. */
CK_INLINE void apply_gram(size_t blocks, lanes *result, const float *gram, const lanes *p, float sign) {
    for (size_t b = 0; b < blocks; b++) result[b] = (lanes){0};
    for (size_t r = 0; r < blocks * ck_lanes; r++) {
        const float factor = p[r / ck_lanes][r % ck_lanes] * sign;
        const lanes *row = (const lanes *)(gram + r * blocks * ck_lanes);
        for (size_t b = 0; b < blocks; b++) result[b] += row[b] * factor;
    }
}

CK_INLINE void als_row(size_t blocks, float *solution, const float *gram, const float *rows, const int32_t *items, const float *confidences,
    size_t count, size_t steps, lanes *residual, lanes *direction, lanes *image) {
    lanes *x = (lanes *)solution;
    apply_gram(blocks, residual, gram, x, -1);
    add_items(blocks, residual, x, rows, items, confidences, count, 1);
    for (size_t b = 0; b < blocks; b++) direction[b] = residual[b];
    float length = dot_blocks(residual, residual, blocks);
    for (size_t step = 0; step < steps && length > 1e-20f; step++) {
        apply_gram(blocks, image, gram, direction, 1);
        add_items(blocks, image, direction, rows, items, confidences, count, 0);
        const float curvature = dot_blocks(direction, image, blocks);
        /* Without curvature there is nowhere to go: everything is zero. */
        if (!(curvature > 0)) return;
        const float size = length / curvature;
        for (size_t b = 0; b < blocks; b++) {
            x[b] += direction[b] * size;
            residual[b] -= image[b] * size;
        }
        const float next = dot_blocks(residual, residual, blocks);
        for (size_t b = 0; b < blocks; b++) direction[b] = residual[b] + direction[b] * (next / length);
        length = next;
    }
}

static void als_solve(float *x, const float *gram, const float *rows, size_t stride, const int32_t *items, const float *confidences,
    size_t count, size_t steps, float *scratch) {
    const size_t blocks = stride / ck_lanes;
    lanes *residual = (lanes *)scratch, *direction = residual + blocks, *image = direction + blocks;
    CK_FOR_BLOCKS(als_row, blocks, x, gram, rows, items, confidences, count, steps, residual, direction, image);
}
