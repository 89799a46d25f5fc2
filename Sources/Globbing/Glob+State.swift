extension Glob {
    /// How far a pattern has come on the way from the root of a tree to one of its files or folders.
    ///
    /// A walk carries it down the tree, and never opens a folder below which nothing can match.
    public struct State: Sendable {
        private let automaton: Automaton
        private var row: BitRow

        init(_ automaton: Automaton) {
            self.automaton = automaton
            row = automaton.start
        }

        /// Whether the path so far, as a whole, is matched.
        public var isMatch: Bool { automaton.accepts(row) }

        /// Whether something below may be matched.
        public var canDescend: Bool { automaton.canDescend(row) }

        /// The state one component further down; nil where neither that path nor anything below it can match.
        /// - Parameter component: the bytes of a name, in UTF-8; it holds no `/`.
        @inlinable
        public func advanced(byComponent component: some Sequence<UInt8>) -> State? {
            if let state = component.withContiguousStorageIfAvailable({ advanced(by: $0) }) { return state }
            return Array(component).withUnsafeBufferPointer { advanced(by: $0) }
        }

        @usableFromInline
        func advanced(by component: UnsafeBufferPointer<UInt8>) -> State? {
            var next = self
            next.row = automaton.advance(row, by: component)
            return next.isMatch || next.canDescend ? next : nil
        }

        /// The one name that can come next, where the pattern spells it out: then a lookup replaces a listing.
        public var onlyComponent: String? { automaton.onlyComponent(after: row) }
    }
}
