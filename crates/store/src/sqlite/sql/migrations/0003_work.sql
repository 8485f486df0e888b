-- The work between systems: queues to subscribers, quotas, what is asked when, and what could not be
-- read.

-- The secret that an endpoint had before the last rotation, and until when it signs beside the new
-- one.
ALTER TABLE endpoint ADD COLUMN former_secret blob;
ALTER TABLE endpoint ADD COLUMN former_until integer;

-- How an endpoint answers, and how far it was told beyond its cursor.
CREATE TABLE endpoint_state (
    endpoint      INTEGER NOT NULL PRIMARY KEY REFERENCES endpoint,
    breaker       INTEGER NOT NULL DEFAULT 0,
    since         INTEGER NOT NULL DEFAULT 0,
    failures      INTEGER NOT NULL DEFAULT 0,
    probes        INTEGER NOT NULL DEFAULT 0,
    rest          INTEGER,
    last_at       INTEGER,
    last_status   INTEGER NOT NULL DEFAULT 0,
    last_accepted INTEGER NOT NULL DEFAULT 0,
    gone          INTEGER,
    -- How often others put something into its queue.
    asked         INTEGER NOT NULL DEFAULT 0,
    progress      BLOB    NOT NULL DEFAULT x''
);

-- Since when what waits was known, and since when what is parked is. What was parked before that was
-- noted is sent again by hand only.
ALTER TABLE delivery ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN parked INTEGER;
UPDATE delivery SET parked = 0, due = 0 WHERE due IS NULL;
DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (due) WHERE due IS NOT NULL AND parked IS NULL;
CREATE INDEX delivery_parked ON delivery (endpoint, due) WHERE parked IS NOT NULL;

-- Quotas. Calls to upstreams that were taken, by number: a day, a part of a rolling window, or the
-- moment at which a slot is free again. A budget is a keyed hash of whose key is used where.
CREATE TABLE quota_use (
    budget TEXT    NOT NULL,
    number INTEGER NOT NULL,
    used   INTEGER NOT NULL,
    PRIMARY KEY (budget, number)
) WITHOUT ROWID;

-- What an upstream itself said of a budget: nobody calls before `until`.
CREATE TABLE quota_refusal (
    budget  TEXT    NOT NULL PRIMARY KEY,
    until   INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    times   INTEGER NOT NULL,
    counted INTEGER NOT NULL
) WITHOUT ROWID;

-- What could not be read or is not as it was known: one row a surprise of a connection, counted.
-- What it is about is sealed; `known_by` is its blind index.
CREATE TABLE quarantine (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    account    INTEGER NOT NULL REFERENCES account,
    connection INTEGER NOT NULL REFERENCES connection,
    known_by   BLOB    NOT NULL,
    oddity     INTEGER NOT NULL,
    times      INTEGER NOT NULL,
    first      INTEGER NOT NULL,
    last       INTEGER NOT NULL,
    body       BLOB    NOT NULL,
    UNIQUE (connection, known_by)
);

-- The bytes, sealed. `track`: whose they are, where that is known.
CREATE TABLE quarantine_payload (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    quarantine INTEGER NOT NULL REFERENCES quarantine,
    track      INTEGER,
    received   INTEGER NOT NULL,
    known_by   BLOB    NOT NULL,
    body       BLOB    NOT NULL,
    UNIQUE (quarantine, known_by)
);
CREATE INDEX quarantine_payload_track ON quarantine_payload (track) WHERE track IS NOT NULL;

-- When a number was last told of, by an answer or a webhook.
ALTER TABLE poll ADD COLUMN heard INTEGER;

-- How connections do. `failure` is sealed: it is in the words of somebody else. `calls` were made on
-- `day`, counted in days since the epoch.
CREATE TABLE connection_state (
    connection INTEGER NOT NULL PRIMARY KEY REFERENCES connection,
    heard      INTEGER,
    changed    INTEGER,
    failed     INTEGER,
    failure    BLOB,
    day        INTEGER,
    calls      INTEGER
);

-- Who is told of a shipment by e-mail. `recipient` is the keyed hash of the address, which is sealed
-- under its track's key; null after an erasure. What ended stays, so that it stays ended.
CREATE TABLE notice (
    shipment  INTEGER NOT NULL,
    recipient BLOB    NOT NULL,
    account   INTEGER NOT NULL REFERENCES account,
    address   BLOB,
    language  TEXT    NOT NULL,
    stages    INTEGER NOT NULL,
    standing  INTEGER NOT NULL,
    created   INTEGER NOT NULL,
    changed   INTEGER NOT NULL,
    PRIMARY KEY (shipment, recipient)
) WITHOUT ROWID;

CREATE TABLE notice_policy (
    account  INTEGER NOT NULL PRIMARY KEY REFERENCES account,
    language TEXT    NOT NULL,
    stages   INTEGER NOT NULL
);

-- One e-mail a journey, recipient and milestone, for ever: the row is the claim.
CREATE TABLE mail (
    shipment    INTEGER NOT NULL,
    recipient   BLOB    NOT NULL,
    milestone   INTEGER NOT NULL,
    account     INTEGER NOT NULL,
    state       INTEGER NOT NULL,
    due         INTEGER,
    fresh_until INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    code        INTEGER NOT NULL,
    moved       INTEGER NOT NULL,
    PRIMARY KEY (shipment, recipient, milestone)
) WITHOUT ROWID;
CREATE INDEX mail_due ON mail (due) WHERE due IS NOT NULL;
CREATE INDEX mail_account ON mail (account, moved);
CREATE INDEX mail_recipient ON mail (recipient, moved);

-- How far the feed was read for e-mails.
CREATE TABLE mail_cursor (
    shard  INTEGER NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL
);

-- The log's next chunk when a registration was last added to: like `chunk`, for those that were there
-- before.
ALTER TABLE registration ADD COLUMN amended INTEGER;
CREATE INDEX registration_amended ON registration (amended) WHERE amended IS NOT NULL;

-- What is asked when. 0: somebody asked for it; 1: a new number; 2: by schedule. Each connection has
-- its own order.
ALTER TABLE poll ADD COLUMN kind INTEGER NOT NULL DEFAULT 2;
DROP INDEX poll_due;
CREATE INDEX poll_kind ON poll (connection, kind, due) WHERE due IS NOT NULL;

-- The clock of a registration: when to look whether it ran out, what was told last (0: nothing, 1: no
-- record, 2: expired), and of the silence since when.
ALTER TABLE registration ADD COLUMN clock_at INTEGER;
ALTER TABLE registration ADD COLUMN clock_told INTEGER NOT NULL DEFAULT 0;
ALTER TABLE registration ADD COLUMN clock_since INTEGER;
UPDATE registration SET clock_at = created;
CREATE INDEX registration_clock ON registration (clock_at) WHERE clock_at IS NOT NULL;

-- A dialect's book of registrations: listed newest first, found by a blind index of what the dialect
-- names (an order number), and when its client last had it refreshed.
ALTER TABLE registration ADD COLUMN key BLOB;
ALTER TABLE registration ADD COLUMN refreshed INTEGER;
CREATE INDEX registration_book ON registration (account, dialect, created);
CREATE INDEX registration_key ON registration (account, dialect, key, created) WHERE key IS NOT NULL;

-- Numbers that an upstream was given by us: what it gave for one (sealed; null after an erasure), how
-- often its client edited and refreshed it since the upstream was told, and the track that it moved
-- from, until the upstream is told of that.
CREATE TABLE entrusted (
    track      INTEGER NOT NULL,
    connection INTEGER NOT NULL REFERENCES connection,
    account    INTEGER NOT NULL REFERENCES account,
    given      BLOB,
    edits      INTEGER NOT NULL DEFAULT 0,
    refreshes  INTEGER NOT NULL DEFAULT 0,
    moved_from INTEGER,
    PRIMARY KEY (track, connection)
) WITHOUT ROWID;
CREATE INDEX entrusted_connection ON entrusted (connection);
CREATE INDEX entrusted_moved ON entrusted (moved_from) WHERE moved_from IS NOT NULL;

-- Orders. One row a thing of an account: its facts as JSON, its personal members sealed apart (null
-- where there are none, or were erased). Ids are given once in an installation; rows stay for ever.
CREATE TABLE record (
    id         INTEGER NOT NULL PRIMARY KEY,
    account    INTEGER NOT NULL REFERENCES account,
    kind       INTEGER NOT NULL,
    code       TEXT    NOT NULL,
    status     INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    updated    INTEGER NOT NULL,
    created_by INTEGER NOT NULL,
    updated_by INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    facts      BLOB    NOT NULL,
    personal   BLOB
);
CREATE INDEX record_updated ON record (account, kind, updated, id);

-- What records are found by. `twin` is 0 where two may not have the same name, else the record.
-- Names of people are keyed hashes.
CREATE TABLE record_name (
    account INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    name    INTEGER NOT NULL,
    text    BLOB    NOT NULL,
    scope   INTEGER NOT NULL,
    twin    INTEGER NOT NULL,
    record  INTEGER NOT NULL,
    PRIMARY KEY (account, kind, name, text, scope, twin)
) WITHOUT ROWID;

-- What lists are filtered by: a page is a range of this key. `also`: the second value, where a range
-- is that of two facets together; else 0.
CREATE TABLE record_facet (
    account INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    facet   INTEGER NOT NULL,
    value   INTEGER NOT NULL,
    also    INTEGER NOT NULL,
    created INTEGER NOT NULL,
    record  INTEGER NOT NULL,
    PRIMARY KEY (account, kind, facet, value, also, created, record)
) WITHOUT ROWID;

-- How many rows of it a range has.
CREATE TABLE record_count (
    account INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    facet   INTEGER NOT NULL,
    value   INTEGER NOT NULL,
    also    INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (account, kind, facet, value, also)
) WITHOUT ROWID;

-- Stock: how much there is, and the movements that it is the sum of, numbered for each level.
CREATE TABLE stock_level (
    item      INTEGER NOT NULL,
    warehouse INTEGER NOT NULL,
    account   INTEGER NOT NULL,
    on_hand   INTEGER NOT NULL CHECK (on_hand >= 0),
    reserved  INTEGER NOT NULL CHECK (reserved >= 0),
    incoming  INTEGER NOT NULL CHECK (incoming >= 0),
    damaged   INTEGER NOT NULL CHECK (damaged >= 0),
    moves     INTEGER NOT NULL,
    PRIMARY KEY (item, warehouse),
    CHECK (reserved <= on_hand)
) WITHOUT ROWID;

CREATE TABLE stock_move (
    item      INTEGER NOT NULL,
    warehouse INTEGER NOT NULL,
    number    INTEGER NOT NULL,
    account   INTEGER NOT NULL,
    movement  INTEGER NOT NULL,
    quantity  INTEGER NOT NULL CHECK (quantity > 0),
    cause     INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    by        INTEGER NOT NULL,
    PRIMARY KEY (item, warehouse, number)
) WITHOUT ROWID;

-- Of which fulfilment or return a tracked number is a parcel; `number` as the record has it.
CREATE TABLE parcel_link (
    track   INTEGER NOT NULL PRIMARY KEY,
    account INTEGER NOT NULL,
    number  TEXT    NOT NULL,
    record  INTEGER NOT NULL
);

-- Fulfilments whose carriers are told of them: by which connection, when somebody is to look, who looks
-- until when, how often the record was written, and what the carrier was told last.
CREATE TABLE booking (
    fulfilment INTEGER NOT NULL PRIMARY KEY,
    connection INTEGER NOT NULL REFERENCES connection,
    account    INTEGER NOT NULL REFERENCES account,
    due        INTEGER,
    lease      INTEGER,
    news       INTEGER NOT NULL,
    tries      INTEGER NOT NULL,
    failures   INTEGER NOT NULL,
    told       INTEGER
);
CREATE INDEX booking_due ON booking (due) WHERE due IS NOT NULL;
CREATE INDEX booking_connection ON booking (connection);
