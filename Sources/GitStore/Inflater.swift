import CISAL
import Files
import Model

/// Decompresses zlib streams (RFC 1950) with ISA-L.
enum Inflater {
    /// Deflate yields at most 1032 bytes for one, so a larger claim is damage and allocates nothing
    /// (zlib technical details: "maximum compression factor").
    private static let expansionMax = 1032

    private enum Outcome {
        /// The stream was so long and held so much, which its checksum confirms.
        case complete(streamByteCount: Int, byteCount: Int)
        /// There is no room for all that it holds.
        case full
        case damaged
    }

    private final class Handle {
        private let state = UnsafeMutablePointer<inflate_state>.allocate(capacity: 1)

        deinit {
            state.deallocate()
        }

        func inflate(_ deflated: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Outcome {
            isal_inflate_init(state)
            state.pointee.crc_flag = UInt32(ISAL_ZLIB)
            state.pointee.next_in = UnsafeMutablePointer(mutating: deflated.assumingMemoryBound(to: UInt8.self).baseAddress)
            state.pointee.avail_in = UInt32(clamping: deflated.count)
            state.pointee.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
            state.pointee.avail_out = UInt32(clamping: output.count)
            guard isal_inflate(state) == ISAL_DECOMP_OK else { return .damaged }
            guard state.pointee.block_state == ISAL_BLOCK_FINISH else { return state.pointee.avail_out == 0 ? .full : .damaged }
            // It takes bytes up before it knows that the stream has ended.
            let unread = Int(state.pointee.avail_in) + Int(state.pointee.read_in_length) / 8
            return .complete(
                streamByteCount: Int(UInt32(clamping: deflated.count)) - unread, byteCount: output.count - Int(state.pointee.avail_out))
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
            let cause: String
            switch handles.withResource({ $0.inflate(deflated, into: output) }) {
            case .complete(let streamByteCount, size):
                consumed = streamByteCount
                return size
            case .complete: cause = "the zlib stream holds less than its header says"
            case .full: cause = "the zlib stream holds more than its header says"
            case .damaged: cause = notValid
            }
            throw PachError(.corrupt, "\(what()) is damaged", cause: cause)
        }
        return (bytes, consumed)
    }

    /// Inflates a stream whose size is not known, trying ever larger buffers.
    /// - Throws: `corrupt`; `tooLarge`.
    static func inflate(_ deflated: UnsafeRawBufferPointer, of what: @autoclosure () -> String) throws(PachError) -> [UInt8] {
        var capacity = min(max(4096, deflated.count * 4), Limits.objectByteCountMax)
        while true {
            var outcome = Outcome.damaged
            let bytes = [UInt8](count: capacity) { output in
                outcome = handles.withResource { $0.inflate(deflated, into: output) }
                guard case .complete(_, let byteCount) = outcome else { return 0 }
                return byteCount
            }
            switch outcome {
            case .complete: return bytes
            case .damaged: throw PachError(.corrupt, "\(what()) is damaged", cause: notValid)
            case .full: break
            }
            guard capacity < Limits.objectByteCountMax else {
                throw PachError(.tooLarge, "\(what()) has more than the \(Limits.objectByteCountMax) bytes that are read")
            }
            capacity = min(capacity * 4, Limits.objectByteCountMax)
        }
    }

    private static let notValid = "the zlib stream is not valid"
}
