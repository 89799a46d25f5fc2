public import Model
public import Storage

/// Makes a job's output tree: that of the base job, less the outputs of datums that are gone or run anew, plus what was
/// written. Outputs of unchanged datums are never looked at; the cost is that of the changed paths.
///
/// Every path comes from one datum. One that two datums of the job wrote, or that is still there from an unchanged datum, is
/// an error; so is a path that would be a file and a folder. A datum may write its own old path again.
public struct OutputMerge: Sendable {
    private var removed: [FilePath] = []
    private var added: [(datum: Digest, outputs: [DatumOutput])] = []

    public init() {}

    /// Takes out what a datum of the base job wrote, by its record.
    public mutating func remove(_ outputs: [DatumOutput]) {
        removed += outputs.lazy.map(\.path)
    }

    /// Puts in what a datum of this job wrote.
    public mutating func add(_ outputs: [DatumOutput], of datum: Digest) {
        added.append((datum, outputs))
    }

    /// Whether the output stays what it was.
    public var isEmpty: Bool { removed.isEmpty && added.allSatisfy(\.outputs.isEmpty) }

    /// The new tree, and how many files and bytes it has more than the base.
    /// - Parameters:
    ///   - base: The output tree of the base job; nil for none.
    ///   - owner: Tells which datum wrote a path of the base, for the message of a conflict; nil where that is not known.
    /// - Throws: `conflict`, with Pachyderm's messages.
    public func apply(
        to base: ObjectID?, reader: any ObjectReader, writer: any ObjectWriter,
        owner: (FilePath) throws(PachError) -> Digest? = { _ in nil }
    ) throws(PachError) -> TreeEdit {
        let editor = TreeEditor()
        for path in removed { try editor.delete(path) }
        for (_, outputs) in added {
            for output in outputs { try editor.put(output.file, at: output.path) }
        }
        let edit: TreeEdit
        do {
            edit = try editor.apply(to: base, reader: reader, writer: writer)
        } catch  where error.code == .notFound {
            throw PachError(
                .corrupt, "the output tree \(base?.description ?? "of no job") is not what its datums' records list", cause: error.message)
        }
        // Each path that was put and not removed is one file more, unless it was there or is put twice. So a count tells that
        // there is a conflict, and only then is it looked for.
        guard edit.delta.files == added.reduce(0, { $0 + $1.outputs.count }) - removed.count else {
            throw try conflict(in: base, reader: reader, owner: owner)
        }
        return edit
    }

    private func conflict(
        in base: ObjectID?, reader: any ObjectReader, owner: (FilePath) throws(PachError) -> Digest?
    ) throws(PachError) -> PachError {
        let written = added.flatMap { datum, outputs in outputs.map { (path: $0.path, datum: datum) } }
            .sorted { ($0.path, $0.datum) < ($1.path, $1.datum) }
        for (first, second) in zip(written, written.dropFirst()) where first.path == second.path {
            return Self.duplicate(first.path, from: first.datum.description, and: second.datum)
        }
        let removed = Set(removed)
        if let base {
            for (path, datum) in written where !removed.contains(path) {
                guard try TreeReader(reader).node(at: path, in: base)?.kind.isFile == true else { continue }
                return Self.duplicate(path, from: try owner(path)?.description ?? "an earlier datum", and: datum)
            }
        }
        return PachError(.corrupt, "the records of the datums that go list a path twice")
    }

    private static func duplicate(_ path: FilePath, from first: String, and second: Digest) -> PachError {
        PachError(.conflict, "duplicate path output by different datums (\(path) from \(first) and \(path) from \(second))")
    }
}
