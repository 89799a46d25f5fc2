import API
import Model

/// What `/train` and `/predict` are sent: `{"data": ["233 346", …]}`.
struct DataBody: JSONBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case data }

    /// A line, as it should be.
    enum Line: Codable {
        case text(String)
        /// Anything else, unread: what nests deeply would take long to read, and is of no use.
        case noText

        init(from decoder: any Decoder) throws {
            do {
                self = .text(try decoder.singleValueContainer().decode(String.self))
            } catch is DecodingError {
                self = .noText
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let line): try container.encode(line)
            case .noText: try container.encodeNil()
            }
        }
    }

    /// The line check names the first that is no text.
    var data: [Line]
}

/// What `/result` is sent: `{"filename": "predict-….txt"}`.
struct ResultBody: JSONBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case filename }

    var filename: String
}
