import struct Crypto.SHA256
import Model
import Storage

/// How the ids and hashes of datums are made: SHA-256 over length-prefixed parts, so that no two lists of parts have the
/// same bytes.
///
/// A part is written as its number of bytes, 8 bytes big-endian, and then its bytes. Text is UTF-8 as it is given. The first
/// part says what is hashed and in which version, so that an id is never a hash.
///
/// - id: `pach datum id 1`; then for each input in order its name, its repo (`ratings`, `train.meta`), its branch, and its
///   path with a leading slash.
/// - hash: `pach datum hash 1`; the 32 bytes of the id; for each input in order its content, which is one byte for its kind
///   (0 a blob, 1 a tree of chunks, 2 a folder) and the 20 bytes of its Git id; the salt; the code.
///
/// Both are kept in commits. A change to either is a new version, and makes every datum new.
enum DatumIdentity {
    static func id(of inputs: [DatumInput]) -> Digest {
        var parts = HashedParts("pach datum id 1")
        for input in inputs {
            parts.append(input.name.utf8)
            parts.append(input.repo.description.utf8)
            parts.append(input.branch.description.utf8)
            parts.append(input.path.description.utf8)
        }
        return parts.digest
    }

    static func hash(of datum: Datum, salt: String, code: String) -> Digest {
        var parts = HashedParts("pach datum hash 1")
        parts.append(datum.id.bytes)
        for input in datum.inputs {
            var content = [input.kind.rawValue]
            input.content.append(to: &content)
            parts.append(content)
        }
        parts.append(salt.utf8)
        parts.append(code.utf8)
        return parts.digest
    }
}

private struct HashedParts {
    private var bytes: [UInt8] = []

    init(_ purpose: String) {
        bytes.reserveCapacity(256)
        append(purpose.utf8)
    }

    mutating func append(_ part: some Collection<UInt8>) {
        withUnsafeBytes(of: UInt64(part.count).bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: part)
    }

    var digest: Digest { Digest(Array(SHA256.hash(data: bytes))) }
}
