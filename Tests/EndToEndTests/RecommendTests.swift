import Foundation
import Testing

@Suite("What 'recommend' makes of its command line", .endToEnd, .timeLimit(.minutes(10)))
struct RecommendTests {
    let house: House

    init() throws {
        house = try House()
        try house.write("u,a,5\nu,b,3\nv,a,4\n", to: "ratings.csv")
    }

    @Test("a path of ratings where nothing is ends it, and nothing is written; a folder may be empty")
    func nothingThere() async throws {
        for words in [
            "train --ratings ratings.csv --ratings", "split --by last=1 --ratings", "neighbours --ratings ratings.csv --ratings",
        ] {
            let words = "recommend \(words) rating.csv --output out".split(separator: " ").map(String.init)
            let refused = try await house.outcome(words)
            #expect(refused.code == 1 && refused.error.contains("There is nothing at 'rating.csv'"), "\(words): \(refused)")
            #expect(!FileManager.default.fileExists(atPath: house.path("out")), "\(words)")
        }
        try FileManager.default.createDirectory(atPath: house.path("empty"), withIntermediateDirectories: false)
        try await house.run("recommend", "train", "--ratings", "ratings.csv", "--ratings", "empty", "--output", "out")
    }

    @Test("'-' is standard output where a file is written, and refused where a folder is")
    func standardOutput() async throws {
        try await house.run("recommend", "train", "--ratings", "ratings.csv", "--output", "model")
        try house.write("u a\n", to: "requests/first")
        try house.write("v b\n", to: "requests/second")
        let before = try house.files(below: ".").keys.sorted()
        for command in [
            "predict --model model --requests requests/first", "predict --model model --requests requests",
            "top --model model --user u --keep-seen", "top --model model --user u --keep-seen --format json",
            "explain --model model --user u --item a", "explain --model model --user u --item a --format json",
            "neighbours --ratings ratings.csv", "train --ratings ratings.csv", "fold-in --model model --ratings ratings.csv",
        ] {
            let words = "recommend \(command) --output".split(separator: " ").map(String.init)
            let intoFile = try await house.outcome(["sh", "-c", #"exec "$@" - > piped"#, "sh"] + words)
            #expect(intoFile.code == 0, "\(command): \(intoFile)")
            try await house.run(words: words + ["written/it"])
            let written = try house.files(below: "written").sorted { $0.key < $1.key }.flatMap(\.value)
            #expect(try !written.isEmpty && house.bytes("piped") == written, "\(command)")
            try FileManager.default.removeItem(atPath: house.path("written"))
            try FileManager.default.removeItem(atPath: house.path("piped"))
            #expect(try house.files(below: ".").keys.sorted() == before, "\(command)")
        }
        for command in ["split --ratings ratings.csv --by last=1", "ingest --input ratings.csv", "tune candidates --space ratings.csv"] {
            let refused = try await house.outcome("recommend \(command) --output -".split(separator: " ").map(String.init))
            #expect(refused.code == 64 && refused.error.contains("'./-'"), "\(command): \(refused)")
        }
        #expect(try house.files(below: ".").keys.sorted() == before)
    }

    @Test("what is written to standard output has it alone; the report beside it goes to standard error")
    func oneDocument() async throws {
        func outcome(_ command: String) async throws -> Child.Outcome {
            try await house.outcome(["recommend"] + command.split(separator: " ").map(String.init))
        }
        let rank = "rank --algorithm popularity --train ratings.csv --test test.csv"
        let evaluate = "evaluate --algorithm baseline-only --train ratings.csv --test test.csv"
        try house.write("v,b,4\n", to: "test.csv")
        for (command, file, report) in [
            (evaluate, "--predictions", "rmse"), (rank, "--lists", "ndcg"),
            ("gate --evaluation trials/one.json", "--output", "passed"), ("tune best --evaluations trials", "--output", "measure"),
        ] {
            try await house.run("sh", "-c", "exec recommend \(evaluate) --output trials/one.json")
            let piped = try await outcome("\(command) \(file) -")
            #expect(piped.code == 0 && piped.error.contains(#""\#(report)""#), "\(command): \(piped)")
            let named = try await outcome("\(command) \(file) written")
            #expect(named.output.contains(#""\#(report)""#) && named.error.isEmpty, "\(command): \(named)")
            #expect(try Array(piped.output.utf8) == house.bytes("written"), "\(command)")
        }
        // Where it is the report itself, that is there once.
        for (command, option) in [
            (evaluate, "--output"), (rank, "--output"), ("gate --evaluation trials/one.json --output passed", "--decision"),
        ] {
            let piped = try await outcome("\(command) \(option) -")
            #expect(piped.code == 0 && piped.error.isEmpty, "\(command): \(piped)")
            try await house.run(words: ["recommend"] + "\(command) \(option) written".split(separator: " ").map(String.init))
            #expect(try Array(piped.output.utf8) == house.bytes("written"), "\(command)")
        }
        for both in [
            "\(evaluate) --predictions - --output -", "\(rank) --lists - --output -",
            "gate --evaluation trials/one.json --output - --decision -",
        ] {
            let refused = try await outcome(both)
            #expect(refused.code == 64 && refused.output.isEmpty && refused.error.contains("can be standard output"), "\(both): \(refused)")
        }
    }

    @Test("test ratings of pairs that are trained on are left out, with a word of it; where all are, it is refused")
    func trainedOn() async throws {
        try house.write("u,a,1\nv,b,4\n", to: "test.csv")
        let words = ["recommend", "evaluate", "--algorithm", "baseline-only", "--train", "ratings.csv", "--test"]
        let some = try await house.outcome(words + ["test.csv"])
        #expect(some.code == 0 && some.output.contains(#""test_ratings" : 1"#) && some.error.contains("Left out 1 rating"), "\(some)")
        let all = try await house.outcome(words + ["ratings.csv"])
        #expect(all.code == 1 && all.error.contains("no ratings to test on"), "\(all)")
    }

    @Test("of evaluations by lists of several lengths, none is the best")
    func lengths() async throws {
        for (name, length) in [("a", 10), ("b", 20)] {
            try house.write(#"{"algorithm": "ease", "seed": 0, "recall": 0.2, "at": \#(length)}"#, to: "trials/\(name).json")
        }
        let words = ["recommend", "tune", "best", "--evaluations", "trials", "--compare", "recall", "--output", "best.json"]
        let refused = try await house.outcome(words)
        #expect(refused.code == 1 && refused.error.contains("lists of 10") && refused.error.contains("of 20"), "\(refused)")
        try house.write(#"{"algorithm": "ease", "seed": 0, "recall": 0.3, "at": 10}"#, to: "trials/b.json")
        #expect(try await house.outcome(words).code == 0)
    }

    @Test("a command leaves in its folder what it wrote this time, and what is not its own")
    func leftovers() async throws {
        func recommend(_ command: String) async throws {
            try await house.run(words: ["recommend"] + command.split(separator: " ").map(String.init))
        }
        func left() throws -> [String] { try house.files(below: "out").keys.sorted() }
        try house.write("mine", to: "out/0/notes")
        try house.write("mine", to: "out/trials/x.json")
        let mine = ["0/notes", "trials/x.json"]

        try await recommend("split --ratings ratings.csv --by folds=3 --output out")
        try await recommend("split --ratings ratings.csv --by folds=2 --output out")
        #expect(try left() == (["0/test.tsv", "0/train.tsv", "1/test.tsv", "1/train.tsv"] + mine).sorted())
        try await recommend("split --ratings ratings.csv --by last=1 --output out")
        #expect(try left() == (["test.tsv", "train.tsv"] + mine).sorted())
        // What is read stays, under whatever name.
        try await recommend("split --ratings ./out/train.tsv --by folds=2 --output out")
        #expect(try left() == (["0/test.tsv", "0/train.tsv", "1/test.tsv", "1/train.tsv", "train.tsv"] + mine).sorted())
        try FileManager.default.removeItem(atPath: house.path("out"))

        try house.write("u,a,5\nwrong\n", to: "in/first.csv")
        try house.write("u,a,5\n", to: "in/second.csv")
        try await recommend("ingest --input in --output out")
        try await recommend("ingest --input in/second.csv --output out")
        #expect(try left() == ["quarantine/first.csv", "rows/first.csv", "rows/second.csv"])
        try house.write("u,a,5\n", to: "in/first.csv")
        let told = try await house.outcome(["recommend", "ingest", "--input", "in/first.csv", "--output", "out"])
        #expect(try left() == ["rows/first.csv", "rows/second.csv"])
        #expect(told.error.contains("1 file that this run did not write, such as 'rows/second.csv'"), "\(told)")
        try FileManager.default.removeItem(atPath: house.path("out"))

        try house.write(#"{"algorithm": "svd", "options": {"n_factors": [2, 3]}}"#, to: "spaces/one.json")
        try await recommend("tune candidates --space spaces --output out")
        let first = try left()
        try house.write("mine", to: "out/mine-0123456789abcdef.json")
        try await recommend("evaluate --algorithm svd --train ratings.csv --split folds=2 --output out/one-fedcba9876543210.json")
        let more = ["mine-0123456789abcdef.json", "one-fedcba9876543210.json"]
        try house.write(#"{"algorithm": "svd", "options": {"n_factors": [3, 4]}}"#, to: "spaces/one.json")
        // Not a space: nothing is written, nor removed.
        try house.write(#"{"algorithm": "svdd", "options": {}}"#, to: "spaces/two.json")
        let refused = try await house.outcome(["recommend", "tune", "candidates", "--space", "spaces", "--output", "out"])
        #expect(try refused.code == 1 && left() == (first + more).sorted(), "\(refused)")
        try FileManager.default.removeItem(atPath: house.path("spaces/two.json"))
        try await recommend("tune candidates --space spaces --output out")
        let second = try left().filter { !more.contains($0) }
        #expect(try second.count == 2 && Set(second).intersection(first).count == 1 && left().count == 4)
    }

    @Test("a report that cannot be written is a failure")
    func fullOutput() async throws {
        try house.write("v,b,4\n", to: "test.csv")
        try await house.run("recommend", "train", "--ratings", "ratings.csv", "--output", "model")
        for command in [
            "inspect --model model", "ingest --input ratings.csv --output ingested",
            "evaluate --algorithm baseline-only --train ratings.csv --test test.csv",
            "compare --algorithm baseline-only --train ratings.csv --test test.csv",
        ] {
            let words = command.split(separator: " ").map(String.init)
            let full = try await house.outcome(["sh", "-c", #"exec recommend "$@" > /dev/full"#, "sh"] + words)
            #expect(full.code == 1 && full.error.contains("standard output"), "\(command): \(full)")
        }
    }

    @Test(
        "a misspelt command leads to the nearest",
        arguments: [
            ("tran --ratings x", "Did you mean 'train'?"), ("tune bset", "Did you mean 'best'?"), ("explian", "Did you mean 'explain'?"),
            ("zebra", "There are: ingest, validate,"), ("--bogus", "Unknown option '--bogus'"),
        ])
    func misspelt(words: String, hint: String) async throws {
        let refused = try await house.outcome(["recommend"] + words.split(separator: " ").map(String.init))
        #expect(refused.code == 64 && refused.output.isEmpty && refused.error.contains(hint), "\(refused)")
        #expect(!refused.error.contains("unknown-command"), "\(refused)")
    }

    @Test("without a command there is the help, and a version on demand")
    func alone() async throws {
        let help = try await house.run("recommend", "--help")
        #expect(try await house.run("recommend") == help && help.contains("SUBCOMMANDS:") && !help.contains("unknown-command"))
        #expect(try await house.run("recommend", "help", "train") == house.run("recommend", "train", "--help"))
        #expect(try await house.run("recommend", "--version").hasPrefix("recommend "))
        #expect(try await house.run("recommend", "tune") == house.run("recommend", "tune", "--help"))
    }

    @Test("a model is given to 'inspect' as to all others; one user is no users")
    func inspect() async throws {
        try await house.run("recommend", "train", "--algorithm", "ease", "--ratings", "ratings.csv", "--output", "model")
        #expect(try await house.run("recommend", "inspect", "--model", "model").contains(#""algorithm" : "ease""#))
        let top = try await house.outcome(["recommend", "top", "--model", "model", "--user", "u"])
        #expect(top.code == 0 && top.error.contains("Recommended to 1 user, "), "\(top)")
    }

    @Test("lists have scores where somebody asks, and else the form that they always had")
    func scores() async throws {
        try await house.run("recommend", "train", "--algorithm", "popularity", "--ratings", "ratings.csv", "--output", "model")
        let words = ["recommend", "top", "--model", "model", "--user", "v"]
        #expect(try await house.run(words: words) == "user,item\nv,b")
        #expect(try await house.run(words: words + ["--scores"]) == "user,item,score\nv,b,1.0")
        #expect(try await house.run(words: words + ["--format", "json"]) == #"{"items":["b"],"user":"v"}"#)
        #expect(try await house.run(words: words + ["--format", "json", "--scores"]) == #"{"items":["b"],"scores":[1],"user":"v"}"#)
    }

    @Test("estimates for who is not known are counted beside the output, whose form is fixed")
    func unknown() async throws {
        try await house.run("recommend", "train", "--ratings", "ratings.csv", "--output", "model")
        try house.write("u a\nu nosuch\n", to: "requests/first")
        try house.write("v b\n? ?\n", to: "requests/second")
        let answer = try await house.outcome(["recommend", "predict", "--model", "model", "--requests", "requests", "--output", "-"])
        #expect(answer.output.split(separator: "\n").allSatisfy { $0.split(separator: " ").count == 3 }, "\(answer)")
        #expect(answer.error.contains("Estimates for users or items that the model does not know: 2 of 4.\n"), "\(answer)")
    }

    @Test("'explain' takes apart what 'predict' gives, as a table or as JSON")
    func explain() async throws {
        struct Explanation: Decodable {
            struct Part: Decodable { var value: Double }
            var parts: [Part]
            var estimate: Double
            var knowsItem: Bool
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        try await house.run("recommend", "train", "--algorithm", "knn-with-means", "--ratings", "ratings.csv", "--output", "model")
        for item in ["b", "?"] {
            try house.write("v \(item)\n", to: "requests")
            let answer = try await house.run("recommend", "predict", "--model", "model", "--requests", "requests", "--output", "-")
            let words = ["recommend", "explain", "--model", "model", "--user", "v", "--item", item]
            let json = try await house.run(words: words + ["--format", "json"])
            let explanation = try decoder.decode(Explanation.self, from: Data(json.utf8))
            #expect(answer == "v \(item) \(explanation.estimate)" && explanation.knowsItem == (item == "b"))
            #expect(explanation.parts.reduce(0) { $0 + $1.value } == explanation.estimate)
            let table = try await house.run(words: words)
            for words in ["does not know the item", "stands in"] { #expect(table.contains(words) == (item == "?"), "\(table)") }
            for words in ["user_mean", "similarity  rating"] { #expect(table.contains(words) == (item == "b"), "\(table)") }
            try await house.run(words: words + ["--output", "written"])
            #expect(try house.bytes("written") == Array("\(table)\n".utf8))
        }
    }

    @Test("'explain' takes apart what a list ranks by; an item that the model does not know is in none")
    func explainRanking() async throws {
        try await house.run("recommend", "train", "--algorithm", "item-knn", "--ratings", "ratings.csv", "--output", "model")
        let words = ["recommend", "explain", "--model", "model", "--user", "v", "--item"]
        let listed = try await house.run("recommend", "top", "--model", "model", "--user", "v", "--scores")
        #expect(listed == "user,item,score\nv,b,0.70710677")
        let table = try await house.run(words: words + ["b"])
        for line in ["sum         0.707107  its score", "item  similarity      adds", "a         0.7071  0.707107"] {
            #expect(table.split(separator: "\n").contains(Substring(line)), "\(table)")
        }
        #expect(try await house.run(words: words + ["b", "--format", "json"]).contains(#""sum" : 0.70710677"#))
        #expect(try await house.run(words: words + ["a"]).contains("lists leave it out"))
        let refused = try await house.outcome(words + ["c"])
        #expect(refused.code == 1 && refused.error.contains("The model does not know the item 'c'"), "\(refused)")
    }

    @Test("the help of 'train' names every algorithm that it takes")
    func algorithms() async throws {
        let help = try await house.run("recommend", "train", "--help")
        let listed = try #require(help.components(separatedBy: "--algorithm <name>").last?.components(separatedBy: "--set ").first)
        for name in ["svd", "knn-basic", "ease", "blend", "implicit-als", "item-knn", "user-knn", "popularity"] {
            #expect(listed.contains(name), "\(name)")
        }
        let refused = try await house.outcome(["recommend", "train", "--algorithm", "eas", "--ratings", "ratings.csv", "--output", "out"])
        #expect(refused.code == 64 && refused.error.contains("Did you mean 'ease'?"), "\(refused)")
    }
}
