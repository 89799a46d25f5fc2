import CDeflate
import Model

/// Decompresses zlib streams (RFC 1950) with libdeflate.
enum Inflater {
    /// Deflate yields at most 1032 bytes for one, so a larger claim is damage and allocates nothing
    /// (zlib technical details: "maximum compression factor").
    private static let expansionMax = 1032

    private final class Handle {
        let pointer: OpaquePointer

        init() {
            guard let pointer = libdeflate_alloc_decompressor() else { preconditionFailure("out of memory") }
            self.pointer = pointer
        }

        deinit {
            libdeflate_free_decompressor(pointer)
        }
    }

    private static let handles = ResourcePool { Handle() }

    /// Inflates a stream of known size.
    ///
    /// - Parameter deflated: begins with the stream; what follows it is not looked at.
    /// - Parameter what: names the stream in an error.
    /// - Returns: the bytes, exactly `size`, and the length of the stream.
    /// - Throws: `corrupt`; `tooLarge` over `Limits.objectByteCountMax`.
    static func inflate(
        _ deflated: UnsafeRawBufferPointer, size: Int, of what: @autoclosure () -> String
    ) throws(PachError) -> (bytes: [UInt8], streamByteCount: Int) {
        guard size <= Limits.objectByteCountMax else {
            throw PachError(.tooLarge, "\(what()) has \(size) bytes; at most \(Limits.objectByteCountMax) are read")
        }
        guard size >= 0, size / expansionMax <= deflated.count else {
            throw PachError(.corrupt, "\(what()) is damaged", cause: "\(deflated.count) bytes cannot inflate to \(size)")
        }
        var consumed = 0
        let bytes = try [UInt8](count: size) { (output) throws(PachError) in
            let result = handles.withResource { handle in
                libdeflate_zlib_decompress_ex(
                    handle.pointer, deflated.baseAddress, deflated.count, output.baseAddress, size, &consumed, nil)
            }
            guard result == LIBDEFLATE_SUCCESS else {
                throw PachError(.corrupt, "\(what()) is damaged", cause: reason(result))
            }
            return size
        }
        return (bytes, consumed)
    }

    /// Inflates a stream whose size is not known, trying ever larger buffers.
    /// - Throws: `corrupt`; `tooLarge`.
    static func inflate(_ deflated: UnsafeRawBufferPointer, of what: @autoclosure () -> String) throws(PachError) -> [UInt8] {
        var capacity = max(4096, deflated.count * 4)
        while true {
            var result = LIBDEFLATE_SUCCESS
            let bytes = [UInt8](count: capacity) { output in
                var written = 0
                result = handles.withResource { handle in
                    libdeflate_zlib_decompress(
                        handle.pointer, deflated.baseAddress, deflated.count, output.baseAddress, capacity, &written)
                }
                return result == LIBDEFLATE_SUCCESS ? written : 0
            }
            if result == LIBDEFLATE_SUCCESS { return bytes }
            guard result == LIBDEFLATE_INSUFFICIENT_SPACE else {
                throw PachError(.corrupt, "\(what()) is damaged", cause: reason(result))
            }
            guard capacity < Limits.objectByteCountMax else {
                throw PachError(.tooLarge, "\(what()) has more than the \(Limits.objectByteCountMax) bytes that are read")
            }
            capacity = min(capacity * 4, Limits.objectByteCountMax)
        }
    }

    private static func reason(_ result: libdeflate_result) -> String {
        switch result {
        case LIBDEFLATE_SHORT_OUTPUT: "the zlib stream holds less than its header says"
        case LIBDEFLATE_INSUFFICIENT_SPACE: "the zlib stream holds more than its header says"
        default: "the zlib stream is not valid"
        }
    }
}
