import Files
import Foundation

/// Writes all of the bytes.
/// - Throws: `BrokenPipe` where nobody reads any more.
func writeAll(_ bytes: [UInt8], to descriptor: Int32, named name: @autoclosure () -> String) throws {
    try bytes.withUnsafeBytes { buffer in
        var rest = buffer[...]
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                throw BrokenPipe()
            } else if errno == EAGAIN {
                waitUntilReady(descriptor, Int16(POLLOUT))
            } else if errno != EINTR {
                throw SystemError.error(errno, "write to \(name())")
            }
        }
    }
}

/// Waits until a pipe or terminal that somebody made non-blocking, for all who share it, can be read or written: `events` of poll(2). What
/// is wrong with it shows when it is.
func waitUntilReady(_ descriptor: Int32, _ events: Int16) {
    var request = pollfd(fd: descriptor, events: events, revents: 0)
    _ = poll(&request, 1, -1)
}
