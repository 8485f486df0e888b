-- Searching: the narrow columns of 1,024 tracks that follow each other in one sealed row, written back
-- with the tracks' rows; and what a registration adds to them.

CREATE TABLE shipment_page (
    page INTEGER NOT NULL PRIMARY KEY,
    body BLOB    NOT NULL
);

-- Order numbers and the like, sealed; null after an erasure.
ALTER TABLE registration ADD COLUMN refs BLOB;
-- The log's next chunk when it was made: those from meta's `low` on may be missing in the pages.
ALTER TABLE registration ADD COLUMN chunk INTEGER NOT NULL DEFAULT 0;
