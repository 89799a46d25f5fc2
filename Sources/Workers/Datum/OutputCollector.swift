internal import CSandbox
internal import Datums
internal import Files
internal import Glibc
internal import Model
internal import Storage
internal import Threads

/// Takes in what user code left in `/pfs/out`. All of it is treated as hostile.
///
/// Regular files are stored. A link is followed only where it stays within `/pfs/out`, or leads to an input or to the last output, which is
/// then copied by reference. Everything else (a link to the host, a device, a pipe, a socket) fails the datum. Blocks.
struct OutputCollector {
    /// Files that one datum may write.
    static let fileCountMax = 1_000_000
    /// Entries that are looked at for one datum: what links lead to counts each time, and so does every folder on the way there.
    static let visitCountMax = 4_000_000
    /// Bytes that one datum may write.
    static let byteCountMax = 1 << 40
    /// Links that lead to links, and folders within folders.
    static let depthMax = 256

    /// The host's folder that user code sees as `/pfs/out`.
    let folder: String
    /// What user code calls the folder of inputs and outputs: `/pfs`.
    let pfs: String
    let writer: any ObjectWriter
    /// Copies the file or folder at a path below `/pfs/<input>` by reference; nil where nothing is there.
    let input: (_ name: String, _ path: FilePath) throws(PachError) -> [DatumOutput]?
    let cancellation: Cancellation
    var visitCountMax = Self.visitCountMax

    final class Progress {
        fileprivate(set) var files: [DatumOutput] = []
        fileprivate var visitCount = 0
        fileprivate var byteCount = 0
    }

    /// - Throws: `stopped` where cancellation was requested; `invalidArgument` and `tooLarge` where the fault is user code's.
    func collect() throws(PachError) -> [DatumOutput] {
        let progress = Progress()
        try collect(folder: openRoot(), source: .root, destination: .root, links: 0, progress)
        return progress.files
    }

    /// User code may have closed the folder to everybody, or put something else in its place: its fault, as with all that it leaves.
    private func openRoot() throws(PachError) -> Int32 {
        var root: Int32 = -1
        let error = pach_open_folder(AT_FDCWD, folder, &root)
        guard error == 0 else { throw Self.failure("open the folder of outputs", error) }
        return root
    }

    /// - Parameters:
    ///   - folder: a descriptor, closed here.
    ///   - source: where the folder stands.
    ///   - destination: where its files go; another place where a link led to the folder.
    private func collect(folder: Int32, source: FilePath, destination: FilePath, links: Int, _ progress: Progress) throws(PachError) {
        guard source.components.count + links < Self.depthMax else {
            Glibc.close(folder)
            throw PachError(
                .invalidArgument, "the output \(destination) lies too deep: at most \(Self.depthMax) folders or links are followed")
        }
        // User code may have taken its own rights away.
        _ = fchmod(folder, 0o700)
        let stream = try FolderStream(descriptor: folder, path: "\(pfs)/out\(source)")
        var names: [FileName] = []
        try stream.forEachName { (name) throws(PachError) in
            try visit(destination, progress)
            names.append(try FileName(bytes: Array(name)))
        }
        for name in names.sorted() {
            try collect(
                name, in: stream.descriptor, source: source.appending(name), destination: destination.appending(name), links, progress)
        }
    }

    private func collect(
        _ name: FileName, in folder: Int32, source: FilePath, destination: FilePath, _ links: Int, _ progress: Progress
    ) throws(PachError) {
        try checkCancellation()
        var status = stat()
        guard fstatat(folder, name.description, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw Self.failure("look at the output \(source)", errno)
        }
        try collect(name, in: folder, mode: status.st_mode, source: source, destination: destination, links, progress)
    }

    /// - Parameter mode: what the entry was when it was looked at. A process that takes many datums may have put something else in its place.
    func collect(
        _ name: FileName, in folder: Int32, mode: mode_t, source: FilePath, destination: FilePath, _ links: Int, _ progress: Progress
    ) throws(PachError) {
        switch mode & S_IFMT {
        case S_IFREG:
            try collectFile(name, in: folder, source: source, destination: destination, progress)
        case S_IFDIR:
            var child: Int32 = -1
            let error = pach_open_folder(folder, name.description, &child)
            guard error == 0 else { throw Self.failure("open the output folder \(source)", error) }
            try collect(folder: child, source: source, destination: destination, links: links, progress)
        case S_IFLNK:
            try collectLink(name, in: folder, source: source, destination: destination, links, progress)
        default:
            throw PachError(
                .invalidArgument, "the output \(source) is neither a file nor a folder",
                hint: "Write regular files to \(pfs)/out; devices, pipes and sockets are not stored.")
        }
    }

    private func collectFile(
        _ name: FileName, in folder: Int32, source: FilePath, destination: FilePath, _ progress: Progress
    ) throws(PachError) {
        var descriptor: Int32 = -1
        let error = pach_open_file(folder, name.description, &descriptor)
        guard error == 0 else { throw Self.failure("open the output \(source)", error) }
        defer { Glibc.close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw PachError(.invalidArgument, "the output \(source) changed while it was taken in")
        }
        var rest = Int(status.st_size)
        var ingest = FileIngest(writer: writer, byteCount: rest)
        var buffer = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            try checkCancellation()
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure("read the output \(source)", errno) }
            if count == 0 { break }
            // A process that takes many datums lives on, and may have left something that writes without end.
            rest -= count
            guard rest >= 0 else { throw PachError(.invalidArgument, "the output \(source) grew while it was taken in") }
            progress.byteCount += count
            guard progress.byteCount <= Self.byteCountMax else {
                throw PachError(.tooLarge, "the datum wrote more than \(Self.byteCountMax) bytes")
            }
            try buffer.span.bytes.withUnsafeBytes { (bytes) throws(PachError) in
                try ingest.write(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            }
        }
        // Or took something away, or wrote over it.
        var now = stat()
        guard rest == 0, fstat(descriptor, &now) == 0, now.st_size == status.st_size, now.st_mtim.tv_sec == status.st_mtim.tv_sec,
            now.st_mtim.tv_nsec == status.st_mtim.tv_nsec
        else { throw PachError(.invalidArgument, "the output \(source) changed while it was taken in") }
        try add(DatumOutput(path: destination, file: try ingest.finish()), progress)
    }

    private func collectLink(
        _ name: FileName, in folder: Int32, source: FilePath, destination: FilePath, _ links: Int, _ progress: Progress
    ) throws(PachError) {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { readlinkat(folder, name.description, $0, text.count) } ?? -1
            }
        }
        guard count >= 0 else { throw Self.failure("read the output link \(source)", errno) }
        let text = String(decoding: buffer[..<count], as: UTF8.self)
        let refused = PachError(
            .invalidArgument, "the output \(source) is a link to \(quoted(text)), which is neither an input nor an output",
            hint: "Copy the file, or link to something below \(pfs).")
        guard let target = resolve(text, from: source.parent) else { throw refused }
        if target.components.first?.description.utf8.elementsEqual("out".utf8) == true {
            try follow(FilePath(target.components.dropFirst()), destination: destination, links + 1, refused, progress)
        } else if let name = target.components.first {
            guard let copies = try input(name.description, FilePath(target.components.dropFirst())) else { throw refused }
            for copy in copies {
                try add(DatumOutput(path: destination.appending(copy.path), file: copy.file), progress)
            }
        } else {
            throw refused
        }
    }

    /// Where a link's text leads, as a path below `/pfs`, by its letters alone; nil where it leads out of there.
    private func resolve(_ text: String, from folder: FilePath) -> FilePath? {
        var parts: [Substring] = ["out"] + folder.components.map { Substring($0.description) }
        // By bytes, as the system reads it: of a slash with an accent a string makes one character.
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "/") {
            guard rest.starts(with: "\(pfs)/".utf8) else { return nil }
            parts = []
            rest = rest.dropFirst(pfs.utf8.count)
        }
        for part in rest.split(separator: UInt8(ascii: "/")).map(Substring.init) where part != "." {
            if part == ".." {
                guard !parts.isEmpty, !isLink(parts) else { return nil }
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        // A name that cannot be is no input's and no output's.
        return try? FilePath(parts.joined(separator: "/"))
    }

    /// Whether `..` leads up from where a link leads, which letters do not tell.
    private func isLink(_ parts: [Substring]) -> Bool {
        guard parts.count > 1, parts[0] == "out" else { return false }
        var status = stat()
        guard fstatat(AT_FDCWD, folder + "/" + parts.dropFirst().joined(separator: "/"), &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            return errno != ENOENT
        }
        return status.st_mode & S_IFMT == S_IFLNK
    }

    /// Stores what is at another place below `/pfs/out`, opened component by component without following links.
    private func follow(
        _ source: FilePath, destination: FilePath, _ links: Int, _ refused: PachError, _ progress: Progress
    ) throws(PachError) {
        guard links < Self.depthMax, let name = source.name else { throw refused }
        // A link to a folder above itself has no end.
        guard destination.relative(to: source) == nil else { throw refused }
        var folder = try openRoot()
        defer { Glibc.close(folder) }
        for component in source.parent.components {
            try visit(destination, progress)
            let child = openat(folder, component.description, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard child >= 0 else { throw refused }
            Glibc.close(folder)
            folder = child
        }
        var status = stat()
        guard fstatat(folder, name.description, &status, AT_SYMLINK_NOFOLLOW) == 0 else { throw refused }
        try visit(destination, progress)
        try collect(name, in: folder, source: source, destination: destination, links, progress)
    }

    /// Links that share what they lead to make more of few entries than can be visited: fifty folders with two links to the next one, 2^50.
    private func visit(_ place: FilePath, _ progress: Progress) throws(PachError) {
        progress.visitCount += 1
        guard progress.visitCount <= visitCountMax else {
            throw PachError(
                .tooLarge, "the datum's outputs have more than \(visitCountMax) entries, counted up to \(place)",
                hint: "What a link leads to is stored once for each link; let fewer links lead to folders with links.")
        }
    }

    private func checkCancellation() throws(PachError) {
        guard !cancellation.isRequested else { throw PachError(.stopped, "the outputs are not taken in, since the job was stopped") }
    }

    private func add(_ file: DatumOutput, _ progress: Progress) throws(PachError) {
        guard progress.files.count < Self.fileCountMax else { throw Self.tooMany }
        try DatumIndex.check(file)
        progress.files.append(file)
    }

    private static var tooMany: PachError { PachError(.tooLarge, "the datum wrote more than \(fileCountMax) files") }

    private static func failure(_ action: String, _ reason: Int32) -> PachError {
        // A process that takes many datums lives on, and may take away or exchange what it left, which shows in many ways: its fault, unless it
        // can only be the machine's.
        [EIO, ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM, ESTALE].contains(reason)
            ? SystemError.error(reason, action)
            : PachError(
                .invalidArgument, "could not \(action)", cause: String(cString: strerror(reason)),
                hint: "Outputs have to be left alone once their datum has ended.")
    }
}
