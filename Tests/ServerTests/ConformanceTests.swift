import API
import HTTPTestSupport
import Model
import Operations
import Synchronization
import Testing

@testable import Server

/// Every operation goes through client and server as if the engine were in the process.
@Suite struct ConformanceTests {
    private func reference(_ text: String) throws -> CommitReference { try CommitReference(text) }
    private func file(_ text: String) throws -> FileReference { try FileReference(text) }

    @Test func repos() async throws {
        try await Harness.runClient { client, engine in
            try await client.createRepo(try RepoName("ratings"), description: "of \"films\"", update: true)
            try await client.createRepo(try RepoName("train.meta"), description: "", update: false)
            let retention = Retention(commits: 3, duration: try SpecDuration(parsing: "1h30m"))
            try await client.createRepo(try RepoName("kept"), settings: RepoSettings(retention: retention), update: true)
            #expect(
                engine.takeCalls() == [
                    "createRepo ratings 'of \"films\"' 0 - true", "inspectRepo ratings", "createRepo train.meta '' 0 - false",
                    "inspectRepo train.meta", "createRepo kept '-' 3 5400s true", "inspectRepo kept",
                ])
            #expect(try await client.inspectRepo(Sample.repoName) == Sample.repo)
            #expect(try await client.listRepos(kinds: [.spec, .user]) == [Sample.repo, Sample.repo])
            #expect(try await client.listRepos(kinds: []) == [Sample.repo, Sample.repo])
            try await client.deleteRepo(Sample.repoName, force: true)
            #expect(
                engine.takeCalls() == [
                    "inspectRepo ratings", "listRepos [\"spec\", \"user\"]", "listRepos []", "deleteRepo ratings true",
                ])
        }
    }

    @Test func branches() async throws {
        try await Harness.runClient { client, engine in
            let branch = Branch(repo: Sample.repoName, name: try BranchName("dev"))
            #expect(try await client.createBranch(branch, head: nil) == Sample.branch(head: Sample.id))
            #expect(try await client.createBranch(branch, head: try reference("ratings@master^2")) == Sample.branch(head: Sample.id))
            engine.head = nil
            #expect(try await client.inspectBranch(branch) == Sample.branch(head: nil))
            #expect(try await client.listBranches(Sample.repoName) == [Sample.branch(head: nil)])
            try await client.deleteBranch(branch, force: false)
            #expect(
                engine.takeCalls() == [
                    "createBranch ratings@dev -", "createBranch ratings@dev ratings@master^2", "inspectBranch ratings@dev",
                    "listBranches ratings", "deleteBranch ratings@dev false",
                ])
        }
    }

    @Test func commits() async throws {
        try await Harness.runClient { client, engine in
            #expect(try await client.startCommit(Sample.master, parent: nil, description: "d") == Sample.commit)
            #expect(try await client.startCommit(Sample.master, parent: try reference("ratings@dev"), description: "") == Sample.commit)
            #expect(try await client.finishCommit(try reference("ratings@master"), description: "new") == Sample.change)
            #expect(try await client.finishCommit(try reference("ratings@master=\(Sample.id)"), description: nil) == Sample.change)
            #expect(try await client.inspectCommit(try reference("ratings@master.1"), wait: false) == Sample.commit)
            #expect(try await client.inspectCommit(try reference("ratings@\(Sample.id)"), wait: true) == Sample.commit)
            let traced = try await client.inspectCommit(try reference("ratings@dev"), wait: true, withProvenance: true)
            #expect(traced.provenance == [Sample.link] && traced.subvenance == [])
            let query = CommitQuery(
                repo: Sample.repoName, to: try reference("ratings@master"), from: try reference("ratings@\(Sample.id)^"), number: 3,
                origin: .auto)
            #expect(try await client.listCommits(query) == [Sample.commit])
            #expect(try await client.listCommits(CommitQuery(repo: Sample.repoName)) == [Sample.commit])
            #expect(try await client.listCommitSets(number: 9) == [Sample.commitSet])
            #expect(try await client.inspectCommitSet(Sample.id, wait: true) == Sample.commitSet)
            try await client.squashCommitSet(Sample.id)
            try await client.dropCommitSet(Sample.id)
            for start in [SubscriptionStart.first, .after(try reference("ratings@\(Sample.id)")), .next] {
                var commits: [CommitInfo] = []
                for try await commit in client.subscribeCommits(Sample.master, from: start) { commits.append(commit) }
                #expect(commits == [Sample.commit, Sample.commit])
            }
            #expect(
                engine.takeCalls() == [
                    "startCommit ratings@master - 'd'", "startCommit ratings@master ratings@dev ''", "finishCommit ratings@master new",
                    "finishCommit ratings@master=\(Sample.id) -", "inspectCommit ratings@master.1 false",
                    "inspectCommit ratings@\(Sample.id) true", "inspectCommit ratings@dev true with provenance",
                    "listCommits ratings ratings@master ratings@\(Sample.id)^1 3 AUTO", "listCommits ratings - - - -", "listCommitSets 9",
                    "inspectCommitSet \(Sample.id) true", "squashCommitSet \(Sample.id)", "dropCommitSet \(Sample.id)",
                    "subscribeCommits ratings@master first", "subscribeCommits ratings@master after(ratings@\(Sample.id))",
                    "inspectCommit ratings@master false",
                    "subscribeCommits ratings@master after(ratings@\(Sample.id))",
                ])
        }
    }

    @Test func filesOfAllNames() async throws {
        try await Harness.runClient { client, engine in
            let longest = "/" + String(repeating: "n", count: 255)
            let names = ["/plain", "/a b/c+d", "/100%/?#&=", "/größe/日本.txt", "/…", "/\"quoted\"/\\", longest]
            let contents = names.map { Array("content of \($0)".utf8) }
            let commit = try reference("ratings@master")
            let paths = try names.map { try FilePath($0) }
            for sizesKnown in [true, false] {
                engine.files = [:]
                let uploads = zip(paths, contents).map {
                    FileUpload(path: $0, sizeBytes: sizesKnown ? Int64($1.count) : nil, content: ByteStream($1))
                }
                #expect(try await client.putFiles(.of(uploads), in: commit, mode: .append) == Sample.change)
                #expect(engine.files == Dictionary(uniqueKeysWithValues: zip(paths, contents)))
            }
            #expect(engine.takeCalls() == ["putFiles ratings@master append", "putFiles ratings@master append"])
            let present = PresentFiles(tree: Sample.listing.tree, count: 7)
            #expect(try await client.putFiles(.of([]), in: commit, mode: .overwrite, present: present) == Sample.change)
            #expect(engine.takeCalls() == ["putFiles ratings@master overwrite but 7 of \(present.tree)"])
            for (path, content) in zip(paths, contents) {
                let download = try await client.getFile(FileReference(commit: commit, path: path), range: nil)
                #expect(download.info == Sample.file(path, size: Int64(content.count)))
                #expect(download.range == 0..<Int64(content.count))
                #expect(try await download.content.collect(upTo: 1000) == content)
                let part = try await client.getFile(FileReference(commit: commit, path: path), range: 3..<5)
                #expect(part.range == 3..<5)
                #expect(try await part.content.collect(upTo: 1000) == Array(content[3..<5]))
                #expect(
                    try await client.inspectFile(FileReference(commit: commit, path: path)) == Sample.file(path, size: Int64(content.count))
                )
            }
        }
    }

    @Test func rangesAtTheEdges() async throws {
        try await Harness.runClient { client, engine in
            engine.files = [try FilePath("f"): Array("0123456789".utf8), try FilePath("empty"): []]
            let file = try file("ratings@master:/f")
            #expect(try await client.getFile(file, range: 8..<100).range == 8..<10)
            #expect(try await client.getFile(file, range: 10..<10).range == 10..<10)
            let empty = try await client.getFile(try self.file("ratings@master:/empty"), range: nil)
            #expect(empty.range == 0..<0)
            #expect(try await empty.content.collect(upTo: 1) == [])
            for range in [10..<11, 11..<11] as [Range<Int64>] {
                let error = await #expect(throws: PachError.self) { try await client.getFile(file, range: range) }
                #expect(error?.code == .invalidArgument)
            }
        }
    }

    @Test func otherFileOperations() async throws {
        try await Harness.runClient { client, engine in
            #expect(try await client.deleteFile(try file("ratings@master:/a b"), recursive: true) == Sample.change)
            #expect(
                try await client.copyFile(
                    from: try file("other@dev^:/x/%41"), to: try file("ratings@master:/y z"), mode: .append) == Sample.change)
            #expect(try await client.listFiles(try file("ratings@master:/")) == Sample.manyFiles(1))
            #expect(try await client.listFiles(try file("ratings@master:/a/b")) == Sample.manyFiles(1))
            #expect(try await client.listFolder(try file("ratings@master:/")) == Sample.listing)
            #expect(try await client.listFolder(try file("ratings@master:/a/b")) == Sample.listing)
            #expect(try await client.globFiles("/*[!x]/{a,b}**", in: try reference("ratings@master")) == Sample.manyFiles(1000))
            var walked: [FileInfo] = []
            for try await info in client.walkFiles(try file("ratings@master:/a")) { walked.append(info) }
            #expect(walked == Sample.manyFiles(1000))
            let difference = FileDifference(newFile: Sample.file(try FilePath("p"), size: 1), oldFile: nil)
            #expect(
                try await client.diffFiles(new: try file("ratings@master:/p"), old: try file("ratings@dev:/q"), shallow: true)
                    == [difference])
            _ = try await client.diffFiles(new: try file("ratings@master"), old: nil, shallow: false)
            #expect(
                engine.takeCalls() == [
                    "deleteFile ratings@master:/a b true", "copyFile other@dev^1:/x/%41 ratings@master:/y z append",
                    "listFiles ratings@master:/", "listFiles ratings@master:/a/b",
                    "listFolder ratings@master:/", "listFolder ratings@master:/a/b", "globFiles /*[!x]/{a,b}** ratings@master",
                    "walkFiles ratings@master:/a", "diffFiles ratings@master:/p ratings@dev:/q true", "diffFiles ratings@master:/ - false",
                ])
        }
    }

    @Test("no answer waits while files of a folder are fetched: the server would break it off")
    func downloadsOfAFolder() async throws {
        try await Harness.runClient { client, engine in
            let paths = try ["/a/b/c", "/a/b/d", "/a/e", "/f"].map { try FilePath($0) }
            engine.files = Dictionary(uniqueKeysWithValues: paths.map { ($0, Array($0.description.utf8)) })
            var arrived: [FilePath] = []
            for try await group in client.getFiles(try file("ratings@master")) {
                for file in group {
                    #expect(try await file.content.collect(upTo: 10) == Array(file.info.file.path.description.utf8))
                    arrived.append(file.info.file.path)
                }
            }
            #expect(arrived == paths)
            let pinned = "ratings@\(Sample.id)"
            #expect(
                engine.takeCalls() == [
                    "inspectCommit ratings@master false", "listFolder \(pinned):/", "listFolder \(pinned):/a",
                    "listFolder \(pinned):/a/b", "getFile \(pinned):/a/b/c -", "getFile \(pinned):/a/b/d -", "getFile \(pinned):/a/e -",
                    "getFile \(pinned):/f -",
                ])
            for try await group in client.getFiles(try file("ratings@master:/f")) { #expect(group.map(\.info.file.path) == [paths[3]]) }
            #expect(engine.takeCalls() == ["getFile ratings@master:/f -"])
        }
    }

    @Test func pipelines() async throws {
        try await Harness.runClient { client, engine in
            let code = [CodeFile(path: try FilePath("a/run"), bytes: [1, 2, 3], isExecutable: true)]
            let request = PipelineRequest(
                spec: "pipeline:\n  name: ü\n", fileName: "my specs/p.yaml", code: code, update: true, reprocess: true, dryRun: true)
            #expect(try await client.createPipeline(request) == Sample.pipeline)
            #expect(try await client.createPipeline(PipelineRequest(spec: "{}", fileName: "-")) == Sample.pipeline)
            #expect(try await client.inspectPipeline(Sample.pipelineName) == Sample.pipeline)
            #expect(try await client.listPipelines() == [Sample.pipeline])
            try await client.deletePipeline(Sample.pipelineName, keepRepo: true, force: false)
            try await client.startPipeline(Sample.pipelineName)
            try await client.stopPipeline(Sample.pipelineName)
            try await client.rerunPipeline(Sample.pipelineName, reprocess: false)
            try await client.rerunPipeline(Sample.pipelineName, reprocess: true)
            #expect(
                engine.takeCalls() == [
                    "createPipeline pipeline:\n  name: ü\n my specs/p.yaml [\"/a/run:3:true\"] true true true",
                    "createPipeline {} - [] false false false", "inspectPipeline train", "listPipelines", "deletePipeline train true false",
                    "startPipeline train", "stopPipeline train", "rerunPipeline train false", "rerunPipeline train true",
                ])
        }
    }

    @Test func jobs() async throws {
        try await Harness.runClient { client, engine in
            let query = JobQuery(pipeline: Sample.pipelineName, id: Sample.id, states: [.success, .killed], number: 0)
            #expect(try await client.listJobs(query) == [Sample.job])
            #expect(try await client.listJobs(JobQuery()) == [Sample.job])
            #expect(try await client.listJobSets(number: nil) == [Sample.jobSet])
            #expect(try await client.inspectJob(Sample.pipelineName, Sample.id, wait: true) == Sample.job)
            #expect(try await client.inspectJobSet(Sample.id, wait: true) == Sample.jobSet)
            try await client.stopJob(Sample.pipelineName, Sample.id)
            try await client.deleteJob(Sample.pipelineName, Sample.id)
            #expect(try await client.listDatums(Sample.pipelineName, Sample.id) == [Sample.datum])
            #expect(try await client.inspectDatum(Sample.pipelineName, Sample.id, datum: Sample.digest) == Sample.datum)
            #expect(
                engine.takeCalls() == [
                    "listJobs train \(Sample.id) [\"killed\", \"success\"] 0", "listJobs - - [] -", "listJobSets -",
                    "inspectJob train \(Sample.id) true", "inspectJobSet \(Sample.id) true", "stopJob train \(Sample.id)",
                    "deleteJob train \(Sample.id)", "listDatums train \(Sample.id)", "inspectDatum train \(Sample.id) \(Sample.digest)",
                ])
        }
    }

    @Test func logs() async throws {
        try await Harness.runClient { client, engine in
            let queries = [
                LogQuery(pipeline: Sample.pipelineName),
                LogQuery(
                    pipeline: Sample.pipelineName, job: Sample.id, datum: Sample.digest, master: true, follow: true, tail: 5,
                    since: Sample.time),
            ]
            for query in queries {
                var lines: [LogMessage] = []
                for try await line in client.logs(query) { lines.append(line) }
                #expect(lines == Sample.log)
            }
            #expect(
                engine.takeCalls() == [
                    "logs train - - false false - -", "logs train \(Sample.id) \(Sample.digest) true true 5 \(Sample.time)",
                ])
        }
    }

    @Test func theWhole() async throws {
        try await Harness.runClient { client, engine in
            let reported = Mutex<[JobInfo]>([])
            let ended = try await client.run { job in reported.withLock { $0.append(job) } }
            #expect(ended == [Sample.job])
            #expect(reported.withLock { $0 } == [Sample.job])
            #expect(try await client.fsck(publish: true, fix: false) == Sample.report)
            #expect(try await client.version() == VersionInfo(version: "1.2.3", format: 4))
            #expect(try await client.collectGarbage(dryRun: true) == Sample.garbage)
            #expect(try await client.whyObject(Sample.object, number: 3) == [Sample.use])
            #expect(try await client.backUp(to: "/mnt/a b", links: true, verifiesAll: false) == Sample.backup)
            #expect(
                engine.takeCalls() == [
                    "run", "fsck true false", "version", "collectGarbage true", "whyObject \(Sample.object) 3",
                    "backUp /mnt/a b true false",
                ])
        }
    }

    @Test func everyErrorKeepsItsCode() async throws {
        try await Harness.runClient { client, engine in
            for code in PachError.Code.allCases {
                let error = PachError(
                    code, "Could not do it: it is \(code)", cause: "a fact", hint: "a hint",
                    details: [.init(file: "f", line: 1, column: 2, pointer: "/p", message: "m")])
                engine.fail(with: error)
                await #expect(throws: error) { try await client.version() }
                await #expect(throws: error) { try await client.listJobSets(number: 1) }
                await #expect(throws: error) { try await client.deleteRepo(Sample.repoName, force: false) }
                await #expect(throws: error) { try await client.inspectCommit(CommitReference(Sample.master), wait: true) }
                // Thrown after the first values were sent.
                await #expect(throws: error) { try await client.run { _ in } }
                await #expect(throws: error) {
                    for try await _ in client.walkFiles(try file("ratings@master:/")) {}
                }
                await #expect(throws: error) {
                    for try await _ in client.logs(LogQuery(pipeline: Sample.pipelineName, follow: true)) {}
                }
                let files = FileUploads.of([FileUpload(path: try FilePath("f"), sizeBytes: nil, content: ByteStream([1]))])
                await #expect(throws: error) { try await client.putFiles(files, in: CommitReference(Sample.master), mode: .append) }
            }
        }
    }

    @Test func whatTheSourceThrowsComesOutOfPutFiles() async throws {
        try await Harness.runClient { client, engine in
            let error = PachError(.io, "Could not read 'disk': it is broken")
            let content = ByteStream { { throw error } }
            for size in [nil, 5] as [Int64?] {
                let files = FileUploads.of([FileUpload(path: try FilePath("f"), sizeBytes: size, content: content)])
                await #expect(throws: error) { try await client.putFiles(files, in: CommitReference(Sample.master), mode: .append) }
            }
            #expect(engine.commitCount == 0)
        }
    }

    @Test func aRefusedUploadIsToldBeforeItIsSentWhole() async throws {
        try await Harness.runClient { client, engine in
            let error = PachError(.notFound, "repo 'ratings' not found")
            engine.fail(with: error)
            let pulled = Mutex(0)
            let endless = ByteStream {
                {
                    pulled.withLock { $0 += 1 }
                    return [UInt8](repeating: 0, count: 256 * 1024)
                }
            }
            let files = FileUploads.of([FileUpload(path: try FilePath("f"), sizeBytes: 1 << 50, content: endless)])
            await #expect(throws: error) { try await client.putFiles(files, in: CommitReference(Sample.master), mode: .append) }
        }
    }

    @Test func aWrongTokenIsUnauthenticated() async throws {
        try await Harness.run { harness in
            for token in ["wrong", nil] {
                let client = try EngineClient(url: harness.url, token: token)
                let error = await #expect(throws: PachError.self) { try await client.version() }
                #expect(error?.code == .unauthenticated)
                try await client.close()
            }
        }
    }
}

extension FileUploads {
    static func of(_ files: [FileUpload]) -> FileUploads {
        let rest = Mutex(files[...])
        return FileUploads { rest.withLock { $0.popFirst() } }
    }
}
