/*
 * Vectors of 16 floats, which the compiler splits where registers are narrower.
 */

typedef float lanes __attribute__((vector_size(4 * ck_lanes), aligned(4), may_alias));
typedef float lanes8 __attribute__((vector_size(32)));
typedef float lanes4 __attribute__((vector_size(16)));
typedef float lanes2 __attribute__((vector_size(8)));

#define CK_INLINE static inline __attribute__((always_inline))

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
CK_INLINE float dot_blocks(const lanes *x, const lanes *y, size_t blocks) {
    lanes even = x[0] * y[0], odd = blocks > 1 ? x[1] * y[1] : (lanes){0};
    size_t k = 2;
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
    return dot_blocks((const lanes *)a, (const lanes *)b, count / ck_lanes);
}

/*
 * Calls function(blocks, ...) with the number of blocks as a constant where it is small, so that the rows
 * of one user stay in registers; else with the number as it is.
 */
#define CK_FOR_BLOCKS(function, blocks, ...)              \
    do {                                                  \
        switch (blocks) {                                 \
        case 1: function(1, __VA_ARGS__); break;          \
        case 2: function(2, __VA_ARGS__); break;          \
        case 3: function(3, __VA_ARGS__); break;          \
        case 4: function(4, __VA_ARGS__); break;          \
        case 5: function(5, __VA_ARGS__); break;          \
        case 6: function(6, __VA_ARGS__); break;          \
        case 7: function(7, __VA_ARGS__); break;          \
        case 8: function(8, __VA_ARGS__); break;          \
        default: function((blocks), __VA_ARGS__); break;  \
        }                                                 \
    } while (0)
