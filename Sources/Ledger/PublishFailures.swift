internal import Dispatch
internal import Model

/// Where publishing failed, and when it is tried there again: what fails keeps nothing else waiting, is tried again after ever longer pauses,
/// and is told once.
struct PublishFailures {
    /// What fails alone.
    enum Place: Hashable {
        /// Nothing can be published, as with a full disk.
        case root
        /// The repo, by its key, takes no pack.
        case packs(Int64)
        /// Objects of the repo that wait for a pack are damaged.
        case objects(Int64)
        /// A ref cannot be moved.
        case ref(Int64, String)

        var isRef: Bool {
            if case .ref = self { true } else { false }
        }

        /// The key of the repo.
        var repo: Int64? {
            switch self {
            case .root: nil
            case .packs(let repo), .objects(let repo), .ref(let repo, _): repo
            }
        }
    }

    private struct Failure {
        var error: PachError
        var pauseSeconds: Int
        var retry: DispatchTime
    }

    /// The first pause. The lock of a ref that another program holds goes sooner.
    private static let pauseSecondsMin = 1
    /// The longest pause. A lock that a crash left is removed at the first trial after `Limits.refLockAgeSecondsMax`.
    private static let pauseSecondsMax = 16

    private var failures: [Place: Failure] = [:]

    /// Whether the place did not fail, or its pause is over.
    func mayTry(_ place: Place) -> Bool {
        failures[place].map { $0.retry <= .now() } ?? true
    }

    /// When the next pause is over; nil where nothing failed.
    var nextRetry: DispatchTime? { failures.values.map(\.retry).min() }

    /// Why repos take no packs, by their keys: what lands there stays where it landed.
    var stuck: [Int64: PachError] {
        var stuck: [Int64: PachError] = [:]
        for case (.packs(let repo), let failure) in failures { stuck[repo] = failure.error }
        return stuck
    }

    /// What keeps stock Git from seeing all of a repo, by the repos' keys.
    var byRepo: [Int64: PachError] {
        var errors = stuck
        for (place, failure) in failures.sorted(by: { $0.value.error.message < $1.value.error.message }) {
            switch place {
            case .objects(let repo), .ref(let repo, _): errors[repo] = errors[repo] ?? failure.error
            case .root, .packs: break
            }
        }
        return errors
    }

    /// - Returns: whether it is news.
    mutating func note(_ error: PachError, at place: Place) -> Bool {
        let last = failures[place]
        var next = last ?? Failure(error: error, pauseSeconds: Self.pauseSecondsMin, retry: .now() + .seconds(Self.pauseSecondsMin))
        next.error = error
        // Who asks for a trial before the pause is over does not make it longer.
        if let last, last.retry <= .now() {
            next.pauseSeconds = min(last.pauseSeconds * 2, Self.pauseSecondsMax)
            next.retry = .now() + .seconds(next.pauseSeconds)
        }
        failures[place] = next
        // Causes name temporary files, which are others each time.
        return last?.error.code != error.code || last?.error.message != error.message
    }

    /// It worked, or there is nothing to do there any more.
    mutating func forget(where isOver: (Place) -> Bool) {
        failures = failures.filter { !isOver($0.key) }
    }
}
