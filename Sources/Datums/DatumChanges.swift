import Model

/// How the datums of one state of the inputs differ from those of another, each list in the order of paths.
///
/// What is in none of the lists is unchanged: its content is what it was.
public struct DatumChanges: Hashable, Sendable {
    /// A datum whose inputs have other content than before. Both have the same id.
    public struct Change: Hashable, Sendable {
        public var old: Datum
        public var new: Datum

        public init(old: Datum, new: Datum) {
            self.old = old
            self.new = new
        }
    }

    public var added: [Datum]
    public var changed: [Change]
    /// Datums that are no longer there; their outputs go.
    public var removed: [Datum]

    public init(added: [Datum] = [], changed: [Change] = [], removed: [Datum] = []) {
        self.added = added
        self.changed = changed
        self.removed = removed
    }

    public var isEmpty: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }
}

extension DatumChanges {
    init(_ rows: [RowChange]) {
        self.init()
        for row in rows {
            switch row {
            case .added(let new):
                added.append(Datum(new))
            case .changed(let old, let new):
                let old = Datum(old)
                changed.append(Change(old: old, new: Datum(new, knownID: old.id)))
            case .removed(let old):
                removed.append(Datum(old))
            }
        }
    }
}
