import Model
import Testing

@Suite struct SpecDurationTests {
    @Test(arguments: [
        ("10s", 10_000_000_000, "10s"), ("1h30m", 5_400_000_000_000, "5400s"), ("600s", 600_000_000_000, "600s"),
        ("1.5h", 5_400_000_000_000, "5400s"), ("300ms", 300_000_000, "0.300s"), ("1us", 1000, "0.000001s"),
        ("1µs1ns", 1001, "0.000001001s"),
        ("0s", 0, "0s"), (".5s", 500_000_000, "0.500s"), ("1.s", 1_000_000_000, "1s"), ("0.0000000019s", 1, "0.000000001s"),
        ("2562047h", 9_223_369_200_000_000_000, "9223369200s"),
    ])
    func `Reads and writes`(text: String, nanoseconds: Int64, written: String) throws {
        let duration = try SpecDuration(parsing: text)
        #expect(duration.nanoseconds == nanoseconds)
        #expect(duration.description == written)
        #expect(try SpecDuration(parsing: written) == duration)
    }

    @Test(arguments: ["", "10", "s", "1d", "-1s", "1s 2s", "1..5s", ".s", "2562048h", "9223372036854775808ns", "2562047h1h", "１s"])
    func `Refuses`(text: String) {
        #expect(throws: PachError.self) { try SpecDuration(parsing: text) }
    }
}
