import Foundation
import FuzzedParsers
import TestSupport
import Testing

/// The corpus that fuzzing grew, and small changes to it. `scripts/fuzz` lets libFuzzer look for more.
@Suite("Parsers of bytes that others wrote")
struct CorpusTests {
    private static let seed = ProcessInfo.processInfo.environment["PACH_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)
    /// How many changed inputs each parser gets.
    private static let roundCount = 300
    private static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fuzzing/Corpus")

    private static func inputs(of parser: String) throws -> [(name: String, bytes: [UInt8])] {
        let folder = corpus.appendingPathComponent(parser)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
            ($0, Array(try Data(contentsOf: folder.appendingPathComponent($0))))
        }
    }

    @Test("end in a value or an error, whatever the bytes", arguments: FuzzedParser.all.map(\.name))
    func corpus(name: String) async throws {
        let parser = try #require(FuzzedParser.all.first { $0.name == name })
        let inputs = try Self.inputs(of: name)
        try #require(!inputs.isEmpty)
        let scratch = try ScratchFiles()
        for input in inputs {
            await #expect(throws: Never.self, "\(name)/\(input.name)") { try await parser.run(input.bytes, scratch: scratch) }
        }
        var random = SplitMix(seed: Self.seed)
        for round in 0..<Self.roundCount {
            let bytes = Self.changed(inputs[Int.random(in: 0..<inputs.count, using: &random)].bytes, &random)
            // Were it to end the process, this would be the last line.
            await #expect(throws: Never.self, "seed \(Self.seed), round \(round): \(Data(bytes).base64EncodedString())") {
                try await parser.run(bytes, scratch: scratch)
            }
        }
    }

    private static func changed(_ input: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var bytes = input
        for _ in 0...Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
            let start = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, start + Int.random(in: 1..<9, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes.removeSubrange(start..<end)
            case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
            case 2: bytes[start] = UInt8.random(in: 0...255, using: &random)
            case 3: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            default: bytes.removeLast(bytes.count - start)
            }
        }
        return bytes
    }
}
