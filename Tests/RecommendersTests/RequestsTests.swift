import TestSupport
import Testing

@testable import Recommenders

@Suite struct RequestsTests {
    private let model: RatingModel

    init() throws {
        model = try RatingModel(training: SVD(), on: Dataset([("a", "x", 1), ("b c", "y", 4)]))
    }

    private func answer(_ text: String) throws -> String {
        let folder = try TemporaryFolder()
        try model.answer(requests: folder.write(text, to: "requests"), into: folder.path + "/out/answers")
        return try folder.read("out/answers")
    }

    @Test("each request gets a line, in order, whatever the separator")
    func answers() throws {
        let known = model.estimate(user: "a", item: "x")
        let spaced = model.estimate(user: "b c", item: "y")
        #expect(try answer("a x\n\n\r\na\tx\r\nb c,y\n? ?") == "a x \(known)\na x \(known)\nb c y \(spaced)\n? ? 2.5\n")
        #expect(try answer("") == "")
    }

    @Test("counts the requests with a user or an item that the model does not know")
    func unknown() throws {
        let folder = try TemporaryFolder()
        let requests = try folder.write("a x\na nosuch\n? x\n? ?\nb c,y\n", to: "requests")
        let counts = try model.answer(requests: requests, into: folder.path + "/answers")
        #expect(counts == RatingModel.AnswerCounts(requests: 5, unknown: 3))
    }

    @Test(
        "refuses a line that is no request, and writes nothing",
        arguments: [
            ("a x\na", ":2: the line has 1 field"), ("a x 3", ":1: the line has 3 fields"), (",x", ":1: the user is empty"),
            ("a\t", ":1: the item is empty"),
        ])
    func invalid(text: String, message: String) throws {
        let folder = try TemporaryFolder()
        let requests = try folder.write(text, to: "requests")
        let error = try #require(throws: RecommenderError.self) { try model.answer(requests: requests, into: folder.path + "/answers") }
        #expect(error.code == .invalidInput)
        #expect(error.message == requests + message)
        #expect(try FileTree(at: folder.path)?.files.map(\.relativePath) == ["requests"])
    }
}
