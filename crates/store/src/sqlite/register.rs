//! Registrations: the wishes of clients for numbers.
//!
//! Contract: a call's wishes are one commit, all or nothing. Rows of new numbers go to the right edge
//! of their tables, since tracks are numbered as they come; what is searched goes to the pages of
//! columns with the sweep, and after a crash a start tells it to them again: of new registrations by
//! the right edge, of amended ones by an index that holds nothing else.

use super::columns::Told;
use super::readers::{one, read_failed, write_failed};
use super::sql;
use super::work::{Work, shard};
use crate::StoreError;
use crate::amend::Holding;
use crate::records::{NewRegistration, Registration};
use crate::registrations::Key;
use crate::seal::Sealer;
use crate::search::kept_references;
use rusqlite::{Connection as File, Row};
use trackway_model::{AccountId, ConnectionId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

const REGISTRATION_DATA: &str = "registration.data";
const REGISTRATION_REFS: &str = "registration.refs";

/// A wish with what is stored of it, sealed before it queues for the writer.
pub struct Wish {
    registration: Registration,
    data: Option<Vec<u8>>,
    references: Vec<String>,
    sealed: Option<Vec<u8>>,
    connections: Vec<ConnectionId>,
    key: Option<Key>,
    clock_at: Option<i64>,
    amend: bool,
}

impl Wish {
    pub fn new(sealer: &Sealer, wish: NewRegistration) -> Result<Self> {
        let NewRegistration {
            account,
            dialect,
            carrier,
            number,
            created,
            data,
            key,
            references,
            connections,
            clock_at,
            amend,
        } = wish;
        let sealed = seal_data(sealer, &data)?;
        let references = kept_references(&references);
        Ok(Self {
            sealed: seal_references(sealer, &references)?,
            registration: Registration {
                id: 0,
                account,
                dialect,
                track: TrackId(0),
                carrier,
                number,
                created,
                data,
            },
            data: sealed,
            references,
            connections,
            key,
            clock_at,
            amend,
        })
    }
}

pub fn seal_data(sealer: &Sealer, data: &serde_json::Value) -> Result<Option<Vec<u8>>> {
    if data.is_null() {
        return Ok(None);
    }
    let data = serde_json::to_vec(data).map_err(StoreError::engine("wrote a registration"))?;
    Ok(Some(sealer.seal_secret(REGISTRATION_DATA, &data)))
}

/// The client's own members, as they were stored.
pub fn open_data(sealer: &Sealer, sealed: Option<&[u8]>) -> Result<serde_json::Value> {
    let Some(sealed) = sealed else {
        return Ok(serde_json::Value::Null);
    };
    let data = sealer.open_secret(REGISTRATION_DATA, sealed)?;
    serde_json::from_slice(&data).map_err(|_| StoreError::Damaged {
        what: "registration",
    })
}

fn seal_references(sealer: &Sealer, references: &[String]) -> Result<Option<Vec<u8>>> {
    if references.is_empty() {
        return Ok(None);
    }
    let list = serde_json::to_vec(references).map_err(StoreError::engine("wrote references"))?;
    Ok(Some(sealer.seal_secret(REGISTRATION_REFS, &list)))
}

pub fn open_references(sealer: &Sealer, sealed: Option<&[u8]>) -> Result<Vec<String>> {
    let Some(sealed) = sealed else {
        return Ok(Vec::new());
    };
    let list = sealer.open_secret(REGISTRATION_REFS, sealed)?;
    serde_json::from_slice(&list).map_err(|_| StoreError::Damaged {
        what: "registration",
    })
}

/// What a registration told, as its row holds it.
fn told(sealer: &Sealer, created: i64, refs: Option<&[u8]>) -> Result<Told> {
    Ok(Told {
        created: Some(created),
        erased: false,
        references: open_references(sealer, refs)?,
    })
}

/// Makes the registrations that are new, adds to those that are known, and plans the polls that are
/// asked for.
pub fn register(work: &mut Work, wishes: Vec<Wish>) -> Result<Vec<(Registration, bool)>> {
    let mut places = Vec::with_capacity(wishes.len());
    for Wish { registration, .. } in &wishes {
        let Registration {
            account,
            carrier,
            number,
            created,
            ..
        } = registration;
        places.push(work.open(*account, carrier, number, *created)?);
    }
    let mut made = Vec::with_capacity(wishes.len());
    let mut news = Vec::with_capacity(wishes.len());
    for (wish, at) in wishes.into_iter().zip(places) {
        let track = work.id_of(at);
        let (registration, new, told) = store(work, track, wish)?;
        news.extend(told.map(|told| (at, told)));
        made.push((registration, new));
    }
    // Last, since it is not undone when a job fails.
    for (at, told) in news {
        work.tell(at, &told);
    }
    Ok(made)
}

/// The registration, whether it is new, and what is told of the track by it.
fn store(work: &Work, track: TrackId, wish: Wish) -> Result<(Registration, bool, Option<Told>)> {
    let file = &work.connection;
    let Wish {
        mut registration,
        data,
        references,
        sealed,
        connections,
        key,
        clock_at,
        amend,
    } = wish;
    registration.track = track;
    let Registration {
        account,
        dialect,
        carrier,
        number,
        created,
        ..
    } = &registration;
    let shard = shard(track);
    for connection in connections {
        let mut poll = file
            .prepare_cached(sql::POLL_CREATE)
            .map_err(write_failed)?;
        let row = (
            track.0,
            connection.0,
            shard,
            account.0,
            carrier,
            number,
            created,
        );
        poll.execute(row).map_err(write_failed)?;
    }
    let mut create = file
        .prepare_cached(sql::REGISTRATION_CREATE)
        .map_err(write_failed)?;
    let row = rusqlite::params![
        track.0,
        shard,
        account.0,
        dialect,
        carrier,
        number,
        created,
        data,
        sealed,
        work.marks.chunk,
        clock_at,
        key,
    ];
    if create.execute(row).map_err(write_failed)? > 0 {
        let told = Told {
            created: Some(*created),
            erased: false,
            references,
        };
        registration.id = file.last_insert_rowid();
        return Ok((registration, true, Some(told)));
    }
    let sealer = &work.core.kernel.sealer;
    let (mut known, refs) =
        read(file, sealer, *account, dialect, track)?.ok_or_else(|| StoreError::Missing {
            what: "registration",
            name: number.clone(),
        })?;
    let told = if amend {
        let given = (&registration.data, references.as_slice());
        add(work, &mut known, refs.as_deref(), given)?
    } else {
        None
    };
    Ok((known, false, told))
}

/// Adds what a wish gives to a registration that is known. Returns the references that it did not
/// have, if anything changed.
fn add(
    work: &Work,
    known: &mut Registration,
    refs: Option<&[u8]>,
    (data, references): (&serde_json::Value, &[String]),
) -> Result<Option<Told>> {
    let sealer = &work.core.kernel.sealer;
    let mut held = Holding {
        data: std::mem::take(&mut known.data),
        references: open_references(sealer, refs)?,
    };
    let brought = held.amend(data, references);
    if !brought.is_nothing() {
        let mut amend = work
            .connection
            .prepare_cached(sql::REGISTRATION_AMEND)
            .map_err(write_failed)?;
        let row = (
            known.id,
            seal_data(sealer, &held.data)?,
            seal_references(sealer, &held.references)?,
            work.marks.chunk,
        );
        amend.execute(row).map_err(write_failed)?;
    }
    known.data = held.data;
    Ok((!brought.references.is_empty()).then_some(Told {
        created: None,
        erased: false,
        references: brought.references,
    }))
}

/// The account's registration of a track in a dialect.
pub fn find(
    file: &File,
    sealer: &Sealer,
    account: AccountId,
    dialect: &str,
    track: TrackId,
) -> Result<Option<Registration>> {
    let found = read(file, sealer, account, dialect, track)?;
    Ok(found.map(|(registration, _)| registration))
}

/// The same with its references as they are stored.
fn read(
    file: &File,
    sealer: &Sealer,
    account: AccountId,
    dialect: &str,
    track: TrackId,
) -> Result<Option<(Registration, Option<Vec<u8>>)>> {
    let columns = |row: &Row<'_>| {
        let registration = Registration {
            id: row.get(0)?,
            account: AccountId(row.get(1)?),
            dialect: row.get(2)?,
            track: TrackId(row.get(3)?),
            carrier: row.get(4)?,
            number: row.get(5)?,
            created: row.get(6)?,
            data: serde_json::Value::Null,
        };
        let sealed = |column| row.get::<_, Option<Vec<u8>>>(column);
        Ok((registration, sealed(7)?, sealed(8)?))
    };
    let found = one(
        file,
        sql::REGISTRATION_OF_TRACK,
        (track.0, account.0, dialect),
        columns,
    )?;
    let Some((mut registration, sealed, refs)) = found else {
        return Ok(None);
    };
    registration.data = open_data(sealer, sealed.as_deref())?;
    Ok(Some((registration, refs)))
}

/// What the pages of the file may lack of registrations: those made or amended since the log's chunk
/// `low`, and all of the tracks whose references were erased since.
pub fn untold(
    file: &File,
    sealer: &Sealer,
    low: i64,
    erased: impl Iterator<Item = TrackId>,
) -> Result<Vec<(TrackId, Told)>> {
    let mut untold = Vec::new();
    let mut newest = file
        .prepare(sql::REGISTRATION_NEWEST)
        .map_err(read_failed)?;
    let mut rows = newest.query([]).map_err(read_failed)?;
    while let Some(row) = rows.next().map_err(read_failed)? {
        if row.get::<_, i64>(0).map_err(read_failed)? < low {
            break;
        }
        let track = TrackId(row.get(1).map_err(read_failed)?);
        untold.push((track, told_by(sealer, row, 2)?));
    }
    let mut amended = file
        .prepare(sql::REGISTRATION_AMENDED)
        .map_err(read_failed)?;
    let mut rows = amended.query([low]).map_err(read_failed)?;
    while let Some(row) = rows.next().map_err(read_failed)? {
        let track = TrackId(row.get(0).map_err(read_failed)?);
        untold.push((track, told_by(sealer, row, 1)?));
    }
    for track in erased {
        let mut all = Told {
            erased: true,
            ..Told::default()
        };
        let mut of = file
            .prepare_cached(sql::REGISTRATION_TOLD)
            .map_err(read_failed)?;
        let mut rows = of.query([track.0]).map_err(read_failed)?;
        while let Some(row) = rows.next().map_err(read_failed)? {
            all.then(&told_by(sealer, row, 0)?);
        }
        untold.push((track, all));
    }
    Ok(untold)
}

/// Reads `created` and `refs`, which stand from this column on.
pub fn told_by(sealer: &Sealer, row: &Row<'_>, column: usize) -> Result<Told> {
    let created = row.get(column).map_err(read_failed)?;
    let refs: Option<Vec<u8>> = row.get(column + 1).map_err(read_failed)?;
    told(sealer, created, refs.as_deref())
}
