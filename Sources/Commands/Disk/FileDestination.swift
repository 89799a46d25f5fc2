import Files
import Foundation
import Model

/// Where the bytes of a file go that a user names.
enum FileDestination: Sendable {
    /// The name of a file, or of none yet, that is replaced as a whole.
    case name(String)
    /// What takes bytes as they come and keeps its name: a pipe, a device, what a process has open.
    case opened(String)

    /// - Parameter path: links are followed, since who makes one to a file means the file.
    /// - Throws: `invalidArgument` for a folder.
    init(_ path: String) throws {
        // A circle of links fails here.
        let kind = try Folder.status(of: path)?.kind
        guard kind != .folder else {
            throw PachError(.invalidArgument, "Could not write \(quoted(path)): it is a folder", hint: "Name a file that is to be written.")
        }
        var path = path
        while try Folder.status(of: path, followingLinks: false)?.kind == .link {
            let folder = folder(of: path)
            // A link in /proc leads to what a process has open, not to a name (proc_pid_fd(5)); /dev/stdout leads there.
            if try resolved(folder.isEmpty ? "." : String(folder)).hasPrefix("/proc/") {
                self = .opened(path)
                return
            }
            let target = try FileManager.default.destinationOfSymbolicLink(atPath: path)
            path = target.utf8.first == UInt8(ascii: "/") ? target : folder + target
        }
        self = kind == .special ? .opened(path) : .name(path)
    }
}
