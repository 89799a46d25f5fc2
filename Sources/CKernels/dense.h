/*
 * Products of dense matrices, and the largest of many numbers.
 */

/*
 * A tile of the product in registers: as many rows and blocks of columns as fit, which depends on their width and number. Sums run over k in
 * order, whatever the size of the tile.
 */
CK_INLINE void tile(size_t rows, size_t blocks, float *c, size_t c_stride, const float *a, size_t a_stride, const float *b, size_t b_stride,
    size_t depth, float sign) {
    lanes sums[CK_TILE_ROWS][CK_TILE_BLOCKS];
    for (size_t r = 0; r < rows; r++) {
        for (size_t j = 0; j < blocks; j++) sums[r][j] = (lanes){0};
    }
    for (size_t k = 0; k < depth; k++) {
        const lanes *row = (const lanes *)(b + k * b_stride);
        for (size_t r = 0; r < rows; r++) {
            const float factor = a[r * a_stride + k];
            for (size_t j = 0; j < blocks; j++) sums[r][j] += row[j] * factor;
        }
    }
    for (size_t r = 0; r < rows; r++) {
        lanes *row = (lanes *)(c + r * c_stride);
        for (size_t j = 0; j < blocks; j++) row[j] += sums[r][j] * sign;
    }
}

CK_INLINE void tiles(size_t blocks, float *c, size_t c_stride, const float *a, size_t a_stride, const float *b, size_t b_stride, size_t rows,
    size_t depth, float sign) {
    size_t r = 0;
    for (; r + CK_TILE_ROWS <= rows; r += CK_TILE_ROWS) {
        tile(CK_TILE_ROWS, blocks, c + r * c_stride, c_stride, a + r * a_stride, a_stride, b, b_stride, depth, sign);
    }
    for (; r < rows; r++) tile(1, blocks, c + r * c_stride, c_stride, a + r * a_stride, a_stride, b, b_stride, depth, sign);
}

static void multiply_add(float *c, size_t c_stride, const float *a, size_t a_stride, const float *b, size_t b_stride, size_t rows,
    size_t columns, size_t depth, float sign) {
    size_t j = 0;
    for (; j + CK_TILE_BLOCKS * ck_lanes <= columns; j += CK_TILE_BLOCKS * ck_lanes) {
        tiles(CK_TILE_BLOCKS, c + j, c_stride, a, a_stride, b + j, b_stride, rows, depth, sign);
    }
    for (; j < columns; j += ck_lanes) tiles(1, c + j, c_stride, a, a_stride, b + j, b_stride, rows, depth, sign);
}

/* Puts a candidate where it belongs among the best so far, which are in order. */
CK_INLINE void insert_best(ck_best *best, size_t *found, size_t k, ck_best candidate) {
    size_t place = *found < k ? (*found)++ : k - 1;
    for (; place > 0 && best[place - 1].score < candidate.score; place--) best[place] = best[place - 1];
    best[place] = candidate;
}

static size_t top(const float *scores, size_t count, int32_t first, size_t k, size_t found, ck_best *best) {
    if (k == 0) return 0;
    float least = found == k ? best[k - 1].score : -__builtin_inff();
    for (size_t from = 0; from < count; from += ck_lanes) {
        const size_t to = from + ck_lanes < count ? from + ck_lanes : count;
        if (to - from == ck_lanes) {
            /* Most blocks have nothing above the least of the best. */
            const mask above = *(const lanes *)(scores + from) > least;
            if (__builtin_reduce_or(above) == 0) continue;
        }
        for (size_t i = from; i < to; i++) {
            if (!(scores[i] > least)) continue;
            insert_best(best, &found, k, (ck_best){first + (int32_t)i, scores[i]});
            if (found == k) least = best[k - 1].score;
        }
    }
    return found;
}
