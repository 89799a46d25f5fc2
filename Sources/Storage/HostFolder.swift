import Files
import Glibc
import Model

/// An open folder of the host, in which names are created without ever following a link.
final class HostFolder {
    let descriptor: Int32
    private let path: String

    convenience init(_ path: String) throws(PachError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError.error(errno, "open the folder \(quoted(path))") }
        self.init(descriptor, path)
    }

    private init(_ descriptor: Int32, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        close(descriptor)
    }

    /// The folder at `path` below this one, opened component by component, so that a link put in its way is not followed.
    func descend(_ path: FilePath, creating: Bool) throws(PachError) -> HostFolder {
        var folder = self
        for name in path.components {
            if creating { try folder.create(name) }
            folder = try folder.open(name)
        }
        return folder
    }

    private func open(_ name: FileName) throws(PachError) -> HostFolder {
        let path = "\(path)/\(name)"
        let child = openat(descriptor, name.description, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard child >= 0 else { throw SystemError.error(errno, "open the folder \(quoted(path))") }
        return HostFolder(child, path)
    }

    /// Makes sure that there is a folder `name`.
    func create(_ name: FileName) throws(PachError) {
        guard mkdirat(descriptor, name.description, Checkout.folderMode) == 0 else {
            // What is there may be a link or a file; opening the folder will tell.
            guard errno == EEXIST else { throw SystemError.error(errno, "create the folder \(quoted("\(path)/\(name)"))") }
            return
        }
        // Its mode is exact, whatever the umask: another user may be meant to read it.
        let folder = try open(name)
        guard fchmod(folder.descriptor, Checkout.folderMode) == 0 else {
            throw SystemError.error(errno, "set the mode of \(quoted(folder.path))")
        }
    }

    func createFile(_ name: FileName, _ mode: UInt32) throws(PachError) -> HostFile {
        let path = "\(path)/\(name)"
        let file = openat(descriptor, name.description, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard file >= 0 else { throw SystemError.error(errno, "create \(quoted(path))") }
        let result = HostFile(file, path)
        guard fchmod(file, mode) == 0 else { throw SystemError.error(errno, "set the mode of \(quoted(path))") }
        return result
    }
}

/// A file of the host that is being written.
final class HostFile {
    private var descriptor: Int32
    private let path: String

    fileprivate init(_ descriptor: Int32, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        // Only a file that failed is still open here; that failure is on its way already.
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(PachError) {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            let count = Glibc.write(descriptor, base, rest.count)
            if count < 0 {
                guard errno == EINTR else { throw SystemError.error(errno, "write \(quoted(path))") }
                continue
            }
            rest = rest.slice(count..<rest.count)
        }
    }

    /// Some file systems report a full disk only here.
    func close() throws(PachError) {
        let closing = descriptor
        descriptor = -1
        guard Glibc.close(closing) == 0 else { throw SystemError.error(errno, "write \(quoted(path))") }
    }
}
