import Datums
import Model
import Storage
import Testing

@Suite struct DatumIdentityTests {
    private func input(
        name: String = "r", repo: String = "ratings", path: String = "/a/b", kind: TreeNode.Kind = .file
    ) throws -> DatumInput {
        DatumInput(
            name: name, repo: try RepoName(repo), branch: .master, path: try FilePath(path), content: ObjectID((1...20).map(UInt8.init)),
            kind: kind)
    }

    /// The expected digests come from another implementation of the encoding that `DatumIdentity` documents.
    @Test func `Ids and hashes are those of the documented encoding`() throws {
        let datum = Datum([try input(), try input(name: "models", repo: "train.meta", path: "/", kind: .folder)])
        #expect(datum.id.description == "a0f43f921728845e012f9bcac83464226cba111e884c0f4a514f251210a9fef8")
        #expect(datum.hash(salt: "salt", code: "code").description == "f19961c81db636fb2c7904d7b47f8179d7dcf9357facbd1130eb5b9a87898b89")
    }

    @Test func `The id does not depend on content, the hash does`() throws {
        let one = try input()
        var other = one
        other.content = ObjectID(Array(repeating: 7, count: 20))
        #expect(Datum([one]).id == Datum([other]).id)
        #expect(Datum([one]).hash(salt: "s", code: "c") != Datum([other]).hash(salt: "s", code: "c"))
        other = one
        other.kind = .chunkedFile
        #expect(Datum([one]).hash(salt: "s", code: "c") != Datum([other]).hash(salt: "s", code: "c"))
    }

    @Test func `The hash depends on salt and code, and on where one ends and the other begins`() throws {
        let datum = Datum([try input()])
        let hashes = [("a", "b"), ("ab", ""), ("", "ab"), ("b", "a")].map { datum.hash(salt: $0, code: $1) }
        #expect(Set(hashes).count == hashes.count)
    }

    @Test func `Ids tell names from paths, orders and Unicode forms apart`() throws {
        let ids = [
            [try input(name: "ab", path: "/c")],
            [try input(name: "a", path: "/bc")],
            [try input(name: "a", path: "/b"), try input(name: "b", path: "/a")],
            [try input(name: "b", path: "/a"), try input(name: "a", path: "/b")],
            [try input(path: "/\u{e9}")],
            [try input(path: "/e\u{301}")],
            [try input(name: "\u{e9}")],
            [try input(name: "e\u{301}")],
            [],
        ].map { Datum($0).id }
        #expect(Set(ids).count == ids.count)
    }
}
