import Foundation
import Model
import Operations
import TestSupport
import Testing

@testable import API

@Suite struct WireTests {
    // MARK: Problems

    @Test func aProblemDocumentIsAsItAlwaysWas() throws {
        let error = PachError(
            .invalidSpec, "the spec has mistakes", cause: "two of them", hint: "Correct them.",
            details: [PachError.Detail(file: "edges.json", line: 3, column: 7, pointer: "/input/pfs/glob", message: "is missing")])
        let problem = Problem(error, instance: "/v1/pipelines", requestID: "0123456789abcdef")
        #expect(
            String(decoding: try JSON.encode(problem), as: UTF8.self) == """
                {"cause":"two of them","code":"invalid_spec","detail":"the spec has mistakes",\
                "errors":[{"column":7,"detail":"is missing","file":"edges.json","line":3,"pointer":"/input/pfs/glob"}],\
                "hint":"Correct them.","instance":"/v1/pipelines","request_id":"0123456789abcdef","status":422,\
                "title":"The pipeline spec has mistakes","type":"/problems/invalid_spec"}
                """)
        #expect(problem.error == error)
    }

    @Test(arguments: PachError.Code.allCases) func everyCodeSurvivesTheWire(code: PachError.Code) throws {
        let error = PachError(code, "m", cause: "c", hint: "h")
        let bytes = try JSON.encode(Problem(error, instance: nil, requestID: nil))
        #expect(try JSON.decode(Problem.self, from: bytes, what: "it").error == error)
        #expect((400...599).contains(code.status))
        #expect(!code.title.isEmpty)
    }

    @Test func anUnknownCodeIsReadByItsStatus() throws {
        var problem = Problem(PachError(.conflict, "m"), instance: nil, requestID: nil)
        problem.code = "of_tomorrow"
        #expect(problem.error.code == .conflict)
        #expect(Problem(unforeseenAt: nil, requestID: "1").error.code == .io)
    }

    // MARK: JSON

    @Test(arguments: [
        (#"{"head": 3}"#, "/head", "expected a string"),
        (#"{"heda": "x"}"#, "/heda", "unknown field; known are head"),
        (#""x""#, "", "expected an object"),
    ]) func mistakesInABodyAreLocated(text: String, pointer: String, message: String) throws {
        let error = #expect(throws: PachError.self) {
            try JSON.decode(Strict<CreateBranchBody>.self, from: Array(text.utf8), what: "the body")
        }
        #expect(error?.details == [PachError.Detail(pointer: pointer, message: message)])
    }

    @Test func aMistakeWithinABodyIsLocated() throws {
        let text = #"{"retention": {"comits": 2}}"#
        let error = #expect(throws: PachError.self) {
            try JSON.decode(Strict<CreateRepoBody>.self, from: Array(text.utf8), what: "the body")
        }
        #expect(error?.details == [PachError.Detail(pointer: "/retention/comits", message: "unknown field; known are commits, duration")])
    }

    /// Forms that our encoder has to give as Foundation's does, which gave them before.
    private struct Forms: Codable, Hashable {
        var text = (0..<0x90).map { String(Unicode.Scalar($0) ?? " ") }.joined() + "/\u{2028}é日🎬"
        var numbers: [Double] = [0, -0.0, 1, 0.1, -2.5, 1e300, .leastNonzeroMagnitude, 1e16, 123456789012345680, .pi]
        var single: Float = 0.1
        var whole = [Int64.min, -1, 0, .max]
        var unsigned = [UInt64.max]
        var small: [UInt8] = [0, 255]
        var flags = [true, false]
        var absent: Int?
        var missing: [Int?] = [nil, 1]
        var nested = ["b": ["a": [String]()], "a": [:], "B": ["": ["x"]], "aa": [:], "a_b": [:], "a1": [:]]
        var value = JSONValue.object(["z": .array([.null, .bool(true), .object([:])]), "a": .integer(3), "m": .number(0.5)])
        var commit = CommitInfo(
            commit: CommitLink(branch: Branch(repo: .sample), id: .sample), origin: .auto, state: .finished, description: "\"put\"",
            parentCommit: nil, started: Timestamp(microseconds: 1_700_000_000_000_001), finished: Timestamp(microseconds: -1), error: "\\",
            directProvenance: [CommitLink(branch: Branch(repo: .sample), id: .sample)], sizeBytes: 12, gitCommit: nil,
            tree: ObjectID(repeatElement(0xab, count: 20)))
    }

    @Test func jsonIsWhatFoundationWrites() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(String(decoding: try JSON.encode(Forms()), as: UTF8.self) == String(decoding: try encoder.encode(Forms()), as: UTF8.self))
        for text in ["", "x"] {
            #expect(try JSON.encode(text) == Array(encoder.encode(text)))
        }
    }

    @Test(arguments: [Int64.min, .max]) func aTimeThatOnlyDamageMakesIsTheNearestThatCanBeWritten(microseconds: Int64) throws {
        let time = Timestamp(microseconds: microseconds)
        #expect(Timestamp(time.description) == time)
        #expect(Timestamp(microseconds: -microseconds.signum()).since(time) != time.since(Timestamp(microseconds: 0)))
    }

    @Test(arguments: [Double.nan, .infinity]) func jsonHasNoSuchNumber(number: Double) {
        #expect(throws: EncodingError.self) { try JSON.encode([number]) }
    }

    @Test func aMissingFieldIsNamed() throws {
        let error = #expect(throws: PachError.self) {
            try JSON.decode(Strict<StartCommitBody>.self, from: Array("{}".utf8), what: "the body")
        }
        #expect(error?.details.first?.pointer == "/branch")
    }

    // MARK: Percent-encoding

    @Test(arguments: ["plain", "a b", "100%", "a+b", "what?#", "größe", "日本", "a&b=c", "\"quoted\"", "~-._"])
    func percentEncodingIsUndone(text: String) throws {
        let encoded = PercentEncoding.encode(text)
        #expect(try PercentEncoding.decode(encoded) == text)
        #expect(encoded.utf8.allSatisfy { !" ?#&=\"/".utf8.contains($0) && $0 < 0x80 })
    }

    @Test func aPlusStaysAPlus() throws {
        #expect(try PercentEncoding.decode("a+b%20c") == "a+b c")
    }

    @Test(arguments: ["%", "%4", "%zz", "%ff", "%c3"]) func malformedEncodingIsRefused(text: String) {
        #expect(throws: PachError.self) { try PercentEncoding.decode(text) }
    }

    @Test func targetsEncodeEachPart() throws {
        let commit = try CommitReference("train.meta@master^2")
        let target = RequestTarget(below: commit, "files").appending(try FilePath("a b/100%?#+")).with("mode", "x&y").with(
            flag: "force", true)
        #expect(target.description == "/v1/repos/train.meta/commits/master%5E2/files/a%20b/100%25%3F%23%2B?mode=x%26y&force")
    }

    // MARK: Lines and events

    @Test func linesAreTheSameHoweverBytesArrive() throws {
        let text = Array("one\r\n\ntwo\nthree".utf8)
        for size in 1...text.count {
            var splitter = LineSplitter()
            var lines: [String] = []
            for start in stride(from: 0, to: text.count, by: size) {
                splitter.append(Array(text[start..<min(start + size, text.count)]))
                while let line = try splitter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
            }
            if let rest = splitter.rest() { lines.append(String(decoding: rest, as: UTF8.self)) }
            #expect(lines == ["one", "", "two", "three"])
        }
    }

    @Test func aLineIsBounded() throws {
        var splitter = LineSplitter(lineByteCountMax: 8)
        splitter.append(Array("12345678".utf8))
        #expect(try splitter.next() == nil)
        splitter.append([UInt8(ascii: "9")])
        let error = #expect(throws: PachError.self) { try splitter.next() }
        #expect(error?.code == .tooLarge)
    }

    @Test func eventsComeBackAsTheyWereSent() throws {
        let events = [
            ServerSentEvent(name: "commit", id: "7", data: Array(#"{"a":1}"#.utf8)),
            ServerSentEvent(name: "end", id: "7", data: Array("{}".utf8)),
        ]
        var splitter = LineSplitter()
        var parser = ServerSentEventParser()
        var read: [ServerSentEvent] = []
        for byte in Array(": a comment\nretry: 3\n".utf8) + events.flatMap(\.encoded) {
            splitter.append([byte])
            while let line = try splitter.next() {
                if let event = try parser.take(line) { read.append(event) }
            }
        }
        #expect(read == events)
    }

    @Test func dataOfSeveralLinesIsJoined() throws {
        var parser = ServerSentEventParser()
        #expect(try parser.take(Array("data: a".utf8)) == nil)
        #expect(try parser.take(Array("data:b".utf8)) == nil)
        #expect(try parser.take([]) == ServerSentEvent(name: "message", data: Array("a\nb".utf8)))
        #expect(try parser.take([]) == nil)
    }

    @Test func aFailureInLinesIsThrown() throws {
        let error = PachError(.corrupt, "the pack is damaged")
        let line = try JSON.encode(JSONLines.Failure(problem: Problem(error, instance: nil, requestID: nil)))
        #expect(throws: error) { try JSONLines.decode(VersionInfo.self, line: line) }
    }
}

extension RepoName {
    fileprivate static let sample = sure { try RepoName("ratings") }
}

extension CommitID {
    fileprivate static let sample = CommitID("0123456789abcdef0123456789abcdef") ?? .random()
}
