internal import GRDB
internal import GitStore
internal import Metadata
internal import Model
internal import Storage

/// What leaves the landing table and what stays there.
struct LandingChange {
    let repo: Int64
    let landing: LandedObjects.Landing
    let kept: [ObjectID: LandedObject]

    /// The row that holds what stays: the first, so that what came later goes on to count.
    private var row: Int64? { kept.isEmpty ? nil : landing.rows.min() }

    /// Whether all is as it was.
    var isNothing: Bool { kept.count == landing.objects.count && landing.rows.count == (kept.isEmpty ? 0 : 1) }

    func write(_ database: Database) throws {
        guard !isNothing else { return }
        try database.deleteLandings(landing.rows)
        if let row { try database.insertLanding(LandingRow(number: row, repo: repo, objects: kept.values.map { LandedRow($0) })) }
    }

    /// What is in memory no longer, once that is durable.
    var removed: LandedObjects.Landing {
        guard !isNothing else { return .init() }
        return LandedObjects.Landing(objects: landing.objects.filter { kept[$0.key] == nil }, rows: landing.rows.filter { $0 != row })
    }
}

extension LandedRow {
    init(_ object: LandedObject) {
        self.init(
            id: object.id, kind: object.kind.rawValue, size: object.size, data: object.deflated, base: object.basis?.id,
            deltaByteCount: object.basis?.deltaByteCount)
    }
}
