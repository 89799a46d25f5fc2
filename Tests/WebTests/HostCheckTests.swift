import HTTPTypes
import Model
import Testing

@testable import Web

@Suite("Who is let in by the name that was asked") struct HostCheckTests {
    private func admits(_ host: String, by listening: String) throws -> Bool {
        do {
            try HostCheck(ListenAddress(parsing: listening), knownAs: [])
                .admit(.init(method: .get, scheme: "http", authority: host, path: "/"), port: 1650)
            return true
        } catch is HTTPProblem {
            return false
        }
    }

    @Test("where all addresses are listened on, any of them may be named", arguments: ["0.0.0.0:1650", "[::]:1650"])
    func everywhere(listening: String) throws {
        #expect(try admits("10.1.2.3:1650", by: listening))
        #expect(try admits("[fe80::1]:1650", by: listening))
        #expect(try !admits("evil.example:1650", by: listening))
        #expect(try !admits("1.2.3.4.evil.example:1650", by: listening))
    }

    @Test("an IPv6 address is named in brackets, in any case of its letters")
    func brackets() throws {
        #expect(try admits("[fe80::a]:1650", by: "[FE80::A]:1650"))
        #expect(try !admits("[fe80::b]:1650", by: "[fe80::a]:1650"))
        #expect(try !admits("[fe80::a]:1651", by: "[fe80::a]:1650"))
    }
}
