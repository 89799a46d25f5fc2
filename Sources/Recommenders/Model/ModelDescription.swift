/// What a model file says of itself.
public struct ModelDescription: Codable, Hashable, Sendable {
    /// A part of the file.
    public struct Section: Codable, Hashable, Sendable {
        public var name: String
        /// Its length.
        public var bytes: Int
    }

    /// The version of the file's format.
    public var format: Int
    /// The version of the computation.
    public var arithmetic: Int
    /// The instruction set that it was trained with.
    public var isa: String
    public var algorithm: String
    /// The algorithm's options, as `--set` takes them.
    public var options: [String: String]
    public var users: Int
    public var items: Int
    /// How many ratings, or pairs of user and item, it was trained on.
    public var ratings: Int
    /// The mean of the ratings; `nil` where the model ranks items and estimates no ratings.
    public var mean: Double?
    /// The least and the greatest estimate; `nil` likewise.
    public var scale: [Double]?
    /// The length of the file.
    public var bytes: Int
    public var sections: [Section]
    /// Whether the contents were compared with their checksums.
    public var verified: Bool

    /// Describes a model file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - verifying: Whether to compare checksums, which takes reading it all.
    /// - Throws: `.io` when it cannot be read, `.corruptModel` or `.unsupportedModel`, naming the file, when it is not a model of
    ///   this version.
    public init(contentsOf path: String, verifying: Bool = true) throws(RecommenderError) {
        self = try SectionFile.open(path) { (file) throws(RecommenderError) in
            if verifying { try file.verify() }
            return ModelDescription(try ModelSettings(try file.content(of: "settings")), of: file, verified: verifying)
        }
    }

    private init(_ settings: ModelSettings, of file: SectionFile, verified: Bool) {
        format = Int(SectionFile.version)
        arithmetic = ModelSettings.arithmetic
        isa = settings.instructionSet
        algorithm = type(of: settings.algorithm).name
        options = Dictionary(uniqueKeysWithValues: settings.algorithm.settings.map { ($0.name, $0.value) })
        users = settings.userCount
        items = settings.itemCount
        ratings = settings.ratingCount
        mean = settings.estimates?.mean
        scale = settings.estimates.map { [$0.scale.lower, $0.scale.upper] }
        bytes = file.byteCount
        sections = file.names.map { Section(name: $0, bytes: file.byteCount(of: $0)) }
        self.verified = verified
    }
}
