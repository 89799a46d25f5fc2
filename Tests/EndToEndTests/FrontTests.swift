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

    @Test("the front sends the token of a data root to no other server, unless it is told to")
    func strangeServer() async throws {
        let house = try House()
        try await house.repo("in")
        let outcome = try await house.outcome(["recommend", "serve", "--pach", "http://192.0.2.1:1650", "--listen", "127.0.0.1:0"])
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.error.contains("is not the server of the data root") && outcome.error.contains("PACH_TOKEN"), "\(outcome)")
    }
}
