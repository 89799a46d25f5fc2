/*
 * The kernels' one source. A file includes it after choosing an instruction set, with
 *   CK_NAME   the instruction set's name, a string
 *   CK_TABLE  the symbol of the resulting table
 *
 * It is written in vectors of 16 lanes; the compiler splits them where registers are narrower.
 */

#include "CKernels.h"
#include "tables.h"

/* Rounding a product before it is added is what makes all instruction sets agree to the last bit. */
#pragma STDC FP_CONTRACT OFF

typedef float lanes __attribute__((vector_size(4 * ck_lanes), aligned(4), may_alias));
typedef float lanes8 __attribute__((vector_size(32)));
typedef float lanes4 __attribute__((vector_size(16)));
typedef float lanes2 __attribute__((vector_size(8)));

/* Always folded by halves, so that the order of additions does not depend on the width of a register. */
#define CK_SUM(total, v)                                                                                  \
    do {                                                                                                  \
        lanes8 eight = __builtin_shufflevector((v), (v), 0, 1, 2, 3, 4, 5, 6, 7)                          \
            + __builtin_shufflevector((v), (v), 8, 9, 10, 11, 12, 13, 14, 15);                            \
        lanes4 four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3)                                   \
            + __builtin_shufflevector(eight, eight, 4, 5, 6, 7);                                          \
        lanes2 two = __builtin_shufflevector(four, four, 0, 1) + __builtin_shufflevector(four, four, 2, 3); \
        (total) = two[0] + two[1];                                                                        \
    } while (0)

/* Two sums run side by side, to hide the latency of addition. */
static inline float dot_rows(const float *a, const float *b, size_t count) {
    const lanes *x = (const lanes *)a, *y = (const lanes *)b;
    size_t blocks = count / ck_lanes, k = 0;
    lanes even = {0}, odd = {0};
    for (; k + 1 < blocks; k += 2) {
        even += x[k] * y[k];
        odd += x[k + 1] * y[k + 1];
    }
    if (k < blocks) even += x[k] * y[k];
    even += odd;
    float total;
    CK_SUM(total, even);
    return total;
}

static float dot(const float *a, const float *b, size_t count) {
    return dot_rows(a, b, count);
}

/*
 * x + rate * (error * y - regularization * x), written as keep * x + step * y: one operation fewer.
 * Both rows move by the values that they had before the step.
 */
static inline void update_rows(float *a, float *b, size_t count, float keep, float step) {
    lanes *p = (lanes *)a, *q = (lanes *)b;
    for (size_t k = 0; k < count / ck_lanes; k++) {
        lanes x = p[k], y = q[k];
        p[k] = x * keep + y * step;
        q[k] = y * keep + x * step;
    }
}

static void sgd_epoch(ck_factorisation model, ck_ratings ratings, float learning_rate, float regularization) {
    const size_t stride = model.stride;
    const float keep = 1 - learning_rate * regularization;
    for (size_t u = 0; u < ratings.user_count; u++) {
        float *p = model.user_factors + u * stride;
        float user_bias = model.biased ? model.user_biases[u] : 0;
        for (size_t k = ratings.starts[u]; k < ratings.starts[u + 1]; k++) {
            const size_t i = (size_t)ratings.items[k];
            float *q = model.item_factors + i * stride;
            float error = ratings.values[k] - dot_rows(p, q, stride);
            if (model.biased) {
                const float item_bias = model.item_biases[i];
                error -= model.mean + user_bias + item_bias;
                user_bias = keep * user_bias + learning_rate * error;
                model.item_biases[i] = keep * item_bias + learning_rate * error;
            }
            update_rows(p, q, stride, keep, learning_rate * error);
        }
        if (model.biased) model.user_biases[u] = user_bias;
    }
}

const ck_kernels CK_TABLE = {CK_NAME, sgd_epoch, dot};
