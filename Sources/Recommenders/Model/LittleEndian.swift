/// Numbers as the model file stores them: little-endian, one after the other.
enum LittleEndian {
    /// The bytes of one number.
    static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    /// The bytes of one number, in its IEEE 754 binary form.
    static func bytes(_ number: Double) -> [UInt8] {
        bytes(number.bitPattern)
    }

    /// The bytes of an array of numbers.
    static func bytes<Number: FixedWidthInteger>(_ numbers: [Number]) -> [UInt8] {
        numbers.map(\.littleEndian).withUnsafeBytes { Array($0) }
    }

    /// The bytes of an array of numbers, in their IEEE 754 binary form.
    static func bytes(_ numbers: [Float]) -> [UInt8] {
        bytes(numbers.map(\.bitPattern))
    }

    /// The numbers in some bytes, whose count is a multiple of a number's.
    static func numbers<Number: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, as: Number.Type = Number.self) -> [Number] {
        bytes.withUnsafeBytes { bytes in
            let size = MemoryLayout<Number>.size
            return [Number](unsafeUninitializedCapacity: bytes.count / size) { numbers, count in
                UnsafeMutableRawBufferPointer(numbers).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / size * size)]))
                count = numbers.count
                for position in numbers.indices { numbers[position] = Number(littleEndian: numbers[position]) }
            }
        }
    }

    /// The numbers in some bytes, whose count is a multiple of four.
    static func floats(_ bytes: ArraySlice<UInt8>) -> [Float] {
        numbers(bytes, as: UInt32.self).map(Float.init(bitPattern:))
    }
}
