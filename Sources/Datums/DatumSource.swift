import Model
import Storage

/// What a source yields: the inputs of one datum, or a part of them.
typealias Row = [DatumInput]

/// A pipeline's input, or a member of one, as that which yields rows. Each kind of input is one source; those that combine
/// have sources as members.
///
/// Rows come in the order of paths, the same in every method, and none twice. Two rows of one source are the same datum
/// where their names, repos, branches and paths are equal.
protocol DatumSource: Sendable {
    func rows(in snapshot: InputSnapshot) throws(PachError) -> any RowIterator

    /// What differs. The rows that there are now come in the order of the new snapshot, those that are gone in the order of
    /// the old one.
    func changes(from old: InputSnapshot, to new: InputSnapshot) throws(PachError) -> [RowChange]

    func count(in snapshot: InputSnapshot) throws(PachError) -> Int

    /// - Throws: `tooLarge` where so many rows are more than there may be.
    static func check(count: Int) throws(PachError)
}

extension DatumSource {
    func allRows(in snapshot: InputSnapshot) throws(PachError) -> [Row] {
        var iterator = try rows(in: snapshot)
        var all: [Row] = []
        while let row = try iterator.next() { all.append(row) }
        return all
    }
}

protocol RowIterator {
    /// The next row; nil after the last.
    mutating func next() throws(PachError) -> Row?
}

/// How a row of one snapshot differs from that of another with the same names and paths.
enum RowChange {
    case added(Row)
    case changed(old: Row, new: Row)
    case removed(Row)

    /// The row as it was; nil where it was not there.
    var old: Row? {
        switch self {
        case .added: nil
        case .changed(let old, _), .removed(let old): old
        }
    }

    /// The row as it is; nil where it is gone.
    var new: Row? {
        switch self {
        case .added(let new), .changed(_, let new): new
        case .removed: nil
        }
    }
}

/// One state of the branches that are read.
struct InputSnapshot: Sendable {
    let trees: InputTrees
    let readers: DatumPlanner.Readers

    /// The root of a branch's files; nil while there are none.
    func root(of branch: Branch) -> ObjectID? {
        guard let root = trees[branch], root != StorageFormat.emptyRootID else { return nil }
        return root
    }
}
