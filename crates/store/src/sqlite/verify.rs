//! The checker: every track rebuilt from the whole log and compared with its row.

use super::hot::IdMap;
use super::readers::read_failed;
use super::{Core, sql};
use crate::log::{self, Chunk, Entry};
use crate::records::Verification;
use crate::write::{Kernel, opened, replay};
use crate::StoreError;
use rusqlite::Connection;
use trackway_model::{Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// Tracks that are rebuilt at a time; more take further passes over the log.
const AT_A_TIME: u64 = 200_000;
const ROWS: usize = 1_000;

/// `connection` reads a state in which rows and log agree. Memory was written back before.
pub fn verify(core: &Core, connection: &Connection) -> Result<Verification> {
    let tracks: u64 = connection
        .query_row(sql::LOG_LAST, [], |row| row.get(1))
        .or_else(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Ok(0),
            error => Err(error),
        })
        .map_err(read_failed)?;
    let passes = tracks.div_ceil(AT_A_TIME).max(1);
    let mut found = Verification::default();
    for pass in 0..passes {
        let mine = |id: TrackId| id.0.unsigned_abs() % passes == pass;
        let rebuilt = rebuild(connection, &mine, pass == 0, &mut found)?;
        compare(&core.kernel, connection, rebuilt, &mine, &mut found)?;
    }
    Ok(found)
}

fn rebuild(
    connection: &Connection,
    mine: &dyn Fn(TrackId) -> bool,
    count: bool,
    found: &mut Verification,
) -> Result<IdMap<TrackId, Track>> {
    let damaged = || StoreError::Damaged { what: "log" };
    let mut tracks = IdMap::default();
    let mut statement = connection.prepare(sql::LOG_SCAN).map_err(read_failed)?;
    let mut chunks = statement.query([0]).map_err(read_failed)?;
    while let Some(row) = chunks.next().map_err(read_failed)? {
        let number = row.get(0).map_err(read_failed)?;
        let bytes = row.get_ref(1).map_err(read_failed)?;
        let bytes = bytes.as_blob().map_err(|_| damaged())?;
        for entry in log::entries(Chunk { number, bytes }) {
            let (position, entry) = entry.map_err(|_| damaged())?;
            found.log_entries += u64::from(count);
            if mine(entry.track()) {
                take(&mut tracks, position, &entry, found);
            }
        }
    }
    Ok(tracks)
}

fn take(
    tracks: &mut IdMap<TrackId, Track>,
    position: i64,
    entry: &Entry<'_>,
    found: &mut Verification,
) {
    let id = entry.track();
    if let Some(track) = opened(entry)
        && tracks.insert(id, track).is_some()
    {
        found.differing.push((id, "the log opens it twice".to_owned()));
    }
    match tracks.get_mut(&id) {
        Some(track) => replay(track, position, entry),
        None => found.differing.push((id, "the log speaks of it before it opens it".to_owned())),
    }
}

fn compare(
    kernel: &Kernel,
    connection: &Connection,
    mut rebuilt: IdMap<TrackId, Track>,
    mine: &dyn Fn(TrackId) -> bool,
    found: &mut Verification,
) -> Result<()> {
    let mut statement = connection.prepare(sql::TRACK_SCAN).map_err(read_failed)?;
    let mut after = 0;
    loop {
        let rows = statement
            .query_map((after, ROWS), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))
            .map_err(read_failed)?;
        let rows = rows.collect::<rusqlite::Result<Vec<_>>>().map_err(read_failed)?;
        let Some((last, _)) = rows.last() else { break };
        after = *last;
        for (id, body) in rows {
            let id = TrackId(id);
            if mine(id) {
                found.tracks += 1;
                let difference = difference(kernel, rebuilt.remove(&id), &body, found);
                found.differing.extend(difference.map(|text| (id, text)));
            }
        }
    }
    let lost = rebuilt.into_keys().map(|id| (id, "it is in the log and has no row".to_owned()));
    found.differing.extend(lost);
    Ok(())
}

fn difference(
    kernel: &Kernel,
    rebuilt: Option<Track>,
    body: &[u8],
    found: &mut Verification,
) -> Option<String> {
    let Ok(stored) = Track::decode(body) else { return Some("its row is damaged".to_owned()) };
    found.statements += stored.spine.len() as u64;
    let Some(mut rebuilt) = rebuilt else { return Some("its row is not in the log".to_owned()) };
    kernel.settle(&mut rebuilt);
    let parts = [
        ("sources", rebuilt.sources == stored.sources),
        ("documents", rebuilt.documents == stored.documents),
        ("spans", rebuilt.spans == stored.spans),
        ("openings", rebuilt.openings == stored.openings),
        ("spine", rebuilt.spine == stored.spine),
        ("states", rebuilt.states == stored.states),
    ];
    let differing: Vec<_> = parts.iter().filter(|(_, same)| !same).map(|(name, _)| *name).collect();
    if rebuilt == stored {
        return None;
    }
    Some(format!("rebuilt from the log it has other {}", differing.join(", ")))
}
