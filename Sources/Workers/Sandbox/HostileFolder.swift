internal import CSandbox
import Glibc

/// A folder that user code has written into.
public enum HostileFolder {
    /// Empties the folder, and gives it back its mode: what user code made of its own permissions, access lists and
    /// attributes is undone as well. The folder itself stays, so that it may be a mount point elsewhere. Blocks.
    ///
    /// Never follows a link (not at `path` itself either), never leaves the tree or its file system, and never changes a
    /// file, only unlinks it. Neither the depth nor the number of entries matters. No user code may run in it meanwhile.
    ///
    /// - Parameter mode: permissions that the folder has afterwards.
    /// - Throws: ``SandboxError/Code/folder`` when something could not be removed.
    public static func empty(_ path: String, mode: UInt32) throws(SandboxError) {
        var raw: Int32 = -1
        var error = pach_open_folder(AT_FDCWD, path, &raw)
        if error == 0 {
            let folder = Descriptor(raw)
            error = pach_empty_folder(folder.raw)
            if error == 0 {
                pach_clear_attributes(folder.raw)
                if fchmod(folder.raw, mode) != 0 { error = errno }
            }
        }
        guard error == 0 else {
            throw SandboxError(.folder, "The folder \(path) could not be emptied: \(systemMessage(error)).")
        }
    }

    /// Removes the folder as well, if it is there. Blocks.
    static func remove(_ path: String) throws(SandboxError) {
        guard access(path, F_OK) == 0 || errno != ENOENT else { return }
        try empty(path, mode: 0o700)
        guard rmdir(path) == 0 else {
            throw SandboxError(.folder, "The folder \(path) could not be removed: \(systemMessage(errno)).")
        }
    }
}
