import Operations

/// The lines of a response that is asked for with the first line, and pulled from then on.
actor ResponseLines {
    private let open: @Sendable () async throws -> ByteStream
    private var source: Pulled<ByteStream>?
    private var splitter = LineSplitter()
    private var events = ServerSentEventParser()

    init(_ open: @escaping @Sendable () async throws -> ByteStream) {
        self.open = open
    }

    /// Nil at the end of the response.
    func next() async throws -> [UInt8]? {
        let source = try await opened()
        while true {
            if let line = try splitter.next() { return line }
            guard let piece = try await source.next() else { return splitter.rest() }
            splitter.append(piece)
        }
    }

    func nextEvent() async throws -> ServerSentEvent? {
        while let line = try await next() {
            if let event = try events.take(line) { return event }
        }
        return nil
    }

    private func opened() async throws -> Pulled<ByteStream> {
        if let source { return source }
        let opened = Pulled(try await open())
        source = opened
        return opened
    }
}
