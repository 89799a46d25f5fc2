import HTTPTypes

extension HTTPField.Name {
    static let idempotencyKey = constant("Idempotency-Key")
    static let requestID = constant("X-Request-Id")
    static let lastEventID = constant("Last-Event-ID")
    static let origin = constant("Origin")

    /// - Parameter name: a literal of ours, which is a token as RFC 9110, section 5.1 has it.
    static func constant(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is not a header's name") }
        return name
    }
}
