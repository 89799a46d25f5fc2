/// Draws from the standard normal distribution, by Marsaglia's polar method.
///
/// It uses nothing but additions, multiplications, divisions and square roots, which IEEE 754 rounds in one way only, so draws are
/// the same on every machine. A C library's logarithm is not. Draws come in the order of NumPy's `RandomState.normal`, and agree with
/// them to a few units in the last place.
///
/// - Source: Marsaglia and Bray, "A Convenient Method for Generating Normal Variables", 1964; NumPy's `legacy_gauss`.
struct NormalDistribution {
    /// The method gives draws in pairs; this is the one that waits.
    private var spare: Double?

    /// The next draw; mean 0, variance 1.
    mutating func next(using generator: inout some RandomSource) -> Double {
        if let draw = spare {
            spare = nil
            return draw
        }
        while true {
            let x = 2 * generator.nextUnit() - 1
            let y = 2 * generator.nextUnit() - 1
            let square = x * x + y * y
            guard square > 0, square < 1 else { continue }
            let factor = (-2 * naturalLogarithm(square) / square).squareRoot()
            spare = x * factor
            return y * factor
        }
    }
}

/// The natural logarithm of a positive, finite number, to a few units in the last place, and with the same bits on every machine.
///
/// The number is 2ᵉ·m with m between √½ and √2, and ln m = 2·artanh((m-1)/(m+1)), whose series converges by a factor of 34 with each
/// term.
func naturalLogarithm(_ number: Double) -> Double {
    var exponent = Double(number.exponent)
    var significand = number.significand
    if significand > 2.0.squareRoot() {
        significand /= 2
        exponent += 1
    }
    let z = (significand - 1) / (significand + 1)
    let w = z * z
    // Horner's scheme for 1 + w/3 + w²/5 + … + w¹⁰/21; the next term is below 2⁻⁵⁵.
    var sum = 1.0 / 21
    sum = sum * w + 1.0 / 19
    sum = sum * w + 1.0 / 17
    sum = sum * w + 1.0 / 15
    sum = sum * w + 1.0 / 13
    sum = sum * w + 1.0 / 11
    sum = sum * w + 1.0 / 9
    sum = sum * w + 1.0 / 7
    sum = sum * w + 1.0 / 5
    sum = sum * w + 1.0 / 3
    sum = sum * w + 1
    return exponent * 0.6931471805599453 + 2 * z * sum
}
