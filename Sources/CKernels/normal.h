/*
 * The natural logarithm of a positive, finite number.
 *
 * A C library's differs between machines. This one uses nothing but operations that IEEE 754 rounds in one way
 * only, and is right to a few units in the last place: s is 2^e * m with m between sqrt(1/2) and sqrt(2), and
 * ln m = 2 artanh((m - 1) / (m + 1)), whose series converges by a factor of 34 with each term.
 */
CK_INLINE double logarithm(double s) {
    int64_t bits;
    __builtin_memcpy(&bits, &s, sizeof bits);
    /* The exponent that leaves the significand in the range above. */
    const int64_t exponent = (bits - 0x3FE6A09E667F3BCD) >> 52;
    bits -= exponent << 52;
    double m;
    __builtin_memcpy(&m, &bits, sizeof m);
    const double z = (m - 1) / (m + 1), w = z * z;
    /* Horner's scheme for 1 + w/3 + w^2/5 + ... + w^10/21; the next term is below 2^-55. */
    double sum = 1.0 / 21;
    sum = sum * w + 1.0 / 19;
    sum = sum * w + 1.0 / 17;
    sum = sum * w + 1.0 / 15;
    sum = sum * w + 1.0 / 13;
    sum = sum * w + 1.0 / 11;
    sum = sum * w + 1.0 / 9;
    sum = sum * w + 1.0 / 7;
    sum = sum * w + 1.0 / 5;
    sum = sum * w + 1.0 / 3;
    sum = sum * w + 1;
    return (double)exponent * 0.6931471805599453 + 2 * z * sum;
}

static double natural_logarithm(double number) {
    return logarithm(number);
}

/* sqrt(-2 ln(s) / s) for numbers s in (0, 1), in place: the last step of Marsaglia's polar method. */
static void polar_factors(double *numbers, size_t count) {
    for (size_t k = 0; k < count; k++) numbers[k] = __builtin_elementwise_sqrt(-2 * logarithm(numbers[k]) / numbers[k]);
}
