@testable import Commands
import Model
import Operations
import TestSupport
import Testing

/// Whole texts of what lists print, as reference 3.3 and 3.4 have them.
@Suite("tables")
struct TablesTests {
    @Test("list repo")
    func repos() async {
        let engine = FakeEngine {
            $0.repos = [
                Sample.repo("montage", size: 390_246, description: "Output repo for pipeline montage."),
                Sample.repo("images", minutes: 61, size: 58_644), Sample.repo("montage.meta"),
            ]
        }
        let outcome = await pach("list", "repo", engine: engine)
        #expect(
            outcome
                == Outcome(
                    code: 0,
                    output: """
                        NAME    CREATED           SIZE (MASTER) DESCRIPTION
                        montage 26 minutes ago    381.1KiB      Output repo for pipeline montage.
                        images  About an hour ago 57.27KiB

                        """, error: ""))
        #expect(engine.now.isClosed)
        #expect(await pach("list", "repos", "--all", engine: engine).output.contains("montage.meta"))
        let meta = await pach("list", "repo", "--type", "meta", engine: engine).output
        #expect(meta.hasSuffix("DESCRIPTION\nmontage.meta 26 minutes ago 0B\n"))
    }

    @Test("list branch")
    func branches() async {
        let engine = FakeEngine {
            $0.branches = [
                BranchInfo(
                    branch: Sample.branch("data@master"), head: CommitLink(branch: Sample.branch("data@master"), id: Sample.id),
                    provenance: [], directProvenance: [], subvenance: []),
                BranchInfo(branch: Sample.branch("data@staging"), head: nil, provenance: [], directProvenance: [], subvenance: []),
            ]
        }
        #expect(
            await pach("list", "branch", "data", engine: engine).output == """
                BRANCH  HEAD
                master  1035715e796f45caae7a1d3ffd1f93ca
                staging -

                """)
    }

    private let commits = [
        Sample.commit(), Sample.commit("edges.spec@master", state: .started, origin: .auto, size: 244),
        Sample.commit("edges@master", origin: .auto, size: 0, error: "job failed"),
    ]

    @Test("list commit of a repo, and of a set")
    func commits() async {
        let engine = FakeEngine { $0.commits = commits }
        let table = """
            REPO       BRANCH COMMIT                           FINISHED      SIZE     ORIGIN DESCRIPTION
            images     master 1035715e796f45caae7a1d3ffd1f93ca 9 minutes ago 57.27KiB USER
            edges.spec master 1035715e796f45caae7a1d3ffd1f93ca -             244B     AUTO
            edges      master 1035715e796f45caae7a1d3ffd1f93ca 9 minutes ago 0B       AUTO   failed: job failed

            """
        #expect(await pach("list", "commit", "images", engine: engine).output == table)
        #expect(await pach("list", "commit", "\(Sample.id)", engine: engine).output == table)
        _ = await pach("list", "commit", "images@master", "-n", "2", "--from", "master^2", "--origin", "user", engine: engine)
        #expect(
            engine.now.calls == [
                "listCommits images to - from - number - origin -",
                "listCommits images to images@master from images@master^2 number 2 origin USER",
            ])
    }

    @Test("list commit -x: the sets' commits of one origin")
    func commitsOfSets() async {
        let engine = FakeEngine { $0.commits = commits }
        let output = await pach("list", "commit", "-x", "--origin", "user", engine: engine).output
        #expect(output.split(separator: "\n").dropFirst().map { $0.split(separator: " ")[0] } == ["images"])
    }

    @Test("list commit: sets, with a bar of eight")
    func commitSets() async {
        let engine = FakeEngine { $0.commits = commits }
        #expect(
            await pach("list", "commit", engine: engine).output == """
                ID                               SUBCOMMITS PROGRESS CREATED        MODIFIED
                1035715e796f45caae7a1d3ffd1f93ca 3          ▇▇▇×××░░ 10 minutes ago 9 minutes ago

                """)
    }

    @Test("list file and glob file")
    func files() async {
        let engine = FakeEngine {
            $0.files = [Sample.file("/a.csv", size: 1536), Sample.file("/数据", .folder, size: 7), Sample.file("/数据/b")]
        }
        let table = """
            SIZE   NAME
            1.5KiB /a.csv
            7B     /数据/

            """
        #expect(await pach("list", "file", "images@master", engine: engine).output == table)
        #expect(await pach("glob", "file", "images@master:/*", engine: engine).output == table)
    }

    @Test("list pipeline")
    func pipelines() async {
        let engine = FakeEngine { $0.pipelines = [Sample.pipeline(), Sample.pipeline("montage", state: .paused, lastJob: nil)] }
        #expect(
            await pach("list", "pipeline", engine: engine).output == """
                NAME    VERSION INPUT                   CREATED       STATE / LAST JOB  DESCRIPTION
                edges   2       (images:/* ⨯ weights:/) 3 minutes ago running / success Finds edges.
                montage 2       (images:/* ⨯ weights:/) 3 minutes ago paused / -        Finds edges.

                """)
        let paused = await pach("list", "pipeline", "--state", "paused", "-o", "json", engine: engine).output
        #expect(paused.split(separator: "\n").count == 1)
    }

    @Test("list job of a pipeline")
    func jobs() async {
        let engine = FakeEngine {
            $0.jobs = [
                Sample.job(skipped: 1, recovered: 1), Sample.job(state: .failure, reason: "failed to process datum: 7 of 9 tries"),
                Sample.job(state: .running), Sample.job(state: .created, isStarted: false), Sample.job("montage"),
            ]
        }
        #expect(
            await pach("list", "job", "-p", "edges", engine: engine).output == """
                PIPELINE ID                               STARTED            DURATION       RESTART PROGRESS      DL       UL       STATE
                edges    1035715e796f45caae7a1d3ffd1f93ca About a minute ago 2 seconds      0       1 + 1 + 1 / 3 57.27KiB 22.22KiB success
                edges    1035715e796f45caae7a1d3ffd1f93ca About a minute ago 2 seconds      0       1 + 0 / 3     57.27KiB 22.22KiB \
                failure: failed to process datum:...
                edges    1035715e796f45caae7a1d3ffd1f93ca About a minute ago About a minute 0       1 + 0 / 3     57.27KiB 22.22KiB running
                edges    1035715e796f45caae7a1d3ffd1f93ca -                  -              0       1 + 0 / 3     57.27KiB 22.22KiB created

                """)
    }

    @Test("list job: sets")
    func jobSets() async {
        let engine = FakeEngine { $0.jobs = [Sample.job(), Sample.job("montage")] }
        #expect(
            await pach("list", "job", engine: engine).output == """
                ID                               SUBJOBS PROGRESS CREATED       MODIFIED
                1035715e796f45caae7a1d3ffd1f93ca 2       ▇▇▇▇▇▇▇▇ 2 minutes ago About a minute ago

                """)
    }

    @Test("list datum")
    func datums() async {
        let engine = FakeEngine { $0.datums = [Sample.datum(), Sample.datum(.skipped)] }
        let id = Sample.digest
        let file = "images@\(Sample.id):/liberty.png"
        let blanks = String(repeating: " ", count: file.count - 4)
        #expect(
            await pach("list", "datum", "edges@\(Sample.id)", engine: engine).output == """
                ID                                                               FILES\(blanks)STATUS  TIME
                \(id) \(file) success 2 seconds
                \(id) \(file) skipped -

                """)
    }

    @Test("a terminal of 80 columns is enough for all tables with ids; what is no terminal has all")
    func narrow() async {
        let engine = FakeEngine {
            $0.commits = [Sample.commit("a-rather-long-name@master", description: "put file /liberty.png"), Sample.commit()]
            $0.jobs = [Sample.job("a-rather-long-name", state: .failure, reason: "failed to process datum: 7 of 9 tries"), Sample.job()]
            $0.pipelines = [Sample.pipeline("a-rather-long-name"), Sample.pipeline()]
            $0.datums = [Sample.datum()]
        }
        let lists = [
            ["list", "commit"], ["list", "commit", "-x"], ["list", "commit", "images"], ["list", "job"], ["list", "job", "-x"],
            ["list", "pipeline"], ["list", "datum", "edges@\(Sample.id)"], ["inspect", "commit", "a-rather-long-name@master"],
        ]
        for list in lists {
            let whole = await pach(list, engine: engine).output.split(separator: "\n")
            let shown = await pach(list + ["--no-color"], engine: engine, columns: 80).output.split(separator: "\n")
            #expect(shown.count == whole.count && shown.allSatisfy { displayWidth(String($0)) <= 80 }, "\(list)")
        }
        #expect(
            await pach("list", "job", "-x", "--no-color", engine: engine, columns: 80).output == """
                PIPELINE           ID                               PROGRESS  STATE
                a-rather-long-name 1035715e796f45caae7a1d3ffd1f93ca 1 + 0 / 3 failure: failed t…
                edges              1035715e796f45caae7a1d3ffd1f93ca 1 + 0 / 3 success

                """)
    }

    @Test("list datum on a terminal has as many digits of the ids as tell them apart, which 'inspect datum' takes")
    func shortDatums() async {
        let ids = ["8e3a8e3a8e3a8e3a", "8e3a8e3a8e3a8e3b"].map { digits in
            sure { try Digest(parsing: digits + String(repeating: "0", count: 48)) }
        }
        let engine = FakeEngine {
            $0.jobs = [Sample.job()]
            $0.datums = ids.map { id in
                var datum = Sample.datum()
                datum.datum.id = id
                return datum
            }
        }
        let job = "edges@\(Sample.id)"
        #expect(
            await pach("list", "datum", job, "--no-color", engine: engine, columns: 80).output == """
                ID               FILES               STATUS  TIME
                8e3a8e3a8e3a8e3a images:/liberty.png success 2 seconds
                8e3a8e3a8e3a8e3b images:/liberty.png success 2 seconds

                """)
        #expect(await pach("inspect", "datum", job, "8e3a8e3a8e3a8e3b", engine: engine).output.hasPrefix("ID: \(ids[1])\n"))
        let several = await pach("inspect", "datum", job, "8e3a", engine: engine)
        #expect(several.error.hasPrefix("Error: 2 datums of job \(job) begin with '8e3a'\nHint: 'pach list datum \(job)'"))
        #expect(await pach("inspect", "datum", job, "8e3b", engine: engine).error.hasPrefix("Error: no datum of job \(job) begins with"))
        #expect(await pach("logs", "--pipeline", "edges", "--datum", "8e3a", engine: engine).error.contains("is not a datum id"))
    }

    @Test("diff file, rows only")
    func differences() async {
        let engine = FakeEngine {
            $0.differences = [
                FileDifference(newFile: Sample.file("/a", size: 9), oldFile: Sample.file("/a", size: 5)),
                FileDifference(newFile: Sample.file("/b", size: 1), oldFile: nil),
            ]
        }
        #expect(
            await pach("diff", "file", "images@master", "--name-only", engine: engine).output == """
                OP SIZE NAME
                +  9B   /a
                -  5B   /a
                +  1B   /b

                """)
    }

    @Test("states are coloured on a terminal, unless that is not wanted")
    func colors() async {
        let engine = FakeEngine { $0.jobs = [Sample.job()] }
        let green = "\u{1B}[32msuccess\u{1B}[0m"
        #expect(await pach("list", "job", "-x", engine: engine, columns: 200).output.contains(green))
        #expect(await !pach("list", "job", "-x", engine: engine).output.contains(green))
        #expect(await !pach("list", "job", "-x", "--no-color", engine: engine, columns: 200).output.contains(green))
        #expect(await !pach("list", "job", "-x", engine: engine, environment: ["NO_COLOR": "1"], columns: 200).output.contains(green))
    }
}
