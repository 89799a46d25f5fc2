import Testing

@testable import Workers

@Suite struct NextRequestTests {
    @Test(arguments: [
        ("next", NextRequest.next), ("next error", .error("")), ("next error ", .error("")), ("next error a  b", .error("a  b")),
        ("next error \u{301}a", .error("\u{301}a")),
        ("", nil), ("Next", nil), ("next ", nil), ("nexterror", nil), ("next errors", nil), ("GET / HTTP/1.1\r", nil),
    ])
    func aLineIsReadAsItIsMeant(line: String, request: NextRequest?) {
        #expect(NextRequest(line: line.utf8) == request)
    }

    @Test func aReasonIsCut() {
        let reason = String(repeating: "x", count: NextRequest.reasonCountMax)
        #expect(NextRequest(line: "next error \(reason)y".utf8) == .error(reason))
        #expect(NextRequest(line: Array("next error ".utf8) + [0xFF]) == .error("\u{FFFD}"))
    }
}
