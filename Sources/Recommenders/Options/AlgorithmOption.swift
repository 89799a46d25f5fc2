/// An option of an algorithm: a name, what its values may be, and where it stands in the algorithm's value.
public struct AlgorithmOption<Root>: Sendable {
    /// Its name, as in the Python library Surprise.
    public let name: String
    /// Sets it from text, as in Python.
    let set: @Sendable (inout Root, String) throws(RecommenderError) -> Void
    /// Its value as text that `set` takes; `nil` when it follows another option.
    let text: @Sendable (Root) -> String?
    /// Checks that its value is in range.
    let validate: @Sendable (Root) throws(RecommenderError) -> Void

    private init<Value: LosslessStringConvertible & Sendable>(
        _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable, example: Value,
        parse: @escaping @Sendable (String) -> Value?, check: @escaping @Sendable (Value) throws(RecommenderError) -> Void
    ) {
        self.name = name
        set = { (root: inout Root, text: String) throws(RecommenderError) in
            guard let value = parse(text) else {
                throw RecommenderError(
                    .invalidOption, "'\(text)' is not a value for \(name)", hint: "Give for example \(name)=\(example).")
            }
            try check(value)
            root[keyPath: path] = value
        }
        text = { root in String(root[keyPath: path]) }
        validate = { (root: Root) throws(RecommenderError) in try check(root[keyPath: path]) }
    }

    private init(
        name: String, set: @escaping @Sendable (inout Root, String) throws(RecommenderError) -> Void,
        text: @escaping @Sendable (Root) -> String?, validate: @escaping @Sendable (Root) throws(RecommenderError) -> Void
    ) {
        self.name = name
        self.set = set
        self.text = text
        self.validate = validate
    }

    /// A whole number.
    public static func integer(
        _ name: String, _ path: any WritableKeyPath<Root, Int> & Sendable, _ range: ClosedRange<Int>
    ) -> AlgorithmOption {
        AlgorithmOption(name, path, example: range.lowerBound, parse: { Int($0) }) { (value) throws(RecommenderError) in
            try check(name, value, within: range)
        }
    }

    /// A finite decimal number.
    public static func number(
        _ name: String, _ path: any WritableKeyPath<Root, Double> & Sendable, _ range: ClosedRange<Double>
    ) -> AlgorithmOption {
        AlgorithmOption(name, path, example: range.lowerBound, parse: { DecimalNumber.parse($0.utf8.span) }) {
            (value) throws(RecommenderError) in
            try check(name, value, within: range)
        }
    }

    /// `true` or `false`, in any case.
    public static func flag(_ name: String, _ path: any WritableKeyPath<Root, Bool> & Sendable) -> AlgorithmOption {
        AlgorithmOption(name, path, example: true, parse: { ["true": true, "false": false][$0.lowercased()] }) { _ in }
    }

    /// Where random numbers start.
    public static func seed(_ path: any WritableKeyPath<Root, UInt64> & Sendable) -> AlgorithmOption {
        AlgorithmOption("random_state", path, example: 0, parse: { UInt64($0) }) { _ in }
    }

    /// One of some words.
    public static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable
    ) -> AlgorithmOption {
        AlgorithmOption(
            name: name,
            set: { (root: inout Root, text: String) throws(RecommenderError) in
                guard let value = Value(rawValue: text.lowercased()) else {
                    throw RecommenderError(
                        .invalidOption, "'\(text)' is not a value for \(name)",
                        hint: nearestNameHint(for: text, among: Value.allCases.map(\.rawValue), what: "Its values"))
                }
                root[keyPath: path] = value
            },
            text: { root in root[keyPath: path].rawValue }, validate: { _ in })
    }

    /// A decimal number that follows another option until it is set itself.
    static func override(
        _ name: String, _ path: any WritableKeyPath<Root, Double?> & Sendable, _ range: ClosedRange<Double>
    ) -> AlgorithmOption {
        override(name, path, range) { DecimalNumber.parse($0.utf8.span) }
    }

    /// A whole number that follows another option until it is set itself.
    static func override(
        _ name: String, _ path: any WritableKeyPath<Root, Int?> & Sendable, _ range: ClosedRange<Int>
    ) -> AlgorithmOption {
        override(name, path, range) { Int($0) }
    }

    private static func override<Number: Comparable & Sendable & LosslessStringConvertible>(
        _ name: String, _ path: any WritableKeyPath<Root, Number?> & Sendable, _ range: ClosedRange<Number>,
        parse: @escaping @Sendable (String) -> Number?
    ) -> AlgorithmOption {
        AlgorithmOption(
            name: name,
            set: { (root: inout Root, text: String) throws(RecommenderError) in
                guard let value = parse(text) else {
                    throw RecommenderError(
                        .invalidOption, "'\(text)' is not a value for \(name)", hint: "Give for example \(name)=\(range.lowerBound).")
                }
                try check(name, value, within: range)
                root[keyPath: path] = value
            },
            text: { root in root[keyPath: path].map { String($0) } },
            validate: { (root: Root) throws(RecommenderError) in
                if let value = root[keyPath: path] { try check(name, value, within: range) }
            })
    }

    /// The option of a part of `Outer`.
    func lifted<Outer>(to path: any WritableKeyPath<Outer, Root> & Sendable) -> AlgorithmOption<Outer> {
        let (set, text, validate) = (set, text, validate)
        return AlgorithmOption<Outer>(
            name: name,
            set: { (outer: inout Outer, value: String) throws(RecommenderError) in
                // Not in place: a failure must leave the algorithm as it was.
                var root = outer[keyPath: path]
                try set(&root, value)
                outer[keyPath: path] = root
            },
            text: { outer in text(outer[keyPath: path]) },
            validate: { (outer: Outer) throws(RecommenderError) in try validate(outer[keyPath: path]) })
    }

    private static func check<Number: Comparable>(
        _ name: String, _ value: Number, within range: ClosedRange<Number>
    ) throws(RecommenderError) {
        // NaN is in no range.
        guard range.contains(value) else {
            throw RecommenderError(
                .invalidOption, "\(value) is out of range for \(name)",
                hint: "Give a number from \(range.lowerBound) to \(range.upperBound).")
        }
    }
}
