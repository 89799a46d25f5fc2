import API
package import HTTPTypes

extension HTTPField.Name {
    package static let requestID = constant("X-Request-Id")

    /// - Parameter name: a literal of ours, which is a token as RFC 9110, section 5.1 has it.
    package static func constant(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is not a header's name") }
        return name
    }
}

extension HTTPFields {
    /// Sets what every answer has.
    package mutating func describeAnswer(to requestID: String) {
        self[.date] = HTTPDate.now()
        self[.requestID] = requestID
        self[.xContentTypeOptions] = "nosniff"
    }
}

/// What answers, problem documents and the log call a request.
package enum RequestID {
    package static func make() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
