internal import Files
internal import Glibc
internal import Model

extension RootLock {
    /// Who has the lock that this process waits for, as far as the kernel tells (proc(5), `/proc/locks`): such as `process 4711, 'pach run'`.
    public static func holder() -> String? {
        guard let locks = text(of: "/proc/locks") else { return nil }
        let lines = locks.split(separator: "\n").map { $0.split(separator: " ") }
        // Who waits has the number of the lock that is in the way, and an arrow behind it.
        let own = lines.first { $0.count > 5 && $0[1] == "->" && $0[2] == "FLOCK" && $0[5] == "\(getpid())" }
        guard let own, let lock = lines.first(where: { $0.count > 4 && $0[0] == own[0] && $0[1] == "FLOCK" }) else { return nil }
        // Its words end in NUL each.
        let words = text(of: "/proc/\(lock[4])/cmdline")?.split(separator: "\0").joined(separator: " ")
        return "process \(lock[4])" + (words.map { ", \(quoted($0))" } ?? "")
    }

    /// Of the kernel's files, whose length nobody knows before; some 20,000 locks are as long.
    private static let byteCountMax = 1 << 20

    private static func text(of path: String) -> String? {
        do {
            return String(decoding: try File.open(path).read(at: 0, count: byteCountMax), as: UTF8.self)
        } catch {
            // The process is gone, or hidden from us: what can be said without its name is said.
            return nil
        }
    }
}
