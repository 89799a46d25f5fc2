/// Refuses fields that it does not know, which JSON's decoder would pass over: a limit with its name misspelt would never stop anything.
protocol Strict: Decodable {
    associatedtype CodingKeys: CodingKey & CaseIterable
}

extension Strict {
    static func fields(of decoder: any Decoder) throws -> KeyedDecodingContainer<CodingKeys> {
        let names = CodingKeys.allCases.map(\.stringValue)
        for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !names.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription:
                        "there is no field '\(key.stringValue)'. \(nearestNameHint(for: key.stringValue, among: names, what: "The fields"))"
                ))
        }
        return try decoder.container(keyedBy: CodingKeys.self)
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
