/// A parsed pattern: what must follow what.
struct Pattern {
    enum Element {
        case literal(Unicode.Scalar)
        case slash
        /// `?`
        case one
        case characterClass(CharacterClass)
        /// `*`
        case many
        /// `**`
        case manyWithSlashes
        case alternatives([Pattern])
    }

    var elements: [Element] = []
}
