/// A value of a spec's text, JSON or YAML, with the place where it begins.
struct SpecNode: Sendable {
    struct Member: Sendable {
        let key: String
        let keyPosition: TextPosition
        let value: SpecNode
    }

    indirect enum Value: Sendable {
        case null
        case bool(Bool)
        /// As it is written, in JSON's grammar.
        case number(String)
        case string(String)
        case array([SpecNode])
        /// In the order of the text; a key may stand there twice.
        case object([Member])
    }

    let value: Value
    let position: TextPosition
}

/// A pipeline spec before it is understood.
struct SpecDocument: Sendable {
    let root: SpecNode
    /// Where the document lies in a larger one.
    let path: NodePath
    let text: String
}
