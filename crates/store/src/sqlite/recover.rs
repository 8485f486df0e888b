//! Opening: what the file holds, and the log's tail that its rows lack.

use super::filter::Filter;
use super::half::Published;
use super::hot::{Hot, Slot};
use super::orders::Desk;
use super::readers::{Readers, one, read_failed, write_failed};
use super::recent::Recent;
use super::records::Records;
use super::shelf::{self, Shelf};
use super::stored::{Stored, stored};
use super::sweep::{LOW, Sweep};
use super::work::{Marks, Work};
use super::{Core, register, sql};
use crate::log::{self, Chunk, Entry};
use crate::orders::CatalogueCache;
use crate::seal::{Sealer, TrackKey};
use crate::write::{Kernel, opened, replay};
use crate::{StoreConfig, StoreError};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry::{Occupied, Vacant};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::sync::watch;
use trackway_model::{Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// The wrapped installation secret in `meta`.
pub const INSTALLATION: &str = "installation";

pub struct Opened {
    pub work: Work,
    pub sweep: Sweep,
    pub marks: Marks,
}

pub fn open(connection: Connection, path: PathBuf, config: &StoreConfig) -> Result<Opened> {
    let sealer = sealer(&connection, config)?;
    let records = Records::load(&connection, &sealer)?;
    let mut marks = marks(&connection)?;
    let head = marks.feed - 1;
    let core = Arc::new(Core {
        kernel: Kernel {
            sealer,
            rules: config.rules,
        },
        hot: Hot::new(),
        shelf: Shelf::new(config.memory / 4),
        recent: Recent::default(),
        filter: Filter::new(marks.tracks == 0),
        readers: Readers::new(path.clone()),
        catalogue: CatalogueCache::default(),
        records,
        memory: config.memory,
        path,
        tracks: AtomicU64::new(marks.tracks),
        statements: AtomicU64::new(marks.statements),
        head: AtomicU64::new(head),
        commits: AtomicU64::new(0),
        bell: watch::Sender::new(head),
        stop: Mutex::default(),
    });
    core.shelf.reach(TrackId(marks.track - 1));
    let low = one(&connection, sql::META_GET, [LOW], |row| row.get(0))?.unwrap_or(1);
    shelf::build(&connection, &core.kernel.sealer, low)?;
    let tail = Tail::read(&core, &connection, low)?;
    if let Some(last) = tail.rows.last_key_value() {
        marks.track = marks.track.max(last.0.0 + 1);
    }
    let mut sweep = Sweep::new(low);
    let sealer = &core.kernel.sealer;
    let erased = tail.erased.iter().copied();
    let untold = register::untold(&connection, sealer, low, erased)?;
    let mut published = tail.publish(&core);
    for (id, told) in untold {
        core.shelf.tell(id, &told);
        published.dirty.push(id);
    }
    sweep.note(published);
    let desk = Desk::open(&connection)?;
    Ok(Opened {
        work: Work::new(core, connection, desk, marks),
        sweep,
        marks,
    })
}

/// Opens the installation's secret, or makes it in an empty file.
fn sealer(connection: &Connection, config: &StoreConfig) -> Result<Sealer> {
    let wrapped: Option<Vec<u8>> =
        one(connection, sql::META_GET, [INSTALLATION], |row| row.get(0))?;
    let (master, entropy) = (config.master.clone(), config.entropy.clone());
    let (streams, dictionaries) = (config.rules.streams, &config.dictionaries);
    if let Some(wrapped) = wrapped {
        return Sealer::open(master, entropy, &wrapped, streams, dictionaries);
    }
    let (sealer, wrapped) = Sealer::create(master, entropy, streams, dictionaries);
    connection
        .execute(sql::META_SET, (INSTALLATION, wrapped))
        .map_err(write_failed)?;
    Ok(sealer)
}

/// Where every numbering goes on.
fn marks(connection: &Connection) -> Result<Marks> {
    let last = |sql: &str| -> Result<i64> {
        let found: Option<i64> = connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(read_failed)?;
        Ok(found.unwrap_or(0))
    };
    let log = connection
        .query_row(sql::LOG_LAST, [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()
        .map_err(read_failed)?;
    let (chunk, tracks, statements) = log.unwrap_or((0, 0, 0));
    let feed = connection
        .query_row(sql::FEED_LAST, [], |row| {
            Ok(row.get::<_, u64>(0)? + row.get::<_, u64>(1)?)
        })
        .optional()
        .map_err(read_failed)?;
    Ok(Marks {
        track: last(sql::TRACK_LAST)?.max(last(sql::TRACK_KEY_LAST)?) + 1,
        chunk: chunk + 1,
        payload: last(sql::PAYLOAD_LAST)? + 1,
        feed: feed.unwrap_or(1),
        record: last(sql::RECORD_LAST)? + 1,
        tracks,
        statements,
    })
}

/// A row that the tail speaks of.
struct Row {
    track: Track,
    key: Option<TrackKey>,
    /// What the chunks before this one say is in it already.
    upto: i64,
    /// The tail opens it, so the index of numbers may lack it.
    opened: bool,
}

/// The rows that the tail speaks of, brought up to date.
struct Tail {
    rows: BTreeMap<TrackId, Row>,
    erased: Vec<TrackId>,
}

impl Tail {
    fn read(core: &Core, connection: &Connection, low: i64) -> Result<Self> {
        let mut tail = Self {
            rows: BTreeMap::new(),
            erased: Vec::new(),
        };
        let mut statement = connection.prepare(sql::LOG_SCAN).map_err(read_failed)?;
        let mut chunks = statement.query([low]).map_err(read_failed)?;
        while let Some(row) = chunks.next().map_err(read_failed)? {
            let number: i64 = row.get(0).map_err(read_failed)?;
            let bytes = row.get_ref(1).map_err(read_failed)?;
            let bytes = bytes.as_blob().map_err(|_| damaged())?;
            for entry in log::entries(Chunk { number, bytes }) {
                let (position, entry) = entry.map_err(|_| damaged())?;
                if let Entry::Erased { track } = entry {
                    tail.erased.push(track);
                }
                let row = tail.row(core, connection, &entry)?;
                if number >= row.upto {
                    replay(&mut row.track, position, &entry);
                }
            }
        }
        Ok(tail)
    }

    /// The row that an entry speaks of, as far as it is known.
    fn row(&mut self, core: &Core, connection: &Connection, entry: &Entry<'_>) -> Result<&mut Row> {
        Ok(match self.rows.entry(entry.track()) {
            Occupied(row) => row.into_mut(),
            Vacant(vacant) => vacant.insert(Row::find(core, connection, entry)?),
        })
    }

    /// Puts the rows into memory, where the sweep finds them.
    fn publish(self, core: &Core) -> Published {
        let mut published = Published::default();
        for (
            id,
            Row {
                mut track,
                key,
                opened,
                ..
            },
        ) in self.rows
        {
            core.kernel.settle(&mut track);
            let track = Arc::new(track);
            published.dirty.push(id);
            published.arrived.push(id);
            if opened {
                published.opened.push(track.clone());
            }
            core.hot.publish(Slot {
                dirty: true,
                unindexed: opened,
                ..Slot::new(track, key)
            });
            core.shelf.touch(id);
        }
        published
    }
}

impl Row {
    /// Of the file; where that has none, the entry must open it.
    fn find(core: &Core, connection: &Connection, entry: &Entry<'_>) -> Result<Self> {
        let opens = matches!(entry, Entry::TrackOpened { .. });
        if let Some(Stored { track, key, upto }) = stored(core, connection, entry.track())? {
            return Ok(Self {
                track,
                key: key.map(|(key, _)| key),
                upto,
                opened: opens,
            });
        }
        let track = opened(entry).ok_or_else(damaged)?;
        let wrapped: Option<Vec<u8>> = one(connection, sql::TRACK_KEY_READ, [track.id.0], |row| {
            row.get(0)
        })?;
        let key = wrapped
            .map(|wrapped| core.kernel.sealer.track_key(&wrapped))
            .transpose()?;
        Ok(Self {
            track,
            key,
            upto: 0,
            opened: opens,
        })
    }
}

const fn damaged() -> StoreError {
    StoreError::Damaged { what: "log" }
}
