-- The spine of the store: what was told (log, payload), what follows from it (track, number), what
-- changed (feed), and the records that stand on their own.
--
-- A commit appends to log, payload, feed and track_key at their right edges. The rows of track and
-- number are derived and written back later, in the order of their keys; meta's `low` says from which
-- chunk on the log may know more than they do.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- Chunks of entries. `tracks` and `statements` count all there are up to this chunk.
CREATE TABLE log (
    chunk      INTEGER NOT NULL PRIMARY KEY,
    tracks     INTEGER NOT NULL,
    statements INTEGER NOT NULL,
    body       BLOB    NOT NULL
);

-- Documents' bodies, sealed.
CREATE TABLE payload (
    id    INTEGER NOT NULL PRIMARY KEY,
    track INTEGER NOT NULL,
    body  BLOB    NOT NULL
);

-- Changes, many to a row, numbered by the row's first.
CREATE TABLE feed (
    number  INTEGER NOT NULL PRIMARY KEY,
    changes INTEGER NOT NULL,
    body    BLOB    NOT NULL
);

-- `upto`: the row holds what the log's chunks before this one say of it.
CREATE TABLE track (
    id    INTEGER NOT NULL PRIMARY KEY,
    shard INTEGER NOT NULL,
    upto  INTEGER NOT NULL,
    body  BLOB    NOT NULL
);

-- Under which numbers tracks are found.
CREATE TABLE number (
    number  TEXT    NOT NULL,
    carrier TEXT    NOT NULL,
    account INTEGER NOT NULL,
    track   INTEGER NOT NULL,
    PRIMARY KEY (number, carrier, account)
) WITHOUT ROWID;

-- Sealing keys, wrapped by the master key. Erasing destroys one row. What the log sealed before
-- position `since` was sealed with a key that is gone.
CREATE TABLE track_key (
    track   INTEGER NOT NULL PRIMARY KEY,
    since   INTEGER NOT NULL,
    wrapped BLOB    NOT NULL
);

CREATE TABLE account (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name    TEXT    NOT NULL UNIQUE,
    created INTEGER NOT NULL
);

CREATE TABLE api_key (
    id        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    account   INTEGER NOT NULL REFERENCES account,
    dialect   TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    created   INTEGER NOT NULL,
    expires   INTEGER,
    disabled  INTEGER NOT NULL,
    client_id INTEGER,
    user_name TEXT,
    scopes    TEXT    NOT NULL,
    key_hash  BLOB    NOT NULL,
    -- Sealed, each only where its dialect needs it back.
    key       BLOB,
    secret    BLOB,
    password  BLOB,
    -- When it last proved somebody, coarsely.
    used      INTEGER,
    UNIQUE (dialect, key_hash)
);
CREATE UNIQUE INDEX api_key_user ON api_key (dialect, user_name) WHERE user_name IS NOT NULL;
CREATE UNIQUE INDEX api_key_client ON api_key (dialect, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE connection (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    account  INTEGER NOT NULL REFERENCES account,
    dialect  TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    base_url TEXT    NOT NULL,
    operator INTEGER NOT NULL,
    zone     TEXT,
    paused   INTEGER NOT NULL,
    created  INTEGER NOT NULL,
    -- Blind index of the token; token and settings themselves are sealed.
    token_hash BLOB  NOT NULL UNIQUE,
    token    BLOB    NOT NULL,
    settings BLOB    NOT NULL
);

CREATE TABLE endpoint (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    account  INTEGER NOT NULL REFERENCES account,
    dialect  TEXT    NOT NULL,
    url      TEXT    NOT NULL,
    operator INTEGER NOT NULL,
    disabled INTEGER NOT NULL,
    created  INTEGER NOT NULL,
    settings BLOB    NOT NULL,
    secret   BLOB    NOT NULL
);

-- Apart from its endpoint, because it moves with every message.
CREATE TABLE endpoint_cursor (
    endpoint INTEGER NOT NULL REFERENCES endpoint,
    shard    INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    PRIMARY KEY (endpoint, shard)
) WITHOUT ROWID;

CREATE TABLE registration (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    track   INTEGER NOT NULL,
    shard   INTEGER NOT NULL,
    account INTEGER NOT NULL REFERENCES account,
    dialect TEXT    NOT NULL,
    carrier TEXT    NOT NULL,
    number  TEXT    NOT NULL,
    created INTEGER NOT NULL,
    -- The client's own members, sealed, since they may be personal; null after an erasure.
    data    BLOB,
    UNIQUE (track, account, dialect)
);

CREATE TABLE poll (
    track      INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    shard      INTEGER NOT NULL,
    account    INTEGER NOT NULL,
    carrier    TEXT    NOT NULL,
    number     TEXT    NOT NULL,
    due        INTEGER,
    failures   INTEGER NOT NULL,
    PRIMARY KEY (track, connection)
) WITHOUT ROWID;
CREATE INDEX poll_due ON poll (due) WHERE due IS NOT NULL;

CREATE TABLE delivery (
    endpoint INTEGER NOT NULL REFERENCES endpoint,
    shard    INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    shipment INTEGER NOT NULL,
    due      INTEGER,
    attempts INTEGER NOT NULL,
    done     INTEGER NOT NULL,
    PRIMARY KEY (endpoint, shard, number)
) WITHOUT ROWID;
CREATE INDEX delivery_due ON delivery (due) WHERE due IS NOT NULL;

-- Attempts, many to a row, sealed. Those at a delivery that failed once stand in rows of their own,
-- under its key.
CREATE TABLE attempt (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    account  INTEGER NOT NULL,
    earliest INTEGER NOT NULL,
    latest   INTEGER NOT NULL,
    endpoint INTEGER,
    shard    INTEGER,
    number   INTEGER,
    body     BLOB    NOT NULL
);
CREATE INDEX attempt_delivery ON attempt (endpoint, shard, number) WHERE endpoint IS NOT NULL;
CREATE INDEX attempt_time ON attempt (account, latest);

-- `used` is written ahead of use, so that a crash never gives a budget twice.
CREATE TABLE meter (
    meter  TEXT    NOT NULL,
    period INTEGER NOT NULL,
    used   INTEGER NOT NULL,
    PRIMARY KEY (meter, period)
) WITHOUT ROWID;

CREATE TABLE idempotency (
    account     INTEGER NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL,
    status      INTEGER NOT NULL,
    body        BLOB    NOT NULL,
    created     INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created);
