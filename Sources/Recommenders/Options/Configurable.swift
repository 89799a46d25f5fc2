/// Something with a name and options: an algorithm.
public protocol Configurable: Sendable {
    /// What it is called on the command line, in reports and in model files.
    static var name: String { get }

    /// Its options, named as in the Python library Surprise where that has them.
    static var options: [AlgorithmOption<Self>] { get }

    /// Makes it with its default options.
    init()
}

extension Configurable {
    /// Sets an option from text. When this throws, nothing has changed.
    ///
    /// - Parameters:
    ///   - name: The option's name.
    ///   - value: Its value, as in Python.
    /// - Throws: `.invalidOption` when there is no such option, or the value is not one for it.
    public mutating func set(_ name: String, to value: String) throws(RecommenderError) {
        guard let option = Self.options.first(where: { $0.name == name }) else {
            let names = Self.options.map(\.name)
            throw RecommenderError(
                .invalidOption, "\(Self.name) has no option '\(name)'",
                hint: names.isEmpty ? "It has no options." : nearestNameHint(for: name, among: names, what: "Its options"))
        }
        try option.set(&self, value)
    }

    /// Checks that all options are in range; `fit` does so too.
    ///
    /// - Throws: `.invalidOption` for the first that is not.
    public func validate() throws(RecommenderError) {
        for option in Self.options { try option.validate(self) }
    }

    /// The options and their values, as `set` takes them; without those that follow another one.
    public var settings: [(name: String, value: String)] {
        Self.options.compactMap { option in option.text(self).map { (option.name, $0) } }
    }

    /// Whether it draws random numbers, which start where the option `random_state` says.
    public static var isRandom: Bool { options.contains { $0.name == "random_state" } }
}
