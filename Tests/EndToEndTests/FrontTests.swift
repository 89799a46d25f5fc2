import Testing

@Suite("The recommender's front beside a server", .endToEnd, .timeLimit(.minutes(10)))
struct FrontTests {
    @Test("the front finds the server of its data root, whatever port that has", arguments: ["--root repos", ""])
    func findsServer(options: String) async throws {
        let house = try House()
        let server = try await Server(of: house)
        let script = """
            mkfifo said
            recommend serve \(options) --listen 127.0.0.1:0 2> said &
            sed -n '/listening on/{p;q;}' < said
            kill $!
            wait
            """
        let outcome = try await house.outcome(["sh", "-c", script])
        #expect(outcome.output.hasPrefix("recommend: listening on http://127.0.0.1:"), "\(outcome)")
        #expect(try await house.pach("list", "repo").contains("streaming"))
        try await server.stop()
    }
}
