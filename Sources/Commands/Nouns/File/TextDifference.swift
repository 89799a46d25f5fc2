import Files
import Foundation
import Model
import Operations
import Threads

/// Compares files line by line with a program of its own: both sides are laid out as folders `old` and `new`.
struct TextDifference {
    /// Larger files are told by their rows alone.
    static let byteCountMax: Int64 = 1 << 20
    /// At most so many files are compared.
    static let fileCountMax = 1000

    /// The program and its arguments; the two folders follow.
    var command: [String]
    /// The two paths that are compared. What is below the old one lies where its counterpart does, by which the program finds it.
    var newPath: FilePath
    var oldPath: FilePath

    func print(_ differences: [FileDifference], _ engine: any Operations, _ console: Console) async throws {
        let compared = differences.filter(isCompared).prefix(Self.fileCountMax)
        guard !compared.isEmpty else { return }
        // Whatever ends it, no copy of the data stays.
        try await interruptible { try await compare(Array(compared), engine, console) }
        let left = differences.count { !isFolder($0) } - compared.count
        if left > 0 {
            let what = left == 1 ? "1 file was" : "\(left) files were"
            console.remark("\(what) not compared line by line: too large, or too many.")
        }
    }

    private func compare(_ differences: [FileDifference], _ engine: any Operations, _ console: Console) async throws {
        let folder = try temporaryFolder()
        do {
            try await layOut(differences, in: folder, engine)
            try await compare(in: folder, console)
        } catch {
            try FileManager.default.removeItem(atPath: folder)
            throw error
        }
        try FileManager.default.removeItem(atPath: folder)
    }

    private func layOut(_ differences: [FileDifference], in folder: String, _ engine: any Operations) async throws {
        try makeFolders("\(folder)/old")
        try makeFolders("\(folder)/new")
        for difference in differences {
            if let file = difference.oldFile {
                let below = file.file.path.relative(to: oldPath) ?? file.file.path
                try await layOut(file, at: newPath.appending(below), in: "\(folder)/old", engine)
            }
            if let file = difference.newFile { try await layOut(file, at: file.file.path, in: "\(folder)/new", engine) }
        }
    }

    private func isFolder(_ difference: FileDifference) -> Bool {
        [difference.newFile, difference.oldFile].contains { $0?.fileType == .folder }
    }

    private func isCompared(_ difference: FileDifference) -> Bool {
        [difference.newFile, difference.oldFile].allSatisfy { $0.map { $0.fileType == .file && $0.sizeBytes <= Self.byteCountMax } ?? true }
    }

    private func layOut(_ file: FileInfo, at path: FilePath, in folder: String, _ engine: any Operations) async throws {
        try makeFolders("\(folder)\(path.parent)")
        try await writeFile("\(folder)\(path)", engine.getFile(file.reference, range: nil).content) { _ in }
    }

    private func temporaryFolder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pach-diff-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        return folder
    }

    private func compare(in folder: String, _ console: Console) async throws {
        let pipe = Pipe()
        // env finds the program by PATH, as a shell would.
        let process = try ChildProcess(
            ["/usr/bin/env"] + command + ["old", "new"], in: folder, environment: ProcessInfo.processInfo.environment,
            input: .descriptor(STDIN_FILENO), output: .descriptor(pipe.fileHandleForWriting.fileDescriptor),
            error: .descriptor(STDERR_FILENO))
        // Reading ends where nobody can write.
        try pipe.fileHandleForWriting.close()
        do {
            let reading = pipe.fileHandleForReading.fileDescriptor
            try await withTaskCancellationHandler {
                for try await piece in ByteStream.reading(standardInput: reading) { try console.output(piece) }
            } onCancel: {
                // That ends the reading.
                kill(process.pid, SIGTERM)
            }
        } catch {
            kill(process.pid, SIGTERM)
            _ = try await blocking { try process.wait() }
            throw error
        }
        let code = try await blocking { try process.wait().code }
        // Programs that compare end with 1 where something differs (diff(1)).
        guard code <= 1 else {
            throw PachError(
                .io, "Could not compare line by line: \(quoted(command.joined(separator: " "))) ended with \(code)",
                hint: "Use --name-only, or name another program with --diff-command.")
        }
    }
}
