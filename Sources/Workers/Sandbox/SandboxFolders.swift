internal import CSandbox
import Foundation
import Glibc

/// A worker's folders on the host: `pfs/<input>`, `pfs/out` and `tmp` under its scratch folder.
///
/// A sandbox shows the live folders, so what the engine puts into them between two runs is there in the next one. The
/// folders themselves must stay as long as the worker does, and no longer: user code may have handed one on, open. All functions block.
public struct SandboxFolders: Hashable, Sendable {
    /// The worker's folder.
    public let scratch: String
    public let inputs: [String]

    public init(scratch: String, inputs: [String]) {
        self.scratch = scratch
        self.inputs = inputs
    }

    var pfs: String { scratch + "/pfs" }

    /// What user code sees as `/pfs/out`.
    public var output: String { pfs + "/out" }

    /// What user code sees as `/tmp`.
    public var temporary: String { scratch + "/tmp" }

    /// What user code sees as `/pfs/<name>`.
    public func input(_ name: String) -> String {
        "\(pfs)/\(name)"
    }

    // Inputs are read by another identity than the engine's: by its group. Nobody else, not even by a folder that was handed on open.
    private static let readable: UInt32 = 0o750
    private static let own: UInt32 = 0o700

    /// Makes the folders that are missing, and gives those that user code writes to `owner`.
    func make(owner: SandboxIdentity?) throws(SandboxError) {
        do {
            try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        } catch {
            throw SandboxError(.folder, "The folder \(scratch) could not be made: \(error.localizedDescription)")
        }
        let reader = owner.map { SandboxIdentity(user: geteuid(), group: $0.group) }
        try Self.make(scratch, mode: 0o710, owner: reader)
        try Self.make(pfs, mode: Self.readable, owner: reader)
        for name in inputs {
            try Self.make(input(name), mode: Self.readable, owner: reader)
        }
        try Self.make(output, mode: Self.own, owner: owner)
        try Self.make(temporary, mode: Self.own, owner: owner)
    }

    private static func make(_ path: String, mode: UInt32, owner: SandboxIdentity?) throws(SandboxError) {
        var error: Int32 = 0
        if mkdir(path, mode) != 0, errno != EEXIST { error = errno }
        var raw: Int32 = -1
        if error == 0 { error = pach_open_folder(AT_FDCWD, path, &raw) }
        if error == 0 {
            let folder = Descriptor(raw)
            if let owner, fchown(folder.raw, owner.user, owner.group) != 0 { error = errno }
            if error == 0, fchmod(folder.raw, mode) != 0 { error = errno }
        }
        guard error == 0 else {
            throw SandboxError(.folder, "The folder \(path) could not be made: \(systemMessage(error)).")
        }
    }

    /// Removes the folders with all that is in them, so that the next worker gets new ones: who still has one of these open, because it was
    /// handed on, finds nothing in it and can put nothing there.
    func remove() throws(SandboxError) {
        try HostileFolder.remove(pfs)
        try HostileFolder.remove(temporary)
    }

    /// Empties what user code wrote, and the inputs.
    public func empty() throws(SandboxError) {
        try emptyInputs()
        try emptyOutput()
        try emptyTemporary()
    }

    public func emptyInputs() throws(SandboxError) {
        for name in inputs { try emptyInput(name) }
    }

    public func emptyInput(_ name: String) throws(SandboxError) {
        try HostileFolder.empty(input(name), mode: Self.readable)
    }

    public func emptyOutput() throws(SandboxError) {
        try HostileFolder.empty(output, mode: Self.own)
    }

    public func emptyTemporary() throws(SandboxError) {
        try HostileFolder.empty(temporary, mode: Self.own)
    }
}
