import Files
@testable import GitStore
import Model
import Storage
import TestSupport
import Testing

@Suite("Writing a file while its writer goes on")
struct BackgroundWriterTests {
    /// Writes pieces of which every call takes a few.
    private func write(_ pieces: [[UInt8]], to writer: BackgroundWriter) throws {
        var offset = 0
        var rest = pieces.map { ByteSlice($0) }[...]
        while !rest.isEmpty {
            let group = rest.prefix(3)
            try writer.write(Array(group), at: offset, thenWriteBack: nil)
            offset += group.reduce(0) { $0 + $1.count }
            rest = rest.dropFirst(3)
        }
    }

    @Test("what is written, and its checksum, have the order of the calls", arguments: [1, 2] as [UInt64])
    func order(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let pieces = (0..<200).map { _ in random.noise(Int.random(in: 0...5000, using: &random)) }
        let folder = try TemporaryFolder()
        let file = try File.create("\(folder.path)/file")
        let writer = BackgroundWriter(to: file, hashes: true)
        try write(pieces, to: writer)
        try writer.finish()
        let whole = Array(pieces.joined())
        #expect(try file.read(at: 0, count: whole.count + 1) == whole)
        var hash = RunningHash()
        whole.withUnsafeBytes { hash.update($0) }
        #expect(writer.checksum == hash.finalize())
    }

    @Test("a checksum that is no longer wanted is not made")
    func noChecksum() throws {
        let folder = try TemporaryFolder()
        let writer = BackgroundWriter(to: try File.create("\(folder.path)/file"), hashes: true)
        try write([[1], [2, 3]], to: writer)
        writer.stopHashing()
        try write([[1], [2, 3]], to: writer)
        try writer.finish()
        #expect(writer.checksum == nil)
    }

    @Test("a write that fails is the last one, and every later call says so (invariant 7)")
    func failure() throws {
        let folder = try TemporaryFolder()
        let file = try File.create("\(folder.path)/file", calls: FaultTests.Fault(write: 2).calls)
        let writer = BackgroundWriter(to: file, hashes: true)
        try writer.write([ByteSlice([1])], at: 0, thenWriteBack: nil)
        try writer.finish()
        try writer.write([ByteSlice([2])], at: 1, thenWriteBack: nil)
        for _ in 0..<2 {
            let error = #expect(throws: PachError.self) { try writer.finish() }
            #expect(error?.code == .outOfSpace)
        }
        let error = #expect(throws: PachError.self) { try writer.write([ByteSlice([3])], at: 2, thenWriteBack: nil) }
        #expect(error?.code == .outOfSpace)
        #expect(try file.read(at: 0, count: 10) == [1])
    }

    @Test("many files at once are written, whatever number of calls may wait", .timeLimit(.minutes(1)))
    func manyFiles() throws {
        let folder = try TemporaryFolder()
        let piece = [UInt8](repeating: 7, count: 10_000)
        let files = try (0..<100).map { try File.create("\(folder.path)/\($0)") }
        let writers = files.map { BackgroundWriter(to: $0, hashes: true) }
        for number in 0..<5 {
            for writer in writers { try writer.write([ByteSlice(piece)], at: number * piece.count, thenWriteBack: nil) }
        }
        // Those that are stopped give back what the others need.
        for writer in writers.prefix(50) { writer.stop() }
        for (writer, file) in zip(writers, files).dropFirst(50) {
            try writer.finish()
            #expect(try file.byteCount() == 5 * piece.count)
        }
        #expect(throws: PachError.self) { try writers[0].write([ByteSlice(piece)], at: 0, thenWriteBack: nil) }
    }
}
