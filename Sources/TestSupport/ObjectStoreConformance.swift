internal import Dispatch
internal import Model
public import Storage
internal import Synchronization
public import Testing

/// One thing that every object store does. A store's tests run all of them, each on a store of its own:
///
///     @Test(arguments: ObjectStoreRequirement.all)
///     func conforms(_ requirement: ObjectStoreRequirement) throws {
///         try requirement.check(InMemoryStore())
///     }
public struct ObjectStoreRequirement: Sendable, CustomTestStringConvertible {
    public let claim: String
    private let body: @Sendable (any ObjectStore) throws -> Void

    /// Expects that the empty store `store` does as claimed.
    public func check(_ store: any ObjectStore) throws {
        try body(store)
    }

    public var testDescription: String { claim }

    private init(_ claim: String, _ body: @escaping @Sendable (any ObjectStore) throws -> Void) {
        self.claim = claim
        self.body = body
    }

    public static let all: [ObjectStoreRequirement] = [
        ObjectStoreRequirement("what was written can be read back, of every kind") { store in
            for sample in samples {
                let id = try store.write(sample.kind, sample.bytes)
                #expect(try store.read(id) == StoredObject(kind: sample.kind, bytes: sample.bytes))
            }
        },
        ObjectStoreRequirement("ids are Git's") { store in
            for sample in samples {
                let id = try store.write(sample.kind, sample.bytes)
                #expect(id.description == sample.id)
            }
        },
        ObjectStoreRequirement("a header tells kind and size") { store in
            for sample in samples {
                let id = try store.write(sample.kind, sample.bytes)
                #expect(try store.header(of: id) == ObjectHeader(kind: sample.kind, size: sample.bytes.count))
            }
        },
        ObjectStoreRequirement("an id that was never written is not found") { store in
            let absent = ObjectHash.id(of: .blob, Array("never written".utf8))
            let isThere = try store.contains(absent)
            #expect(!isThere)
            #expect(code { _ = try store.read(absent) } == .notFound)
            #expect(code { _ = try store.header(of: absent) } == .notFound)
        },
        ObjectStoreRequirement("equal content has an equal id (invariant 9)") { store in
            let bytes = Array("twice".utf8)
            let first = try store.write(.blob, bytes)
            #expect(try store.write(.blob, bytes) == first)
            #expect(try store.contains(first))
            #expect(try store.read(first).bytes == bytes)
        },
        ObjectStoreRequirement("the same bytes as another kind are another object") { store in
            let blob = try store.write(.blob, [UInt8]())
            let tree = try store.write(.tree, [UInt8]())
            #expect(blob != tree)
            #expect(try store.header(of: blob).kind == .blob)
            #expect(try store.header(of: tree).kind == .tree)
        },
        ObjectStoreRequirement("sizes around those of buffers come back whole") { store in
            for size in [1, 2, 127, 128, 4095, 4096, 4097, 65_535, 65_536, 65_537, 1_048_576] {
                let bytes = pattern(size)
                let id = try store.write(.blob, bytes)
                #expect(id == ObjectHash.id(of: .blob, bytes))
                #expect(try store.read(id).bytes == bytes, "\(size) bytes")
                #expect(try store.header(of: id).size == size)
            }
        },
        ObjectStoreRequirement("many objects are told apart") { store in
            let ids = try (0..<2_000).map { try store.write(.blob, Array("object \($0)".utf8)) }
            #expect(Set(ids).count == ids.count)
            for (index, id) in ids.enumerated() {
                #expect(try store.read(id).bytes == Array("object \(index)".utf8))
            }
        },
        ObjectStoreRequirement("several threads can read while one writes") { store in
            let old = try (0..<64).map { try store.write(.blob, Array("old \($0)".utf8)) }
            let failures = Mutex<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 4) { thread in
                do {
                    for round in 0..<256 {
                        if thread == 0 {
                            let bytes = Array("new \(round)".utf8)
                            let id = try store.write(.blob, bytes)
                            if try store.read(id).bytes != bytes { failures.withLock { $0.append("new \(round) reads otherwise") } }
                        } else if try store.read(old[round % old.count]).bytes != Array("old \(round % old.count)".utf8) {
                            failures.withLock { $0.append("old \(round % old.count) reads otherwise") }
                        }
                    }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
            #expect(failures.withLock { $0 } == [])
        },
    ]

    /// Objects whose ids were found with `git hash-object` 2.39.
    private static let samples: [(kind: ObjectKind, bytes: [UInt8], id: String)] = [
        (.blob, [], "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
        (.blob, Array("hello\n".utf8), "ce013625030ba8dba906f756967f9e9ca394464a"),
        (.tree, [], "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
        (
            .commit,
            Array(
                """
                tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904
                author A <a@example.org> 0 +0000
                committer A <a@example.org> 0 +0000

                empty

                """.utf8), "302a2aa32bda043133831ea456e78ac769675a8a"
        ),
        (
            .tag,
            Array(
                """
                object e69de29bb2d1d6434b8b29ae775ad8c2e48c5391
                type blob
                tag empty
                tagger A <a@example.org> 0 +0000

                the empty blob

                """.utf8), "fd93668caa9f157a27d94d7fd2667caf47499df4"
        ),
    ]

    /// Bytes that repeat late, and do not compress to nothing.
    private static func pattern(_ size: Int) -> [UInt8] {
        var state: UInt64 = 1
        return (0..<size).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }

    private static func code(_ body: () throws -> Void) -> PachError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? PachError)?.code
        }
    }
}
