import Files
import Model

/// Git's delta: a program of copies from a base and of literal bytes (gitformat-pack(5), "Deltified representation").
enum Delta {
    /// Size of the object that a delta makes; nil where the delta is damaged.
    static func resultSize(_ delta: UnsafeRawBufferPointer) -> Int? {
        var position = 0
        guard number(delta, &position) != nil else { return nil }
        return number(delta, &position)
    }

    /// Carries out `delta` on `base`, trusting nothing that it says.
    /// - Returns: nil where the delta is damaged or made for another base.
    static func apply(_ delta: UnsafeRawBufferPointer, to base: UnsafeRawBufferPointer) -> [UInt8]? {
        var position = 0
        guard let baseSize = number(delta, &position), baseSize == base.count, let size = number(delta, &position),
            size <= Limits.objectByteCountMax
        else { return nil }
        var isSound = true
        let result = [UInt8](count: size) { output in
            isSound = run(delta, from: position, base: base, size: size) { start, piece in
                output.slice(start..<start + piece.count).copyMemory(from: piece)
                return true
            }
            return isSound ? size : 0
        }
        return isSound ? result : nil
    }

    /// Whether `delta` makes `target` of `base`; what it makes is compared piece by piece, and not kept.
    static func gives(_ target: UnsafeRawBufferPointer, _ delta: UnsafeRawBufferPointer, from base: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        guard number(delta, &position) == base.count, number(delta, &position) == target.count else { return false }
        return run(delta, from: position, base: base, size: target.count) { start, piece in
            target.slice(start..<start + piece.count).equals(piece)
        }
    }

    /// Gives `body` the pieces of the result in their order, and where each begins, until it says no.
    /// - Returns: whether the delta is valid, makes `size` bytes, and `body` took them all.
    private static func run(
        _ delta: UnsafeRawBufferPointer, from start: Int, base: UnsafeRawBufferPointer, size: Int,
        _ body: (Int, UnsafeRawBufferPointer) -> Bool
    ) -> Bool {
        var position = start
        var written = 0
        while position < delta.count {
            let instruction = delta[position]
            position += 1
            let source: UnsafeRawBufferPointer
            if instruction & 0x80 != 0 {
                guard let (offset, size) = copy(instruction, delta, &position), offset + size <= base.count else { return false }
                source = base.slice(offset..<offset + size)
            } else {
                // Zero is reserved.
                guard instruction > 0, position + Int(instruction) <= delta.count else { return false }
                source = delta.slice(position..<position + Int(instruction))
                position += Int(instruction)
            }
            guard written + source.count <= size, body(written, source) else { return false }
            written += source.count
        }
        return written == size
    }

    /// The operands of a copy: four bits say which bytes of the offset follow, three which of the size.
    private static func copy(_ instruction: UInt8, _ delta: UnsafeRawBufferPointer, _ position: inout Int) -> (offset: Int, size: Int)? {
        var operands: UInt64 = 0
        for bit in 0..<7 where instruction & 1 << bit != 0 {
            guard position < delta.count else { return nil }
            operands |= UInt64(delta[position]) << (8 * bit)
            position += 1
        }
        let size = Int(operands >> 32)
        return (Int(operands & 0xffff_ffff), size == 0 ? 0x10000 : size)
    }

    /// Little-endian groups of seven bits.
    private static func number(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Int? {
        var value = 0
        var shift = 0
        while position < bytes.count, shift < 63 {
            let byte = bytes[position]
            position += 1
            value |= Int(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }
}
