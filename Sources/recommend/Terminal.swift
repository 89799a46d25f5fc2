#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a person at the terminal sees beside the data.
enum Terminal {
    /// Prints a line to standard error, which leaves standard output to data.
    static func note(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        // When nobody listens any more, there is nobody to tell.
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    /// A number of things, with the word for one of them.
    static func count(_ number: Int, _ thing: String) -> String {
        "\(number) \(thing)\(number == 1 ? "" : "s")"
    }

    /// The time since `start`, to hundredths of a second.
    static func seconds(since start: ContinuousClock.Instant) -> String {
        let hundredths = (ContinuousClock.now - start) / .milliseconds(10)
        return "\(hundredths.rounded() / 100) s"
    }
}
