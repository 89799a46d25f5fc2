package import Model

/// An event of a `text/event-stream` (WHATWG HTML, section 9.2).
package struct ServerSentEvent: Sendable, Hashable {
    package static let mediaType = "text/event-stream"
    /// Carries a problem document, as the last event of a stream that failed midway.
    package static let problemName = "problem"
    /// The last event of a stream that is complete, so that a browser does not connect again.
    package static let endName = "end"

    package var name: String
    package var id: String?
    package var data: [UInt8]

    /// - Parameter data: without line feeds, as our JSON is.
    package init(name: String, id: String? = nil, data: [UInt8]) {
        self.name = name
        self.id = id
        self.data = data
    }

    /// What gives a stream an id before its first event; it is no event itself.
    package static func start(id: String) -> [UInt8] { Array("id: \(id)\n\n".utf8) }

    package var encoded: [UInt8] {
        var text = Array("event: \(name)\n".utf8)
        if let id { text += Array("id: \(id)\n".utf8) }
        text += Array("data: ".utf8) + data + Array("\n\n".utf8)
        return text
    }
}

/// Puts events together from lines.
package struct ServerSentEventParser: Sendable {
    private var name: String?
    private var id: String?
    private var data: [UInt8]?

    package init() {}

    /// Takes one line in; returns the event that it ends.
    /// - Throws: `tooLarge` where the data of one event is over the limit for a line.
    package mutating func take(_ line: [UInt8]) throws(PachError) -> ServerSentEvent? {
        guard !line.isEmpty else {
            defer {
                name = nil
                data = nil
            }
            return data.map { ServerSentEvent(name: name ?? "message", id: id, data: $0) }
        }
        let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        var value = parts.count == 2 ? parts[1] : []
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        switch String(decoding: parts[0], as: UTF8.self) {
        case "event": name = String(decoding: value, as: UTF8.self)
        case "id": id = String(decoding: value, as: UTF8.self)
        case "data":
            data = data.map { $0 + [UInt8(ascii: "\n")] + value } ?? Array(value)
            guard data.map({ $0.count <= LineSplitter.lineByteCountMax }) ?? true else {
                throw PachError(.tooLarge, "an event is longer than \(LineSplitter.lineByteCountMax) bytes")
            }
        // Comments, `retry` and fields to come; the standard says to ignore them.
        default: break
        }
        return nil
    }
}
