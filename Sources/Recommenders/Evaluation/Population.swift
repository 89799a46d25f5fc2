/// The measures of a part of the users.
public struct Population<Measures: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
    /// What divides the users.
    public var key: String
    /// Which part it is.
    public var value: String
    public var measures: Measures
}
