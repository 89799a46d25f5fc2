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

    /// The message whose SHA-1 is the name of an object, once its bytes are added.
    public static func message(for kind: ObjectKind, byteCount: Int) -> HashLanes.Message {
        var hash = RunningHash()
        preamble(of: kind, byteCount: byteCount).withBytes { hash.update($0) }
        return HashLanes.Message(after: hash)
    }

    /// What Git hashes before an object's bytes.
    private static func preamble(of kind: ObjectKind, byteCount: Int) -> [UInt8] {
        Array("\(kind.word) \(byteCount)\0".utf8)
    }

    public static func id(of kind: ObjectKind, _ bytes: [UInt8]) -> ObjectID {
        bytes.withUnsafeBytes { id(of: kind, $0) }
    }
}
