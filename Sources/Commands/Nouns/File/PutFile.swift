import ArgumentParser
import Files
import Model
import Operations

struct PutFile: EngineUser {
    static let configuration = CommandConfiguration(
        commandName: "file", abstract: "Put files in a repo, all in one commit.",
        discussion: manual(
            """
            The files go into the open commit that is named or that the branch has, else into a commit of their own. What is there \
            already is replaced, unless --append is given.

            Without a path a source keeps its own name; one source with a path gets exactly that path, or goes below it where the \
            path ends in '/'; several sources go below the path, unless two would take one place: then none is put. With -r \
            the files of a folder keep their paths relative to it.

            Examples:
              pach put file training@master:/a.csv -f a.csv
              pach put file training@master:/ -r -f data
              generate | pach put file training@master:/log.txt --append
            """), aliases: ["files"])

    @Argument(help: "The destination: repo@branch-or-commit[:/path].", completion: .branch)
    var destination: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "A file, or with -r a folder; may be repeated, or list several, with commas. '-' is standard input.", valueName: "source"),
        completion: .file())
    var file: [String] = []

    @Option(name: .shortAndLong, help: ArgumentHelp("A file that lists sources, one a line.", valueName: "list"), completion: .file())
    var inputFile: String?

    @Flag(name: .shortAndLong, help: "Put all files below the folders that are named. Links are followed.")
    var recursive = false

    @Flag(name: .shortAndLong, help: "Append to files that are there already.")
    var append = false

    @Flag(help: "Keep the whole path of a source, not only its last name.")
    var fullPath = false

    @Flag(inversion: .prefixedNo, help: "Show on a terminal how far it is.")
    var progress = true

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: destination) }

    /// A list of sources is at most this long.
    private static let listByteCountMax = 64 * 1024 * 1024

    func run(in session: Session) async throws {
        // Before an engine is opened: what cannot be put need not wait for one.
        let plan = try await self.plan(session)
        try await withEngine(session) { try await put(plan, $0, session) }
    }

    private struct Plan {
        var commit: CommitReference
        var sources: [UploadSource]
        var destination: UploadDestination
        /// Nil where it cannot be known before the folders are walked.
        var totalBytes: Int64?
    }

    private func put(_ plan: Plan, _ connection: Connection, _ session: Session) async throws {
        let meter = ProgressMeter(session.console, totalBytes: plan.totalBytes, isShown: progress)
        let result: ChangeResult
        do {
            if var folder = try await rememberedFolder(plan, session) {
                result = try await folder.run(connection.engine, meter)
            } else {
                let uploads = Uploads(plan.sources, to: plan.destination, standardInput: session.console.input, meter: meter)
                result = try await connection.engine.putFiles(uploads.files, in: plan.commit, mode: append ? .append : .overwrite)
            }
        } catch {
            meter.end()
            throw error
        }
        meter.end()
        session.remarkPendingJobs(result.pendingJobs, connection)
    }

    /// The source, where it is one folder, which may be remembered from the last time.
    private func rememberedFolder(_ plan: Plan, _ session: Session) async throws -> FolderPut? {
        guard recursive, !append, plan.sources.count == 1, !plan.sources[0].isStandardInput,
            let place = StatCache.place(session.environment), try FileStatus(following: plan.sources[0].name).isFolder
        else { return nil }
        let target = try plan.destination.target(of: plan.sources[0], isFolder: true)
        return try await FolderPut(plan.sources[0].name, to: target, in: plan.commit, cachePlace: place, now: session.console.now())
    }

    private func plan(_ session: Session) async throws -> Plan {
        let (commit, path) = try parsing(CommitReference.withPath(destination))
        _ = try parsing(FilePath(path ?? ""))
        let sources = try await self.sources(session).map { try UploadSource($0) }
        let destination = UploadDestination(path: path, recursive: recursive, fullPath: fullPath, sourceCount: sources.count)
        return Plan(commit: commit, sources: sources, destination: destination, totalBytes: try check(sources, destination))
    }

    /// The sources as they are named.
    private func sources(_ session: Session) async throws -> [String] {
        var names = try file.flatMap(split)
        if let inputFile {
            let bytes =
                inputFile == UploadSource.standardInput
                ? try await session.console.input.collect(upTo: Self.listByteCountMax)
                : try await readWhole(inputFile, upTo: Self.listByteCountMax)
            guard let bytes else {
                throw PachError(.tooLarge, "the list \(quoted(inputFile)) is larger than \(byteText(Int64(Self.listByteCountMax)))")
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw PachError(
                    .invalidArgument, "the list \(quoted(inputFile)) is not UTF-8",
                    hint: "Rename the files that it lists; names are kept as UTF-8.")
            }
            names += text.split(whereSeparator: \.isNewline).map(String.init)
            guard !names.isEmpty else { throw PachError(.invalidArgument, "the list \(quoted(inputFile)) names no source") }
        } else if file.isEmpty {
            names = [UploadSource.standardInput]
        }
        return names
    }

    /// pachctl takes a list with commas; a file whose name has one goes first.
    /// - Throws: `UsageError` where a part is empty: who wrote `"$A,$B"` meant two files.
    private func split(_ value: String) throws -> [String] {
        let hint = "A variable that is not set leaves nothing."
        guard !value.isEmpty else { throw UsageError("-f names no source: it is empty", hint: hint) }
        guard value.contains(",") else { return [value] }
        do {
            _ = try FileStatus(following: value)
            return [value]
        } catch {
            let names = value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard !names.contains("") else { throw UsageError("the list \(quoted(value)) names an empty source", hint: hint) }
            return names
        }
    }

    /// Finds out beforehand what cannot be put.
    /// - Returns: the bytes of all, where no folder is among the sources.
    private func check(_ sources: [UploadSource], _ destination: UploadDestination) throws -> Int64? {
        var total: Int64? = 0
        var owners: [FilePath: UploadSource] = [:]
        for source in sources {
            if source.isStandardInput {
                guard !recursive else { throw UsageError("cannot set -r and read from stdin (must also set -f or -i)") }
                guard try destination.path.map({ try !FilePath($0).isRoot }) ?? false else {
                    throw UsageError(
                        "must specify filename when reading data from stdin", hint: "Write repo@branch:/path, or name a file with -f.")
                }
                total = nil
                try claim(destination.target(of: source, isFolder: false), for: source, &owners)
                continue
            }
            let status = try FileStatus(following: source.name)
            if status.isFolder, !recursive {
                throw PachError(.invalidArgument, "\(quoted(source.name)) is a folder", hint: "Use -r to put all files in it.")
            }
            let target = try destination.target(of: source, isFolder: status.isFolder)
            if !status.isFolder, target.isRoot {
                throw PachError(
                    .invalidArgument, "the file \(quoted(source.name)) needs a name in the repo", hint: "Write repo@branch:/path.")
            }
            total = status.kind == .file ? total.map { $0 + Int64(status.byteCount) } : nil
            try claim(target, for: source, &owners)
        }
        return total
    }

    /// Makes sure that each source has a place of its own, unless they are appended: of two in one place the last would win.
    private func claim(_ target: FilePath, for source: UploadSource, _ owners: inout [FilePath: UploadSource]) throws {
        guard !append, let other = owners.updateValue(source, forKey: target) else { return }
        throw UsageError(
            "\(quoted(other.name)) and \(quoted(source.name)) would both go to \(quoted(target.description))",
            hint: "\(fullPath ? "Put" : "Put them with --full-path, which keeps their folders, or") one after the other.")
    }
}
