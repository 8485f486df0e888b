-- The spine of the store: what was told (log, payload), what follows from it (track), what changed
-- (feed), and the records that stand on their own.
--
-- Bodies are sealed or compressed before they come here, so no column of bytes is compressed again.
-- Ids of log chunks, payloads, feed rows and tracks come from sequences that hand out blocks: the
-- sequences' steps are the blocks' sizes, and the program knows them under the same names.

CREATE TABLE meta (
    name  text PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE account (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name    text   NOT NULL UNIQUE,
    created bigint NOT NULL
);

CREATE SEQUENCE track_block START 1 INCREMENT BY 4096;
CREATE SEQUENCE chunk_block START 1 INCREMENT BY 65536;

-- A track's row is rewritten whenever something is said: half of each page is left free, so that the
-- new version stays on the page and no index is touched (HOT). `version` tells a node whether the row
-- that it remembers is still the one that stands.
CREATE TABLE track (
    id         bigint   NOT NULL PRIMARY KEY,
    shard      smallint NOT NULL,
    version    bigint   NOT NULL,
    statements integer  NOT NULL,
    body       bytea    NOT NULL
) WITH (fillfactor = 50, toast_tuple_target = 4080, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE track ALTER COLUMN body SET STORAGE EXTERNAL;

-- Under which numbers tracks are found. Bytes, because senders write what text columns refuse.
CREATE TABLE number (
    number_key bytea  NOT NULL,
    carrier    bytea  NOT NULL,
    account    bigint NOT NULL,
    track      bigint NOT NULL,
    PRIMARY KEY (number_key, carrier, account)
);

-- Sealing keys, wrapped by the master key. A key is apart from its track, so that erasing destroys
-- one narrow row. What the log sealed before position `since` was sealed with a key that is gone.
CREATE TABLE track_key (
    track   bigint   NOT NULL PRIMARY KEY,
    shard   smallint NOT NULL,
    since   bigint   NOT NULL,
    wrapped bytea    NOT NULL
);
ALTER TABLE track_key ALTER COLUMN wrapped SET STORAGE PLAIN;

-- The record. Ids grow in the order in which the transactions locked the tracks they speak of, so
-- that the entries of one track stand in the order in which they were applied.
CREATE TABLE log (
    id    bigint   NOT NULL PRIMARY KEY,
    shard smallint NOT NULL,
    body  bytea    NOT NULL
) WITH (toast_tuple_target = 4080);
ALTER TABLE log ALTER COLUMN body SET STORAGE EXTERNAL;

-- Documents' bodies.
CREATE TABLE payload (
    id    bigint   NOT NULL PRIMARY KEY,
    shard smallint NOT NULL,
    body  bytea    NOT NULL
) WITH (toast_tuple_target = 4080);
ALTER TABLE payload ALTER COLUMN body SET STORAGE EXTERNAL;

-- One row a transaction with all its changes; numbered after the commit by whoever holds the lease.
CREATE TABLE feed (
    id           bigint   NOT NULL PRIMARY KEY,
    shard        smallint NOT NULL,
    changes      integer  NOT NULL,
    first_number bigint,
    body         bytea    NOT NULL
);
ALTER TABLE feed ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX feed_number ON feed (shard, first_number) WHERE first_number IS NOT NULL;
CREATE INDEX feed_unnumbered ON feed (shard, id) WHERE first_number IS NULL;

-- Who numbers a shard of the feed, and the number that comes next. `epoch` fences: it grows with
-- every change of hands.
CREATE TABLE feed_lease (
    shard       smallint    NOT NULL PRIMARY KEY,
    next_number bigint      NOT NULL,
    holder      bigint      NOT NULL,
    epoch       bigint      NOT NULL,
    expires     timestamptz NOT NULL
) WITH (fillfactor = 50);
INSERT INTO feed_lease VALUES (0, 1, 0, 0, '-infinity');

CREATE TABLE api_key (
    id         bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account    bigint  NOT NULL REFERENCES account,
    dialect    text    NOT NULL,
    name       text    NOT NULL,
    created    bigint  NOT NULL,
    expires    bigint,
    disabled   boolean NOT NULL,
    client_id  bigint,
    user_name  text,
    scopes     text[]  NOT NULL,
    key_hash   bytea   NOT NULL,
    -- Sealed, each only where its dialect needs it back.
    key        bytea,
    secret     bytea,
    password   bytea,
    -- When it last proved somebody, coarsely.
    used       bigint
);
CREATE UNIQUE INDEX api_key_hash ON api_key (dialect, key_hash);
CREATE UNIQUE INDEX api_key_user ON api_key (dialect, user_name) WHERE user_name IS NOT NULL;
CREATE UNIQUE INDEX api_key_client ON api_key (dialect, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX api_key_account ON api_key (account);

CREATE TABLE connection (
    id         bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account    bigint  NOT NULL REFERENCES account,
    dialect    text    NOT NULL,
    name       text    NOT NULL,
    base_url   text    NOT NULL,
    operator   boolean NOT NULL,
    zone       text,
    paused     boolean NOT NULL,
    created    bigint  NOT NULL,
    -- Blind index of the token; token and settings themselves are sealed.
    token_hash bytea   NOT NULL,
    token      bytea   NOT NULL,
    settings   bytea   NOT NULL
);
CREATE UNIQUE INDEX connection_token ON connection (dialect, token_hash);

-- Blind index of connections' settings: found by what a webhook proves, without opening any.
CREATE TABLE connection_setting (
    dialect    text   NOT NULL,
    name       text   NOT NULL,
    value_hash bytea  NOT NULL,
    connection bigint NOT NULL REFERENCES connection,
    PRIMARY KEY (dialect, name, value_hash, connection)
);

CREATE TABLE endpoint (
    id       bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account  bigint  NOT NULL REFERENCES account,
    dialect  text    NOT NULL,
    url      text    NOT NULL,
    operator boolean NOT NULL,
    disabled boolean NOT NULL,
    created  bigint  NOT NULL,
    -- Sealed.
    settings bytea   NOT NULL,
    secret   bytea   NOT NULL
);

-- Apart from its endpoint, because it moves with every message.
CREATE TABLE endpoint_cursor (
    endpoint bigint   NOT NULL REFERENCES endpoint,
    shard    smallint NOT NULL,
    number   bigint   NOT NULL,
    PRIMARY KEY (endpoint, shard)
) WITH (fillfactor = 50);

CREATE TABLE registration (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account bigint NOT NULL REFERENCES account,
    dialect text   NOT NULL,
    track   bigint NOT NULL,
    carrier text   NOT NULL,
    number  text   NOT NULL,
    created bigint NOT NULL,
    -- The client's own members, sealed, since they may be personal; null after an erasure.
    data    bytea
);
CREATE UNIQUE INDEX registration_track ON registration (track, account, dialect);

CREATE TABLE poll (
    track      bigint  NOT NULL,
    connection bigint  NOT NULL,
    account    bigint  NOT NULL,
    carrier    text    NOT NULL,
    number     text    NOT NULL,
    due        bigint,
    failures   integer NOT NULL,
    PRIMARY KEY (track, connection)
) WITH (fillfactor = 80);
CREATE INDEX poll_due ON poll (due) WHERE due IS NOT NULL;

CREATE TABLE delivery (
    endpoint bigint   NOT NULL REFERENCES endpoint,
    shard    smallint NOT NULL,
    number   bigint   NOT NULL,
    shipment bigint   NOT NULL,
    due      bigint,
    attempts integer  NOT NULL,
    done     integer  NOT NULL,
    PRIMARY KEY (endpoint, shard, number)
) WITH (fillfactor = 80);
CREATE INDEX delivery_due ON delivery (due) WHERE due IS NOT NULL;

-- Attempts, many to a row, sealed. Those at a delivery that failed once stand in rows of their own,
-- under its key.
CREATE TABLE attempt (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account  bigint NOT NULL,
    earliest bigint NOT NULL,
    latest   bigint NOT NULL,
    endpoint bigint,
    shard    smallint,
    number   bigint,
    body     bytea  NOT NULL
);
ALTER TABLE attempt ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX attempt_time ON attempt (account, latest, id);
CREATE INDEX attempt_delivery ON attempt (endpoint, shard, number) WHERE endpoint IS NOT NULL;

CREATE TABLE meter (
    meter  text   NOT NULL,
    period bigint NOT NULL,
    used   bigint NOT NULL,
    PRIMARY KEY (meter, period)
) WITH (fillfactor = 50);

CREATE TABLE idempotency (
    account     bigint   NOT NULL,
    key         text     NOT NULL,
    fingerprint bytea    NOT NULL,
    status      smallint NOT NULL,
    body        bytea    NOT NULL,
    created     bigint   NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE INDEX idempotency_age ON idempotency (created);
