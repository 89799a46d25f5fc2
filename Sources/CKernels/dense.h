/*
 * Products of dense matrices, and the largest of many numbers.
 */

/* ROWS rows of the product, two blocks of columns wide, in registers. Sums run over k in order, whatever the size of the tile. */
#define CK_TILE(ROWS)                                                                                                        \
    CK_INLINE void tile##ROWS(float *c, size_t c_stride, const float *a, size_t a_stride, const float *b, size_t b_stride,   \
        size_t blocks, size_t depth, float sign) {                                                                           \
        lanes sums[ROWS][2];                                                                                                 \
        for (size_t r = 0; r < ROWS; r++) sums[r][0] = sums[r][1] = (lanes){0};                                              \
        for (size_t k = 0; k < depth; k++) {                                                                                 \
            const lanes left = *(const lanes *)(b + k * b_stride);                                                           \
            const lanes right = blocks == 2 ? *(const lanes *)(b + k * b_stride + ck_lanes) : (lanes){0};                    \
            for (size_t r = 0; r < ROWS; r++) {                                                                              \
                const float factor = a[r * a_stride + k];                                                                    \
                sums[r][0] += left * factor;                                                                                 \
                if (blocks == 2) sums[r][1] += right * factor;                                                               \
            }                                                                                                                \
        }                                                                                                                    \
        for (size_t r = 0; r < ROWS; r++) {                                                                                  \
            lanes *row = (lanes *)(c + r * c_stride);                                                                        \
            row[0] += sums[r][0] * sign;                                                                                     \
            if (blocks == 2) row[1] += sums[r][1] * sign;                                                                    \
        }                                                                                                                    \
    }
CK_TILE(8)
CK_TILE(1)

static void multiply_add(float *c, size_t c_stride, const float *a, size_t a_stride, const float *b, size_t b_stride, size_t rows,
    size_t columns, size_t depth, float sign) {
    for (size_t j = 0; j < columns; j += 2 * ck_lanes) {
        const size_t blocks = columns - j >= 2 * ck_lanes ? 2 : 1;
        size_t r = 0;
        for (; r + 8 <= rows; r += 8) {
            if (blocks == 2) {
                tile8(c + r * c_stride + j, c_stride, a + r * a_stride, a_stride, b + j, b_stride, 2, depth, sign);
            } else {
                tile8(c + r * c_stride + j, c_stride, a + r * a_stride, a_stride, b + j, b_stride, 1, depth, sign);
            }
        }
        for (; r < rows; r++) {
            if (blocks == 2) {
                tile1(c + r * c_stride + j, c_stride, a + r * a_stride, a_stride, b + j, b_stride, 2, depth, sign);
            } else {
                tile1(c + r * c_stride + j, c_stride, a + r * a_stride, a_stride, b + j, b_stride, 1, depth, sign);
            }
        }
    }
}

/* Puts a candidate where it belongs among the best so far, which are in order. */
CK_INLINE void insert_best(const float *scores, int32_t *best, size_t *found, size_t k, int32_t candidate) {
    size_t place = *found < k ? (*found)++ : k - 1;
    for (; place > 0 && scores[best[place - 1]] < scores[candidate]; place--) best[place] = best[place - 1];
    best[place] = candidate;
}

static size_t top(const float *scores, size_t count, size_t k, int32_t *best) {
    size_t found = 0;
    float least = -__builtin_inff();
    if (k == 0) return 0;
    for (size_t from = 0; from < count; from += ck_lanes) {
        const size_t to = from + ck_lanes < count ? from + ck_lanes : count;
        if (to - from == ck_lanes) {
            /* Most blocks have nothing above the least of the best. */
            const mask above = *(const lanes *)(scores + from) > least;
            if (__builtin_reduce_or(above) == 0) continue;
        }
        for (size_t i = from; i < to; i++) {
            if (!(scores[i] > least)) continue;
            insert_best(scores, best, &found, k, (int32_t)i);
            if (found == k) least = scores[best[k - 1]];
        }
    }
    return found;
}
