import Files

extension Delta {
    /// Finds a delta for a listing that was edited: both are gone through once, side by side, so that what was put in, taken out or replaced
    /// is found, and what was moved is not.
    ///
    /// Any two byte strings may be given; where they have little in common there is no delta.
    /// - Parameter byteCountMax: a longer delta is not worth it.
    static func make(of target: UnsafeRawBufferPointer, from base: UnsafeRawBufferPointer, byteCountMax: Int) -> [UInt8]? {
        var maker = DeltaMaker(base: base, target: target)
        guard maker.run(byteCountMax: byteCountMax) else { return nil }
        // What is wrong here would be lost data, and is found in a fraction of the time that hashing takes.
        let isSound = maker.delta.withBytes { delta in Delta.gives(target, delta, from: base) }
        precondition(isSound, "a delta gives the object that it was made of")
        return maker.delta
    }
}

private struct DeltaMaker {
    let base: UnsafeRawBufferPointer
    let target: UnsafeRawBufferPointer
    private(set) var delta: [UInt8] = []
    /// Where in the target the bytes begin that no copy gives.
    private var literalStart = 0

    /// An equal run shorter than this costs as much to copy as to repeat.
    private static let copyByteCountMin = 16
    /// So many equal bytes are taken for the same place in both.
    private static let anchorByteCount = 32
    /// How far ahead the place is looked for where the two go on alike, and how far apart the anchors of the base are: near and closely
    /// first, since most edits are of one entry.
    private static let searches = [(reach: 1 << 10, step: 32), (reach: 16 << 10, step: 512), (reach: 128 << 10, step: 4096)]
    /// Git's own readers take three bytes of size (gitformat-pack(5)).
    private static let copyByteCountMax = 0xff_ffff
    private static let literalByteCountMax = 127

    init(base: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer) {
        self.base = base
        self.target = target
        append(number: base.count)
        append(number: target.count)
    }

    /// - Returns: false where the delta would be longer than that.
    mutating func run(byteCountMax: Int) -> Bool {
        guard base.count <= Int(UInt32.max) else { return false }
        // The base is read from `old` on, the target from `new` on.
        var (old, new) = (0, 0)
        while new < target.count {
            let count = base.slice(old..<base.count).commonPrefixCount(target.slice(new..<target.count))
            if count >= Self.copyByteCountMin {
                appendLiterals(upTo: new)
                appendCopy(old, count)
                old += count
                new += count
                literalStart = new
            } else if let (nextOld, nextNew) = findPlace(old, new) {
                (old, new) = (nextOld, nextNew)
            } else {
                new = min(target.count, new + Self.searches[0].reach)
            }
            guard delta.count + new - literalStart <= byteCountMax else { return false }
        }
        appendLiterals(upTo: target.count)
        return delta.count <= byteCountMax
    }

    /// The nearest places behind `old` and `new` from which on the two are alike again.
    private func findPlace(_ old: Int, _ new: Int) -> (old: Int, new: Int)? {
        for (reach, step) in Self.searches {
            let window = target.slice(new..<min(target.count, new + reach))
            var anchor = old
            while anchor < old + reach, anchor + Self.anchorByteCount <= base.count {
                let bytes = base.slice(anchor..<anchor + Self.anchorByteCount)
                if let found = Self.find(bytes, in: window) {
                    var place = (old: anchor, new: new + found)
                    while place.old > old, place.new > new, base[place.old - 1] == target[place.new - 1] {
                        place.old -= 1
                        place.new -= 1
                    }
                    return place
                }
                anchor += step
            }
        }
        return nil
    }

    private static func find(_ bytes: UnsafeRawBufferPointer, in window: UnsafeRawBufferPointer) -> Int? {
        guard window.count >= bytes.count else { return nil }
        let first = bytes.loadUnaligned(as: UInt64.self)
        for place in 0...window.count - bytes.count
        where window.loadUnaligned(fromByteOffset: place, as: UInt64.self) == first
            && window.slice(place..<place + bytes.count).equals(bytes)
        {
            return place
        }
        return nil
    }

    private mutating func appendLiterals(upTo end: Int) {
        while literalStart < end {
            let count = min(Self.literalByteCountMax, end - literalStart)
            delta.append(UInt8(count))
            delta.append(contentsOf: target.slice(literalStart..<literalStart + count))
            literalStart += count
        }
    }

    private mutating func appendCopy(_ start: Int, _ count: Int) {
        var (offset, rest) = (start, count)
        while rest > 0 {
            let size = min(rest, Self.copyByteCountMax)
            let place = delta.count
            delta.append(0x80)
            for (bit, byte) in [offset, offset >> 8, offset >> 16, offset >> 24, size, size >> 8, size >> 16].enumerated() {
                guard byte & 0xff != 0 else { continue }
                delta[place] |= 1 << UInt8(bit)
                delta.append(UInt8(byte & 0xff))
            }
            offset += size
            rest -= size
        }
    }

    private mutating func append(number: Int) {
        var rest = number
        while rest > 0x7f {
            delta.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        delta.append(UInt8(rest))
    }
}
