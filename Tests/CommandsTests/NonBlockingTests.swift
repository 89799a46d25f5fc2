import Foundation
import Operations
import Testing

@testable import Commands

/// Pipes that somebody made non-blocking for all who share them.
@Suite("non-blocking pipes")
struct NonBlockingTests {
    private let bytes = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 >> 8) }

    private func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(Foundation.pipe(&ends) == 0)
        for end in ends { try #require(fcntl(end, F_SETFL, O_NONBLOCK) == 0) }
        return (ends[0], ends[1])
    }

    @Test("all is written, however slowly it is read")
    func writing() async throws {
        let (reading, writing) = try pipe()
        defer { close(reading) }
        // Full, so that the first write finds no room.
        let filling = bytes.withUnsafeBytes { write(writing, $0.baseAddress, $0.count) }
        try #require(filling > 0 && filling < bytes.count)
        let (ends, end) = AsyncStream.makeStream(of: Result<Void, any Error>.self)
        Thread.detachNewThread { [bytes] in
            end.yield(Result { try writeAll(bytes, to: writing, named: "the pipe") })
            close(writing)
            end.finish()
        }
        var all: [UInt8] = []
        for try await piece in ByteStream.reading(standardInput: reading) { all += piece }
        for await result in ends { try result.get() }
        #expect(all.count == filling + bytes.count)
        #expect(Array(all.dropFirst(filling)) == bytes)
    }

    @Test("all is read, however late it comes")
    func reading() async throws {
        let (reading, writing) = try pipe()
        defer { close(reading) }
        try writeAll([1, 2, 3], to: writing, named: "the pipe")
        var all: [UInt8] = []
        for try await piece in ByteStream.reading(standardInput: reading) {
            all += piece
            guard all.count == 3 else { continue }
            // Meanwhile the next piece is waited for.
            Thread.detachNewThread {
                _ = write(writing, [4], 1)
                close(writing)
            }
        }
        #expect(all == [1, 2, 3, 4])
    }
}
