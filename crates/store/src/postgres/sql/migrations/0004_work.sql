-- The work between systems: queues to subscribers, quotas, what is asked when, and what could not be
-- read.

-- The secret that an endpoint had before the last rotation, and until when it signs beside the new
-- one.
ALTER TABLE endpoint ADD COLUMN former_secret bytea;
ALTER TABLE endpoint ADD COLUMN former_until bigint;

-- How an endpoint answers, and how far it was told beyond its cursor.
CREATE TABLE endpoint_state (
    endpoint      bigint   PRIMARY KEY REFERENCES endpoint,
    breaker       smallint NOT NULL DEFAULT 0,
    since         bigint   NOT NULL DEFAULT 0,
    failures      integer  NOT NULL DEFAULT 0,
    probes        integer  NOT NULL DEFAULT 0,
    rest          bigint,
    last_at       bigint,
    last_status   smallint NOT NULL DEFAULT 0,
    last_accepted boolean  NOT NULL DEFAULT false,
    gone          bigint,
    -- How often others put something into its queue.
    asked         bigint   NOT NULL DEFAULT 0,
    progress      bytea    NOT NULL DEFAULT ''
) WITH (fillfactor = 50);

-- Which node tells an endpoint. Epochs grow with every change of hands.
CREATE TABLE endpoint_lease (
    endpoint bigint      PRIMARY KEY REFERENCES endpoint,
    holder   bigint      NOT NULL,
    epoch    bigint      NOT NULL,
    expires  timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Since when what waits was known, and since when what is parked is. What was parked before that was
-- noted is sent again by hand only.
ALTER TABLE delivery ADD COLUMN since bigint NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN parked bigint;
UPDATE delivery SET parked = 0, due = 0 WHERE due IS NULL;
DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (due) WHERE due IS NOT NULL AND parked IS NULL;
CREATE INDEX delivery_parked ON delivery (endpoint, due) WHERE parked IS NOT NULL;

-- Quotas. Calls to upstreams that were taken, by number: a day, a part of a rolling window, or the
-- moment at which a slot is free again. A budget is a keyed hash of whose key is used where.
CREATE TABLE quota_use (
    budget text   NOT NULL,
    number bigint NOT NULL,
    used   bigint NOT NULL,
    PRIMARY KEY (budget, number)
) WITH (fillfactor = 50);

-- Is locked by whoever takes from a budget.
CREATE TABLE quota_budget (
    budget text NOT NULL PRIMARY KEY
) WITH (fillfactor = 50);

-- What an upstream itself said of a budget: nobody calls before `until`.
CREATE TABLE quota_refusal (
    budget  text    NOT NULL PRIMARY KEY,
    until   bigint  NOT NULL,
    at      bigint  NOT NULL,
    times   integer NOT NULL,
    counted bigint  NOT NULL
) WITH (fillfactor = 80);

-- What could not be read or is not as it was known: one row a surprise of a connection, counted.
-- What it is about is sealed; `known_by` is its blind index.
CREATE TABLE quarantine (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account    bigint NOT NULL REFERENCES account,
    connection bigint NOT NULL REFERENCES connection,
    known_by   bytea    NOT NULL,
    oddity     smallint NOT NULL,
    times      bigint NOT NULL,
    first      bigint NOT NULL,
    last       bigint NOT NULL,
    body       bytea    NOT NULL,
    UNIQUE (connection, known_by)
);

-- The bytes, sealed. `track`: whose they are, where that is known.
CREATE TABLE quarantine_payload (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    quarantine bigint NOT NULL REFERENCES quarantine,
    track      bigint,
    received   bigint NOT NULL,
    known_by   bytea    NOT NULL,
    body       bytea    NOT NULL,
    UNIQUE (quarantine, known_by)
);
CREATE INDEX quarantine_payload_track ON quarantine_payload (track) WHERE track IS NOT NULL;

-- When a number was last told of, by an answer or a webhook.
ALTER TABLE poll ADD COLUMN heard bigint;

-- How connections do. `failure` is sealed: it is in the words of somebody else. `calls` were made on
-- `day`, counted in days since the epoch.
CREATE TABLE connection_state (
    connection bigint PRIMARY KEY REFERENCES connection,
    heard      bigint,
    changed    bigint,
    failed     bigint,
    failure    bytea,
    day        bigint,
    calls      bigint
);

-- Who is told of a shipment by e-mail. `recipient` is the keyed hash of the address, which is sealed
-- under its track's key; null after an erasure. What ended stays, so that it stays ended.
CREATE TABLE notice (
    shipment  bigint   NOT NULL,
    recipient bytea    NOT NULL,
    account   bigint   NOT NULL REFERENCES account,
    address   bytea,
    language  text     NOT NULL,
    stages    integer  NOT NULL,
    standing  smallint NOT NULL,
    created   bigint   NOT NULL,
    changed   bigint   NOT NULL,
    PRIMARY KEY (shipment, recipient)
);

CREATE TABLE notice_policy (
    account  bigint  PRIMARY KEY REFERENCES account,
    language text    NOT NULL,
    stages   integer NOT NULL
);

-- One e-mail a journey, recipient and milestone, for ever: the row is the claim.
CREATE TABLE mail (
    shipment    bigint   NOT NULL,
    recipient   bytea    NOT NULL,
    milestone   smallint NOT NULL,
    account     bigint   NOT NULL,
    state       smallint NOT NULL,
    due         bigint,
    fresh_until bigint   NOT NULL,
    attempts    integer  NOT NULL,
    code        smallint NOT NULL,
    moved       bigint   NOT NULL,
    PRIMARY KEY (shipment, recipient, milestone)
) WITH (fillfactor = 80);
CREATE INDEX mail_due ON mail (due) WHERE due IS NOT NULL;
CREATE INDEX mail_account ON mail (account, moved);
CREATE INDEX mail_recipient ON mail (recipient, moved);

-- How far the feed was read for e-mails.
CREATE TABLE mail_cursor (
    shard  smallint PRIMARY KEY,
    number bigint   NOT NULL
) WITH (fillfactor = 50);

-- What is asked when. 0: somebody asked for it; 1: a new number; 2: by schedule. Each connection has
-- its own order.
ALTER TABLE poll ADD COLUMN kind smallint NOT NULL DEFAULT 2;
DROP INDEX poll_due;
CREATE INDEX poll_kind ON poll (connection, kind, due) WHERE due IS NOT NULL;

-- The clock of a registration: when to look whether it ran out, what was told last (0: nothing, 1: no
-- record, 2: expired), and of the silence since when.
ALTER TABLE registration ADD COLUMN clock_at bigint;
ALTER TABLE registration ADD COLUMN clock_told smallint NOT NULL DEFAULT 0;
ALTER TABLE registration ADD COLUMN clock_since bigint;
UPDATE registration SET clock_at = created;
CREATE INDEX registration_clock ON registration (clock_at) WHERE clock_at IS NOT NULL;

-- A dialect's book of registrations: listed newest first, found by a blind index of what the dialect
-- names (an order number), and when its client last had it refreshed.
ALTER TABLE registration ADD COLUMN key bytea;
ALTER TABLE registration ADD COLUMN refreshed bigint;
CREATE INDEX registration_book ON registration (account, dialect, created, id);
CREATE INDEX registration_key ON registration (account, dialect, key) WHERE key IS NOT NULL;

-- Numbers that an upstream was given by us: what it gave for one (sealed; null after an erasure), how
-- often its client edited and refreshed it since the upstream was told, and the track that it moved
-- from, until the upstream is told of that.
CREATE TABLE entrusted (
    track      bigint  NOT NULL,
    connection bigint  NOT NULL REFERENCES connection,
    account    bigint  NOT NULL REFERENCES account,
    given      bytea,
    edits      integer NOT NULL DEFAULT 0,
    refreshes  integer NOT NULL DEFAULT 0,
    moved_from bigint,
    PRIMARY KEY (track, connection)
);
CREATE INDEX entrusted_connection ON entrusted (connection);
CREATE INDEX entrusted_moved ON entrusted (moved_from) WHERE moved_from IS NOT NULL;

-- Orders. One row a thing of an account: its facts as JSON, its personal members sealed apart (null
-- where there are none, or were erased). Ids are given once in an installation; rows stay for ever.
CREATE SEQUENCE record_block START 1 INCREMENT BY 1024;

CREATE TABLE record (
    id         bigint   PRIMARY KEY,
    account    bigint   NOT NULL REFERENCES account,
    kind       smallint NOT NULL,
    code       text     NOT NULL,
    status     smallint NOT NULL,
    created    bigint   NOT NULL,
    updated    bigint   NOT NULL,
    created_by bigint   NOT NULL,
    updated_by bigint   NOT NULL,
    version    bigint   NOT NULL,
    facts      bytea    NOT NULL,
    personal   bytea
) WITH (fillfactor = 80);
CREATE INDEX record_updated ON record (account, kind, updated, id);

-- What records are found by. `twin` is 0 where two may not have the same name, else the record.
-- Names of people are keyed hashes.
CREATE TABLE record_name (
    account bigint   NOT NULL,
    kind    smallint NOT NULL,
    name    smallint NOT NULL,
    text    bytea    NOT NULL,
    scope   bigint   NOT NULL,
    twin    bigint   NOT NULL,
    record  bigint   NOT NULL,
    PRIMARY KEY (account, kind, name, text, scope, twin)
);

-- What lists are filtered by: a page is a range of this key.
CREATE TABLE record_facet (
    account bigint   NOT NULL,
    kind    smallint NOT NULL,
    facet   smallint NOT NULL,
    value   bigint   NOT NULL,
    also    bigint   NOT NULL,
    created bigint   NOT NULL,
    record  bigint   NOT NULL,
    PRIMARY KEY (account, kind, facet, value, also, created, record)
);

-- How many rows of it a value has.
CREATE TABLE record_count (
    account bigint   NOT NULL,
    kind    smallint NOT NULL,
    facet   smallint NOT NULL,
    value   bigint   NOT NULL,
    also    bigint   NOT NULL,
    n       bigint   NOT NULL,
    PRIMARY KEY (account, kind, facet, value, also)
) WITH (fillfactor = 50);

-- Is locked by whoever carries out commands of an account: what they read is not to change under
-- their hands.
CREATE TABLE record_account (
    account bigint NOT NULL PRIMARY KEY
) WITH (fillfactor = 50);

-- Stock: how much there is, and the movements that it is the sum of, numbered for each level.
CREATE TABLE stock_level (
    item      bigint NOT NULL,
    warehouse bigint NOT NULL,
    account   bigint NOT NULL,
    on_hand   bigint NOT NULL CHECK (on_hand >= 0),
    reserved  bigint NOT NULL CHECK (reserved >= 0),
    incoming  bigint NOT NULL CHECK (incoming >= 0),
    damaged   bigint NOT NULL CHECK (damaged >= 0),
    moves     bigint NOT NULL,
    PRIMARY KEY (item, warehouse),
    CHECK (reserved <= on_hand)
) WITH (fillfactor = 50);

CREATE TABLE stock_move (
    item      bigint   NOT NULL,
    warehouse bigint   NOT NULL,
    number    bigint   NOT NULL,
    account   bigint   NOT NULL,
    movement  smallint NOT NULL,
    quantity  bigint   NOT NULL CHECK (quantity > 0),
    cause     bigint   NOT NULL,
    at        bigint   NOT NULL,
    by        bigint   NOT NULL,
    PRIMARY KEY (item, warehouse, number)
);

-- Of which fulfilment or return a tracked number is a parcel; `number` as the record has it.
CREATE TABLE parcel_link (
    track   bigint PRIMARY KEY,
    account bigint NOT NULL,
    number  text   NOT NULL,
    record  bigint NOT NULL
);

-- Fulfilments whose carriers are told of them: by which connection, when somebody is to look, who looks
-- until when, how often the record was written, and what the carrier was told last.
CREATE TABLE booking (
    fulfilment bigint  NOT NULL PRIMARY KEY,
    connection bigint  NOT NULL REFERENCES connection,
    account    bigint  NOT NULL REFERENCES account,
    due        bigint,
    lease      bigint,
    news       bigint  NOT NULL,
    tries      integer NOT NULL,
    failures   integer NOT NULL,
    told       bigint
) WITH (fillfactor = 80);
CREATE INDEX booking_due ON booking (due) WHERE due IS NOT NULL;
CREATE INDEX booking_connection ON booking (connection);
