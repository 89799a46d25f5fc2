import ArgumentParser
import Model
import Operations

struct GetFile: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "file", abstract: "Get a file's bytes, or a folder with all below it.",
        discussion: manual(
            """
            Where no file has that very name, the path is a pattern, and the files that match follow one another.

            Examples:
              pach get file model@master:/metrics.json
              pach get file model@master:/ -r -o model
              pach get file 'logs@master:/2026-11-*.txt' | wc -l
            """), aliases: ["files"])

    @Argument(help: "What to get: repo@branch-or-commit:/path.", completion: .branch)
    var file: String

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write. (default: standard output)", valueName: "path"), completion: .file())
    var output: String?

    @Flag(name: .shortAndLong, help: "Write a folder with all that is below it; needs -o.")
    var recursive = false

    @Option(help: ArgumentHelp("Begin at this byte of the file.", valueName: "bytes"))
    var offset: Int64 = 0

    @Flag(inversion: .prefixedNo, help: "Show on a terminal how far it is.")
    var progress = true

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .repo(of: file) }

    func validate() throws {
        guard offset >= 0 else { throw ValidationError("The offset cannot be negative.") }
        guard !recursive || output != nil else { throw ValidationError("-r writes a folder; name it with -o.") }
        guard !recursive || offset == 0 else { throw ValidationError("--offset is for one file, not for -r.") }
    }

    func run(_ connection: Connection, in session: Session) async throws {
        if recursive, let output, let folder = try await folder(connection.engine, session) {
            let meter = ProgressMeter(session.console, totalBytes: nil, isShown: false)
            return try await writeTree(of: [folder], relativeTo: folder.path, to: output, connection.engine, meter)
        }
        let matches = try await parsing(FilePattern(file)).matches(connection.engine)
        let totalBytes = matches.files.reduce(-offset) { $0 + $1.sizeBytes }
        let meter = ProgressMeter(session.console, totalBytes: totalBytes, isShown: progress)
        do {
            if recursive, let output {
                try await writeTree(matches, to: output, connection.engine, meter)
            } else {
                try await writeFiles(matches.files, connection.engine, session, meter)
            }
        } catch {
            meter.end()
            throw error
        }
        meter.end()
    }

    /// The folder that is named, where nobody wants to see how much of it is done: to count its bytes takes a look at each file.
    private func folder(_ engine: any Operations, _ session: Session) async throws -> FileReference? {
        guard !progress || session.console.errorColumns == nil else { return nil }
        let pattern = try parsing(FilePattern(file))
        do {
            let folder = FileReference(commit: pattern.commit, path: try FilePath(pattern.pattern))
            _ = try await engine.listFolder(folder)
            return folder
        } catch let error as PachError where error.code == .notFound || error.code == .invalidArgument {
            return nil
        }
    }

    private func writeFiles(_ files: [FileInfo], _ engine: any Operations, _ session: Session, _ meter: ProgressMeter) async throws {
        if let folder = files.first(where: { $0.fileType == .folder }) {
            throw PachError(
                .invalidArgument, "\(quoted(folder.file.path.description)) is a folder", hint: "Use -r -o DIR to get all files in it.")
        }
        guard files.count == 1 || (output == nil && offset == 0) else {
            throw PachError(
                .invalidArgument, "\(quoted(file)) matches \(files.count) files, where one is needed",
                hint: "Use -r -o DIR to get each into a folder.")
        }
        for file in files {
            meter.begin(file.file.path.description)
            let range = offset > 0 ? offset..<max(offset, file.sizeBytes) : nil
            let content = try await engine.getFile(file.reference, range: range).content
            if let output {
                try await writeFile(output, content, onPiece: meter.add)
            } else {
                for try await piece in content {
                    try session.console.output(piece)
                    meter.add(piece.count)
                }
            }
        }
    }

    /// A folder's files go where they are relative to it; what a pattern matches keeps its path.
    private func writeTree(
        _ matches: FilePattern.Matches, to output: String, _ engine: any Operations, _ meter: ProgressMeter
    ) async throws {
        var base = FilePath.root
        if case .literal(let match) = matches {
            guard match.fileType == .folder else { return try await write(match, to: output, engine, meter) }
            base = match.file.path
        }
        try await writeTree(of: matches.files.map(\.reference), relativeTo: base, to: output, engine, meter)
    }

    private func writeTree(
        of matches: [FileReference], relativeTo base: FilePath, to output: String, _ engine: any Operations, _ meter: ProgressMeter
    ) async throws {
        try await interruptible {
            let files = FileWriters(to: try NewFolder(output), meter)
            do {
                try await Self.write(matches, relativeTo: base, engine, files)
                try await files.finish()
            } catch {
                await files.abandon()
                throw error
            }
        }
    }

    private static func write(
        _ matches: [FileReference], relativeTo base: FilePath, _ engine: any Operations, _ files: FileWriters
    ) async throws {
        var last: FilePath?
        for match in matches {
            for try await group in engine.getFiles(match) {
                // A pattern may match a folder and what is in it; paths come in order, so a repetition is not after the last.
                let new = last.map { last in Array(group.drop { $0.info.file.path <= last }) } ?? group
                last = new.last?.info.file.path ?? last
                try await files.write(new, relativeTo: base)
            }
        }
    }

    private func write(_ file: FileInfo, to path: String, _ engine: any Operations, _ meter: ProgressMeter) async throws {
        meter.begin(file.file.path.description)
        let folder = Commands.folder(of: path).dropLast()
        if !folder.isEmpty { try makeFolders(String(folder)) }
        try await writeFile(path, engine.getFile(file.reference, range: nil).content, onPiece: meter.add)
    }
}
