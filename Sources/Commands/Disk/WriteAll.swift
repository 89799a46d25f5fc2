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
            } else if errno != EINTR {
                throw SystemError.error(errno, "write to \(name())")
            }
        }
    }
}
