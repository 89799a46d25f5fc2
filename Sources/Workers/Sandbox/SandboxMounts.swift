internal import CSandbox
internal import Files
import Foundation
import Glibc

/// The arguments of bubblewrap that make a sandbox what its configuration says (bwrap(1)).
///
/// Its root is an empty file system in memory, read-only in the end, so that nothing is visible but what is listed here.
/// What hides the data root comes after everything that could show it.
struct SandboxMounts {
    private(set) var arguments: [String] = []
    /// Folders in memory that hide the data root where a bind would show it.
    private var masks: [String] = []
    /// Host folders that are shown at their own paths.
    private var shownAtOwnPath: [String] = []
    /// Folders of the sandbox's own root that were made.
    private var made: Set<String> = []
    private let dataRoot: String

    /// Where the program that becomes the supervisor is.
    private static let supervisor = "/run/pach/supervisor"
    /// Where pach's programs are if they cannot be at their own path.
    private static let programsElsewhere = "/run/pach/bin"
    /// What a sandbox has for itself. Nothing of the host's is shown under these, save by name.
    private static let ownFolders = ["/tmp", "/proc", "/dev", "/pfs", "/code", "/run", "/var"]
    /// What programs of the system need. The rest (homes, `/var`, `/srv`, `/mnt`, ...) is not there.
    private static let systemFolders = [
        "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt",
        "/nix", "/gnu",  // where NixOS and Guix keep all programs
        "/sys/devices/system",  // processors and memory, for numeric libraries
    ]

    init(_ configuration: SandboxConfiguration, folders: SandboxFolders, paths: SandboxPaths) throws(SandboxError) {
        dataRoot = Self.real(configuration.dataRoot)
        isolate(configuration)
        showSystem()
        try showPrograms(configuration.programs, at: paths.programs)
        mount("--ro-bind", configuration.supervisor, at: Self.supervisor)
        for bind in configuration.binds {
            try show(bind)
        }
        for mask in masks {
            add("--perms", "0555", "--tmpfs", mask, "--remount-ro", mask)
        }
        if let code = configuration.code, let place = paths.code {
            mount("--ro-bind", code, at: place)
        }
        for name in folders.inputs {
            mount("--ro-bind", folders.input(name), at: paths.input(name))
        }
        mount("--bind", folders.output, at: paths.output)
        mount("--bind", folders.temporary, at: paths.temporary)
        add("--remount-ro", "/", "--chdir", "/")
        let identity = configuration.identity
        add("--", Self.supervisor, PACH_SUPERVISOR_ARGUMENT, PACH_SUPERVISOR_ENCLOSED)
        add(identity.map { String($0.user) } ?? "-1", identity.map { String($0.group) } ?? "-1")
    }

    private mutating func add(_ more: String...) {
        arguments += more
    }

    /// Shows something of the host at `place`. What lies above is made first: left to bubblewrap, it would be closed to all but
    /// its owner, which is root.
    private mutating func mount(_ option: String, _ source: String, at place: String) {
        makeFolders(above: place)
        add(option, source, place)
    }

    private mutating func makeFolders(above place: String) {
        let parent = Folder.parent(of: place)
        guard parent != "/", !shownAtOwnPath.contains(where: { Folder.contains($0, parent) }), made.insert(parent).inserted else { return }
        makeFolders(above: parent)
        add("--dir", parent)
    }

    private mutating func isolate(_ configuration: SandboxConfiguration) {
        // No --die-with-parent: it follows the thread that starts bubblewrap, which does not live on. The end of the control
        // socket does its work.
        add("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--new-session", "--as-pid-1")
        if !configuration.network { add("--unshare-net") }
        if configuration.identity == nil {
            add("--unshare-user")
        } else {
            // As root, bubblewrap reaches folders that are closed to the unprivileged identity and needs no user namespace.
            // The supervisor takes on the identity, with its own user namespace, as soon as it runs, and needs only this.
            add("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP")
        }
    }

    private mutating func showSystem() {
        for folder in Self.systemFolders {
            if let target = Self.link(at: folder) {
                add("--symlink", target, folder)
            } else if Self.isFolder(folder) {
                show(folder)
            }
        }
        add("--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/dev/shm", "--mqueue", "/dev/mqueue")
        add("--remount-ro", "/dev", "--dir", "/var", "--symlink", "/tmp", "/var/tmp")
        showNameService()
    }

    /// `/etc/resolv.conf` may be a link to a file that a service keeps elsewhere and replaces from time to time, which its
    /// folder shows and the file alone would not.
    private mutating func showNameService() {
        let path = "/etc/resolv.conf"
        let file = Self.real(path)
        guard file != path, access(file, R_OK) == 0, !shownAtOwnPath.contains(where: { Folder.contains($0, file) }) else { return }
        let folder = Folder.parent(of: file)
        let shown = Folder.contains("/run", folder) && folder != "/run" ? folder : file
        mount("--ro-bind", shown, at: shown)
    }

    /// Shows a folder at its own path, read-only.
    private mutating func show(_ folder: String) {
        mount("--ro-bind", folder, at: folder)
        shownAtOwnPath.append(folder)
        hideDataRoot(within: folder, shownAt: folder)
    }

    private mutating func hideDataRoot(within source: String, shownAt place: String) {
        let source = Self.real(source)
        if Folder.contains(source, dataRoot) { masks.append(place + String(Substring(dataRoot.utf8.dropFirst(source.utf8.count)))) }
    }

    /// Shows pach's own folder: a program in it that is replaced is the new one in a warm sandbox, too.
    private mutating func showPrograms(_ folder: String?, at place: String?) throws(SandboxError) {
        guard let folder, let place, !shownAtOwnPath.contains(where: { Folder.contains($0, place) }) else { return }
        if holdsMore(folder) {
            for program in try Self.executables(in: folder) {
                mount("--ro-bind", "\(folder)/\(program)", at: "\(place)/\(program)")
            }
        } else {
            mount("--ro-bind", folder, at: place)
        }
    }

    /// Whether the folder holds more than programs: someone who keeps `pach` in a home folder, or beside the data root, does
    /// not want all of that folder to be read. Only the programs in it are shown then.
    private func holdsMore(_ folder: String) -> Bool {
        let homes = ["/root", "/home", Self.real(FileManager.default.homeDirectoryForCurrentUser.path)]
        return Folder.contains(folder, dataRoot) || Folder.parent(of: folder) == "/home" || homes.contains { Folder.contains(folder, $0) }
    }

    private static func executables(in folder: String) throws(SandboxError) -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw SandboxError(.setupFailed, "The folder \(folder) of pach's programs cannot be read: \(error.localizedDescription)")
        }
        return names.sorted().filter { name in
            var facts = stat()
            return lstat("\(folder)/\(name)", &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG && facts.st_mode & 0o111 != 0
        }
    }

    private mutating func show(_ bind: SandboxBind) throws(SandboxError) {
        let place = bind.destination
        let options: [SandboxBind.Access: String] = [.readOnly: "--ro-bind", .readWrite: "--bind", .device: "--dev-bind"]
        let taken = ["/", "/tmp", "/proc", "/dev", "/pfs", "/pfs/out", "/code", Self.supervisor].contains(place)
        guard let option = options[bind.access], place.hasPrefix("/"), !taken, !Folder.contains("/tmp", place) else {
            throw SandboxError(.invalidConfiguration, "Nothing can be shown at \(place) of a sandbox.")
        }
        guard Self.real(bind.source) != dataRoot else {
            throw SandboxError(.invalidConfiguration, "The data root is never shown in a sandbox (asked for at \(place)).")
        }
        mount(option, bind.source, at: place)
        hideDataRoot(within: bind.source, shownAt: place)
    }

    /// Where the folder of pach's programs is inside: at its own path, unless something else is there.
    static func place(ofPrograms folder: String, dataRoot: String) -> String {
        let hidden = ownFolders.contains { Folder.contains($0, folder) } || Folder.contains(real(dataRoot), folder)
        return hidden ? programsElsewhere : folder
    }

    /// The path without links, or as it is if it does not exist.
    static func real(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func link(at path: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    }

    private static func isFolder(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }
}
