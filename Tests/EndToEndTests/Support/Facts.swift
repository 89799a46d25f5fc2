import Foundation

// What the tests read of what `pach -o json` prints.

struct Link: Decodable, Equatable {
    struct Named: Decodable, Equatable { var name: String }
    struct Branch: Decodable, Equatable {
        var name: String
        var repo: Named
    }
    var branch: Branch
    var id: String
}

struct Job: Decodable {
    struct Reference: Decodable {
        var pipeline: Link.Named
        var id: String
    }
    struct Details: Decodable {
        var planning: Double?
        enum CodingKeys: String, CodingKey { case planning = "planning_time" }
    }
    var job: Reference
    var state: String
    var reason: String
    var processed: Int
    var skipped: Int
    var failed: Int
    var recovered: Int
    var total: Int
    var started: String?
    var finished: String?
    var details: Details?

    enum CodingKeys: String, CodingKey {
        case job, state, reason, started, finished, details
        case processed = "data_processed"
        case skipped = "data_skipped"
        case failed = "data_failed"
        case recovered = "data_recovered"
        case total = "data_total"
    }

    var id: String { job.id }
    var name: String { "\(job.pipeline.name)@\(job.id)" }
    var hasEnded: Bool { ["JOB_SUCCESS", "JOB_FAILURE", "JOB_KILLED", "JOB_UNRUNNABLE"].contains(state) }

    /// Processed, skipped and total, as the table shows them.
    var progress: String { "\(processed) + \(skipped) / \(total)" }

    /// Seconds from its start to its end.
    var seconds: Double? {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let started, let finished, let start = try? style.parse(started), let end = try? style.parse(finished) else { return nil }
        return end.timeIntervalSince(start)
    }
}

struct ListedFile: Decodable {
    struct File: Decodable {
        var path: String
    }
    var file: File
    var hash: String
}

struct ListedCommit: Decodable {
    var commit: Link
    var error: String?
    var provenance: [Link]
    enum CodingKeys: String, CodingKey {
        case commit, error
        case provenance = "direct_provenance"
    }
}

struct ListedDatum: Decodable {
    struct Reference: Decodable { var id: String }
    var datum: Reference
    var state: String
    var tries: Int
    var reason: String
}

struct ListedPipeline: Decodable {
    var pipeline: Link.Named
    var version: Int
    var state: String
}

/// JSON to be written.
indirect enum JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    case string(String)
    case number(Int)
    case boolean(Bool)
    case array([JSON])
    case object([String: JSON])

    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int) { self = .number(value) }
    init(booleanLiteral value: Bool) { self = .boolean(value) }
    init(arrayLiteral elements: JSON...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, JSON)...) { self = .object(Dictionary(uniqueKeysWithValues: elements)) }

    var text: String {
        switch self {
        case .string(let value): Self.quoted(value)
        case .number(let value): "\(value)"
        case .boolean(let value): "\(value)"
        case .array(let values): "[\(values.map(\.text).joined(separator: ","))]"
        case .object(let members):
            "{\(members.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)):\($0.value.text)" }.joined(separator: ","))}"
        }
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case let scalar where scalar.value < 0x20: "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }
}
