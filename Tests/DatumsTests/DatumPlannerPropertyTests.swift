import Datums
import Model
import Storage
import TestSupport
import Testing

/// What a plan tells of changes must be the difference of all datums before and all datums now.
@Suite struct DatumPlannerPropertyTests {
    private static let names = ["a", "b", "a.txt", "b-", "d", "\u{e9}", "e\u{301}", ".git"]
    private static let globs = [
        "/", "/*", "/**", "/*/*", "/a", "/d/*", "/a/b", "/*.txt", "/**.txt", "/{a,b}/**", "/d", "/*/a", "/[ab]*", "/**/a", "/d/**/b", "/?",
    ]

    private func randomPath(_ generator: inout SplitMix) throws -> FilePath {
        let names = (0..<Int.random(in: 1...4, using: &generator)).map { _ in Self.names.randomElement(using: &generator) ?? "a" }
        return try FilePath(names.joined(separator: "/"))
    }

    /// Changes some of `files`, keeping to what a tree can hold: no file is also a folder.
    private func mutate(_ files: inout [FilePath: String], _ generator: inout SplitMix) throws {
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            let victim = files.keys.sorted().randomElement(using: &generator)
            switch (Int.random(in: 0..<5, using: &generator), victim) {
            case (0, let path?):
                files[path] = nil
            case (1, let path?):
                files[path] = "\(Int.random(in: 0..<3, using: &generator))"
            default:
                let path = try randomPath(&generator)
                for other in files.keys where other.relative(to: path) != nil || path.relative(to: other) != nil { files[other] = nil }
                files[path] = "\(Int.random(in: 0..<3, using: &generator))"
            }
        }
        if Int.random(in: 0..<12, using: &generator) == 0 { files = [:] }
    }

    private func randomInput(_ generator: inout SplitMix, depth: Int = 0) throws -> PipelineInput {
        if depth < 2, Int.random(in: 0..<5, using: &generator) < 2 {
            return .cross(try (0..<Int.random(in: 1...3, using: &generator)).map { _ in try randomInput(&generator, depth: depth + 1) })
        }
        let repo = ["r", "s", "t"].randomElement(using: &generator) ?? "r"
        return try pfs(repo, Self.globs.randomElement(using: &generator) ?? "/")
    }

    /// Cross members need names of their own, so that ids tell datums apart.
    private func naming(_ input: PipelineInput, _ next: inout Int) -> PipelineInput {
        switch input {
        case .pfs(var pfs):
            next += 1
            pfs.name = "\(pfs.name)\(next)"
            return .pfs(pfs)
        case .cross(let members):
            return .cross(members.map { naming($0, &next) })
        }
    }

    @Test func `The changes are the difference of two full plans`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SplitMix(seed: seed)
        for round in 0..<400 {
            var next = 0
            let input = naming(try randomInput(&generator), &next)
            let context = Comment(rawValue: "seed \(seed), round \(round), input \(input.displayText)")
            var fixture = Fixture()
            var repos: [String: [FilePath: String]] = [:]
            let planner = try fixture.planner(input)
            var total = 0
            var before: (trees: InputTrees, datums: [Datum])?
            for _ in 0..<4 {
                for repo in ["r", "s", "t"] where Int.random(in: 0..<3, using: &generator) > 0 {
                    try mutate(&repos[repo, default: [:]], &generator)
                    try fixture.commit(repo, byPath: repos[repo, default: [:]])
                }
                let datums = try planner.all(in: fixture.trees)
                #expect(Set(datums.map(\.id)).count == datums.count, context)
                let paths = datums.map { $0.inputs.map(\.path) }
                #expect(zip(paths, paths.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) }, context)

                let changes = try planner.changes(from: before?.trees, to: fixture.trees)
                let expected = DatumChanges(from: before?.datums ?? [], to: datums)
                try #require(changes == expected, context)
                total = try planner.total(after: changes, baseTotal: total)
                #expect(total == datums.count, context)
                before = (fixture.trees, datums)
            }
        }
    }
}

extension DatumChanges {
    /// The difference of two full lists, told by ids.
    fileprivate init(from old: [Datum], to new: [Datum]) {
        self.init()
        var oldByID = Dictionary(old.map { ($0.id, $0) }) { first, _ in first }
        for datum in new {
            if let before = oldByID.removeValue(forKey: datum.id) {
                if before.inputs != datum.inputs { changed.append(Change(old: before, new: datum)) }
            } else {
                added.append(datum)
            }
        }
        removed = old.filter { oldByID.removeValue(forKey: $0.id) != nil }
    }
}
