import Testing

@testable import Commands

@Suite("byteText")
struct ByteTextTests {
    @Test(
        "shows four significant digits of the largest unit",
        arguments: [
            (0, "0B"), (108, "108B"), (1023, "1023B"), (1024, "1KiB"), (1536, "1.5KiB"), (58_644, "57.27KiB"), (390_246, "381.1KiB"),
            (1_736_442, "1.656MiB"), (1_048_575, "1024KiB"), (1_073_741_824, "1GiB"), (10_239, "9.999KiB"),
            (Int64.max, "8EiB"),
        ] as [(Int64, String)])
    func shows(_ count: Int64, _ text: String) {
        #expect(byteText(count) == text)
    }
}
