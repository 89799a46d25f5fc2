import Model
import Operations

/// Fewer digits than this are not told: what is unique today may not be tomorrow.
private let digitCountMin = 12

/// How many of their first digits tell the ids apart.
func digitsToTellApart(_ ids: [Digest]) -> Int {
    let sorted = ids.sorted()
    return zip(sorted, sorted.dropFirst()).reduce(digitCountMin) { count, neighbours in
        let common = zip(neighbours.0.description.utf8, neighbours.1.description.utf8).prefix { $0 == $1 }.count
        return max(count, common + 1)
    }
}

/// The datum that a command line names: by its id, or by as many of its first digits as no other datum of the job has.
/// - Parameter job: nil where there may be several, of which the id has to be whole.
func datumID(_ text: String, of job: JobLink?, in engine: any Operations) async throws -> Digest {
    if let id = Digest(hex: text) { return id }
    let isBeginning = !text.isEmpty && text.utf8.count < 2 * Digest.byteCount && text.utf8.allSatisfy("0123456789abcdef".utf8.contains)
    guard isBeginning, let job else {
        return try parsing(Digest(parsing: text))
    }
    let found = try await engine.listDatums(job.pipeline.name, job.id).map(\.datum.id).filter { $0.description.hasPrefix(text) }
    guard let id = found.first, found.count == 1 else {
        let count = found.isEmpty ? "no datum" : "\(found.count) datums"
        throw PachError(
            found.isEmpty ? .notFound : .invalidArgument, "\(count) of job \(job) begin\(found.isEmpty ? "s" : "") with \(quoted(text))",
            hint: "'pach list datum \(job)' shows them.")
    }
    return id
}
