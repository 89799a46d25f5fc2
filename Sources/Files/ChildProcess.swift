import CGNU
package import Glibc
package import Model

/// A program that runs beside this one. It begins as one started from a shell does: nothing is open but the three standard streams, and no
/// signal is blocked or ignored, whatever the threads of this process do.
///
/// Foundation's `Process` is not used: it waits by select(2), for which a descriptor from 1024 on has no place.
package struct ChildProcess: Sendable {
    package let pid: pid_t

    /// What a standard stream is.
    package enum Stream: Sendable {
        /// A file; where it is written to, it is made anew.
        case file(String)
        /// A descriptor of this process.
        case descriptor(Int32)
    }

    /// - Parameters:
    ///   - words: the program, looked for in this process's `PATH`, and its arguments.
    ///   - folder: where it works; relative paths in `words` and streams begin there.
    ///   - hasOwnGroup: whether who interrupts this process at a terminal does not interrupt that one.
    /// - Throws: `notFound`, `inaccessible` or `io` where it cannot be started.
    package init(
        _ words: [String], in folder: String, environment: [String: String], input: Stream = .file("/dev/null"), output: Stream,
        error: Stream, hasOwnGroup: Bool = false
    ) throws(PachError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addchdir_np(&actions, folder)
        for (place, stream, flags) in [
            (STDIN_FILENO, input, O_RDONLY), (STDOUT_FILENO, output, Self.writing), (STDERR_FILENO, error, Self.writing),
        ] {
            switch stream {
            case .file(let path): posix_spawn_file_actions_addopen(&actions, place, path, flags, 0o600)
            case .descriptor(let descriptor): posix_spawn_file_actions_adddup2(&actions, descriptor, place)
            }
        }
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let group = hasOwnGroup ? POSIX_SPAWN_SETPGROUP : 0
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group))

        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var pid: pid_t = 0
        let reason = posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard reason == 0 else { throw SystemError.error(reason, "start \(quoted(words[0]))") }
        self.pid = pid
    }

    private static let writing = O_WRONLY | O_CREAT | O_TRUNC

    /// Waits for its end, once; blocks the thread.
    /// - Returns: what it exited with (where a signal ended it, 128 and the signal's number), and the most memory that it had resident.
    package func wait() throws(PachError) -> (code: Int32, peakBytes: Int) {
        var status: Int32 = 0
        var usage = rusage()
        while wait4(pid, &status, 0, &usage) < 0 {
            guard errno == EINTR else { throw SystemError.error(errno, "wait for a program") }
        }
        let signal = status & 0x7f
        return (signal == 0 ? status >> 8 & 0xff : 128 + signal, usage.ru_maxrss * 1024)
    }
}
