#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A file being written, which appears under its name all at once when it is complete; or standard output, a pipe or a device, which get what
/// is written piece by piece.
///
/// Until `finish` it is a hidden file beside its place; that is removed when the value goes out of scope unfinished.
/// It is not forced to disk: who needs that commits it to a repo.
public struct OutputFile: ~Copyable {
    /// Its name; `nil` of what gets it piece by piece.
    private let path: String?
    private let descriptor: FileDescriptor
    private var buffer: [UInt8] = []

    /// Bytes gathered before they are written.
    private static let bufferSize = 256 << 10

    /// What is written in place of a file's name where standard output is meant.
    public static let standardOutput = "-"

    /// Starts a file, making the folders above it where they are missing; `-` is standard output.
    ///
    /// - Throws: `.io` when the folders or the file cannot be made.
    public init(_ path: String) throws(RecommenderError) {
        guard path != Self.standardOutput else {
            self.path = nil
            descriptor = .standardOutput
            return
        }
        guard case .name(let path) = OutputPlace(path) else {
            self.path = nil
            descriptor = try FileDescriptor(path, for: .appending)
            return
        }
        self.path = path
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let folder = parts.dropLast().joined(separator: "/")
        if !folder.isEmpty {
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw RecommenderError(.io, "Could not make the folder '\(folder)': \(error)")
            }
        }
        // A name of its own for each writer, so that two writers of one file cannot mix; the last to finish wins. It does not contain
        // the file's name, to which nothing could be added when that is as long as the system allows.
        let name = ".partial-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        descriptor = try FileDescriptor(parts.count > 1 ? "\(folder)/\(name)" : name, for: .writing)
    }

    deinit {
        // After `finish` there is nothing under this name any more.
        if path != nil { FileDescriptor.remove(descriptor.path) }
    }

    /// Adds bytes at the end.
    ///
    /// - Throws: `.io` when they cannot be written.
    public mutating func write(_ bytes: some Collection<UInt8>) throws(RecommenderError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Adds bytes at the end.
    ///
    /// - Throws: `.io` when they cannot be written.
    public mutating func write(_ bytes: Span<UInt8>) throws(RecommenderError) {
        bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Adds bytes at the end, without copying many of them.
    ///
    /// - Throws: `.io` when they cannot be written.
    mutating func write(_ bytes: Column<UInt8>) throws(RecommenderError) {
        try flush()
        try descriptor.writeAll(UnsafeRawBufferPointer(bytes.buffer))
    }

    /// Completes the file and gives it its name, in place of what had it before.
    ///
    /// - Throws: `.io` when that fails; then there is no new file.
    public consuming func finish() throws(RecommenderError) {
        try flush()
        if let path { try FileDescriptor.move(descriptor.path, to: path) }
    }

    private mutating func flush() throws(RecommenderError) {
        try descriptor.writeAll(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
