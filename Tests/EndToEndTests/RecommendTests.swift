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
        for words in ["train --ratings ratings.csv --ratings", "split --by last=1 --ratings", "neighbours --ratings ratings.csv --ratings"] {
            let words = "recommend \(words) rating.csv --output out".split(separator: " ").map(String.init)
            let refused = try await house.outcome(words)
            #expect(refused.code == 1 && refused.error.contains("There is nothing at 'rating.csv'"), "\(words): \(refused)")
            #expect(!FileManager.default.fileExists(atPath: house.path("out")), "\(words)")
        }
        try FileManager.default.createDirectory(atPath: house.path("empty"), withIntermediateDirectories: false)
        try await house.run("recommend", "train", "--ratings", "ratings.csv", "--ratings", "empty", "--output", "out")
    }
}
