import Datums
import Model
import Storage
import Testing

@Suite struct DatumPlannerTests {
    private func fixture() throws -> Fixture {
        var fixture = Fixture()
        try fixture.commit("ratings", ["/a": "1", "/d/x": "2", "/d/e/y": "3", "/d.txt": "4", "/test1.txt": "5"])
        try fixture.commit("train", ["/m1": "1", "/m2": "2"])
        return fixture
    }

    @Test(arguments: [
        ("/", ["/"]),
        ("/*", ["/a", "/d", "/d.txt", "/test1.txt"]),
        ("/*/", ["/a", "/d", "/d.txt", "/test1.txt"]),
        ("/*/*", ["/d/e", "/d/x"]),
        ("/**", ["/a", "/d", "/d/e", "/d/e/y", "/d/x", "/d.txt", "/test1.txt"]),
        ("/d", ["/d"]),
        ("d/e/y", ["/d/e/y"]),
        ("/**.txt", ["/d.txt", "/test1.txt"]),
        ("/{a,d/x}", ["/a", "/d/x"]),
        ("/a/*", []),
        ("/none/*", []),
    ])
    func `Each match of a glob is a datum, in the order of paths`(glob: String, expected: [String]) throws {
        let fixture = try fixture()
        let input = try pfs("ratings", glob)
        #expect(try fixture.listing(input) == expected.map { "ratings:\($0)" })
        #expect(try fixture.planner(input).changes(from: nil, to: fixture.trees).added.map(\.summary) == expected.map { "ratings:\($0)" })
    }

    @Test func `A datum of a folder has the folder's tree as content`() throws {
        let fixture = try fixture()
        let datum = try #require(try fixture.all(try pfs("ratings", "/d")).first)
        #expect(datum.inputs.map(\.kind) == [.folder])
        let root = try #require(fixture.trees[try branch("ratings")])
        #expect(datum.inputs.first?.node == (try TreeReader(fixture.store).node(at: try FilePath("/d"), in: root)))
    }

    @Test(arguments: ["/", "/*", "/**", "/a"])
    func `Nothing in the branch, no datum`(glob: String) throws {
        var fixture = Fixture()
        let input = try pfs("ratings", glob)
        #expect(try fixture.listing(input) == [])
        try fixture.commit("ratings", [:])
        #expect(fixture.trees[try branch("ratings")] == StorageFormat.emptyRootID)
        #expect(try fixture.listing(input) == [])
    }

    @Test func `A cross has every combination, the last input running fastest`() throws {
        let fixture = try fixture()
        let input = PipelineInput.cross([try pfs("ratings", "/{a,d}"), .cross([try pfs("train", "/*"), try pfs("ratings", "/")])])
        #expect(
            try fixture.listing(input) == [
                "ratings:/a train:/m1 ratings:/", "ratings:/a train:/m2 ratings:/", "ratings:/d train:/m1 ratings:/",
                "ratings:/d train:/m2 ratings:/",
            ])
    }

    @Test func `A cross with an empty member has no datum`() throws {
        let fixture = try fixture()
        for members in [["/*", "/none"], ["/none", "/*"]] {
            let input = PipelineInput.cross(try members.map { try pfs("ratings", $0) })
            #expect(try fixture.listing(input) == [])
        }
        #expect(try fixture.listing(.cross([])) == [])
    }

    @Test func `A cross of more datums than memory should hold is refused`() throws {
        var fixture = Fixture()
        for repo in ["ratings", "train"] {
            try fixture.commit(repo, numbered(256))
        }
        let base = fixture.trees
        for count in [3, 8] {
            let input = PipelineInput.cross(try (0..<count).map { _ in try pfs("ratings", "/*") })
            let error = #expect(throws: PachError.self) { try fixture.planner(input).changes(from: nil, to: base) }
            #expect(error?.code == .tooLarge)
        }
        try fixture.commit("few", ["/a": "x"])
        let input = PipelineInput.cross(try ["ratings", "few", "train"].map { try pfs($0, "/*") })
        let before = fixture.trees
        #expect(try fixture.planner(input).changes(from: base, to: before).added.count == 65536)
        try fixture.commit("few", numbered(256))
        let error = #expect(throws: PachError.self) { try fixture.planner(input).changes(from: before, to: fixture.trees) }
        #expect(error?.code == .tooLarge)
    }

    @Test func `A cross has the same limit however it came to be so large`() throws {
        var fixture = try largestCross()
        let base = fixture.trees
        try fixture.commit("ratings", numbered(10_001))
        let planner = try fixture.planner(.cross([try pfs("ratings", "/*"), try pfs("train", "/*")]))
        let changes = try planner.changes(from: base, to: fixture.trees)
        #expect(changes.added.count == 1000)
        #expect(throws: PachError.self) { try planner.changes(from: nil, to: fixture.trees) }
        let error = #expect(throws: PachError.self) { try planner.total(after: changes, baseTotal: 10_000_000) }
        #expect(error?.code == .tooLarge)
    }

    @Test func `A cross above the limit can be made smaller`() throws {
        var fixture = try largestCross()
        try fixture.commit("ratings", numbered(10_001))
        let base = fixture.trees
        try fixture.commit("ratings", numbered(10_000))
        try fixture.commit("train", numbered(999))
        let planner = try fixture.planner(.cross([try pfs("ratings", "/*"), try pfs("train", "/*")]))
        let changes = try planner.changes(from: base, to: fixture.trees)
        #expect(changes.removed.count == 11_000)
        #expect(try planner.total(after: changes, baseTotal: 10_001_000) == 9_990_000)
    }

    /// The crossed folders of `ratings` and `train` have as many datums as a cross may.
    private func largestCross() throws -> Fixture {
        var fixture = Fixture()
        try fixture.commit("ratings", numbered(10_000))
        try fixture.commit("train", numbered(1000))
        return fixture
    }

    private func numbered(_ count: Int) -> [String: String] {
        Dictionary(uniqueKeysWithValues: (0..<count).map { ("/\($0)", "x") })
    }

    @Test func `Changes are told apart`() throws {
        var fixture = Fixture()
        try fixture.commit("ratings", ["/a": "1", "/b": "2", "/c": "3", "/f": "4"])
        let base = fixture.trees
        try fixture.commit("ratings", ["/a": "1", "/b": "other", "/d": "3", "/f/g": "4"])
        let planner = try fixture.planner(try pfs("ratings", "/*"))
        let changes = try planner.changes(from: base, to: fixture.trees)
        #expect(changes.added.map(\.summary) == ["ratings:/d"])
        #expect(changes.changed.map(\.new.summary) == ["ratings:/b", "ratings:/f"])
        #expect(changes.changed.map(\.new.inputs[0].kind) == [.file, .folder])
        #expect(changes.removed.map(\.summary) == ["ratings:/c"])
        #expect(try planner.total(after: changes, baseTotal: 4) == 4)
    }

    @Test func `A cross combines what changed with everything else, once`() throws {
        var fixture = try fixture()
        let base = fixture.trees
        try fixture.commit("train", ["/m2": "changed", "/m3": "3"])
        try fixture.commit("ratings", ["/a": "changed", "/d/x": "2"])
        let input = PipelineInput.cross([try pfs("ratings", "/{a,d}"), try pfs("train", "/*")])
        let changes = try fixture.planner(input).changes(from: base, to: fixture.trees)
        #expect(changes.added.map(\.summary) == ["ratings:/a train:/m3", "ratings:/d train:/m3"])
        #expect(changes.changed.map(\.new.summary) == ["ratings:/a train:/m2", "ratings:/d train:/m2"])
        #expect(changes.removed.map(\.summary) == ["ratings:/a train:/m1", "ratings:/d train:/m1"])
        for change in changes.changed { #expect(change.old.id == change.new.id && change.old != change.new) }
    }

    @Test func `An input that is emptied removes the whole cross`() throws {
        var fixture = try fixture()
        let input = PipelineInput.cross([try pfs("ratings", "/*"), try pfs("train", "/*")])
        let base = fixture.trees
        let before = try fixture.all(input)
        fixture.trees[try branch("train")] = nil
        #expect(try fixture.planner(input).changes(from: base, to: fixture.trees) == DatumChanges(removed: before))
        #expect(try fixture.planner(input).changes(from: fixture.trees, to: base) == DatumChanges(added: before))
    }

    @Test func `A glob that is malformed is refused`() throws {
        #expect { try Fixture().planner(try pfs("ratings", "/[")) } throws: { ($0 as? PachError)?.code == .invalidArgument }
    }
}

/// What is read.
@Suite struct DatumPlannerCostTests {
    private func files(_ count: Int) -> [String: String] {
        Dictionary(uniqueKeysWithValues: (0..<count).map { ("/file\($0)", "") })
    }

    @Test(arguments: [100, 20_000])
    func `Files added to a flat folder cost two trees, whatever is there`(count: Int) throws {
        var fixture = Fixture()
        try fixture.commit("ratings", files(count))
        let base = fixture.trees
        try fixture.commit("ratings", files(count + 10))
        let reader = CountingReader(fixture.store)
        let planner = try DatumPlanner(try pfs("ratings", "/*")) { _ in reader }
        let changes = try planner.changes(from: base, to: fixture.trees)
        #expect(changes.added.count == 10 && changes.changed.isEmpty && changes.removed.isEmpty)
        #expect(Set(reader.readIDs) == [base[try branch("ratings")], fixture.trees[try branch("ratings")]])
        #expect(reader.readIDs.count == 2)
    }

    @Test func `Equal folders are not opened, nor those in which nothing can match`() throws {
        var fixture = Fixture()
        var tree: [String: String] = [:]
        for folder in 0..<50 { for file in 0..<5 { tree["/dir\(folder)/sub/\(file)"] = "\(folder) \(file)" } }
        try fixture.commit("ratings", tree)
        let base = fixture.trees
        tree["/dir7/sub/new"] = "new"
        tree["/dir8/sub/3"] = nil
        try fixture.commit("ratings", tree)

        var reader = CountingReader(fixture.store)
        func planner(_ glob: String) throws -> DatumPlanner {
            try DatumPlanner(try pfs("ratings", glob)) { [reader] _ in reader }
        }
        #expect(try planner("/**").changes(from: base, to: fixture.trees).added.map(\.summary) == ["ratings:/dir7/sub/new"])
        // Both roots; of two folders and their subfolders both sides.
        #expect(reader.readIDs.count == 10)

        reader = CountingReader(fixture.store)
        #expect(try planner("/*").changes(from: base, to: fixture.trees).changed.count == 2)
        #expect(reader.readIDs.count == 2)

        reader = CountingReader(fixture.store)
        #expect(try planner("/dir7/**").changes(from: base, to: fixture.trees).added.count == 1)
        #expect(reader.readIDs.count == 6)

        reader = CountingReader(fixture.store)
        #expect(try planner("/**").changes(from: fixture.trees, to: fixture.trees).isEmpty)
        #expect(try planner("/dir7").all(in: fixture.trees).count == 1)
        #expect(reader.readIDs.count == 1)
    }

    @Test func `Of a cross, the unchanged part of the changed member is not read`() throws {
        var fixture = Fixture()
        try fixture.commit("requests", files(2000))
        try fixture.commit("model", ["/m": "model"])
        let base = fixture.trees
        try fixture.commit("requests", files(2003))
        let reader = CountingReader(fixture.store)
        let planner = try DatumPlanner(.cross([try pfs("requests", "/*"), try pfs("model", "/")])) { _ in reader }
        #expect(try planner.changes(from: base, to: fixture.trees).added.count == 3)
        // Two trees for the difference; the model is the root itself and matched without being opened.
        #expect(reader.readIDs.count == 2)
    }
}
