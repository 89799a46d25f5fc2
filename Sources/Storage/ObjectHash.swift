import Crypto
public import Model

/// The name that Git gives an object: SHA-1 over its kind, its size and its bytes.
///
/// SHA-1 is the format's choice, not ours: any stock Git must find the same ids. Equal content has an equal id (invariant 9).
public enum ObjectHash {
    public static func id(of kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) -> ObjectID {
        var hash = Insecure.SHA1()
        hash.update(data: Array("\(kind.word) \(bytes.count)\0".utf8))
        hash.update(bufferPointer: bytes)
        return hash.finalize().withUnsafeBytes { ObjectID($0) }
    }

    public static func id(of kind: ObjectKind, _ bytes: [UInt8]) -> ObjectID {
        bytes.withUnsafeBytes { id(of: kind, $0) }
    }
}
