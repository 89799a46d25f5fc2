@testable import GitStore
import Files
import Model
import Storage
import TestSupport
import Testing

@Suite("Streams, headers, deltas")
struct CodingTests {
    @Test("deflating and inflating gives the bytes back", arguments: [0, 1, 100, 127, 128, 3000, 65535, 65536, 131_070, 131_072, 200_000])
    func deflate(_ size: Int) throws {
        var random = SplitMix(seed: UInt64(size))
        for bytes in [random.noise(size), random.text(size), [UInt8](repeating: 7, count: size)] {
            let deflated = bytes.withUnsafeBytes { Deflater.deflate($0) }
            #expect(deflated.count <= size + 5 * (size / 65535 + 1) + 6, "it never grows by more than stored blocks do")
            let pieces = Deflater.pieces(of: ByteSlice([1, 2, 3] + bytes + [4], 3..<3 + size))
            #expect(pieces.flatMap(\.bytes) == deflated, "in pieces it is the same stream")
            for next in [[], [0], random.noise(20)] {
                let inflated = try (deflated + next).withUnsafeBytes { try Inflater.inflate($0, size: size, of: "it") }
                #expect(inflated.bytes == bytes)
                #expect(inflated.streamByteCount == deflated.count, "what follows is another entry")
                #expect(try (deflated + next).withUnsafeBytes { try Inflater.inflate($0, of: "it") } == bytes)
            }
            for cut in [1, deflated.count / 2, deflated.count - 1] {
                let error = failure { _ = try deflated.prefix(cut).withUnsafeBytes { try Inflater.inflate($0, size: size, of: "it") } }
                #expect(error?.code == .corrupt)
            }
        }
    }

    @Test("a large blob is deflated where any part of it shrinks much")
    func sampling() {
        var random = SplitMix(seed: 1)
        let noise = random.noise(300_000)
        let text = random.text(300_000)
        let count = { (bytes: [UInt8]) in bytes.withUnsafeBytes { Deflater.deflate($0) }.count }
        #expect(count(noise) > 300_000)
        #expect(count(text) < 200_000)
        #expect(count(noise + text) < 500_000)
        #expect(count(text + noise) < 500_000)
    }

    @Test("bytes are only taken for noise where no deflating could shorten them by much", arguments: [1, 2, 3] as [UInt64])
    func noise(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let noise = random.noise(8192)
        #expect(Noise.isEvident(in: noise))
        #expect(!Noise.isEvident(in: random.text(8192)))
        #expect(!Noise.isEvident(in: noise.map { $0 & 0x7f }), "seven bits of eight")
        #expect(!Noise.isEvident(in: (0..<8).flatMap { _ in noise.prefix(1024) }), "noise that is repeated")
        #expect(!Noise.isEvident(in: Array(noise.prefix(7168)) + [UInt8](repeating: 0, count: 1024)))
    }

    @Test("a stream of another size than claimed is refused", arguments: [0, 99, 101, 1_000_000, Int.max, -1])
    func sizes(_ size: Int) {
        let deflated = [UInt8](repeating: 1, count: 100).withUnsafeBytes { Deflater.deflate($0) }
        let error = failure { _ = try deflated.withUnsafeBytes { try Inflater.inflate($0, size: size, of: "it") } }
        #expect(error?.code == .corrupt || error?.code == .tooLarge)
    }

    @Test("headers of entries come back")
    func headers() throws {
        for kind in ObjectKind.allCases {
            for size in [0, 15, 16, 2047, 2048, 1 << 20, 1 << 31, 1 << 40] {
                var bytes: [UInt8] = []
                PackEntryHeader.append(kind, size: size, to: &bytes)
                let header = bytes.withUnsafeBytes { PackEntryHeader($0, at: 12) }
                #expect(header == bytes.withUnsafeBytes { PackEntryHeader(UnsafeRawBufferPointer($0), at: 99) })
                #expect(header?.form == .whole(kind))
                #expect(header?.size == size)
                #expect(header?.byteCount == bytes.count)
                for cut in bytes.indices { #expect(bytes.prefix(cut).withUnsafeBytes { PackEntryHeader($0, at: 12) } == nil) }
            }
        }
    }

    @Test(
        "headers that cannot be are refused",
        arguments: [
            [], [0x00], [0x50], [0x90], [0x60], [0x60, 0x00], [0x60, 0x80], [0x60, 0x60], [0x70, 1, 2, 3],
            [0x60] + [UInt8](repeating: 0xff, count: 12), [UInt8](repeating: 0xff, count: 40),
            [0xb0] + [UInt8](repeating: 0x80, count: 12) + [0],
        ] as [[UInt8]])
    func badHeaders(_ bytes: [UInt8]) {
        #expect(bytes.withUnsafeBytes { PackEntryHeader($0, at: 50) } == nil)
    }

    private func apply(_ delta: [UInt8], to base: String) -> String? {
        delta.withUnsafeBytes { delta in
            Array(base.utf8).withUnsafeBytes { base in Delta.apply(delta, to: base) }
        }.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("a delta copies and inserts")
    func delta() {
        #expect(apply([5, 8, 0x91, 1, 4, 4, 0x61, 0x62, 0x63, 0x64], to: "01234") == "1234abcd")
        #expect(apply([5, 5, 0x90, 5], to: "01234") == "01234")
        #expect(apply([5, 0], to: "01234") == "")
        // A size of zero stands for 64 KiB.
        let base = String(repeating: "x", count: 0x10000)
        #expect(apply([0x80, 0x80, 4, 0x80, 0x80, 4, 0x80], to: base) == base)
    }

    @Test(
        "a delta that does not fit is refused",
        arguments: [
            [], [5], [4, 5, 0x90, 5], [5, 6, 0x90, 5], [5, 4, 0x90, 5], [5, 5, 0x91, 1, 5], [5, 5, 0x90], [5, 5, 0], [5, 3, 3, 1, 2],
            [5, 5, 0x9f, 255, 255, 255, 255, 5], [5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], [0x80], [5, 5, 0x80],
        ] as [[UInt8]])
    func badDeltas(_ bytes: [UInt8]) {
        #expect(apply(bytes, to: "01234") == nil)
    }

    @Test("random deltas never crash", arguments: [21, 22] as [UInt64])
    func randomDeltas(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<20_000 {
            let delta = [5] + random.noise(Int.random(in: 0...12, using: &random))
            _ = apply(delta, to: "01234")
            _ = delta.withUnsafeBytes { Delta.resultSize($0) }
            _ = delta.dropFirst().withUnsafeBytes { PackEntryHeader($0, at: 100) }
        }
    }

    @Test("names of packs are as Git's")
    func packNames() {
        let hex = String(repeating: "0a", count: 20)
        #expect(PackName("pack-\(hex)")?.description == "pack-\(hex)")
        for text in ["pack-", "pack-\(hex)0", "pock-\(hex)", "pack-\(hex.uppercased())", hex] { #expect(PackName(text) == nil) }
    }
}
