//! One transaction over tracks: take rows, apply, write everything, commit.
//!
//! A row that this node remembers is taken without asking for it; writing it fails, and with it the
//! transaction, if another node wrote it meanwhile. Any other row is locked and read.
//!
//! Order: numbers are created first (sorted), then rows are locked in id order, then the block of ids
//! for the log is drawn; remembered rows are taken before that and written in id order. So the
//! entries of one track stand in the log in the order in which they were applied, on whichever node.
//! Two nodes that wait for each other in a circle (one holds a locked row, the other a written one)
//! are told apart by the server, and the loser tries again.
//! A crash at any point leaves either nothing or all of it.

use super::cache::{Cache, Remembered};
use super::connect::{Work, fenced, prepared};
use super::shipments::{self, Journeys, shown};
use super::sql;
use super::{FEED_SHARDS, LOG_ROW};
use crate::StoreError;
use crate::log::position;
use crate::seal::{Sealer, TrackKey};
use crate::write::{Batch, Payload};
use std::collections::HashMap;
use std::sync::Arc;
use tokio_postgres::Row;
use trackway_model::bytes::Writer;
use trackway_model::change::Change;
use trackway_model::{Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// A row that this transaction holds.
#[derive(Debug)]
pub struct Held {
    pub track: Arc<Track>,
    pub shard: i16,
    /// Of the row as it was read; 0 for a new one.
    version: i64,
    key: Option<TrackKey>,
    /// A new key's wrapped form, to be stored, and the installation's secret under the same master key.
    wrapped: Option<(Vec<u8>, Arc<str>)>,
    /// What its rows for searches hold.
    shown: Journeys,
    /// When, where this transaction registers its number.
    pub registered: Option<i64>,
}

impl Held {
    /// A track that this transaction creates.
    pub fn fresh(track: Track, shard: i16) -> Self {
        Self {
            track: Arc::new(track),
            shard,
            version: 0,
            key: None,
            wrapped: None,
            shown: Journeys::new(),
            registered: None,
        }
    }

    fn remembered_as(row: Remembered, shard: i16) -> Self {
        Self {
            shown: shown(&row.track),
            track: row.track,
            shard,
            version: row.version,
            key: row.key,
            wrapped: None,
            registered: None,
        }
    }

    /// The row and its sealing key, which is made here where the track has none: a new one, or one
    /// that was erased.
    pub fn open(&mut self, sealer: &Sealer) -> (&mut Track, &TrackKey) {
        let wrapped = &mut self.wrapped;
        let key = self.key.get_or_insert_with(|| {
            let (key, sealed) = sealer.new_track_key();
            *wrapped = Some((sealed, Arc::clone(sealer.wrapped())));
            key
        });
        (Arc::make_mut(&mut self.track), key)
    }

    /// Whether its key was made here and is not stored yet.
    pub const fn has_new_key(&self) -> bool {
        self.wrapped.is_some()
    }

    /// What a reader or the next writer may remember once this is committed. `written`: the row was
    /// stored, as the next version. A key that was made and not stored is forgotten.
    pub fn remembered(self, written: bool) -> Remembered {
        let key = if written || self.wrapped.is_none() {
            self.key
        } else {
            None
        };
        Remembered {
            version: self.version + i64::from(written),
            track: self.track,
            key,
        }
    }
}

/// Rows that are locked, by track, and the first id of the block drawn for the log.
#[derive(Debug)]
pub struct Locked {
    pub rows: HashMap<TrackId, Held>,
    /// Tracks whose rows can't be read; their intakes fail, others' don't.
    pub damaged: Vec<TrackId>,
    /// Those that are parcels of records, with their numbers as the records have them.
    pub linked: HashMap<TrackId, String>,
    pub block: i64,
}

/// The step of the sequence of blocks. A transaction uses ids of one block only: for log rows, for
/// documents' bodies and for the feed's rows.
pub const CHUNK_BLOCK: i64 = 65_536;

/// How rows are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// What is remembered with its key is taken as it is: `write` fails if another node wrote it
    /// meanwhile.
    Memory,
    /// Every row is locked and read.
    Nothing,
}

/// Locks rows in id order and draws a block. `begin`: the transaction is opened in the same round
/// trip. The block is drawn after the locks, and after memory was asked: either way its ids are
/// above those of the transaction that wrote the row.
pub async fn lock(
    work: &Work,
    cache: &Cache,
    sealer: &Sealer,
    tracks: &[(TrackId, i16)],
    begin: bool,
    trust: Trust,
) -> Result<Locked> {
    let mut locked = Locked {
        rows: HashMap::with_capacity(tracks.len()),
        damaged: Vec::new(),
        linked: HashMap::new(),
        block: 0,
    };
    let mut known = HashMap::new();
    let mut wanted: Vec<(TrackId, i16)> = Vec::new();
    for (id, shard) in tracks.iter().copied() {
        match cache.take(id) {
            Some(row) if trust == Trust::Memory && row.key.is_some() => {
                locked.rows.insert(id, Held::remembered_as(row, shard));
                continue;
            }
            Some(row) => {
                known.insert(id, row);
            }
            None => {}
        }
        wanted.push((id, shard));
    }
    let ids: Vec<i64> = wanted.iter().map(|(id, _)| id.0).collect();
    let version = |id: &TrackId| known.get(id).map_or(0, |known| known.version);
    let versions: Vec<i64> = wanted.iter().map(|(id, _)| version(id)).collect();
    let client = work.client();
    let all: Vec<i64> = tracks.iter().map(|(id, _)| id.0).collect();
    let (lock, keys, links, block) = futures::try_join!(
        prepared(client, &sql::TRACK_LOCK),
        prepared(client, &sql::TRACK_LOCK_KEYS),
        prepared(client, &sql::PARCEL_LINK_READ),
        prepared(client, &sql::CHUNK_BLOCK),
    )?;
    // Links are read behind the locks: whoever ties a parcel to a record locks its row, or writes it
    // as the next version where this one remembers it.
    let (_, rows, keys, links, block) = futures::try_join!(
        some(begin, client.batch_execute("BEGIN")),
        some(!ids.is_empty(), async {
            client.query(&lock, &[&ids, &versions]).await
        }),
        some(!ids.is_empty(), async {
            client.query(&keys, &[&ids]).await
        }),
        some(!all.is_empty(), async {
            client.query(&links, &[&all]).await
        }),
        client.query_one(&block, &[]),
    )
    .map_err(StoreError::engine(sql::TRACK_LOCK.doing))?;
    locked.block = block.get(0);
    let links = links.unwrap_or_default();
    let link = |row: &Row| (TrackId(row.get(0)), row.get(1));
    locked.linked = links.iter().map(link).collect();
    let shards: HashMap<TrackId, i16> = wanted.into_iter().collect();
    for row in rows.unwrap_or_default() {
        let id = TrackId(row.get(0));
        let shard = shards.get(&id).copied().unwrap_or_default();
        match held(&row, known.remove(&id), shard) {
            Ok(held) => {
                locked.rows.insert(id, held);
            }
            Err(_) => locked.damaged.push(id),
        }
    }
    for row in keys.unwrap_or_default() {
        let held = locked.rows.get_mut(&TrackId(row.get(0)));
        if let Some(held) = held.filter(|held| held.key.is_none()) {
            held.key = Some(sealer.track_key(row.get(1))?);
        }
    }
    Ok(locked)
}

/// The remembered track where its version stands, else the row's. A remembered key goes with its
/// version: an erasure makes another one.
fn held(row: &Row, known: Option<Remembered>, shard: i16) -> Result<Held> {
    let version: i64 = row.get(1);
    let (track, key) = match (row.get::<_, Option<&[u8]>>(2), known) {
        (None, Some(known)) => (known.track, known.key),
        (Some(body), _) => (Arc::new(Track::decode(body)?), None),
        (None, None) => return Err(StoreError::Damaged { what: "track" }),
    };
    Ok(Held {
        shown: shown(&track),
        track,
        shard,
        version,
        key,
        wrapped: None,
        registered: None,
    })
}

/// An empty batch whose ids come from a block.
pub fn batch(block: i64) -> Batch {
    Batch::new(block, block, LOG_ROW)
}

/// What ends a call of `write`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Commit,
    /// The caller has more to say in the same transaction.
    GoOn,
}

/// Columns of the tracks to be written.
#[derive(Default)]
struct Rows {
    ids: Vec<i64>,
    shards: Vec<i16>,
    versions: Vec<i64>,
    statements: Vec<i32>,
    bodies: Vec<Vec<u8>>,
}

impl Rows {
    fn push(&mut self, held: &Held) {
        self.ids.push(held.track.id.0);
        self.shards.push(held.shard);
        self.versions.push(held.version + 1);
        self.statements.push(held.track.spine.len() as i32);
        self.bodies.push(held.track.encode());
    }
}

/// Writes a batch and the rows that it changed, in one round trip, the commit included.
pub async fn write(
    work: &Work,
    block: i64,
    batch: &mut Batch,
    rows: &[&Held],
    then: Then,
) -> Result<()> {
    let (mut new, mut old) = (Rows::default(), Rows::default());
    // In id order, as rows are locked.
    let mut rows = rows.to_vec();
    rows.sort_unstable_by_key(|held| held.track.id);
    let mut searched = shipments::Rows::default();
    for held in &rows {
        searched.push(&held.track, &held.shown, held.registered);
        if held.version == 0 {
            new.push(held);
        } else {
            old.push(held);
        }
    }
    let sealed = rows.iter().filter(|held| held.wrapped.is_some());
    let (key_ids, key_shards): (Vec<i64>, Vec<i16>) = sealed
        .clone()
        .map(|held| (held.track.id.0, held.shard))
        .unzip();
    let new_keys = sealed.filter_map(|held| held.wrapped.as_ref());
    let under = new_keys.clone().map(|(_, under)| under.as_ref()).next();
    let keys: Vec<&[u8]> = new_keys.map(|(key, _)| key.as_slice()).collect();
    let shards: HashMap<TrackId, i16> = rows
        .iter()
        .map(|held| (held.track.id, held.shard))
        .collect();
    if batch.chunks.next().max(batch.next_payload()) >= block + CHUNK_BLOCK {
        // The next transaction's ids begin there. Callers bound their work far below it.
        return Err(StoreError::engine("committed")(
            "a transaction is too large",
        ));
    }
    let changes = feed_rows(batch, block, &shards);
    let payloads = Bodies::of(&batch.payloads, &shards);
    let log: (Vec<i64>, Vec<i16>, Vec<&[u8]>) = unzip3(
        batch
            .chunks
            .finish()
            .map(|chunk| (chunk.number, LOG_SHARD, chunk.bytes)),
    );
    let client = work.client();
    let (log_append, payload_append, create, update, seal, feed) = futures::try_join!(
        prepared(client, &sql::LOG_APPEND),
        prepared(client, &sql::PAYLOAD_APPEND),
        prepared(client, &sql::TRACK_CREATE),
        prepared(client, &sql::TRACK_UPDATE),
        prepared(client, &sql::TRACK_KEY_CREATE),
        prepared(client, &sql::FEED_APPEND),
    )?;
    let searching = Box::pin(shipments::Prepared::of(client)).await?;
    // Polled in this order when first polled, so sent in this order. Each is a block of its own, so
    // that its parameters live as long as it does.
    futures::try_join!(
        some(!log.0.is_empty(), async {
            client.execute(&log_append, &[&log.0, &log.1, &log.2]).await
        }),
        some(!payloads.ids.is_empty(), async {
            let Bodies {
                ids,
                shards,
                tracks,
                sealed,
            } = &payloads;
            client
                .execute(&payload_append, &[ids, shards, tracks, sealed])
                .await
        }),
        some(!new.ids.is_empty(), async {
            let Rows {
                ids,
                shards,
                versions,
                statements,
                bodies,
            } = &new;
            client
                .execute(&create, &[ids, shards, versions, statements, bodies])
                .await
        }),
        some(!old.ids.is_empty(), async {
            let Rows {
                ids,
                versions,
                statements,
                bodies,
                ..
            } = &old;
            client
                .execute(&update, &[ids, versions, statements, bodies])
                .await
        }),
        some(
            !keys.is_empty(),
            Box::pin(async {
                client
                    .execute(
                        &seal,
                        &[&key_ids, &key_shards, &position(block, 0), &keys, &under],
                    )
                    .await
            })
        ),
        some(!changes.0.is_empty(), async {
            client
                .execute(&feed, &[&changes.0, &changes.1, &changes.2, &changes.3])
                .await
        }),
        Box::pin(shipments::write(client, &searching, &searched)),
        some(then == Then::Commit, client.batch_execute("COMMIT")),
    )
    .map_err(StoreError::engine("committed"))
    .map_err(fenced)?;
    Ok(())
}

/// Columns of the documents' bodies to be stored.
#[derive(Default)]
struct Bodies<'a> {
    ids: Vec<i64>,
    shards: Vec<i16>,
    tracks: Vec<i64>,
    sealed: Vec<&'a [u8]>,
}

impl<'a> Bodies<'a> {
    fn of(payloads: &'a [Payload], shards: &HashMap<TrackId, i16>) -> Self {
        let mut bodies = Self::default();
        for payload in payloads {
            bodies.ids.push(payload.id);
            let shard = shards.get(&payload.track).copied();
            bodies.shards.push(shard.unwrap_or_default());
            bodies.tracks.push(payload.track.0);
            bodies.sealed.push(&payload.sealed);
        }
        bodies
    }
}

/// Runs a call if there is anything to it.
pub async fn some<T>(
    any: bool,
    call: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
) -> std::result::Result<Option<T>, tokio_postgres::Error> {
    if any { call.await.map(Some) } else { Ok(None) }
}

/// Chunks hold entries of many tracks, so the log is divided as the feed is.
const LOG_SHARD: i16 = 0;

/// The feed's shard of a track's shard.
fn feed_shard(shard: i16) -> i16 {
    shard.rem_euclid(FEED_SHARDS as i16)
}

/// A record's shard is its own: what happens to it stands in one, in order.
fn shard_of(change: &Change, tracks: &HashMap<TrackId, i16>) -> i16 {
    match change {
        Change::Shipment(change) => {
            let known = tracks.get(&change.shipment.track());
            known.copied().unwrap_or_default()
        }
        Change::Record(change) => (change.record.0 & i64::from(i16::MAX)) as i16,
    }
}

/// One row for each shard of the feed that has changes: ids, shards, counts, bodies.
fn feed_rows(
    batch: &Batch,
    block: i64,
    shards: &HashMap<TrackId, i16>,
) -> (Vec<i64>, Vec<i16>, Vec<i32>, Vec<Vec<u8>>) {
    let mut rows = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for shard in 0..FEED_SHARDS as i16 {
        let (mut count, mut body) = (0, Writer::default());
        for change in &batch.changes {
            if feed_shard(shard_of(change, shards)) == shard {
                change.encode(&mut body);
                count += 1;
            }
        }
        if count > 0 {
            rows.0.push(block + i64::from(shard));
            rows.1.push(shard);
            rows.2.push(count);
            rows.3.push(body.0);
        }
    }
    rows
}

fn unzip3<A, B, C>(items: impl Iterator<Item = (A, B, C)>) -> (Vec<A>, Vec<B>, Vec<C>) {
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for (a, b, c) in items {
        columns.0.push(a);
        columns.1.push(b);
        columns.2.push(c);
    }
    columns
}
