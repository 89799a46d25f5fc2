import TestSupport

/// One thing that a user does. Which commit it is done to is picked from those that are there, so that a step means something after any
/// others: a program can be shortened.
enum Step {
    struct Content {
        var seed: UInt64
        var byteCount: Int

        var bytes: [UInt8] {
            var words = SplitMix(seed: seed)
            return (0..<byteCount).map { _ in UInt8(truncatingIfNeeded: words.next()) }
        }
    }

    /// What a user may run in a repo with the stock git.
    static let maintenance: [[String]] = [
        ["gc", "-q", "--prune=now"], ["repack", "-a", "-d", "-f", "-q", "--depth=50", "--window=10"], ["prune", "--expire=now"],
        ["maintenance", "run", "--quiet", "--task=gc"], ["pack-refs", "--all"], ["repack", "-d", "-q", "--geometric=2"],
        ["commit-graph", "write", "--reachable"], ["multi-pack-index", "write"], ["prune-packed", "-q"],
    ]

    case createRepo(Int)
    case deleteRepo(Int)
    case put(repo: Int, branch: Int, files: [(path: Int, content: Content)], appending: Bool)
    case delete(repo: Int, branch: Int, path: Int)
    case copy(repo: Int, branch: Int, pick: Int, from: Int, to: Int)
    case start(repo: Int, branch: Int, pick: Int?)
    case finish(repo: Int, branch: Int)
    case moveBranch(repo: Int, branch: Int, pick: Int?)
    case deleteBranch(repo: Int, branch: Int)
    case squash(repo: Int, pick: Int)
    case drop(repo: Int, pick: Int)
    case collect
    case reopen
    case git(repo: Int, maintenance: Int)

    static let repoCount = 2
    static let branchCount = 3
    /// Files, folders of others among them, and names that Git would not take as they are.
    static let paths = ["/a", "/a/b", "/b/c", "/b/c/d", "/b/e f", "/ü/.git", "/.gitattributes", "/b/aux.txt", "/z~1/x\\y"]

    static func random(_ random: inout some RandomNumberGenerator) -> Step {
        func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
        let repo = pick(repoCount)
        let branch = pick(branchCount)
        switch pick(100) {
        case 0..<6: return .createRepo(repo)
        case 6..<8: return .deleteRepo(repo)
        case 8..<45:
            let files = (0..<1 + pick(3)).map { _ in
                (path: pick(paths.count), content: Content(seed: random.next() % 50, byteCount: byteCount(&random)))
            }
            var seen: Set<Int> = []
            return .put(repo: repo, branch: branch, files: files.filter { seen.insert($0.path).inserted }, appending: pick(3) == 0)
        case 45..<51: return .delete(repo: repo, branch: branch, path: pick(paths.count))
        case 51..<56: return .copy(repo: repo, branch: branch, pick: pick(100), from: pick(paths.count), to: pick(paths.count))
        case 56..<61: return .start(repo: repo, branch: branch, pick: pick(3) == 0 ? pick(100) : nil)
        case 61..<68: return .finish(repo: repo, branch: branch)
        case 68..<74: return .moveBranch(repo: repo, branch: branch, pick: pick(8) == 0 ? nil : pick(100))
        case 74..<77: return .deleteBranch(repo: repo, branch: branch)
        case 77..<82: return .squash(repo: repo, pick: pick(100))
        case 82..<86: return .drop(repo: repo, pick: pick(100))
        case 86..<89: return .collect
        case 89..<92: return .reopen
        default: return .git(repo: repo, maintenance: pick(maintenance.count))
        }
    }

    /// Mostly small, seldom so much that the file is stored in chunks.
    private static func byteCount(_ random: inout some RandomNumberGenerator) -> Int {
        switch Int.random(in: 0..<40, using: &random) {
        case 0: 0
        case 1: 1_200_000 + Int.random(in: 0..<500_000, using: &random)
        default: Int.random(in: 1..<300, using: &random)
        }
    }
}
