-- Whose a document's body is, so that retention can tell whether it is the latest of a living
-- shipment. Bodies that are older than this column are nobody's and stay.
ALTER TABLE payload ADD COLUMN track bigint NOT NULL DEFAULT 0;
