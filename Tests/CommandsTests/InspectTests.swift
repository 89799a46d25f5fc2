import Commands
import Model
import Operations
import Testing

/// Whole texts of what `inspect` prints, and of the forms for programs.
@Suite("inspect")
struct InspectTests {
    @Test("inspect repo")
    func repo() async {
        let engine = FakeEngine { $0.repos = [Sample.repo("images", size: 58_644, description: "Pictures.")] }
        #expect(
            await pach("inspect", "repo", "images", engine: engine).output == """
                Name: images
                Description: Pictures.
                Created: 26 minutes ago
                Size of HEAD on master: 57.27KiB
                Branches: master

                """)
    }

    @Test(
        "inspect repo tells a retention exactly",
        arguments: [("720h", "720h"), ("36h", "36h"), ("90m", "1h30m"), ("1h0m1.5s", "1h1.500s"), ("59s", "59s"), ("0s", "0s")])
    func retention(_ said: String, _ told: String) async throws {
        var repo = Sample.repo("images")
        repo.retention = Retention(commits: 3, duration: try SpecDuration(parsing: said))
        let engine = FakeEngine { [repo] in $0.repos = [repo] }
        #expect(
            await pach("inspect", "repo", "images", engine: engine).output
                .contains("\nCommits kept: the newest 3 of each branch, and those of the last \(told)\n"))
    }

    @Test("inspect commit")
    func commit() async {
        let engine = FakeEngine { $0.commits = [Sample.commit(description: "March")] }
        #expect(
            await pach("inspect", "commit", "images@master", "--full-timestamps", engine: engine).output == """
                Commit: images@1035715e796f45caae7a1d3ffd1f93ca
                Branch: master
                Description: March
                Started: 2026-11-21T11:50:00.000000Z
                Finished: 2026-11-21T11:51:00.000000Z
                State: finished
                Origin: USER
                Size: 57.27KiB
                Git Commit: 4b825dc642cb6eb9a060e54bf8d69288fbee4904

                """)
    }

    @Test("inspect commit tells what it is made from and what is made from it, a row for each branch")
    func provenance() async {
        let link = { (branch: String, id: CommitID) in CommitLink(branch: Sample.branch(branch), id: id) }
        let engine = FakeEngine {
            var commit = Sample.commit("edges@master", origin: .auto)
            commit.directProvenance = [link("edges.spec@master", Sample.otherID), link("images@master", Sample.id)]
            commit.provenance = [link("raw@master", Sample.otherID)] + commit.directProvenance
            commit.subvenance = [
                link("montage@master", Sample.otherID), link("montage.meta@master", Sample.otherID), link("montage@master", Sample.id),
            ]
            $0.commits = [commit]
        }
        let shown = await pach("inspect", "commit", "edges@master", engine: engine)
        #expect(
            shown.output.hasSuffix(
                """
                Provenance:
                REPO       BRANCH COMMIT                           NOTE
                raw        master 80e2d3d75aa74a4ba054e9025d93486b
                edges.spec master 80e2d3d75aa74a4ba054e9025d93486b direct
                images     master 1035715e796f45caae7a1d3ffd1f93ca direct
                Subvenance:
                REPO    BRANCH COMMIT                           NOTE
                montage master 1035715e796f45caae7a1d3ffd1f93ca and 1 older

                """))
        #expect(shown.error == "'pach inspect commit edges@\(Sample.id) -o json' lists the older ones, too.\n")
        let raw = await pach("inspect", "commit", "edges@master", "--raw", engine: engine)
        #expect(raw.output.contains(#""subvenance":[{"branch":{"name":"master","repo":{"name":"montage","type":"user"}},"id":"80e2"#))
        #expect(raw.error == "")
    }

    @Test("inspect file")
    func file() async {
        let engine = FakeEngine { $0.files = [Sample.file("/a.csv")] }
        #expect(
            await pach("inspect", "file", "images@master:/a.csv", engine: engine).output == """
                Path: /a.csv
                Commit: images@1035715e796f45caae7a1d3ffd1f93ca
                Type: file
                Size: 5B
                Committed: 9 minutes ago
                Hash: 4b825dc642cb6eb9a060e54bf8d69288fbee4904

                """)
    }

    @Test("inspect job")
    func job() async {
        let engine = FakeEngine { $0.jobs = [Sample.job(state: .failure, reason: "failed to process datum: 7 of 9 tries")] }
        #expect(
            await pach("inspect", "job", "edges@\(Sample.id)", engine: engine).output == """
                ID: 1035715e796f45caae7a1d3ffd1f93ca
                Pipeline: edges
                Pipeline Version: 2
                Created: 2 minutes ago
                Started: About a minute ago
                Duration: 2 seconds
                State: failure
                Reason: failed to process datum: 7 of 9 tries
                Processed: 1
                Failed: 0
                Skipped: 0
                Recovered: 0
                Total: 3
                Data Downloaded: 57.27KiB
                Data Uploaded: 22.22KiB
                Download Time: 0ms
                Process Time: 2 seconds
                Upload Time: 0ms
                Restarts: 0
                Input:
                {
                  "pfs" : {
                    "branch" : "master",
                    "glob" : "/*",
                    "name" : "images",
                    "repo" : "images"
                  }
                }
                Transform:
                {
                  "cmd" : [
                    "python3",
                    "edges.py"
                  ]
                }
                Output Commit: edges@1035715e796f45caae7a1d3ffd1f93ca

                """)
    }

    @Test("inspect pipeline shows what is in force beside the defaults, and what is recorded")
    func pipeline() async {
        let plain = Sample.pipeline()
        var special = plain
        special.spec.reprocess = .everyJob
        special.spec.jobs = .latest
        special.spec.previous = true
        special.spec.recorded = ["autoscaling": .bool(true)]
        for (info, isSpecial) in [(plain, false), (special, true)] {
            let text = await pach("inspect", "pipeline", "edges", engine: FakeEngine { $0.pipelines = [info] }).output
            #expect(text.contains("\nSalt: s\n"))
            for line in ["Reprocess: every_job", "Jobs: latest", "Previous: true", "Recorded:\n{\n  \"autoscaling\" : true\n}"] {
                #expect(text.contains("\n\(line)\n") == isSpecial, "\(line)")
            }
        }
    }

    @Test("inspect datum says why it was skipped")
    func datum() async {
        let engine = FakeEngine { $0.datums = [Sample.datum(.skipped, reason: "processed before")] }
        #expect(
            await pach("inspect", "datum", "edges@\(Sample.id)", "\(Sample.digest)", engine: engine).output == """
                ID: \(Sample.digest)
                Job ID: 1035715e796f45caae7a1d3ffd1f93ca
                State: skipped
                Reason: processed before
                Processed By: 80e2d3d75aa74a4ba054e9025d93486b
                Tries: 1
                Hash: \(Sample.digest)
                Data Downloaded: 0B
                Data Uploaded: 0B
                Total Time: 2 seconds
                Download Time: 0ms
                Process Time: 2 seconds
                Upload Time: 0ms
                Inputs:
                REPO   COMMIT                           PATH
                images 1035715e796f45caae7a1d3ffd1f93ca /liberty.png

                """)
    }

    private let json = """
        {"committed":"2026-11-21T11:51:00.000000Z","file":{"commit":{"branch":{"name":"master","repo":{"name":"images","type":"user"}},\
        "id":"1035715e796f45caae7a1d3ffd1f93ca"},"path":"/a/b"},"file_type":"FILE",\
        "hash":"4b825dc642cb6eb9a060e54bf8d69288fbee4904","size_bytes":5}

        """

    @Test("-o json and --raw print one object per line")
    func jsonLines() async {
        let engine = FakeEngine { $0.files = [Sample.file("/a/b"), Sample.file("/a/b")] }
        #expect(await pach("list", "file", "images@master:/a", "-o", "json", engine: engine).output == json + json)
        #expect(await pach("list", "file", "images@master:/a", "--raw", engine: engine).output == json + json)
        #expect(await pach("inspect", "file", "images@master:/a/b", "-o", "json", engine: engine).output == json)
        #expect(await pach("list", "file", "images@master:/none", "-o", "json", engine: engine).output == "")
    }

    @Test("-o yaml prints one document each")
    func yaml() async {
        let engine = FakeEngine { $0.files = [Sample.file("/a/数据"), Sample.file("/a/1e5")] }
        let document = """
            ---
            committed: '2026-11-21T11:51:00.000000Z'
            file:
              commit:
                branch:
                  name: master
                  repo:
                    name: images
                    type: user
                id: 1035715e796f45caae7a1d3ffd1f93ca
              path: /a/数据
            file_type: FILE
            hash: 4b825dc642cb6eb9a060e54bf8d69288fbee4904
            size_bytes: 5

            """
        let output = await pach("list", "file", "images@master:/a", "-o", "yaml", engine: engine).output
        #expect(output == document + document.replacing("/a/数据", with: "/a/1e5"))
    }
}
