import Foundation
import Glibc
import Ledger
import Testing
import Threads

/// Files beside a data root by which user code tells a test that it runs, and waits until it may go on.
struct JobGate {
    private let witnessPath: String
    private let arrivalPath: String
    private let gatePath: String

    init(_ test: TestEngine) throws {
        let folder = URL(filePath: test.root.path).deletingLastPathComponent().path
        witnessPath = folder + "/witness"
        arrivalPath = folder + "/arrival"
        gatePath = folder + "/gate"
        // User code may have another identity.
        try Data().write(to: URL(filePath: witnessPath))
        try #require(chmod(witnessPath, 0o666) == 0)
        for path in [arrivalPath, gatePath] { try #require(mkfifo(path, 0o600) == 0 && chmod(path, 0o666) == 0) }
    }

    /// A script that copies its datum, of a repo `in`; with one that holds "wait" it waits at the gate first.
    var script: String {
        """
        echo "$PACH_JOB_ID" >> '\(witnessPath)'
        if grep -q wait "$in"; then
            echo "$PACH_JOB_ID" > '\(arrivalPath)'
            read -r line < '\(gatePath)'
        fi
        cp "$in" "$out/"
        """
    }

    /// A script that waits at the gate with every datum, and tells nobody.
    var silentScript: String { "read -r line < '\(gatePath)'" }

    /// The jobs of which a datum was processed, in that order.
    func jobs() throws -> [String] {
        try String(contentsOfFile: witnessPath, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// Waits for a job to come to the gate.
    /// - Returns: which one it is.
    func arrival() async throws -> String? {
        try await blocking { [arrivalPath] in
            let bytes = try FileHandle(forReadingFrom: URL(filePath: arrivalPath)).readToEnd()
            return bytes.map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .newlines) }
        }
    }

    /// Lets one through, now or when it comes.
    /// - Returns: what it goes through, for as long as it is kept.
    func open() throws -> FileHandle {
        let descriptor = Glibc.open(gatePath, O_RDWR | O_CLOEXEC)
        try #require(descriptor >= 0)
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data("\n".utf8))
        return handle
    }
}
