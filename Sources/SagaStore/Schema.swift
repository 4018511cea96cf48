import GRDB

/// The tables, one migration a version, never edited once released. SQLite guards the rules of the core again.
enum Schema {
    /// Marks a file as ours: "saga" in ASCII.
    static let applicationID = 0x7361_6761

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1", migrate: version1)
        migrator.registerMigration("2", migrate: version2)
        return migrator
    }

    /// A condition that SQLite evaluates by comparing. For `IN` it would build an index of the values, in a temporary
    /// B-tree, each time a row is written: a fifth of the cost of a decision.
    private static func oneOf(_ column: String, _ values: String...) -> String {
        "(" + values.map { "\(column) = '\($0)'" }.joined(separator: " OR ") + ")"
    }

    private static func version1(_ db: Database) throws {
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        try db.execute(
            sql: """
                -- AUTOINCREMENT: an id is never used twice, so definitions may be remembered by it.
                CREATE TABLE definition (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    fingerprint INTEGER NOT NULL,
                    text TEXT NOT NULL
                ) STRICT;
                CREATE INDEX definition_by_fingerprint ON definition (fingerprint);

                CREATE TABLE saga (
                    id TEXT PRIMARY KEY,
                    definition INTEGER NOT NULL REFERENCES definition (id),
                    name TEXT NOT NULL,
                    status TEXT NOT NULL CHECK \(oneOf(
                        "status", "pending", "running", "completed", "failed", "compensating", "compensated",
                        "compensation_failed")),
                    version INTEGER NOT NULL,
                    vars TEXT NOT NULL,
                    initial_vars TEXT,
                    origin TEXT NOT NULL,
                    retry_count INTEGER NOT NULL,
                    error_code TEXT,
                    error TEXT,
                    paused_at INTEGER,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    completed_at INTEGER,
                    deadline INTEGER,
                    endings INTEGER NOT NULL,
                    concurrency_key TEXT,
                    idempotency_key TEXT UNIQUE,
                    CHECK (\(oneOf("status", "completed", "failed", "compensated", "compensation_failed"))
                        = (completed_at IS NOT NULL))
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX saga_by_name ON saga (name, id);
                CREATE INDEX saga_by_status ON saga (status, id);
                CREATE INDEX saga_by_end ON saga (completed_at) WHERE completed_at IS NOT NULL;
                CREATE INDEX saga_by_definition ON saga (definition);
                CREATE INDEX saga_by_concurrency_key ON saga (concurrency_key, status, id)
                    WHERE concurrency_key IS NOT NULL;

                CREATE TABLE step (
                    saga TEXT NOT NULL REFERENCES saga (id) ON DELETE CASCADE,
                    position INTEGER NOT NULL,
                    name TEXT NOT NULL,
                    status TEXT NOT NULL CHECK \(oneOf(
                        "status", "pending", "running", "completed", "failed", "skipped")),
                    generation INTEGER NOT NULL CHECK (generation >= 1),
                    attempt INTEGER NOT NULL CHECK (attempt >= 0),
                    activity TEXT NOT NULL CHECK \(oneOf(
                        "activity", "idle", "owed", "begun", "waiting")),
                    activity_at INTEGER,
                    executor TEXT,
                    wait TEXT,
                    started_at INTEGER,
                    completed_at INTEGER,
                    sequence INTEGER,
                    deadline INTEGER,
                    output TEXT,
                    error TEXT,
                    last_failure TEXT,
                    last_wait TEXT,
                    tombstone INTEGER NOT NULL,
                    PRIMARY KEY (saga, position),
                    CHECK ((status = 'running') = (activity <> 'idle')),
                    CHECK (\(oneOf("status", "completed", "failed", "skipped")) = (completed_at IS NOT NULL)),
                    CHECK ((activity = 'begun') = (executor IS NOT NULL)),
                    CHECK ((activity = 'waiting') = (wait IS NOT NULL)),
                    CHECK (\(oneOf("activity", "owed", "begun")) = (activity_at IS NOT NULL))
                ) STRICT, WITHOUT ROWID;

                CREATE TABLE due (
                    saga TEXT NOT NULL REFERENCES saga (id) ON DELETE CASCADE,
                    step TEXT NOT NULL,
                    kind TEXT NOT NULL CHECK \(oneOf(
                        "kind", "attempt", "read", "wake", "timeout", "deadline")),
                    needs TEXT NOT NULL,
                    ready_at INTEGER NOT NULL,
                    held INTEGER NOT NULL,
                    owner TEXT,
                    epoch INTEGER NOT NULL,
                    PRIMARY KEY (saga, step, kind),
                    CHECK (owner IS NULL OR \(oneOf("kind", "attempt", "read")))
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX due_by_time ON due (needs, ready_at) WHERE held = 0;

                CREATE TABLE wait (
                    key TEXT NOT NULL,
                    saga TEXT NOT NULL REFERENCES saga (id) ON DELETE CASCADE,
                    step TEXT NOT NULL,
                    PRIMARY KEY (key, saga, step)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX wait_by_saga ON wait (saga);

                CREATE TABLE delivery (
                    id INTEGER PRIMARY KEY,
                    source TEXT NOT NULL,
                    delivery_id TEXT,
                    semantic_key TEXT,
                    received_at INTEGER NOT NULL,
                    UNIQUE (source, delivery_id),
                    UNIQUE (source, semantic_key)
                ) STRICT;
                CREATE INDEX delivery_by_time ON delivery (received_at);

                CREATE TABLE signal (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    delivery INTEGER NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
                    source TEXT NOT NULL,
                    payload TEXT NOT NULL,
                    received_at INTEGER NOT NULL,
                    matched INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX signal_by_delivery ON signal (delivery);

                CREATE TABLE signal_key (
                    key TEXT NOT NULL,
                    signal INTEGER NOT NULL REFERENCES signal (id) ON DELETE CASCADE,
                    PRIMARY KEY (key, signal)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX signal_key_by_signal ON signal_key (signal);

                CREATE TABLE journal (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    saga TEXT NOT NULL REFERENCES saga (id) ON DELETE CASCADE,
                    at INTEGER NOT NULL,
                    kind TEXT NOT NULL,
                    step TEXT,
                    actor TEXT,
                    reason TEXT,
                    data TEXT NOT NULL
                ) STRICT;
                CREATE INDEX journal_by_saga ON journal (saga, id);

                CREATE TABLE executor (
                    id TEXT PRIMARY KEY,
                    name TEXT NOT NULL,
                    allows_shell INTEGER NOT NULL,
                    saga TEXT,
                    seen_at INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                """)
    }

    /// Pipelines that are still to be cancelled, and the further keys of a saga that a restarted pipeline went on with.
    private static func version2(_ db: Database) throws {
        try db.execute(
            sql: """
                ALTER TABLE step ADD COLUMN owed_cancel TEXT;

                -- A CHECK cannot be changed in place.
                CREATE TABLE due_of_2 (
                    saga TEXT NOT NULL REFERENCES saga (id) ON DELETE CASCADE,
                    step TEXT NOT NULL,
                    kind TEXT NOT NULL CHECK \(oneOf(
                        "kind", "attempt", "read", "cancel", "wake", "timeout", "deadline")),
                    needs TEXT NOT NULL,
                    ready_at INTEGER NOT NULL,
                    held INTEGER NOT NULL,
                    owner TEXT,
                    epoch INTEGER NOT NULL,
                    PRIMARY KEY (saga, step, kind),
                    CHECK (owner IS NULL OR \(oneOf("kind", "attempt", "read", "cancel")))
                ) STRICT, WITHOUT ROWID;
                INSERT INTO due_of_2 (saga, step, kind, needs, ready_at, held, owner, epoch)
                    SELECT saga, step, kind, needs, ready_at, held, owner, epoch FROM due;
                DROP TABLE due;
                ALTER TABLE due_of_2 RENAME TO due;
                CREATE INDEX due_by_time ON due (needs, ready_at) WHERE held = 0;

                CREATE TABLE saga_key (
                    key TEXT PRIMARY KEY,
                    saga TEXT NOT NULL REFERENCES saga (id) ON DELETE CASCADE
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX saga_key_by_saga ON saga_key (saga);
                """)
    }
}
