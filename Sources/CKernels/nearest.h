/*
 * The k-th largest of some numbers, which change places; k is in [1, count].
 * Hoare's FIND, as Wirth writes it in "Algorithms + Data Structures = Programs".
 */
CK_INLINE double kth_largest(double *numbers, size_t count, size_t k) {
    ptrdiff_t low = 0, high = (ptrdiff_t)count - 1;
    const ptrdiff_t wanted = (ptrdiff_t)k - 1;
    while (low < high) {
        const double pivot = numbers[wanted];
        ptrdiff_t left = low, right = high;
        do {
            while (numbers[left] > pivot) left++;
            while (numbers[right] < pivot) right--;
            if (left <= right) {
                const double swapped = numbers[left];
                numbers[left++] = numbers[right];
                numbers[right--] = swapped;
            }
        } while (left <= right);
        if (right < wanted) low = left;
        if (wanted < left) high = right;
    }
    return numbers[wanted];
}

static ck_neighbours nearest(
    const double *similarities, const int32_t *others, const double *values, size_t count, size_t k, double *scratch) {
    double *weights = scratch, *sorted = scratch + count;
    size_t positive = 0;
    for (size_t c = 0; c < count; c++) {
        const double weight = similarities[others[c]];
        weights[c] = weight;
        sorted[positive] = weight;
        positive += weight > 0;
    }
    /* Everything above the threshold counts, and of what is at it the first few. */
    double threshold = 0;
    size_t at_threshold = 0;
    if (positive > k) {
        threshold = k == 0 ? __builtin_inf() : kth_largest(sorted, positive, k);
        at_threshold = k;
        for (size_t c = 0; c < k; c++) at_threshold -= sorted[c] > threshold;
    }
    ck_neighbours found = {0, 0, 0};
    for (size_t c = 0; c < count; c++) {
        const double weight = weights[c];
        if (!(weight >= threshold) || !(weight > 0)) continue;
        if (weight == threshold) {
            if (at_threshold == 0) continue;
            at_threshold--;
        }
        found.weight += weight;
        found.sum += weight * values[c];
        found.count++;
    }
    return found;
}
