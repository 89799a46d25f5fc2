import Foundation
import CKernels
import Testing

@testable import Recommenders

@Suite struct MersenneTwisterTests {
    @Test("gives the ten-thousandth number that the C++ standard states for the seed 5489")
    func standard() {
        var generator = MersenneTwister(seed: 5489)
        for _ in 1..<10_000 { _ = generator.next() }
        #expect(generator.next() == 4_123_659_995)
    }

    @Test("gives the numbers of mt19937ar.out for an array of keys")
    func keys() {
        var generator = MersenneTwister(key: [0x123, 0x234, 0x345, 0x456])
        let numbers = (0..<5).map { _ in generator.next() }
        #expect(numbers == [1_067_595_299, 955_945_823, 477_289_528, 4_107_218_783, 4_228_976_476])
    }

    @Test("takes all 64 bits of a seed")
    func wideSeeds() {
        var narrow = MersenneTwister(seed: 7)
        var wide = MersenneTwister(seed: 7 + (1 << 40))
        #expect(narrow.next() != wide.next())
    }

    @Test("normal draws are those of NumPy's RandomState(0)")
    func normal() {
        var generator = MersenneTwister(seed: 0)
        var normal = NormalDistribution()
        for expected in [1.764052345967664, 0.4001572083672233, 0.9787379841057392, 2.240893199201458, 1.867557990149967] {
            #expect(abs(normal.next(using: &generator) - expected) < 1e-14)
        }
    }

    @Test("normal draws have mean 0 and variance 1")
    func moments() {
        var generator = MersenneTwister(seed: 1)
        var normal = NormalDistribution()
        let draws = (0..<20_000).map { _ in normal.next(using: &generator) }
        let mean = draws.reduce(0, +) / 20_000
        let variance = draws.reduce(0) { $0 + $1 * $1 } / 20_000
        // Five standard errors: √(1/n) and √(2/n).
        #expect(abs(mean) < 0.036)
        #expect(abs(variance - 1) < 0.05)
    }

    @Test("draws in batches are those one by one")
    func batches() {
        var (first, second) = (MersenneTwister(seed: 2), MersenneTwister(seed: 2))
        var (single, batched) = (NormalDistribution(), NormalDistribution(batch: 7))
        for _ in 0..<100 { #expect(single.next(using: &first) == batched.next(using: &second)) }
    }

    @Test("the polar method's last step is right, with every instruction set")
    func polarFactors() {
        for kernels in Kernels.available {
            var numbers = [0.5, 0.25, 1e-300, 0.7071067811865476, 0.7071067811865475, 0.9999999999999999]
            let expected = numbers.map { (-2 * log($0) / $0).squareRoot() }
            kernels.polar_factors(&numbers, numbers.count)
            for (number, expected) in zip(numbers, expected) { #expect(abs(number - expected) <= 4 * expected.ulp) }
        }
    }
}
