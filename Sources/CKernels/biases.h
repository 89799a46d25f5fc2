/*
 * Biases of one side from those of the other, by alternating least squares: what the other side leaves unexplained of a group's ratings, as
 * the mean of them and of some zeros. Four sums run side by side, to hide the latency of addition.
 */
static void biases(
    const size_t *starts, const int32_t *others, const double *sums, const double *other_biases, double zeros, size_t first, size_t last,
    double *biases) {
    for (size_t g = first; g < last; g++) {
        const size_t start = starts[g], end = starts[g + 1];
        double explained[4] = {0, 0, 0, 0};
        size_t e = start;
        for (; e + 4 <= end; e += 4) {
            for (size_t k = 0; k < 4; k++) explained[k] += other_biases[others[e + k]];
        }
        for (; e < end; e++) explained[0] += other_biases[others[e]];
        const double total = (explained[0] + explained[1]) + (explained[2] + explained[3]);
        biases[g] = (sums[g] - total) / (zeros + (double)(end - start));
    }
}
