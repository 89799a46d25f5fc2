import Foundation
import Testing

@Suite("Ratings go through the pipelines of pipelines/ to what is served", .endToEnd, .timeLimit(.minutes(10)))
struct RecommenderPipelineTests {
    let house: House

    init() throws {
        house = try House()
    }

    private static let pipelines = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("pipelines").path

    private static let chain = [
        "ingest/pipeline", "validate/pipeline", "split/pipeline", "train/validated", "evaluate/pipeline", "gate/pipeline",
        "neighbours/pipeline", "content/pipeline", "publish/pipeline",
    ]

    private static let parameters = #"{ "algorithm": "svd", "options": { "n_epochs": 10 } }"#

    private static func sample(_ name: String) throws -> String {
        try String(contentsOfFile: "\(pipelines)/\(name)", encoding: .utf8)
    }

    /// The ratings of MovieLens' first users, with the header.
    private static func ratings(ofUsersUpTo last: Int) throws -> [Substring] {
        try sample("train/sample/ml-latest-small/ratings.csv").split(whereSeparator: \.isNewline).filter { line in
            Int(line.prefix { $0 != "," }).map { $0 <= last } ?? true
        }
    }

    /// Makes the repos and the pipelines, and puts ratings and parameters.
    private static func build(_ house: House, _ ratings: [String: String], parameters: String = parameters) async throws {
        let rated = try Set(Self.ratings(ofUsersUpTo: 40).map { $0.split(separator: ",")[1] })
        let movies = try sample("train/sample/ml-latest-small/movies.csv").split(whereSeparator: \.isNewline).filter { line in
            line.hasPrefix("movieId") || rated.contains(line.prefix { $0 != "," })
        }
        try await house.repo(
            "catalogue",
            [
                "schema.json": try sample("validate/sample/catalogue/schema.json"),
                "movies.csv": movies.joined(separator: "\n") + "\n",
            ])
        try await house.repo("parameters", ["parameters.json": parameters])
        try await house.repo("incoming", ratings)
        for spec in chain { try await house.pach("create", "pipeline", "-f", "\(pipelines)/\(spec).json") }
    }

    private func head(_ repo: String) async throws -> String {
        try #require(try await house.json(of: ListedCommit.self, "list", "commit", repo, "-n", "1").first).commit.id
    }

    @Test("a model, neighbours and their provenance come out; what is bad is kept aside, and too much of it stops")
    func chain() async throws {
        let lines = try Self.ratings(ofUsersUpTo: 40)
        // One in four comes later, from the same users at the same times.
        let isLater = { (position: Int) in position > 0 && position % 4 == 0 }
        let early = lines.enumerated().filter { !isLater($0.offset) }.map(\.element)
        let late = lines.enumerated().filter { isLater($0.offset) }.map(\.element)
        let most = early.joined(separator: "\n") + "\n"
        let bad = "1,1,9.5,964982703\n1,no-such-film,4,964982703\n1,1,4.0,964982703\nlonely\n1,2,4.0\n"
        try await Self.build(house, ["most.csv": most + bad])
        try await runAll()

        // What is served.
        let served = try await house.list("publish")
        #expect(served == ["/SHA256SUMS", "/evaluation.json", "/model", "/neighbours.tsv", "/similar.tsv"])
        let sums = try await house.pach("get", "file", "publish@master:/SHA256SUMS")
        let neighbours = try await house.pach("get", "file", "publish@master:/neighbours.tsv").split(separator: "\n")
        #expect(neighbours.count > 1000 && neighbours.allSatisfy { $0.split(separator: "\t").count == 3 })
        try await house.pach("get", "file", "publish@master:/model", "-o", house.path("model"))
        try house.write("1 1\n9999 1\n", to: "requests")
        try await house.run(
            "recommend", "predict", "--model", house.path("model"), "--requests", house.path("requests"), "--output", "answers")

        // Each step can be run alone, and gives the same bytes.
        try await house.pach("get", "file", "validate@master:/rows", "-r", "-o", house.path("rows"))
        try await house.pach("get", "file", "parameters@master:/parameters.json", "-o", house.path("parameters.json"))
        try await house.run(
            "recommend", "train", "--parameters", "parameters.json", "--ratings", "rows", "--threads", "1", "--output", "alone")
        #expect(try house.bytes("alone") == house.bytes("model"))
        try await house.run(
            "recommend", "neighbours", "--ratings", "rows", "--from", "4", "--shrinkage", "10", "--support", "3", "--output", "alone.tsv")
        #expect(try String(decoding: house.bytes("alone.tsv"), as: UTF8.self).split(separator: "\n") == neighbours)

        // What is bad is kept aside, with what is wrong.
        #expect(
            try await house.pach("get", "file", "ingest@master:/quarantine/most.csv")
                == "\(early.count + 4)\tnumber of fields: 1 of a rating's 3 or 4\tlonely")
        let quarantine = try await house.pach("get", "file", "validate@master:/quarantine/most.csv").split(separator: "\n")
        #expect(
            quarantine.map { $0.split(separator: "\t")[1] } == [
                "rating: too large: 9.5 is above 5", "item: unknown: 'no-such-film' is not in movies.csv", "duplicate: as most.csv:1",
                "number of fields: 3 fields, where there are 4 columns",
            ])

        // From what is served to where it comes from.
        let commits = try await origins(of: "publish")
        #expect(
            commits.isSuperset(of: ["incoming", "catalogue", "parameters", "ingest", "validate", "split", "train", "evaluate", "gate"]))

        // The same again gives the same bytes.
        let first = try await head("publish")
        try await house.put(["most.csv": most + bad], in: "incoming")
        try await runAll()
        #expect(try await house.pach("get", "file", "publish@master:/SHA256SUMS") == sums)
        #expect(try await house.lastJob("train").processed == 0)
        let other = try House()
        try await Self.build(other, ["most.csv": most + bad])
        #expect(try await other.runJobs().code == 0)
        #expect(try await other.pach("get", "file", "publish@master:/SHA256SUMS") == sums)

        // Rows that are new: only their file is taken in, and what is served changes.
        try await house.put(["rest.csv": late.joined(separator: "\n") + "\n"], in: "incoming")
        try await runAll()
        #expect(try await house.lastJob("ingest").progress == "1 + 1 / 2")
        #expect(try await house.pach("get", "file", "publish@master:/SHA256SUMS") != sums)
        let good = try await head("publish")
        #expect(good != first)

        // Too many bad rows stop the pipeline, and say why; without them all goes on.
        let flood = (0..<1000).map { "1,1,\($0 + 6),\($0)\n" }.joined()
        try await house.put(["flood.csv": flood], in: "incoming")
        #expect(try await house.runJobs().code == 1)
        #expect(try await house.lastJob("validate").state == "JOB_FAILURE")
        #expect(try await house.lastJob("publish").state == "JOB_UNRUNNABLE")
        let log = try await house.pach("logs", "-p", "validate")
        #expect(log.contains("rows are bad, 1 of them put aside before, and a share of at most 0.01 may be"))
        #expect(log.contains("flood.csv:1: rating: too large: 6 is above 5"))
        #expect(try await servedCommit() == good)
        try await house.pach("delete", "file", "incoming@master:/flood.csv")
        try await runAll()

        // So does too much that is no row at all.
        let events = (0..<1000).map { "2026-01-01T00:00:00,\(9000 + $0),GET /rat\($0 < 10 ? "e" : "ing")/1=4\n" }.joined()
        try await house.put(["events.log": events], in: "incoming")
        #expect(try await house.runJobs().code == 1)
        #expect(try await house.lastJob("ingest").state == "JOB_SUCCESS")
        #expect(try await house.lastJob("validate").state == "JOB_FAILURE")
        #expect(try await house.pach("logs", "-p", "validate").contains("rows are bad, 991 of them put aside before, and a share"))
        try await house.pach("delete", "file", "incoming@master:/events.log")
        try await runAll()
        try await house.expectSound()
    }

    @Test("a model that does not pass is held back, and what was published last stays and answers; the very first has to pass")
    func heldBack() async throws {
        let bad = #"{ "algorithm": "normal-predictor" }"#
        let ratings = try Self.ratings(ofUsersUpTo: 20).joined(separator: "\n") + "\n"
        try await Self.build(house, ["ratings.csv": ratings], parameters: bad)
        try await house.repo("streaming", ["2026-01-01/00/early": "1 1\n"])
        try await house.pach("create", "pipeline", "-f", "\(Self.pipelines)/predict/published.json")

        // Nothing that passed is there to fall back on, and what reads an output that failed does not run.
        #expect(try await house.runJobs().code == 1)
        #expect(try await house.lastJob("gate").state == "JOB_FAILURE")
        for name in ["publish", "predict"] { #expect(try await house.lastJob(name).state == "JOB_UNRUNNABLE", "\(name)") }
        #expect(
            try await house.pach("logs", "-p", "gate").contains("may not be published, and none passed before that could stay: rmse is"))

        try await house.put(["parameters.json": Self.parameters], in: "parameters")
        try await runAll()
        let publishing = try await head("publish")
        let published = try await hashes(in: "publish")
        let evaluation = try await hashes(in: "gate")["/evaluation.json"]
        #expect(try await decision().passed)
        let answer = try await house.pach("get", "file", "predict@master:/2026-01-01/00/early")
        #expect(answer.hasPrefix("1 1 "))

        // A worse model is trained and measured, and not published; what was answered is not computed again.
        try await house.put(["parameters.json": bad], in: "parameters")
        try await runAll()
        let held = try await decision()
        #expect(!held.passed && held.failures.allSatisfy { $0.hasPrefix("rmse is ") } && held.failures.count == 2, "\(held)")
        #expect(try await house.pach("logs", "-p", "gate").contains("is held back: rmse is"))
        #expect(try await house.pach("logs", "-p", "publish").contains("what was published last stays"))
        #expect(try await hashes(in: "gate")["/evaluation.json"] == evaluation)
        #expect(try await hashes(in: "train")["/model"] != published["/model"])
        #expect(try await hashes(in: "publish") == published)
        #expect(try await house.lastJob("predict").progress == "0 + 1 / 1")

        // Git tells which commit published what is there.
        try await house.pach("fsck", "--publish")
        let change = ["log", "-1", "--format=%(trailers:key=Pach-Commit,valueonly,separator=)", "--", "SHA256SUMS"]
        #expect(try await head("publish") != publishing)
        #expect(try await house.run(words: ["git", "-C", "\(house.root)/publish.git"] + change) == publishing)

        // The same in the same order gives the same in another data root.
        let other = try House()
        try await Self.build(other, ["ratings.csv": ratings])
        #expect(try await other.runJobs().code == 0)
        try await other.put(["parameters.json": bad], in: "parameters")
        #expect(try await other.runJobs().code == 0)
        for repo in ["gate", "publish"] { #expect(try await hashes(in: repo, of: other) == hashes(in: repo), "\(repo)") }

        // New requests are answered by what is published.
        try await house.put(["2026-01-01/00/late": "1 1\n"], in: "streaming")
        try await runAll()
        #expect(try await house.lastJob("predict").progress == "1 + 1 / 2")
        #expect(try await house.texts("predict") == ["2026-01-01/00/early": answer + "\n", "2026-01-01/00/late": answer + "\n"])

        // A commit that changes nothing runs nothing; one that brings back what was runs what looks at its own last output.
        try await house.put(["parameters.json": bad], in: "parameters")
        try await runAll()
        for name in ["train", "evaluate", "gate", "publish"] { #expect(try await house.lastJob(name).progress == "0 + 1 / 1", "\(name)") }
        try await house.put(["parameters.json": Self.parameters], in: "parameters")
        try await runAll()
        for name in ["train", "evaluate"] { #expect(try await house.lastJob(name).progress == "0 + 1 / 1", "\(name)") }
        for name in ["gate", "publish"] { #expect(try await house.lastJob(name).progress == "1 + 0 / 1", "\(name)") }
        #expect(try await decision().passed)
        #expect(try await hashes(in: "publish") == published)
        #expect(try await house.lastJob("predict").progress == "0 + 2 / 2")

        // Another model that passes answers all anew.
        try await house.put(["parameters.json": #"{ "algorithm": "svd", "options": { "n_epochs": 12 } }"#], in: "parameters")
        try await runAll()
        let next = try await hashes(in: "publish")
        #expect(try await next["/model"] == hashes(in: "train")["/model"] && next["/model"] != published["/model"])
        #expect(try await next["/evaluation.json"] == hashes(in: "evaluate")["/evaluation.json"])
        #expect(try await house.lastJob("predict").progress == "2 + 0 / 2")
        try await house.expectSound()
    }

    @Test("what is published belongs together, whatever failed in between, and stays only where there is something that can stay")
    func publishAlone() async throws {
        // Stand in for the steps before; the training can fail.
        try await house.pach("create", "repo", "gate")
        let decide = { (evaluation: String, passed: Bool) in
            try await house.put(["evaluation.json": evaluation, "decision.json": "{\n  \"passed\" : \(passed)\n}\n"], in: "gate")
        }
        try await decide("of none", false)
        try await house.repo("source", ["model": "first"])
        try await house.pipeline(
            "train", reading: "source", "! grep -q bad /pfs/source/model && cp /pfs/source/model /pfs/out", with: ["datum_tries": 1])
        try await house.repo("neighbours", ["neighbours.tsv": "1"])
        try await house.repo("content", ["similar.tsv": "1"])
        try await house.pach("create", "pipeline", "-f", "\(Self.pipelines)/publish/pipeline.json")
        #expect(try await house.runJobs().code == 1)
        #expect(try await house.lastJob("publish").state == "JOB_FAILURE")
        #expect(try await house.pach("logs", "-p", "publish").contains("nothing was published before that could stay"))

        try await decide("of the first", true)
        try await runAll()
        let first = try await house.texts("publish")
        #expect(
            first.filter { $0.key != "SHA256SUMS" } == [
                "model": "first", "evaluation.json": "of the first", "neighbours.tsv": "1", "similar.tsv": "1",
            ])

        // The second passes, and its training fails; the third is held back.
        try await house.put(["model": "second, bad"], in: "source")
        try await decide("of the second", true)
        try await decide("of the second", false)
        #expect(try await house.runJobs().code == 1)
        #expect(try await house.jobs("publish").prefix(2).map(\.state) == ["JOB_UNRUNNABLE", "JOB_UNRUNNABLE"])
        try await house.put(["model": "third"], in: "source")
        try await house.put(["similar.tsv": "3"], in: "content")
        try await runAll()
        #expect(try await house.texts("publish") == first)

        try await decide("of the third", true)
        try await runAll()
        try await house.pach("get", "file", "publish@master:/", "-r", "-o", house.path("published"))
        try await house.run("sh", "-c", "cd published && sha256sum -c SHA256SUMS")
        #expect(try String(decoding: house.bytes("published/model"), as: UTF8.self) == "third")
        #expect(try String(decoding: house.bytes("published/evaluation.json"), as: UTF8.self) == "of the third")

        // A gate that says nothing lets nothing through.
        try await house.pach("delete", "file", "gate@master:/decision.json")
        #expect(try await house.runJobs().code == 1)
        #expect(try await house.pach("logs", "-p", "publish").contains("decision.json: No such file"))
        try await house.expectSound()
    }

    @Test("the gate alone tells by its exit code, and holds back only where the decision is written and something passed before")
    func gateAlone() async throws {
        try house.write(#"{"algorithm": "svd", "seed": 0, "rmse": 0.9}"#, to: "good.json")
        try house.write(#"{"algorithm": "svd", "seed": 0, "rmse": 1.2}"#, to: "bad.json")
        let gate = { (words: [String]) in
            try await house.outcome(["recommend", "gate", "--output", "passed.json", "--previous", "passed.json"] + words)
        }
        for more in [[], ["--decision", "decision.json"]] {
            let first = try await gate(["--evaluation", "bad.json", "--limit", "rmse=1"] + more)
            #expect(first.code == 1 && first.error.contains("may not be published"))
            #expect(try await house.run("ls") == "bad.json\ngood.json")
        }
        #expect(try await gate(["--evaluation", "good.json"]).code == 0)
        #expect(try await gate(["--evaluation", "bad.json"]).code == 1)
        let held = try await gate(["--evaluation", "bad.json", "--decision", "decision.json"])
        #expect(held.code == 0 && held.error.contains("'bad.json' is held back: rmse is 1.2, worse by more than 0.0 than the 0.9"))
        #expect(try String(decoding: house.bytes("decision.json"), as: UTF8.self) == held.output)
        #expect(try house.bytes("passed.json") == house.bytes("good.json"))
        // It reads the decision that it replaces, which has the best that ever passed.
        try house.write(#"{"measure": "rmse", "value": 0.9, "best": 0.8, "failures": [], "passed": true}"#, to: "decision.json")
        let slid = try await gate(["--evaluation", "good.json", "--decision", "decision.json", "--previous-decision", "decision.json"])
        #expect(slid.code == 0 && slid.error.contains("than the 0.8 that is the best that passed"), "\(slid)")
    }

    @Test("candidates are datums, and the best of them become the parameters")
    func tune() async throws {
        let lines = try Self.ratings(ofUsersUpTo: 20).joined(separator: "\n") + "\n"
        try await house.repo("ratings", ["ratings.csv": lines])
        // In place of validated rows.
        try await house.pipeline(
            "split", reading: "ratings", glob: "/", "recommend split --ratings /pfs/ratings --by time=0.1 --output /pfs/out")
        try await house.repo("spaces", ["svd.json": #"{"algorithm": "svd", "options": {"n_factors": [5, 10], "n_epochs": [0, 5]}}"#])
        for spec in ["candidates", "trials", "best"] {
            try await house.pach("create", "pipeline", "-f", "\(Self.pipelines)/tune/\(spec).json")
        }
        try await runAll()
        #expect(try await house.list("candidates").count == 4)
        #expect(try await house.lastJob("trials").progress == "4 + 0 / 4")
        let best = try await house.pach("get", "file", "best@master:/parameters.json")
        let trials = try await house.texts("trials").values.map { try JSONDecoder().decode(Trial.self, from: Data($0.utf8)) }
        let least = try #require(trials.min { $0.rmse < $1.rmse })
        #expect(Set(trials.map(\.rmse)).count == 4)
        #expect(try JSONDecoder().decode(Parameters.self, from: Data(best.utf8)).options == least.options)
        // Another candidate is another datum; the others are not tried again.
        try await house.put(
            ["svd.json": #"{"algorithm": "svd", "options": {"n_factors": [5, 10, 20], "n_epochs": [0, 5]}}"#], in: "spaces")
        try await runAll()
        #expect(try await house.lastJob("trials").progress == "2 + 4 / 6")
        // One that runs away is not the best, and ends nothing.
        try await house.put(
            ["wild.json": #"{"algorithm": "svd", "options": {"n_factors": [5], "n_epochs": [20], "lr_all": [1, 0.005]}}"#], in: "spaces")
        try await runAll()
        #expect(try await house.lastJob("trials").progress == "2 + 6 / 8")
        #expect(try await house.list("trials").count == 7)
        #expect(try await house.pach("logs", "-p", "trials").contains("ran away"))
    }

    @Test("an algorithm that cannot learn from the ratings does not keep others out of the table")
    func compare() async throws {
        // Descent runs away on ratings as large as these.
        try house.write((0..<40).map { "\($0 % 8) \($0 / 4) \($0 % 2 == 0 ? 1_000_000_000 : -1_000_000_000)\n" }.joined(), to: "ratings")
        let words = ["recommend", "compare", "--train", house.path("ratings"), "--split", "last=1", "--algorithm", "svd"]
        let table = try await house.run(words: words + ["--algorithm", "baseline-only"])
        #expect(table.contains("baseline-only") && !table.contains("svd"))
        let alone = try await house.outcome(words)
        #expect(alone.code == 1)
    }

    @Test("parameters for lists are found the same way")
    func tuneLists() async throws {
        try await house.repo("ratings", ["ratings.csv": Self.ratings(ofUsersUpTo: 20).joined(separator: "\n") + "\n"])
        try await house.pipeline(
            "split", reading: "ratings", glob: "/", "recommend split --ratings /pfs/ratings --by time=0.1 --output /pfs/out")
        try await house.repo("spaces", ["item-knn.json": #"{"algorithm": "item-knn", "options": {"k": [1, 5, 50]}}"#])
        for spec in ["candidates", "trials-ranking", "best-ranking"] {
            try await house.pach("create", "pipeline", "-f", "\(Self.pipelines)/tune/\(spec).json")
        }
        try await runAll()
        let best = try await house.pach("get", "file", "best@master:/parameters.json")
        let trials = try await house.texts("trials").values.map { try JSONDecoder().decode(ListTrial.self, from: Data($0.utf8)) }
        let most = try #require(trials.max { $0.ndcg.mean < $1.ndcg.mean })
        #expect(Set(trials.map(\.ndcg.mean)).count == 3)
        #expect(try JSONDecoder().decode(Parameters.self, from: Data(best.utf8)).options == most.options)
    }

    @Test("vectors of texts, wherever they come from, make items neighbours")
    func vectors() async throws {
        try await house.repo("embed", ["a.tsv": "1\t1\t0\n2\t0.8\t0.6\n", "b.tsv": "3\t0\t1\n"])
        try await house.pach("create", "pipeline", "-f", "\(Self.pipelines)/content/vectors.json")
        try await runAll()
        let lines = try await house.pach("get", "file", "content@master:/similar.tsv").split(separator: "\n")
        #expect(lines.map { $0.split(separator: "\t").prefix(2) } == [["1", "2"], ["2", "1"], ["2", "3"], ["3", "2"]])
    }

    private struct Decision: Decodable {
        var passed: Bool
        var failures: [String]
    }

    private func decision() async throws -> Decision {
        let text = try await house.pach("get", "file", "gate@master:/decision.json")
        return try JSONDecoder().decode(Decision.self, from: Data(text.utf8))
    }

    /// Of each file at a repo's head, its hash.
    private func hashes(in repo: String, of other: House? = nil) async throws -> [String: String] {
        let files = try await (other ?? house).json(of: ListedFile.self, "list", "file", "\(repo)@master:/")
        return Dictionary(uniqueKeysWithValues: files.map { ($0.file.path, $0.hash) })
    }

    private struct ListTrial: Decodable {
        struct Estimate: Decodable { var mean: Double }
        var ndcg: Estimate
        var options: [String: String]
    }

    private struct Trial: Decodable {
        var rmse: Double
        var options: [String: String]
    }

    private struct Parameters: Decodable {
        var options: [String: String]
    }

    /// Runs all jobs that wait, all of which have to succeed.
    private func runAll(at place: SourceLocation = #_sourceLocation) async throws {
        let run = try await house.runJobs()
        guard run.code != 0 else { return }
        let log = try await house.attempt("logs", "-p", "validate").output
        try #require(run.code == 0, "pach run ended with \(run.code): \(run.error)\(log.suffix(1000))", sourceLocation: place)
    }

    /// The newest commit of what is served that is whole.
    private func servedCommit() async throws -> String {
        let commits = try await house.json(of: ListedCommit.self, "list", "commit", "publish")
        return try #require(commits.first { $0.error == nil }).commit.id
    }

    /// The repos that the head of a repo is made from, over all steps.
    private func origins(of repo: String) async throws -> Set<String> {
        var found: Set<String> = []
        var waiting = [Link(branch: .init(name: "master", repo: .init(name: repo)), id: try await head(repo))]
        while let link = waiting.popLast() {
            let name = "\(link.branch.repo.name)@\(link.id)"
            for next in try await house.json(of: ListedCommit.self, "inspect", "commit", name).flatMap(\.provenance) {
                if found.insert(next.branch.repo.name).inserted { waiting.append(next) }
            }
        }
        return found
    }
}
