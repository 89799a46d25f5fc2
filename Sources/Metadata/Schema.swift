import Foundation
import GRDB
import Model

/// The tables. A migration, once released, never changes; `docs/storage-format.md` describes the result.
enum Schema {
    static func migrate(_ pool: DatabasePool) throws {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            for statement in version1 { try database.execute(sql: statement) }
        }
        migrator.registerMigration("2") { database in
            for statement in version2 { try database.execute(sql: statement) }
        }
        migrator.registerMigration("3") { database in
            for statement in version3 { try database.execute(sql: statement) }
        }
        migrator.registerMigration("4", migrate: moveLandedObjects)
        migrator.registerMigration("5") { database in
            for statement in version5 { try database.execute(sql: statement) }
        }
        migrator.registerMigration("6") { database in
            for statement in version6 { try database.execute(sql: statement) }
        }
        migrator.registerMigration("7") { database in
            for statement in version7 { try database.execute(sql: statement) }
        }
        if try pool.read(migrator.hasBeenSuperseded) {
            throw PachError(
                .notSupported, "the data root was written by a newer version of pach",
                hint: "Use that version; this one changes nothing here.")
        }
        try migrator.migrate(pool)
    }

    private static let version1 = [
        // `name` is the full name, with its kind: `train.meta`.
        """
        CREATE TABLE repo (
            key INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            description TEXT NOT NULL,
            created INTEGER NOT NULL)
        """,
        // `seq` grows with time over all repos, so it orders the commits of a set.
        """
        CREATE TABLE commits (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            repo INTEGER NOT NULL REFERENCES repo(key) ON DELETE CASCADE,
            id TEXT NOT NULL,
            branch TEXT NOT NULL,
            parent INTEGER REFERENCES commits(seq) ON DELETE SET NULL,
            origin TEXT NOT NULL,
            description TEXT NOT NULL,
            started INTEGER NOT NULL,
            finished INTEGER,
            error TEXT,
            tree BLOB NOT NULL,
            size INTEGER NOT NULL,
            git BLOB,
            UNIQUE (repo, id))
        """,
        "CREATE INDEX commits_id ON commits (id)",
        "CREATE INDEX commits_repo ON commits (repo, seq)",
        "CREATE INDEX commits_parent ON commits (parent)",
        """
        CREATE TABLE commit_provenance (
            commit_seq INTEGER NOT NULL REFERENCES commits(seq) ON DELETE CASCADE,
            upstream INTEGER NOT NULL REFERENCES commits(seq) ON DELETE CASCADE,
            branch TEXT NOT NULL,
            PRIMARY KEY (commit_seq, upstream)) WITHOUT ROWID
        """,
        "CREATE INDEX commit_provenance_upstream ON commit_provenance (upstream)",
        """
        CREATE TABLE branch (
            repo INTEGER NOT NULL REFERENCES repo(key) ON DELETE CASCADE,
            name TEXT NOT NULL,
            head INTEGER REFERENCES commits(seq) ON DELETE SET NULL,
            created INTEGER NOT NULL,
            PRIMARY KEY (repo, name)) WITHOUT ROWID
        """,
        // Names, not keys: provenance may name a branch that is created later.
        """
        CREATE TABLE branch_provenance (
            repo TEXT NOT NULL,
            branch TEXT NOT NULL,
            upstream_repo TEXT NOT NULL,
            upstream_branch TEXT NOT NULL,
            PRIMARY KEY (repo, branch, upstream_repo, upstream_branch)) WITHOUT ROWID
        """,
        """
        CREATE TABLE pipeline (
            key INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            version INTEGER NOT NULL,
            stopped INTEGER NOT NULL,
            created INTEGER NOT NULL)
        """,
        """
        CREATE TABLE pipeline_version (
            pipeline INTEGER NOT NULL REFERENCES pipeline(key) ON DELETE CASCADE,
            version INTEGER NOT NULL,
            spec TEXT NOT NULL,
            user_spec TEXT NOT NULL,
            salt TEXT NOT NULL,
            code BLOB,
            spec_commit TEXT NOT NULL,
            PRIMARY KEY (pipeline, version)) WITHOUT ROWID
        """,
        """
        CREATE TABLE job (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            pipeline INTEGER NOT NULL REFERENCES pipeline(key) ON DELETE CASCADE,
            id TEXT NOT NULL,
            version INTEGER NOT NULL,
            output INTEGER NOT NULL REFERENCES commits(seq) ON DELETE CASCADE,
            state TEXT NOT NULL,
            reason TEXT NOT NULL,
            restart INTEGER NOT NULL,
            total INTEGER NOT NULL,
            processed INTEGER NOT NULL,
            skipped INTEGER NOT NULL,
            failed INTEGER NOT NULL,
            recovered INTEGER NOT NULL,
            stats TEXT NOT NULL,
            planning REAL,
            created INTEGER NOT NULL,
            started INTEGER,
            finished INTEGER,
            UNIQUE (pipeline, id))
        """,
        "CREATE INDEX job_id ON job (id)",
        "CREATE INDEX job_output ON job (output)",
        "CREATE INDEX job_waiting ON job (pipeline, seq) WHERE finished IS NULL",
        // Objects that are durable here and not yet in a pack. `data` is the zlib stream that the pack will hold.
        """
        CREATE TABLE landed (
            repo INTEGER NOT NULL REFERENCES repo(key) ON DELETE CASCADE,
            id BLOB NOT NULL,
            kind INTEGER NOT NULL,
            size INTEGER NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY (repo, id))
        """,
        // Where each Git ref has to point, and where it was last put. A ref is due when the two differ.
        """
        CREATE TABLE git_ref (
            repo INTEGER NOT NULL REFERENCES repo(key) ON DELETE CASCADE,
            name TEXT NOT NULL,
            target BLOB,
            published BLOB,
            PRIMARY KEY (repo, name)) WITHOUT ROWID
        """,
        "CREATE INDEX git_ref_due ON git_ref (repo, name) WHERE target IS NOT published",
        // Repos whose rows are gone and whose folders are still to be removed.
        "CREATE TABLE repo_removal (name TEXT PRIMARY KEY) WITHOUT ROWID",
    ]

    // How long the commits of a repo are kept; NULL where that is not said.
    private static let version2 = [
        "ALTER TABLE repo ADD COLUMN keep_commits INTEGER",
        "ALTER TABLE repo ADD COLUMN keep_nanoseconds INTEGER",
    ]

    // What `data` of a landed object is a delta to, and the delta's size; NULL where it is the object itself.
    private static let version3 = [
        "ALTER TABLE landed ADD COLUMN base BLOB",
        "ALTER TABLE landed ADD COLUMN delta_size INTEGER",
    ]

    // For the newest jobs of a pipeline, which lists begin with.
    private static let version5 = ["CREATE INDEX job_pipeline ON job (pipeline, seq)"]

    // For what SQLite looks up with each commit that is removed.
    private static let version6 = ["CREATE INDEX branch_head ON branch (head)"]

    private static let version7 = [
        // Whether retention removed the commit's parents: for that alone may its Git commit have parents that nobody keeps.
        "ALTER TABLE commits ADD COLUMN is_boundary INTEGER NOT NULL DEFAULT 0",
        // Git commits that a rebuild could not read.
        """
        CREATE TABLE lost_commit (
            repo INTEGER NOT NULL REFERENCES repo(key) ON DELETE CASCADE,
            git BLOB NOT NULL,
            PRIMARY KEY (repo, git)) WITHOUT ROWID
        """,
    ]

    // Objects that landed together share a row. `number` is the process's; nothing else refers to it.
    private static func moveLandedObjects(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE landing (
                    number INTEGER PRIMARY KEY,
                    repo INTEGER NOT NULL REFERENCES repo(key) ON DELETE CASCADE,
                    objects BLOB NOT NULL)
                """)
        let rows = try Row.fetchAll(database, sql: "SELECT repo, id, kind, size, data, base, delta_size FROM landed").map { row in
            (
                repo: try row.value(0) as Int64,
                object: try LandedRow(
                    id: objectID(row.value(1)), kind: row.value(2), size: row.value(3), data: Array(row.value(4) as Data),
                    base: (row.value(5) as Data?).map(objectID), deltaByteCount: row.value(6))
            )
        }
        for (number, (repo, rows)) in Dictionary(grouping: rows, by: \.repo).enumerated() {
            try database.insertLanding(LandingRow(number: Int64(number), repo: repo, objects: rows.map(\.object)))
        }
        try database.execute(sql: "DROP TABLE landed")
    }
}
