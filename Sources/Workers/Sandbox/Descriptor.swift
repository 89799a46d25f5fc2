internal import CSandbox
import Glibc

/// An open file that is closed with its owner. All are close-on-exec.
struct Descriptor: ~Copyable {
    let raw: Int32

    init(_ raw: Int32) {
        self.raw = raw
    }

    deinit {
        close(raw)
    }

    /// What a program finds as standard input: a file in memory, so that nothing has to be fed to the program, and one that
    /// never reads cannot block anything.
    static func input(_ bytes: [UInt8]) throws(SandboxError) -> Descriptor {
        var raw: Int32 = -1
        var error: Int32 = 0
        if bytes.isEmpty {
            raw = open("/dev/null", O_RDONLY | O_CLOEXEC)
            if raw < 0 { error = errno }
        } else {
            error = pach_memory_file(bytes, bytes.count, &raw)
        }
        guard error == 0 else {
            throw SandboxError(.system, "The system gave no file for standard input: \(systemMessage(error)).")
        }
        return Descriptor(raw)
    }
}

/// The two ends of a pipe. The reading end does not block.
struct Pipe: ~Copyable {
    let reading: Descriptor
    let writing: Descriptor

    init() throws(SandboxError) {
        var reading: Int32 = -1
        var writing: Int32 = -1
        let error = pach_pipe(&reading, &writing)
        guard error == 0 else { throw SandboxError(.system, "The system gave no pipe: \(systemMessage(error)).") }
        self.reading = Descriptor(reading)
        self.writing = Descriptor(writing)
    }

    /// Parts with the writing end, so that the reader sees the end when the other writers are gone.
    consuming func closeWriting() -> Descriptor {
        reading
    }
}
