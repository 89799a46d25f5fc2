internal import Files
internal import Glibc
internal import Model
internal import Threads

/// Folders in which pipelines' code lies for workers. What nobody uses any more goes.
public actor CodeFolders {
    private let folder: String
    private let notices: Notices
    /// Jobs and workers that need the code that lies at a path.
    private var useCounts: [String: Int] = [:]
    private var removals: [String: Task<Void, Never>] = [:]
    private var isClosed = false

    init(folder: String, notices: Notices) {
        self.folder = folder
        self.notices = notices
    }

    /// Runs `body` while the code called `name` stays where it is laid out.
    /// - Parameter body: gets the path, at which there is nothing yet where nobody used the code before.
    public func using<Value: Sendable>(
        _ name: String, _ body: @Sendable (_ path: String) async throws -> Value
    ) async throws -> Value {
        let path = "\(folder)/\(name)"
        beginUse(of: path)
        await removals[path]?.value
        let result: Result<Value, any Error>
        do { result = .success(try await body(path)) } catch { result = .failure(error) }
        endUse(of: path)
        return try result.get()
    }

    func beginUse(of path: String?) {
        if let path { useCounts[path, default: 0] += 1 }
    }

    func endUse(of path: String?) {
        guard let path, let count = useCounts[path] else { return }
        useCounts[path] = count == 1 ? nil : count - 1
        if count == 1, !isClosed { remove(path) }
    }

    /// Whoever wants the code again waits for this.
    private func remove(_ path: String) {
        removals[path] = Task {
            do {
                try await BlockingThreads.ofWorkers.run { try Self.remove(path) }
            } catch {
                notices.report("could not remove code that no job needs any more: \(error)")
            }
            removals[path] = nil
        }
    }

    private static func remove(_ path: String) throws {
        guard try Folder.status(of: path) != nil else { return }
        // First, so that nobody takes what is left of it for the code.
        let doomed = "\(path)-\(CommitID.random())"
        try Folder.rename(path, to: doomed)
        // Without a sandbox user code may have written there.
        try HostileFolder.empty(doomed, mode: 0o700)
        guard rmdir(doomed) == 0 else { throw SystemError.error(errno, "remove the folder \(quoted(doomed))") }
    }

    /// Waits until what goes is gone. What is left is for whoever opens the data root next.
    func close() async {
        isClosed = true
        for removal in removals.values { await removal.value }
    }
}
