SELECT track.body, registration.created, registration.refs
FROM track LEFT JOIN registration ON registration.track = track.id
ORDER BY track.id
