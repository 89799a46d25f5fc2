import API
import Model
import Testing

@Suite struct EngineClientTests {
    @Test(arguments: ["", "localhost:1650", "ftp://host", "http://host/?x", "http://h ost"])
    func otherThanHTTPAddressesAreRefused(url: String) {
        #expect(throws: PachError.self) { try EngineClient(url: url, token: "t") }
    }

    @Test func aTokenThatWouldBreakAHeaderIsRefused() {
        #expect(throws: PachError.self) { try EngineClient(url: "http://localhost:1", token: "a\r\nb") }
    }

    @Test func aServerThatIsNotThereIsUnavailable() async throws {
        // Port 1 is reserved (tcpmux), and nothing listens there.
        let client = try EngineClient(url: "http://127.0.0.1:1", token: "t")
        let error = await #expect(throws: PachError.self) { try await client.version() }
        #expect(error?.code == .unavailable)
        #expect(error?.hint?.contains("pach serve") == true)
        try await client.close()
        try await client.close()
    }
}
