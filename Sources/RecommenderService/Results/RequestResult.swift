/// What became of a request.
enum RequestResult: Sendable, Hashable {
    case ready(String)
    case notReady
    /// Its job failed; with the reason.
    case failed(String)
}

extension RequestResult: Encodable {
    private enum CodingKeys: String, CodingKey {
        case ready, data, error
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .ready(let data):
            try container.encode(true, forKey: .ready)
            try container.encode(data, forKey: .data)
        case .notReady:
            try container.encode(false, forKey: .ready)
        case .failed(let error):
            try container.encode(false, forKey: .ready)
            try container.encode(error, forKey: .error)
        }
    }
}
