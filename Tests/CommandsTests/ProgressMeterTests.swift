import Model
import Operations
import Synchronization
import Testing

@testable import Commands

@Suite("ProgressMeter")
struct ProgressMeterTests {
    /// What is drawn when `pieces` of 1 MiB pass, one every half second.
    private func drawn(pieces: Int, totalBytes: Int64?, columns: Int?) -> String {
        let clock = Mutex(Sample.noon)
        let error = Mutex("")
        let console = Console(
            output: { _ in }, error: { bytes in error.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }, input: ByteStream([]),
            errorColumns: columns, now: { clock.withLock { $0 } })
        let meter = ProgressMeter(console, totalBytes: totalBytes, isShown: true)
        meter.begin("a.csv")
        for _ in 0..<pieces {
            clock.withLock { $0 = Timestamp(microseconds: $0.microseconds + 500_000) }
            meter.add(1 << 20)
        }
        meter.end()
        return error.withLock { $0 }
    }

    @Test("long work shows a line, and wipes it")
    func long() {
        #expect(
            drawn(pieces: 2, totalBytes: 4 << 20, columns: 80)
                == "\r▇▇▇▇▇▇▇▇▇▇░░░░░░░░░░ 50%  2MiB / 4MiB  2MiB/s  a.csv\u{1B}[K\r\u{1B}[K")
        #expect(drawn(pieces: 2, totalBytes: nil, columns: 20) == "\r1 file  2MiB  2MiB…\u{1B}[K\r\u{1B}[K")
    }

    @Test("short work, and work without a terminal, shows nothing")
    func quiet() {
        #expect(drawn(pieces: 1, totalBytes: nil, columns: 80) == "")
        #expect(drawn(pieces: 9, totalBytes: nil, columns: nil) == "")
    }
}
