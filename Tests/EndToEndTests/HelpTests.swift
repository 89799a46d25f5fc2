import Foundation
import Testing

@Suite("Help, and what a shell completes", .endToEnd, .timeLimit(.minutes(10)))
struct HelpTests {
    let house: House

    init() throws {
        house = try House()
    }

    @Test("an example in the help of 'recommend' can be pasted")
    func examples() async throws {
        let overview = try await house.run("recommend", "--help")
        let names = overview.components(separatedBy: "SUBCOMMANDS:").last.map { list in
            list.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") && !$0.contains("See '") }.compactMap {
                $0.split(separator: " ").first.map(String.init)
            }
        }
        var seen = 0
        for words in try #require(names).map({ [$0] }) + [["tune", "best"], ["tune", "candidates"]] {
            let lines = try await house.run(words: ["recommend"] + words + ["--help"]).components(separatedBy: "\n")
            guard let heading = lines.firstIndex(where: { $0.hasPrefix("Example") }) else { continue }
            var goesOn = false
            for line in lines[(heading + 1)...].prefix(while: { !$0.isEmpty }) {
                #expect(line.hasPrefix(goesOn ? "    --" : "  recommend \(words.joined(separator: " ")) "), "\(words): \(line)")
                goesOn = line.hasSuffix(" \\")
                seen += 1
            }
            #expect(!goesOn && lines[heading].hasSuffix(":"), "\(words)")
        }
        #expect(seen >= 10)
    }

    @Test(
        "the names of files are completed where a file is meant",
        arguments: [
            "put file a@b -f", "put file a@b -i", "get file a@b:/c -o", "create pipeline -f", "update pipeline --file", "restore", "backup",
            "--root",
        ])
    func files(_ words: String) async throws {
        try house.write("", to: "data.csv")
        try FileManager.default.createDirectory(atPath: house.path("dates"), withIntermediateDirectories: true)
        let completed = try await completed(words)
        let takesFolder = ["restore", "backup", "--root"].contains(words)
        #expect(completed == (takesFolder ? ["dates"] : ["data.csv", "dates"]))
    }

    @Test("the names of what there is are completed where it is meant")
    func names() async throws {
        #expect(try await completed("inspect repo") == [], "there is no data root")
        try await house.repo("dawn", ["a": "1"])
        try await house.pipeline("dance", reading: "dawn", "true")
        #expect(try await completed("inspect repo") == ["dance", "dawn"])
        #expect(try await completed("--root repos list commit") == ["dance@master", "dawn@master"])
        #expect(try await completed("stop pipeline") == ["dance"])
        #expect(try await completed("list job -p") == ["dance"])
        #expect(try await completed("inspect job") == [Substring(house.lastJob("dance").name)])
    }

    /// What bash offers for "da" behind the words.
    private func completed(_ words: String) async throws -> [Substring] {
        let script = """
            . <(pach completion bash)
            COMP_LINE="pach $1 da"
            COMP_WORDS=($COMP_LINE) COMP_POINT=${#COMP_LINE}
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _pach pach da "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}" | sort -u
            """
        return try await house.run("bash", "-c", script, "bash", words).split(separator: "\n")
    }
}
