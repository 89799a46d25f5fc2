import Foundation
import Model
import Storage
import TestSupport
import Testing

/// `count` seeds, which failures print; or the one that is asked for: `SEED=n swift test`.
func seeds(_ count: Int) -> [UInt64] {
    if let seed = ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) { return [seed] }
    return (0..<count).map { _ in .random(in: 0..<1_000_000_000) }
}

/// Stores `parts` as one file, appended to `base`.
@discardableResult
func store(_ parts: [UInt8]..., in objects: InMemoryStore, appendingTo base: StoredFile? = nil) throws -> StoredFile {
    var ingest =
        if let base {
            FileIngest(appendingTo: base, writer: objects, reader: objects)
        } else {
            FileIngest(writer: objects)
        }
    for part in parts { try ingest.write(part) }
    return try ingest.finish()
}

func filePath(_ text: String) throws -> FilePath { try FilePath(text) }
func fileName(_ text: String) throws -> FileName { try FileName(text) }

/// The code of the failure that `body` ends with.
func failure(_ body: () throws -> Void) -> PachError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? PachError)?.code
    }
}

/// What a shell prints when it runs `script` in `folder`.
func shell(_ script: String, in folder: String) throws -> [UInt8] {
    try runProgram(["sh", "-c", script], in: folder).successful().output
}

extension GitProgram {
    /// A new bare repository at `folder` that holds the objects of `objects`, and `root` as the tree of `master`.
    init(_ objects: InMemoryStore, root: ObjectID, at folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try self.init(repository: folder)
        _ = try run("init", "--quiet", "--bare", "--initial-branch=master")
        for (id, object) in objects.objects { try Self.writeLoose(id, object, in: folder) }
        let commit = try run("-c", "user.name=A", "-c", "user.email=a@example.org", "commit-tree", "-m", "files", root.description)
        _ = try run("update-ref", "refs/heads/master", commit)
    }

    /// A loose object, in a zlib stream of stored blocks (RFC 1950, RFC 1951).
    private static func writeLoose(_ id: ObjectID, _ object: StoredObject, in folder: String) throws {
        let content = Array("\(object.kind.word) \(object.bytes.count)\0".utf8) + object.bytes
        var stream: [UInt8] = [0x78, 0x01]
        var rest = content[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(65_535)
            stream.append(rest.isEmpty ? 1 : 0)
            for word in [UInt16(block.count), ~UInt16(block.count)] { withUnsafeBytes(of: word.littleEndian) { stream += $0 } }
            stream += block
        } while !rest.isEmpty
        var low: UInt32 = 1, high: UInt32 = 0
        content.withUnsafeBufferPointer { content in
            for byte in content {
                low = (low + UInt32(byte)) % 65_521
                high = (high + low) % 65_521
            }
        }
        withUnsafeBytes(of: (high << 16 | low).bigEndian) { stream += $0 }
        let hex = id.description
        let directory = "\(folder)/objects/\(hex.prefix(2))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data(stream).write(to: URL(filePath: "\(directory)/\(hex.dropFirst(2))"))
    }
}
