//! Opening: what the file holds, and the log's tail that its rows lack.

use super::filter::Filter;
use super::hot::{Hot, Slot};
use super::readers::{Readers, one, read_failed, write_failed};
use super::records::Records;
use super::sweep::{LOW, Sweep};
use super::work::{Marks, Published, Work, stored};
use super::{Core, sql};
use crate::log::{self, Chunk, Entry};
use crate::seal::Sealer;
use crate::write::{Kernel, opened, replay};
use crate::{StoreConfig, StoreError};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::sync::watch;
use trackway_model::{Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// The wrapped installation secret in `meta`.
const INSTALLATION: &str = "installation";

pub struct Opened {
    pub work: Work,
    pub sweep: Sweep,
    pub marks: Marks,
}

pub fn open(connection: Connection, path: PathBuf, config: StoreConfig) -> Result<Opened> {
    let sealer = sealer(&connection, &config)?;
    let records = Records::load(&connection, &sealer)?;
    let mut marks = marks(&connection)?;
    let head = marks.feed - 1;
    let core = Arc::new(Core {
        kernel: Kernel { sealer, rules: config.rules },
        hot: Hot::new(),
        filter: Filter::new(marks.tracks == 0),
        readers: Readers::new(path.clone()),
        records,
        memory: config.memory,
        path,
        tracks: AtomicU64::new(marks.tracks),
        statements: AtomicU64::new(marks.statements),
        head: AtomicU64::new(head),
        bell: watch::Sender::new(head),
        stop: Mutex::default(),
    });
    let low = one(&connection, sql::META_GET, [LOW], |row| row.get(0))?.unwrap_or(1);
    let tail = Tail::read(&core, &connection, low)?;
    if let Some(last) = tail.rows.last_key_value() {
        marks.track = marks.track.max(last.0.0 + 1);
    }
    let mut sweep = Sweep::new(low);
    sweep.note(tail.publish(&core));
    Ok(Opened { work: Work::new(core, connection, marks), sweep, marks })
}

/// Opens the installation's secret, or makes it in an empty file.
fn sealer(connection: &Connection, config: &StoreConfig) -> Result<Sealer> {
    let wrapped: Option<Vec<u8>> = one(connection, sql::META_GET, [INSTALLATION], |row| row.get(0))?;
    let (master, entropy) = (config.master.clone(), config.entropy.clone());
    let (streams, dictionaries) = (config.rules.streams, &config.dictionaries);
    match wrapped {
        Some(wrapped) => Sealer::open(master, entropy, &wrapped, streams, dictionaries),
        None => {
            let (sealer, wrapped) = Sealer::create(master, entropy, streams, dictionaries);
            connection.execute(sql::META_SET, (INSTALLATION, wrapped)).map_err(write_failed)?;
            Ok(sealer)
        }
    }
}

/// Where every numbering goes on.
fn marks(connection: &Connection) -> Result<Marks> {
    let last = |sql: &str| -> Result<i64> {
        let found: Option<i64> = connection.query_row(sql, [], |row| row.get(0)).map_err(read_failed)?;
        Ok(found.unwrap_or(0))
    };
    let log = connection
        .query_row(sql::LOG_LAST, [], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?)))
        .optional()
        .map_err(read_failed)?;
    let (chunk, tracks, statements) = log.unwrap_or((0, 0, 0));
    let feed = connection
        .query_row(sql::FEED_LAST, [], |row| Ok(row.get::<_, u64>(0)? + row.get::<_, u64>(1)?))
        .optional()
        .map_err(read_failed)?;
    Ok(Marks {
        track: last(sql::TRACK_LAST)?.max(last(sql::TRACK_KEY_LAST)?) + 1,
        chunk: chunk + 1,
        payload: last(sql::PAYLOAD_LAST)? + 1,
        feed: feed.unwrap_or(1),
        tracks,
        statements,
    })
}

/// The rows that the tail speaks of, brought up to date.
struct Tail {
    rows: BTreeMap<TrackId, Slot>,
}

impl Tail {
    fn read(core: &Core, connection: &Connection, low: i64) -> Result<Self> {
        let mut rows: BTreeMap<TrackId, (Track, Slot)> = BTreeMap::new();
        let mut statement = connection.prepare(sql::LOG_SCAN).map_err(read_failed)?;
        let mut chunks = statement.query([low]).map_err(read_failed)?;
        while let Some(row) = chunks.next().map_err(read_failed)? {
            let number = row.get(0).map_err(read_failed)?;
            let bytes = row.get_ref(1).map_err(read_failed)?;
            let bytes = bytes.as_blob().map_err(|_| damaged())?;
            for entry in log::entries(Chunk { number, bytes }) {
                let (position, entry) = entry.map_err(|_| damaged())?;
                take(core, connection, &mut rows, position, &entry)?;
            }
        }
        let settled = rows.into_iter().map(|(id, (mut track, slot))| {
            core.kernel.settle(&mut track);
            (id, Slot { track: Arc::new(track), ..slot })
        });
        Ok(Self { rows: settled.collect() })
    }

    /// Puts the rows into memory, where the sweep finds them.
    fn publish(self, core: &Core) -> Published {
        let mut published = Published::default();
        for (id, slot) in self.rows {
            published.dirty.push(id);
            published.arrived.push(id);
            if slot.unindexed {
                published.opened.push(slot.track.clone());
            }
            core.hot.publish(slot);
        }
        published
    }
}

fn take(
    core: &Core,
    connection: &Connection,
    rows: &mut BTreeMap<TrackId, (Track, Slot)>,
    position: i64,
    entry: &Entry<'_>,
) -> Result<()> {
    let id = entry.track();
    if !rows.contains_key(&id) {
        let stored = stored(core, connection, id)?;
        let key = match &stored {
            Some(stored) => stored.key.as_ref().map(|(key, _)| key.clone()),
            None => key_of(core, connection, id)?,
        };
        let track = stored.map(|stored| stored.track).or_else(|| opened(entry)).ok_or_else(damaged)?;
        // The slot's own track is put in at the end.
        let slot = Slot::new(Arc::new(Track::new(id, track.account, track.carrier.clone(), track.number.clone())), key);
        let unindexed = matches!(entry, Entry::TrackOpened { .. });
        rows.insert(id, (track, Slot { dirty: true, unindexed, ..slot }));
    }
    if let Some((track, _)) = rows.get_mut(&id) {
        replay(track, position, entry);
    }
    Ok(())
}

fn key_of(core: &Core, connection: &Connection, id: TrackId) -> Result<Option<crate::seal::TrackKey>> {
    let wrapped: Option<Vec<u8>> = one(connection, sql::TRACK_KEY_READ, [id.0], |row| row.get(0))?;
    wrapped.map(|wrapped| core.kernel.sealer.track_key(&wrapped)).transpose()
}

const fn damaged() -> StoreError {
    StoreError::Damaged { what: "log" }
}
