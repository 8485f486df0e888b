//! Commands carried out by the writer.

use super::super::bookings;
use super::super::readers::{all, execute, one};
use super::super::register::{self, Wish};
use super::super::sql;
use super::super::work::Work;
use super::{Result, level, row, stored};
use crate::StoreError;
use crate::orders::{
    Answer, BOOK, CountKey, Diff, FacetKey, Found, GENERATIONS, Ids, Known, Ledgered, NameKey,
    PARTS, Range, Sitting, Task, Tie, Whose, Writes, erased, said, seal_personal, text_key,
    wish_of,
};
use crate::write::Prepared;
use rusqlite::{Connection as File, params};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use trackway_model::AccountId;
use trackway_model::TrackId;
use trackway_model::intake::{Intake, Verified};
use trackway_model::orders::{Facet, Kind, Level, NameKind, Record, RecordId, StockKey, Want};

/// Children that a decision is shown; a record with more is refused.
const MOST_CHILDREN: usize = 10_000;

/// Accounts whose catalogue is remembered.
const MOST_ACCOUNTS: usize = 1_024;

/// What the writer remembers of orders from one commit to the next.
#[derive(Default)]
pub struct Desk {
    known: BTreeMap<AccountId, Known>,
    /// Accounts that may have parcels of records.
    linked: HashSet<AccountId>,
}

impl Desk {
    pub fn open(file: &File) -> Result<Self> {
        let linked = all(file, sql::PARCEL_LINK_ACCOUNTS, [], |row| {
            row.get(0).map(AccountId)
        })?;
        Ok(Self {
            known: BTreeMap::new(),
            linked: linked.into_iter().collect(),
        })
    }

    pub fn is_linked(&self, account: AccountId) -> bool {
        self.linked.contains(&account)
    }

    /// What was read of a commit that is undone stands no more.
    pub fn forget(&mut self) {
        self.known.clear();
    }
}

/// Decides about commands and writes what they come to.
pub fn carry_out(work: &mut Work, tasks: &[Arc<Task>]) -> Result<Vec<Answer>> {
    let mut tied = false;
    let done = carried(work, tasks, &mut tied);
    let done = done.and_then(|answers| {
        let said = said(tasks, &answers);
        if !said.is_empty() {
            tied = true;
            take_in(work, said)?;
        }
        Ok(answers)
    });
    if done.is_err() && tied {
        // What was told of tracks is not undone with a job.
        work.tear();
    }
    done
}

/// Takes in what records say of themselves.
fn take_in(work: &mut Work, said: Vec<Intake>) -> Result<()> {
    let hints = vec![None; said.len()];
    // Attested: made here, of records that this commit writes.
    let prepared = Prepared::new(&work.core.kernel.sealer, Verified::attest(said));
    work.ingest(&Arc::new(prepared), &hints)?;
    Ok(())
}

fn carried(work: &mut Work, tasks: &[Arc<Task>], tied: &mut bool) -> Result<Vec<Answer>> {
    // Put back once all went well: what failed may have left anything there.
    let mut known = std::mem::take(&mut work.desk.known);
    let mut ids = Ids(work.marks.record..i64::MAX);
    let mut sitting = Sitting::new(&mut known, tasks);
    loop {
        decide(work, &mut sitting, &mut ids)?;
        let ties = std::mem::take(&mut sitting.writes.ties);
        if ties.is_empty() {
            break;
        }
        *tied = true;
        let told = tie(work, ties.into_values())?;
        sitting.call(told.into_iter().map(Arc::new));
    }
    let (mut answers, writes) = sitting.rise()?;
    // Those that followed have nobody to be told.
    answers.truncate(tasks.len());
    write(work, &writes)?;
    // Last, since it is not undone when a job fails.
    work.tell_of_records(writes.changes);
    work.marks.record = ids.0.start;
    known.values_mut().for_each(Known::settle);
    if known.len() > MOST_ACCOUNTS {
        known.clear();
    }
    work.desk.known = known;
    Ok(answers)
}

fn decide(work: &Work, sitting: &mut Sitting<'_>, ids: &mut Ids) -> Result<()> {
    loop {
        let wanted = sitting.advance(ids)?;
        if wanted.is_empty() {
            return Ok(());
        }
        for (account, want) in wanted.of {
            let found = find(work, account, &want)?;
            sitting.known(account).give(want, found);
        }
    }
}

fn find(work: &Work, account: AccountId, want: &Want) -> Result<Found> {
    let file = &work.connection;
    let sealer = &work.core.kernel.sealer;
    let of_kind = |id: RecordId, kind: Option<Kind>| -> Result<Found> {
        let found = stored(file, account, id)?;
        let found = found.filter(|row| kind.is_none_or(|kind| row.kind == kind.number()));
        let record = found.map(|row| row.open(sealer)).transpose()?;
        Ok(Found::Record(record.map(Arc::new)))
    };
    match want {
        Want::Record(kind, id) => of_kind(*id, Some(*kind)),
        Want::Named(kind, name) => {
            let text = text_key(sealer, account, name.kind, &name.text);
            let (kind, named) = (kind.number(), name.kind.number());
            let key = (account.0, kind, named, text, name.scope.0);
            let found = one(file, sql::RECORD_NAMED, key, row)?;
            let record = found.map(|row| row.open(sealer)).transpose()?;
            Ok(Found::Record(record.map(Arc::new)))
        }
        Want::Children(kind, parent) => {
            let facet = Facet::Parent.number();
            let most = MOST_CHILDREN + 1;
            let key = (account.0, kind.number(), facet, parent.0, most);
            let rows = all(file, sql::RECORD_CHILDREN, key, row)?;
            if rows.len() > MOST_CHILDREN {
                return Err(too_many(*parent));
            }
            let open = |row: crate::orders::Row| row.open(sealer).map(Arc::new);
            Ok(Found::Children(
                rows.into_iter().map(open).collect::<Result<_>>()?,
            ))
        }
        Want::Stock(key) => {
            let (level, number) = stands(file, account, *key)?;
            Ok(Found::Level(level, number))
        }
        Want::Parcel(carrier, number) => {
            let track = work.number_of(account, carrier, number)?;
            let link = track
                .map(|track| link_of(file, account, track))
                .transpose()?;
            match link.flatten() {
                Some((record, _)) => of_kind(record, None),
                None => Ok(Found::Record(None)),
            }
        }
        Want::Ids(_) => Ok(Found::Record(None)),
    }
}

fn too_many(parent: RecordId) -> StoreError {
    let told = format!("record {parent} has more than {MOST_CHILDREN} of a kind");
    StoreError::engine("decided about a command")(told)
}

fn stands(file: &File, account: AccountId, key: StockKey) -> Result<(Level, u64)> {
    let params = (key.item.0, key.warehouse.0, account.0);
    let found = one(file, sql::STOCK_LEVEL_READ, params, |row| {
        Ok((level(row, 0)?, row.get(4)?))
    })?;
    Ok(found.unwrap_or_default())
}

/// The record that a track is a parcel of, and the number as it has it.
pub fn link_of(
    file: &File,
    account: AccountId,
    track: TrackId,
) -> Result<Option<(RecordId, String)>> {
    one(file, sql::PARCEL_LINK_READ, (track.0, account.0), |row| {
        Ok((RecordId(row.get(0)?), row.get(1)?))
    })
}

/// Has parcels tracked, or not any more. Returns what is known already of those that are.
fn tie(work: &mut Work, ties: impl Iterator<Item = Tie>) -> Result<Vec<Task>> {
    let (tracked, ended): (Vec<Tie>, Vec<Tie>) = ties.partition(|tie| tie.tracked);
    for tie in &ended {
        untie(work, tie)?;
    }
    let sealer = &work.core.kernel.sealer;
    let wishes = tracked.iter().map(|tie| Wish::new(sealer, wish_of(tie)));
    let wishes = wishes.collect::<Result<Vec<_>>>()?;
    let made = register::register(work, wishes)?;
    let reuse = work.core.kernel.rules.reuse_after;
    let mut told = Vec::new();
    for (tie, (registration, _)) in tracked.iter().zip(made) {
        let (account, link) = (tie.task.account, &tie.link);
        let track = registration.track;
        work.desk.linked.insert(account);
        let row = (track.0, account.0, &link.number, link.record.0);
        execute(&work.connection, sql::PARCEL_LINK_WRITE, row)?;
        let state = work.told_of(track)?;
        told.extend(state.and_then(|state| tie.told(&state, reuse)));
    }
    Ok(told)
}

fn untie(work: &Work, tie: &Tie) -> Result<()> {
    let (account, link) = (tie.task.account, &tie.link);
    let Some(track) = work.number_of(account, &link.carrier, &link.number)? else {
        return Ok(());
    };
    let file = &work.connection;
    if execute(file, sql::PARCEL_LINK_DELETE, (track.0, link.record.0))? == 0 {
        return Ok(());
    }
    execute(file, sql::ENTRY_DELETE_OF_TRACK, (track.0, account.0, BOOK))?;
    execute(file, sql::POLL_RELEASE, (track.0, tie.task.now))?;
    Ok(())
}

/// Writes rows, indexes, counts, levels and their ledger.
fn write(work: &Work, writes: &Writes) -> Result<()> {
    let (file, sealer) = (&work.connection, &work.core.kernel.sealer);
    for (before, after) in writes.records.values() {
        let personal = seal_personal(sealer, after);
        match before {
            None => create(file, after, personal.as_deref())?,
            Some(_) => update(file, after, personal.as_deref())?,
        }
    }
    let diff = Diff::of(sealer, writes);
    for key in &diff.names_gone {
        let NameKey {
            account,
            kind,
            name,
            text,
            scope,
            twin,
            ..
        } = key;
        let row = (account, kind, name, text, scope, twin);
        execute(file, sql::RECORD_NAME_DELETE, row)?;
    }
    for key in &diff.names_new {
        let NameKey {
            account,
            kind,
            name,
            text,
            scope,
            twin,
            record,
        } = key;
        let row = (account, kind, name, text, scope, twin, record);
        execute(file, sql::RECORD_NAME_CREATE, row)?;
    }
    for key in &diff.facets_gone {
        execute(file, sql::RECORD_FACET_DELETE, facet_row(key))?;
    }
    for key in &diff.facets_new {
        execute(file, sql::RECORD_FACET_CREATE, facet_row(key))?;
    }
    for (key, by) in &diff.counts {
        let CountKey {
            account,
            kind,
            range: Range { facet, value, also },
        } = key;
        execute(
            file,
            sql::RECORD_COUNT_ADD,
            (account, kind, facet, value, also, by),
        )?;
    }
    bookings::note(file, writes)?;
    stock(file, writes)
}

const fn facet_row(key: &FacetKey) -> (i64, u8, u8, i64, i64, i64, i64) {
    let FacetKey {
        of:
            CountKey {
                account,
                kind,
                range: Range { facet, value, also },
            },
        created,
        record,
    } = *key;
    (account, kind, facet, value, also, created, record)
}

fn create(file: &File, record: &Record, personal: Option<&[u8]>) -> Result<()> {
    let row = params![
        record.id.0,
        record.account.0,
        record.kind().number(),
        record.code,
        record.status(),
        record.created,
        record.updated,
        record.created_by,
        record.updated_by,
        record.version,
        record.body.facts(),
        personal,
    ];
    execute(file, sql::RECORD_CREATE, row)?;
    Ok(())
}

fn update(file: &File, record: &Record, personal: Option<&[u8]>) -> Result<()> {
    let row = params![
        record.id.0,
        record.code,
        record.status(),
        record.created,
        record.updated,
        record.created_by,
        record.updated_by,
        record.version,
        record.body.facts(),
        personal,
    ];
    if execute(file, sql::RECORD_UPDATE, row)? == 0 {
        return Err(StoreError::Damaged { what: "record" });
    }
    Ok(())
}

fn stock(file: &File, writes: &Writes) -> Result<()> {
    for (key, standing) in &writes.levels {
        let Level {
            on_hand,
            reserved,
            incoming,
            damaged,
        } = standing.level;
        let row = (
            key.item.0,
            key.warehouse.0,
            standing.account.0,
            on_hand,
            reserved,
            incoming,
            damaged,
            standing.number,
        );
        execute(file, sql::STOCK_LEVEL_WRITE, row)?;
    }
    for Ledgered { account, entry } in &writes.moves {
        let moved = entry.movement;
        let row = (
            moved.key.item.0,
            moved.key.warehouse.0,
            entry.number,
            account.0,
            moved.movement.number(),
            moved.quantity,
            moved.cause.0,
            entry.at,
            entry.by,
        );
        execute(file, sql::STOCK_MOVE_APPEND, row)?;
    }
    Ok(())
}

/// Takes personal members away.
pub fn erase(work: &mut Work, account: AccountId, whose: &Whose) -> Result<u64> {
    let ids = match whose {
        Whose::Record(id) => vec![id.0],
        Whose::Whole(id) => whole(&work.connection, account, *id)?,
        Whose::Phone(text) => holders(work, account, NameKind::Phone, text)?,
        Whose::Email(text) => holders(work, account, NameKind::Email, text)?,
    };
    erase_records(work, account, &ids)
}

/// Those of the records whose parcel a track is: the fulfilment or return, and its order.
pub fn erase_linked(work: &mut Work, account: AccountId, track: TrackId) -> Result<()> {
    let Some((record, _)) = link_of(&work.connection, account, track)? else {
        return Ok(());
    };
    let sealer = &work.core.kernel.sealer;
    let found = stored(&work.connection, account, record)?;
    let record = found.map(|row| row.open(sealer)).transpose()?;
    let ids = record.iter().flat_map(crate::orders::with_parent);
    let ids: Vec<i64> = ids.collect();
    erase_records(work, account, &ids)?;
    Ok(())
}

/// A record and all that is of it.
fn whole(file: &File, account: AccountId, id: RecordId) -> Result<Vec<i64>> {
    let (facet, most) = (Facet::Parent.number(), i64::MAX);
    let (mut ids, mut newest) = (vec![id.0], vec![id.0]);
    for _ in 0..GENERATIONS {
        let mut parts: Vec<i64> = Vec::new();
        for parent in &newest {
            for kind in PARTS {
                let key = (
                    account.0,
                    kind.number(),
                    facet,
                    parent,
                    0,
                    i64::MIN,
                    i64::MAX,
                    most,
                );
                parts.extend(all(file, sql::RECORD_GATHER_FACET, key, |row| {
                    row.get::<_, i64>(0)
                })?);
            }
        }
        ids.extend(&parts);
        newest = parts;
    }
    Ok(ids)
}

fn holders(work: &Work, account: AccountId, kind: NameKind, text: &str) -> Result<Vec<i64>> {
    let text = text_key(&work.core.kernel.sealer, account, kind, text);
    let mut ids = Vec::new();
    for of in Kind::ALL {
        let key = (account.0, of.number(), kind.number(), &text);
        let held = all(&work.connection, sql::RECORD_NAME_HOLDERS, key, |row| {
            row.get(0)
        })?;
        ids.extend::<Vec<i64>>(held);
    }
    Ok(ids)
}

fn erase_records(work: &mut Work, account: AccountId, ids: &[i64]) -> Result<u64> {
    let mut writes = Writes::default();
    for id in ids {
        let Some(row) = stored(&work.connection, account, RecordId(*id))? else {
            continue;
        };
        let before = row.open(&work.core.kernel.sealer)?;
        if let Some(after) = erased(&before)? {
            writes.record(Some(Arc::new(before)), Arc::new(after));
        }
    }
    if !writes.records.is_empty() {
        work.erasing()?;
    }
    work.desk.forget();
    write(work, &writes)?;
    Ok(writes.records.len() as u64)
}
