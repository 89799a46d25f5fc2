import Foundation
import GitStore
import Model

/// A folder for parsers that read files: in memory, where the machine has such a place.
public final class ScratchFiles: Sendable {
    private let folder: String
    private let repository: String

    public init() throws {
        let memory = "/dev/shm"
        let parent = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
        folder = "\(parent)/pach-fuzz-\(UUID().uuidString)"
        repository = "\(folder)/fuzzed.git"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        // What is left is swept with the machine's temporary files.
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Writes a file and tells its path.
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = "\(folder)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// A new repository of ours, some of whose files hold these bytes.
    func withRepository(files: [String: [UInt8]], _ body: (GitRepository) throws -> Void) throws {
        _ = try GitRepository.create(at: repository, title: "fuzzed", files: OpenFiles())
        defer {
            // The next round makes it anew, and would tell.
            try? FileManager.default.removeItem(atPath: repository)
        }
        for (name, bytes) in files { try Data(bytes).write(to: URL(fileURLWithPath: "\(repository)/\(name)")) }
        try body(GitRepository(opening: repository, files: OpenFiles()))
    }

    /// A repository whose only objects are in one pack.
    func withPack(index: [UInt8], pack: [UInt8], _ body: (GitRepository) throws -> Void) throws {
        let base = "objects/pack/pack-\(String(repeating: "0", count: 40))"
        try withRepository(files: ["\(base).idx": index, "\(base).pack": pack], body)
    }
}
