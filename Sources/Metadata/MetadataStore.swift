public import GRDB
public import Model

/// The database of a data root: the truth for what is named, and what is open or recent.
///
/// One SQLite file in WAL mode. Its writer runs with `synchronous=FULL`, so that a committed transaction survives a power cut
/// (invariant 3); a transaction costs one flush of the log.
public final class MetadataStore: Sendable {
    private let pool: DatabasePool
    private let onDamage: @Sendable (PachError) -> Void

    /// Opens the database, creates it where it is missing, and brings its schema up to date.
    /// - Parameter onDamage: told when SQLite finds later that the database is damaged, or cannot read it: the two look the same (os_unix.c,
    ///   unixRead: EIO becomes SQLITE_IOERR_CORRUPTFS; vdbe.c: that becomes SQLITE_CORRUPT). From any thread.
    /// - Throws: `corrupt`, `io`, `outOfSpace`; `notSupported` where a newer version of the program wrote it.
    public init(path: String, onDamage: @escaping @Sendable (PachError) -> Void = { _ in }) throws(PachError) {
        self.onDamage = onDamage
        do {
            var configuration = Configuration()
            configuration.label = "pach.metadata"
            configuration.maximumReaderCount = 8
            configuration.busyMode = .timeout(10)
            configuration.prepareDatabase { database in
                // A larger cache than SQLite's 2 MB: pages of heads and jobs are read again and again.
                try database.execute(sql: "PRAGMA cache_size = -16384")
            }
            pool = try DatabasePool(path: path, configuration: configuration)
            // GRDB sets NORMAL on a pool's writer when it turns WAL on, so FULL is set after that, and read back.
            let synchronous = try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                return try Int.fetchOne(database, sql: "PRAGMA synchronous")
            }
            guard synchronous == 2 else {
                throw PachError(.io, "SQLite does not accept synchronous=FULL on \(quoted(path))")
            }
            try Schema.migrate(pool)
        } catch {
            throw MetadataStore.translated(error, doing: "open the database \(quoted(path))")
        }
    }

    /// Runs `body` in one transaction that is durable on return. Blocks, also while another one runs.
    public func write<Value>(_ body: (Database) throws -> Value) throws(PachError) -> Value {
        do {
            return try pool.write(body)
        } catch {
            throw told(error, doing: "write the database")
        }
    }

    /// Runs `body` on a snapshot of the last committed state. Blocks.
    public func read<Value>(_ body: (Database) throws -> Value) throws(PachError) -> Value {
        do {
            return try pool.read(body)
        } catch {
            throw told(error, doing: "read the database")
        }
    }

    /// Checks the database file itself; returns what is wrong.
    public func integrityProblems() throws(PachError) -> [String] {
        try read { database in
            try String.fetchAll(database, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
        }
    }

    /// What is named now. Blocks.
    public func snapshot() throws(PachError) -> MetadataSnapshot {
        do {
            return MetadataSnapshot(try pool.makeSnapshot())
        } catch {
            throw told(error, doing: "read the database")
        }
    }

    /// Moves everything from the log into the database's file, durably, so that the file alone is the database. Blocks.
    public func moveLogIntoFile() throws(PachError) {
        do {
            _ = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        } catch {
            throw MetadataStore.translated(error, doing: "write the database")
        }
    }

    public func close() throws(PachError) {
        do {
            try pool.close()
        } catch {
            throw MetadataStore.translated(error, doing: "close the database")
        }
    }

    private func told(_ error: any Error, doing action: String) -> PachError {
        let failure = MetadataStore.translated(error, doing: action)
        if MetadataStore.isDamage(error) { onDamage(failure) }
        return failure
    }

    /// Whether the database itself is what is wrong, not what was asked of it.
    public static func isDamage(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
    }

    public static func translated(_ error: any Error, doing action: String) -> PachError {
        if let error = error as? PachError { return error }
        guard let error = error as? DatabaseError else {
            return PachError(.io, "could not \(action)", cause: "\(error)")
        }
        let cause = error.message ?? "\(error.resultCode)"
        return switch error.resultCode {
        case .SQLITE_FULL:
            PachError(.outOfSpace, "could not \(action): the disk is full", hint: "Free some space and try again; nothing was changed.")
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE:
            // The index of the log could not grow (os_unix.c, unixShmMap).
            PachError(.outOfSpace, "could not \(action): the disk is full", hint: "Free some space and try again; nothing was changed.")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            PachError(.corrupt, "could not \(action)", cause: cause, hint: "Run 'pach fsck' to see what is hit.")
        case .SQLITE_BUSY:
            PachError(.locked, "could not \(action): another program uses it", cause: cause)
        default:
            PachError(.io, "could not \(action)", cause: cause)
        }
    }
}
