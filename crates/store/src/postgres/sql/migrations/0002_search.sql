-- Searching: one narrow row a journey, written with its track when what is searched has changed, and
-- the references that registrations gave.

-- Order numbers and the like, sealed; null after an erasure.
ALTER TABLE registration ADD COLUMN refs bytea;

-- `id` is the shipment's: its track's times 1024, and its epoch. `moved` is the day of the last
-- happening, so that most of what is told changes nothing here; the exact time is the track's.
CREATE TABLE shipment (
    account    bigint   NOT NULL,
    id         bigint   NOT NULL,
    created    bigint   NOT NULL,
    moved      integer  NOT NULL,
    stage      smallint NOT NULL,
    milestone  smallint NOT NULL,
    carrier    bytea    NOT NULL,
    number_key bytea    NOT NULL,
    PRIMARY KEY (account, id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
CREATE INDEX shipment_stage ON shipment (account, stage, id);
CREATE INDEX shipment_carrier ON shipment (account, carrier, id);
CREATE INDEX shipment_moved ON shipment (account, moved, id);
-- Rows stand about in the order in which they were created.
CREATE INDEX shipment_created ON shipment USING brin (created) WITH (pages_per_range = 32);

CREATE INDEX number_begin ON number (account, number_key) INCLUDE (track);

-- In the clear, since they are found by how they begin; an erasure deletes them.
CREATE TABLE reference (
    account   bigint NOT NULL,
    key       bytea  NOT NULL,
    track     bigint NOT NULL,
    reference bytea  NOT NULL,
    PRIMARY KEY (account, key, track)
);
CREATE INDEX reference_track ON reference (track);
