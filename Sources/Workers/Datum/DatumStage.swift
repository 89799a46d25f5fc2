internal import Datums
public import Model
internal import Storage
internal import Synchronization
internal import Threads

/// A worker's `/pfs`: lays out what a datum reads, and takes in what user code wrote. Everything here blocks.
final class DatumStage: Sendable {
    private let folders: SandboxFolders
    /// What user code calls the folder of inputs and outputs: `/pfs`.
    private let pfs: String
    /// Whether inputs may stay: user code cannot have changed them.
    private let keepsInputs: Bool
    /// What lies in each input's folder. What the next datum reads too may stay.
    private let staged = Mutex<[String: StagedInput]>([:])

    init(_ sandbox: Sandbox, keepsInputs: Bool) {
        folders = sandbox.folders
        pfs = sandbox.paths.pfs
        self.keepsInputs = keepsInputs
    }

    /// Lays out what the datum reads, and empties what the one before it wrote.
    /// - Returns: bytes that were laid out.
    /// - Throws: `stopped` where cancellation was requested.
    func layOut(
        _ task: DatumTask, readers: (RepoName) throws(PachError) -> any ObjectReader, _ cancellation: Cancellation
    ) throws -> Int64 {
        let wanted = Self.inputs(of: task)
        try folders.emptyOutput()
        var bytes: Int64 = 0
        for name in folders.inputs {
            let input = wanted[name] ?? StagedInput()
            // Whatever goes wrong from here on, what lies there is not known.
            let present = staged.withLock { $0.removeValue(forKey: name) }
            if !keepsInputs || present != input {
                if present != StagedInput() { try folders.emptyInput(name) }
                for part in input.parts {
                    do {
                        // A large file is many objects.
                        let reader = CancellableReader(try readers(part.repo)) { () throws(PachError) in
                            guard cancellation.isRequested else { return }
                            throw PachError(.stopped, "the inputs are not laid out, since the job was stopped")
                        }
                        bytes += Int64(try Checkout(reader).write(part.node, at: part.path, below: folders.input(name)))
                    } catch {
                        let isLost = name == DatumTask.previousName && (error.code == .corrupt || error.code == .notFound)
                        throw isLost ? PachError.damagedPrevious(of: task.spec, cause: error) : error
                    }
                }
            }
            staged.withLock { $0[name] = input }
        }
        return bytes
    }

    /// Takes in what user code wrote.
    func collect(
        _ task: DatumTask, readers: @escaping (RepoName) throws(PachError) -> any ObjectReader, writer: any ObjectWriter,
        _ cancellation: Cancellation
    ) throws(PachError) -> [DatumOutput] {
        let inputs = Self.inputs(of: task)
        let input = { (name: String, path: FilePath) throws(PachError) in
            try Self.copies(of: path, in: inputs[name] ?? StagedInput(), readers: readers, writer: writer)
        }
        return try OutputCollector(folder: folders.output, pfs: pfs, writer: writer, input: input, cancellation: cancellation).collect()
    }

    /// What belongs into each input's folder.
    private static func inputs(of task: DatumTask) -> [String: StagedInput] {
        var inputs: [String: StagedInput] = [:]
        for input in task.datum.inputs {
            inputs[input.name, default: StagedInput()].parts.append(.init(repo: input.repo, path: input.path, node: input.node))
        }
        if let previous = task.previous {
            inputs[DatumTask.previousName] = StagedInput(
                parts: [.init(repo: task.job.pipeline.name.repo(), path: .root, node: previous)])
        }
        return inputs
    }

    /// What is at a path of an input, copied by reference into the output's repo; nil where the datum has nothing there. A folder that
    /// leads to what the datum has shows that alone, as on the disk.
    private static func copies(
        of path: FilePath, in input: StagedInput, readers: (RepoName) throws(PachError) -> any ObjectReader, writer: any ObjectWriter
    ) throws(PachError) -> [DatumOutput]? {
        var copies: [DatumOutput] = []
        for part in input.parts {
            if let above = part.path.relative(to: path), !above.isRoot {
                let files = try ObjectTransfer(from: readers(part.repo), to: writer).files(below: part.node)
                copies += files.map { DatumOutput(path: above.appending($0.path), file: $0.file) }
            }
            guard let below = path.relative(to: part.path) else { continue }
            let objects = try readers(part.repo)
            let reader = TreeReader(objects)
            let node: TreeNode?
            if below.isRoot {
                node = part.node
            } else if part.node.kind == .folder {
                node = try reader.node(at: below, in: part.node.id)
            } else {
                node = nil
            }
            guard let node else { continue }
            return try ObjectTransfer(from: objects, to: writer).files(below: node).map { DatumOutput(path: $0.path, file: $0.file) }
        }
        return copies.isEmpty ? nil : copies
    }
}

/// What lies in an input's folder.
private struct StagedInput: Hashable {
    struct Part: Hashable {
        var repo: RepoName
        var path: FilePath
        var node: TreeNode
    }

    var parts: [Part] = []
}

extension PachError {
    /// For a pipeline that sees its own last output (`previous`) where that is damaged. Nothing can make it again, and a job that went on
    /// without it would lose in silence what it held.
    public static func damagedPrevious(of spec: PipelineSpec, cause: PachError?) -> PachError {
        PachError(
            .corrupt, "the last output of pipeline \(spec.name), which it reads itself, is damaged", cause: cause?.description,
            hint: "Take it from a backup with 'pach restore', or begin anew without it: 'pach delete branch \(spec.output) --force', "
                + "then 'pach update pipeline'.")
    }
}
