import Files
import Model
import Operations
import Specs

/// A file of specs on disk, and the code that they name.
struct SpecFile {
    /// As the user gave it; `-` is standard input.
    let path: String

    init(_ path: String) throws {
        for scheme in ["http://", "https://"] where path.lowercased().hasPrefix(scheme) {
            throw PachError(
                .notSupported, "Could not read \(quoted(path)): specs from \(scheme) are not supported yet",
                hint: "Fetch it yourself: curl -fsSL URL | pach create pipeline -f -")
        }
        self.path = path
    }

    /// One spec of the file.
    struct Document {
        let pipeline: PipelineName
        var request: PipelineRequest
    }

    /// One for each spec, in order.
    func documents(standardInput: ByteStream) async throws -> [Document] {
        try SpecLoader.load(bytes: try await bytes(standardInput), fileName: name).map { loaded in
            var code: [CodeFile] = []
            if let build = loaded.spec.transform.build { code = try codeFiles(build.path, of: loaded.spec.name) }
            return Document(pipeline: loaded.spec.name, request: PipelineRequest(spec: loaded.text, fileName: name, code: code))
        }
    }

    private var isStandardInput: Bool { path == "-" }
    private var name: String { isStandardInput ? "standard input" : path }

    private func bytes(_ standardInput: ByteStream) async throws -> [UInt8] {
        guard isStandardInput else { return try await readWhole(path, upTo: SpecLoader.byteCountMax) }
        guard let bytes = try await standardInput.collect(upTo: SpecLoader.byteCountMax) else {
            throw PachError(.tooLarge, "the spec on standard input is larger than \(byteText(Int64(SpecLoader.byteCountMax)))")
        }
        return bytes
    }

    /// The files of a pipeline's code, in order of path, without Git's own.
    private func codeFiles(_ buildPath: String, of pipeline: PipelineName) throws -> [CodeFile] {
        let what = "Could not read the code of pipeline \(quoted(pipeline.description))"
        var files: [CodeFile] = []
        var rest = PipelineRequest.codeByteCountMax
        do {
            var walk = try FolderWalk(base(of: buildPath) + buildPath, staysInside: true) { $0.description == ".git" }
            while let file = try walk.next() {
                let bytes = try readCode(file, upTo: rest)
                rest -= bytes.count
                files.append(CodeFile(path: file.path, bytes: bytes, isExecutable: file.status.isExecutable))
            }
        } catch let error as PachError {
            throw PachError(error.code, "\(what): \(error.message)", cause: error.cause, hint: error.hint)
        }
        guard !files.isEmpty else {
            throw PachError(
                .invalidSpec, "\(what): the folder \(quoted(buildPath)) holds no files",
                hint: "Put the program into it, or leave transform.build out.")
        }
        return files
    }

    /// What the path is relative to: the spec's folder.
    private func base(of buildPath: String) -> Substring {
        isStandardInput || buildPath.utf8.first == UInt8(ascii: "/") ? "" : folder(of: path)
    }

    private func readCode(_ file: FolderWalk.File, upTo limit: Int) throws -> [UInt8] {
        guard let bytes = try readWhole(file, upTo: limit) else {
            throw PachError(
                .tooLarge, "it is larger than \(byteText(Int64(PipelineRequest.codeByteCountMax)))",
                hint: "Put data into a repo, and only code into transform.build.path.")
        }
        return bytes
    }
}
