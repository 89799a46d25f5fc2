import Model
import Testing

@Suite("nearest name")
struct NearestNameTests {
    @Test(
        "a slip of the finger is put right",
        arguments: [("rpeo", "repo"), ("repo", "repo"), ("pipline", "pipeline"), ("commti", "commit"), ("repoo", "repo")])
    func slips(_ name: String, _ expected: String) {
        #expect(nearest(to: name, among: ["repo", "branch", "commit", "pipeline"]) == expected)
    }

    @Test("what is like nothing stays as it is", arguments: ["x", "", "zebra", "data"])
    func others(_ name: String) {
        #expect(nearest(to: name, among: ["repo", "branch", "commit", "pipeline"]) == nil)
    }
}
