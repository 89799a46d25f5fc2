import API
import Model

/// What `/train` and `/predict` are sent: `{"data": ["233 346", …]}`.
struct DataBody: JSONBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case data }

    /// Any values: the line check names the first that is no string.
    var data: [JSONValue]
}

/// What `/result` is sent: `{"filename": "predict-….txt"}`.
struct ResultBody: JSONBody {
    enum CodingKeys: String, CodingKey, CaseIterable { case filename }

    var filename: String
}
