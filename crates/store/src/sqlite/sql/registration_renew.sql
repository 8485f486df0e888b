-- An earlier release did not note where the log was: of tracks without a row, pages know nothing yet.
UPDATE registration SET chunk = ?1
WHERE id >= (
    SELECT min(id) FROM registration WHERE NOT EXISTS (SELECT 1 FROM track WHERE track.id = registration.track)
)
