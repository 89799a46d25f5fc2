import Engine
import Foundation
import Model
import Operations
import Testing

@Suite("Without a sandbox, a spec that names /pfs")
struct PlainPlacesTests {
    /// What a spec says, and what is made of it, where `PFS` is the place that `/pfs` has.
    private static let texts = [
        ("/pfs", "PFS"), ("/pfs/in/x /pfs/out", "PFS/in/x PFS/out"), ("a=/pfs/in,/pfs/out:/pfs;", "a=PFS/in,PFS/out:PFS;"),
        ("{/pfs,/x} (/pfs) </pfs/in @/pfs/in |/pfs|", "{PFS,/x} (PFS) <PFS/in @PFS/in |PFS|"), ("-C/pfs/in", "-CPFS/in"),
        ("file:///pfs/in", "file://PFS/in"), ("/data/pfs/in ./pfs ~/pfs", "/data/pfs/in ./pfs ~/pfs"),
        ("https://example.org/pfs/in http://pfs", "https://example.org/pfs/in http://pfs"),
        ("/pfs2 /pfs.txt /pfs_a", "/pfs2 /pfs.txt /pfs_a"),
        ("$HOME/pfs ${A}/pfs $(pwd)/pfs */pfs", "$HOME/pfs ${A}/pfs $(pwd)/pfs */pfs"), ("s/pfs/x/ é/pfs /pfsé", "s/pfs/x/ é/pfs /pfsé"),
    ]

    @Test("finds its own place there, and what only looks like it as it was", .timeLimit(.minutes(1)))
    func places() async throws {
        try await TestEngine.with { test in
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            let script = "echo \"${out%/out}\" > \"$out/place\"; cat > \"$out/texts\" <<'END'\n"
            try await test.engine.createPipeline("show", reading: ["in"], script + Self.texts.map { $0.0 + "\n" }.joined() + "END\n")
            _ = try await test.engine.put([(try FilePath("/a"), [1])], in: CommitReference("in@master"))
            #expect(try await test.engine.run { _ in }.last?.state == .success)
            let found = try await test.engine.files(of: CommitReference("show@master")).mapValues { String(decoding: $0, as: UTF8.self) }
            let place = try #require(found[FilePath("/place")]?.split(separator: "\n").first)
            let lines = try #require(found[FilePath("/texts")]).split(separator: "\n").map(String.init)
            #expect(lines == Self.texts.map { $0.1.replacing("PFS", with: place) })
        }
    }
}
