@testable import GitStore
import Files
import Model
import Storage
import TestSupport
import Testing

@Suite("The running checksum of a pack", .enabled(if: RunningHash.isSupported, "the processor has no instructions for SHA-1"))
struct PackTrailerTests {
    /// Appends pieces to a file and to a trailer.
    /// - Parameter objects: hashed beside them, one after each piece.
    private func check(pieces: [[UInt8]], objects: [[UInt8]], allowance: PackTrailer.Allowance = .shared) throws {
        let folder = try TemporaryFolder()
        let file = try File.create("\(folder.path)/pack")
        let trailer = PackTrailer(allowance: allowance)
        var offset = 0
        for (number, piece) in pieces.enumerated() {
            try file.write(piece, at: offset)
            offset += piece.count
            trailer.append(ByteSlice(piece))
            guard number < objects.count else { continue }
            let id = objects[number].withUnsafeBytes { trailer.id(of: .blob, $0) }
            #expect(id == ObjectHash.id(of: .blob, objects[number]))
        }
        #expect(try trailer.finish(file, byteCount: offset) == PackChecksum.compute(of: file, byteCount: offset))
    }

    @Test("pieces and objects of any length", arguments: [1, 2, 3] as [UInt64])
    func lengths(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let pieces = (0..<50).map { _ in random.noise(Int.random(in: 1...5000, using: &random)) }
        let objects = (0..<50).map { _ in random.noise(Int.random(in: 0...5000, using: &random)) }
        try check(pieces: pieces, objects: objects)
        try check(pieces: pieces, objects: [])
    }

    @Test("more than is held in memory is read back", arguments: [0, 3, 30])
    func readBack(objectCount: Int) throws {
        let pieces = (0..<40).map { [UInt8](repeating: UInt8($0), count: 1 << 20) }
        try check(pieces: pieces, objects: Array(repeating: [UInt8](repeating: 7, count: 500_000), count: objectCount))
    }

    @Test("many packs at once hold a bounded number of bytes", arguments: [0, 5])
    func allowance(objectCount: Int) throws {
        let allowance = PackTrailer.Allowance(byteCount: 10_000)
        let pieces = (0..<10).map { [UInt8](repeating: UInt8($0), count: 1000) }
        do {
            let other = PackTrailer(allowance: allowance)
            for piece in pieces.prefix(7) { other.append(ByteSlice(piece)) }
            let objects = Array(repeating: [UInt8](repeating: 7, count: 1500), count: objectCount)
            try check(pieces: pieces, objects: objects, allowance: allowance)
            #expect(allowance.take(3000), "what was held and read is given back")
            #expect(!allowance.take(1))
        }
        #expect(allowance.take(7000), "a pack that is abandoned gives back all")
    }

    @Test("while nobody hashes, no more is held than somebody would wait for (invariant 8)")
    func smallObjects() {
        let allowance = PackTrailer.Allowance(byteCount: 2 * PackTrailer.lagMax)
        let trailer = PackTrailer(allowance: allowance)
        for number in 0...PackTrailer.lagMax >> 20 { trailer.append(ByteSlice([UInt8](repeating: UInt8(number), count: 1 << 20))) }
        #expect(allowance.take(2 * PackTrailer.lagMax))
    }

    @Test("an array of which parts wait is held whole, and counts so, once, until the last part is hashed (invariant 8)")
    func parts() {
        let allowance = PackTrailer.Allowance(byteCount: 10_000)
        let array = [UInt8](repeating: 1, count: 4000), other = [UInt8](repeating: 2, count: 3000)
        func expectLeft(_ byteCount: Int) {
            #expect(allowance.take(byteCount))
            #expect(!allowance.take(1))
            allowance.giveBack(byteCount)
        }
        func hash(_ byteCount: Int, _ trailer: PackTrailer) {
            _ = [UInt8](repeating: 3, count: byteCount).withUnsafeBytes { trailer.id(of: .blob, $0) }
        }
        do {
            let trailer = PackTrailer(allowance: allowance)
            trailer.append(ByteSlice(array, 10..<20))
            expectLeft(6000)
            trailer.append(ByteSlice(other, 0..<100))
            trailer.append(ByteSlice(array, 3000..<3100))
            expectLeft(3000)
            hash(60, trailer)
            expectLeft(3000)
            hash(60, trailer)
            expectLeft(6000)
            // The third array has no room: the trailer keeps nothing but what it is at.
            trailer.append(ByteSlice([UInt8](repeating: 4, count: 6001), 0..<1))
            expectLeft(6000)
        }
        expectLeft(10_000)
    }
}
