#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What earlier runs of a command left in its output folder, and would pass for what the last one wrote.
public struct EarlierOutput {
    private let folder: String
    private let inputs: Set<Identity>

    /// A file, whatever leads to it.
    private struct Identity: Hashable {
        let device: UInt
        let number: UInt

        init(_ status: stat) {
            device = UInt(status.st_dev)
            number = UInt(status.st_ino)
        }
    }

    /// - Parameters:
    ///   - folder: The output folder.
    ///   - inputs: What the run read, which stays where it is below the output folder.
    public init(in folder: String, reading inputs: [FileTree.File]) {
        self.folder = folder
        self.inputs = Set(
            inputs.compactMap { file in
                var status = stat()
                return stat(file.path, &status) == 0 ? Identity(status) : nil
            })
    }

    /// Removes files that were not written this time, and the folders that are empty then. Links, and what they lead to, stay.
    ///
    /// - Parameters:
    ///   - names: Paths below the output folder, of files that may be there and are the command's own.
    ///   - written: Those of the files that the run wrote.
    /// - Throws: `.io` when one cannot be removed.
    public func remove(_ names: some Sequence<String>, except written: Set<String>) throws(RecommenderError) {
        for name in names where !written.contains(name) {
            let parts = name.split(separator: "/")
            let folders = parts.indices.dropFirst().map { FileTree.join(folder, parts[..<$0].joined(separator: "/")) }
            let path = FileTree.join(folder, name)
            guard folders.allSatisfy({ Self.status(of: $0, kind: S_IFDIR) != nil }), let status = Self.status(of: path, kind: S_IFREG),
                !inputs.contains(Identity(status))
            else { continue }
            guard unlink(path) == 0 else {
                throw RecommenderError(.io, "Could not remove '\(path)', which an earlier run left: \(String(cString: strerror(errno)))")
            }
            // Folders that hold something else stay.
            for emptied in folders.reversed() { _ = rmdir(emptied) }
        }
    }

    /// Removes `quarantine/F` of files `F` that have no line there any more.
    ///
    /// - Parameter written: The files `F` of the run, of which it wrote `rows/F`, and whether each has lines in quarantine.
    /// - Returns: What else is in `rows` and `quarantine`, and was not read. It stays: it may be of a run on other files, or nobody's output.
    /// - Throws: `.io` when a folder cannot be listed, or a file not removed.
    public func settleRows(_ written: [String: Bool]) throws(RecommenderError) -> [String] {
        try remove(written.filter { !$0.value }.keys.map { "quarantine/\($0)" }, except: [])
        let names = Set(written.keys.map { "rows/\($0)" } + written.filter(\.value).keys.map { "quarantine/\($0)" })
        let all = try files(below: "rows") + files(below: "quarantine")
        return all.filter { name in
            let isInput = Self.status(of: FileTree.join(folder, name), kind: S_IFREG).map { inputs.contains(Identity($0)) } ?? false
            return !names.contains(name) && !isInput
        }.sorted()
    }

    /// The files below a folder of the output folder, or in all of it, by their paths in that; links are not followed.
    ///
    /// - Throws: `.io` when a folder cannot be listed.
    public func files(below place: String = "") throws(RecommenderError) -> [String] {
        var found: [String] = []
        var folders = [place]
        while let name = folders.popLast() {
            let path = FileTree.join(folder, name)
            if Self.status(of: path, kind: S_IFREG) != nil { found.append(name) }
            guard Self.status(of: path, kind: S_IFDIR) != nil else { continue }
            do {
                folders += try FileManager.default.contentsOfDirectory(atPath: path).map { FileTree.join(name, $0) }
            } catch {
                throw RecommenderError(.io, "Could not list the folder '\(path)': \(error)")
            }
        }
        return found
    }

    /// What lies at a path, if it is of a kind, and no link.
    private static func status(of path: String, kind: mode_t) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == kind ? status : nil
    }
}
