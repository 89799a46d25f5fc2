internal import GRDB
internal import Ledger
internal import Metadata
internal import Model
internal import Operations

/// The finished commits of a branch, oldest first, found as they are asked for: whatever the history, no more is held than a page of it and the
/// numbers of the commits at which the others end. For one task at a time.
actor CommitCursor {
    /// Commits that are held at a time.
    static let pageCount = 256

    private let branch: Branch
    private let ledger: Ledger
    /// Each says that there may be more; one look serves them all.
    private let events: AsyncStream<LedgerEvent>
    private let beginning: Task<Position, any Error>
    private var position: Position?
    private var page: ArraySlice<CommitInfo> = []

    private struct Position {
        let repo: Int64
        /// The commit that was read last; those that follow have larger numbers.
        var last: Int64
        /// The commits at which the pages end that follow, the next one last.
        var ends: [Int64] = []
    }

    /// Where it begins is looked up at once, not when the first commit is asked for.
    init(_ branch: Branch, from start: SubscriptionStart, ledger: Ledger) {
        self.branch = branch
        self.ledger = ledger
        // Before the first look, so that nothing falls between.
        events = ledger.events.listen(bufferLimit: 1) { event in
            switch event {
            case .commitFinished(let link): link.branch == branch
            case .commitsRemoved, .repoRemoved: true
            default: false
            }
        }
        beginning = Task {
            try await ledger.read { database in
                let repo = try database.existingRepo(branch.repo)
                return Position(repo: repo.key, last: try database.lastCommit(before: start, on: branch)?.seq ?? 0)
            }
        }
    }

    /// The next commit; nil where the task is cancelled or the engine stops.
    /// - Throws: `notFound` where there is no such repo, or no longer.
    func next() async throws -> CommitInfo? {
        var position = if let position { position } else { try await beginning.value }
        while page.isEmpty {
            guard !Task.isCancelled else { return nil }
            (page, position) = try await read(from: position)
            self.position = position
            if page.isEmpty, position.ends.isEmpty, await !isWoken() { return nil }
        }
        return page.popFirst()
    }

    /// The next page, which is empty where nothing is finished or all was read, and the position behind it.
    private func read(from position: Position) async throws -> (page: ArraySlice<CommitInfo>, position: Position) {
        try await ledger.read { [branch] database in
            guard try database.repo(branch.repo)?.key == position.repo else {
                throw PachError(.notFound, "repo \(branch.repo) was deleted")
            }
            var position = position
            // The commit at which the page ended may be gone.
            if try position.ends.last.map({ try database.hasCommit(seq: $0) }) != true {
                position.ends =
                    try database.head(of: branch).map {
                        try database.line(from: $0, after: position.last, by: Self.pageCount)
                    } ?? []
            }
            guard let end = position.ends.popLast() else { return ([], position) }
            let line = try database.ancestors(of: database.commit(seq: end), limit: Self.pageCount, stoppingAt: position.last).reversed()
                .filter { $0.seq > position.last }
            let finished = line.prefix { $0.isFinished }
            // What follows one that is open waits for it.
            if finished.count < line.count { position.ends = [] }
            position.last = finished.last?.seq ?? position.last
            return (try finished.map { try database.info(of: $0) }[...], position)
        }
    }

    private func isWoken() async -> Bool {
        for await _ in events { return true }
        return false
    }
}
