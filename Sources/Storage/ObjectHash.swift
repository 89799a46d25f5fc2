internal import Crypto
internal import Files
public import Model

/// The name that Git gives an object: SHA-1 over its kind, its size and its bytes.
///
/// SHA-1 is the format's choice, not ours: any stock Git must find the same ids. Equal content has an equal id (invariant 9).
public enum ObjectHash {
    public static func id(of kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) -> ObjectID {
        var hash = Insecure.SHA1()
        hash.update(data: preamble(of: kind, byteCount: bytes.count))
        hash.update(bufferPointer: bytes)
        return hash.finalize().withUnsafeBytes { ObjectID($0) }
    }

    /// Whether `ids` takes less time than `id` of one object after the other.
    public static var isFasterTogether: Bool { RunningHash.isFasterTogether }

    /// The ids of several objects.
    public static func ids(of kind: ObjectKind, _ objects: [UnsafeRawBufferPointer]) -> [ObjectID] {
        var hashes = objects.map { object in
            var hash = RunningHash()
            preamble(of: kind, byteCount: object.count).withBytes { hash.update($0) }
            return hash
        }
        RunningHash.update(&hashes, with: objects)
        return hashes.map { $0.finalize() }
    }

    /// What Git hashes before an object's bytes.
    private static func preamble(of kind: ObjectKind, byteCount: Int) -> [UInt8] {
        Array("\(kind.word) \(byteCount)\0".utf8)
    }

    public static func id(of kind: ObjectKind, _ bytes: [UInt8]) -> ObjectID {
        bytes.withUnsafeBytes { id(of: kind, $0) }
    }
}
