import Model

/// The name of a request's file, which is all that a client needs to find its result: `predict-2026-11-21T05:30:00.000000.txt`.
///
/// The time is UTC, to the microsecond, and no two requests of a kind have the same, so names sort in the order of arrival. Where the
/// file is follows from the name.
struct RequestName: Hashable, Sendable, CustomStringConvertible {
    enum Kind: String, Sendable, CaseIterable {
        case train
        case predict
    }

    let kind: Kind
    let time: Timestamp

    init(_ kind: Kind, at time: Timestamp) {
        self.kind = kind
        self.time = time
    }

    /// Parses exactly what `description` gives.
    init?(_ text: some StringProtocol) {
        guard let kind = Kind.allCases.first(where: { text.hasPrefix("\($0.rawValue)-") }), text.hasSuffix(Self.suffix) else { return nil }
        let middle = text.dropFirst(kind.rawValue.count + 1).dropLast(Self.suffix.count)
        guard let time = Timestamp("\(middle)Z"), Self.text(of: time) == middle else { return nil }
        self.init(kind, at: time)
    }

    private static let suffix = ".txt"

    var description: String { "\(kind.rawValue)-\(Self.text(of: time))\(Self.suffix)" }

    /// `/2026-11-21/05/<name>`: a folder per hour, so that a commit touches small folders only.
    var path: FilePath {
        let text = Self.text(of: time)
        return .literal("/\(text.prefix(10))/\(text.dropFirst(11).prefix(2))/\(self)")
    }

    /// ISO 8601 without an offset, as Python's `datetime.isoformat` has it, but always with its fraction: `2026-11-21T05:30:00.000000`.
    static func text(of time: Timestamp) -> Substring { time.description.dropLast() }
}

extension FilePath {
    /// - Parameter text: a path that we made ourselves, of characters that every path may have.
    static func literal(_ text: String) -> FilePath {
        do {
            return try FilePath(text)
        } catch {
            preconditionFailure("\(text) is a path: \(error)")
        }
    }
}
