import Foundation
import GitStore
import Model

/// A folder for parsers that read files: in memory, where the machine has such a place. `PACH_FUZZ_SCRATCH` names another place, for who must
/// clean up himself: libFuzzer ends its program without a word.
public final class ScratchFiles: Sendable {
    private let folder: String
    private let repository: String
    /// A new repository's files. Making it takes far longer than to parse what is fuzzed.
    private let template: [String: Data]

    public init() throws {
        let memory = "/dev/shm"
        let usual = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
        let parent = ProcessInfo.processInfo.environment["PACH_FUZZ_SCRATCH"] ?? usual
        let folder = "\(parent)/pach-fuzz-\(UUID().uuidString)"
        let repository = "\(folder)/fuzzed.git"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        _ = try GitRepository.create(at: repository, title: "fuzzed", files: OpenFiles())
        template = try Self.files(below: repository).reduce(into: [:]) { files, name in
            files[name] = try Data(contentsOf: URL(fileURLWithPath: "\(repository)/\(name)"))
        }
        self.folder = folder
        self.repository = repository
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

    /// A repository as it is when it is new, some of whose files hold these bytes.
    func withRepository(files: [String: [UInt8]], _ body: (GitRepository) throws -> Void) throws {
        defer { restoreRepository(but: files) }
        for (name, bytes) in files { try write(Data(bytes), name) }
        try body(GitRepository(opening: repository, files: OpenFiles()))
    }

    private func restoreRepository(but changed: [String: [UInt8]]) {
        do {
            for name in Self.files(below: repository) where template[name] == nil {
                try FileManager.default.removeItem(atPath: "\(repository)/\(name)")
            }
            for name in changed.keys { if let original = template[name] { try write(original, name) } }
        } catch {
            fatalError("could not restore the repository: \(error)")
        }
    }

    private func write(_ bytes: Data, _ name: String) throws {
        try bytes.write(to: URL(fileURLWithPath: "\(repository)/\(name)"))
    }

    private static func files(below folder: String) -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: folder) else { return [] }
        return walk.compactMap { path in
            (walk.fileAttributes?[.type] as? FileAttributeType) == .typeDirectory ? nil : path as? String
        }
    }

    /// A repository whose only objects are in one pack.
    func withPack(index: [UInt8], pack: [UInt8], _ body: (GitRepository) throws -> Void) throws {
        let base = "objects/pack/pack-\(String(repeating: "0", count: 40))"
        try withRepository(files: ["\(base).idx": index, "\(base).pack": pack], body)
    }
}
