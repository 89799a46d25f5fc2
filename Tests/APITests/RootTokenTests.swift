import API
import Testing

@Suite("Whom the token of a data root is for")
struct RootTokenTests {
    @Test(
        "the root's own server, wherever it listens",
        arguments: ["http://data.example:1650", "http://data.example:1650/", "http://DATA.example:1650"])
    func ownServer(_ address: String) {
        #expect(RootToken.isMeant(for: address, own: "http://data.example:1650"))
    }

    @Test(
        "servers of this machine",
        arguments: ["http://127.0.0.1:1", "http://localhost:1650", "http://LOCALHOST", "http://[::1]:1650", "http://127.1.2.3:80/"])
    func loopback(_ address: String) {
        #expect(RootToken.isMeant(for: address, own: nil))
        #expect(RootToken.isMeant(for: address, own: "http://data.example:1650"))
    }

    @Test(
        "no other server",
        arguments: [
            "http://h:1", "http://127.0.0.1.h:1", "http://127.0.0.1@h:1", "http://localhost.h:1", "http://1.127.0.0:1",
            "http://127.h.0.1:1", "https://data.example:1650", "http://data.example:1651", "http://data.example.h:1650", "http://[::2]:1",
            "h:1", "",
        ])
    func others(_ address: String) {
        #expect(!RootToken.isMeant(for: address, own: nil))
        #expect(!RootToken.isMeant(for: address, own: "http://data.example:1650"))
    }
}
