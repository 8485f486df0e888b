//! A batch of commands, decided one after the other over what the engine loads.
//!
//! `advance` decides as far as what is known allows and says what else is wanted; an engine loads that
//! and calls again, until nothing is. A command that waits holds back those of its account behind it,
//! but they are asked too what they will want, so that a long batch takes no more rounds than a short
//! one. Nothing is written before all is decided.

use super::{Answer, Entry, Known, Task};
use crate::StoreError;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use trackway_model::orders::{
    Books, Kind, Level, Link, Outcome, Record, RecordChange, RecordId, Refusal, StockKey,
    StockMove, Stop, Verdict, Want, decide,
};
use trackway_model::{AccountId, ConnectionId};

type Result<T> = std::result::Result<T, StoreError>;

/// How often one command may say what else it wants.
const MOST_ROUNDS: u32 = 64;

/// Numbers for new records.
#[derive(Clone, Debug, Default)]
pub struct Ids(pub Range<i64>);

impl Ids {
    fn take(&mut self, count: usize) -> Option<impl Iterator<Item = RecordId>> {
        let end = self.0.start + count as i64;
        if end > self.0.end {
            return None;
        }
        let taken = std::mem::replace(&mut self.0.start, end)..end;
        Some(taken.map(RecordId))
    }
}

/// What an engine is to load.
#[derive(Debug, Default)]
pub struct Wanted {
    pub of: BTreeSet<(AccountId, Want)>,
    /// Numbers for records that are missing.
    pub ids: usize,
}

impl Wanted {
    pub fn is_empty(&self) -> bool {
        self.of.is_empty() && self.ids == 0
    }
}

struct Turn {
    task: Arc<Task>,
    /// Its own, so that it is given the same numbers however often it is asked.
    ids: Vec<RecordId>,
    rounds: u32,
    answer: Option<Answer>,
}

/// A level after a batch.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub account: AccountId,
    pub level: Level,
    /// The number of its last movement before and after.
    pub before: u64,
    pub number: u64,
}

/// A movement of an account.
#[derive(Clone, Copy, Debug)]
pub struct Ledgered {
    pub account: AccountId,
    pub entry: Entry,
}

/// What becomes of a parcel's number.
#[derive(Clone, Debug)]
pub struct Tie {
    pub link: Link,
    /// Whether it is tracked for the record from now on, or not any more.
    pub tracked: bool,
    pub task: Arc<Task>,
}

/// A fulfilment that its carrier is told of from now on.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    pub account: AccountId,
    pub connection: ConnectionId,
    pub at: i64,
}

/// What a batch comes to.
#[derive(Debug, Default)]
pub struct Writes {
    /// Before and after.
    pub records: BTreeMap<RecordId, (Option<Arc<Record>>, Arc<Record>)>,
    pub levels: BTreeMap<StockKey, Standing>,
    pub moves: Vec<Ledgered>,
    pub ties: BTreeMap<(AccountId, String, String), Tie>,
    pub told: BTreeMap<RecordId, Told>,
    pub changes: Vec<RecordChange>,
}

impl Writes {
    /// Fulfilments that were written anew, and when.
    pub fn touched(&self) -> impl Iterator<Item = (RecordId, i64)> {
        let again = self
            .records
            .iter()
            .filter(|(_, (before, after))| before.is_some() && after.kind() == Kind::Fulfilment);
        again.map(|(id, (_, after))| (*id, after.updated))
    }

    pub fn record(&mut self, before: Option<Arc<Record>>, after: Arc<Record>) {
        let known = self.records.entry(after.id);
        known
            .and_modify(|(_, last)| last.clone_from(&after))
            .or_insert((before, after));
    }
}

pub struct Sitting<'k> {
    turns: Vec<Turn>,
    known: &'k mut BTreeMap<AccountId, Known>,
    pub writes: Writes,
}

impl<'k> Sitting<'k> {
    pub fn new(known: &'k mut BTreeMap<AccountId, Known>, tasks: &[Arc<Task>]) -> Self {
        let mut sitting = Self {
            turns: Vec::with_capacity(tasks.len()),
            known,
            writes: Writes::default(),
        };
        sitting.call(tasks.iter().cloned());
        sitting
    }

    /// More to be done in the same batch.
    pub fn call(&mut self, tasks: impl IntoIterator<Item = Arc<Task>>) {
        let turn = |task| Turn {
            task,
            ids: Vec::new(),
            rounds: 0,
            answer: None,
        };
        self.turns.extend(tasks.into_iter().map(turn));
    }

    pub fn known(&mut self, account: AccountId) -> &mut Known {
        self.known.entry(account).or_default()
    }

    /// Decides what can be decided.
    pub fn advance(&mut self, ids: &mut Ids) -> Result<Wanted> {
        let mut wanted = Wanted::default();
        let mut waiting = BTreeSet::new();
        for turn in self.turns.iter_mut().filter(|turn| turn.answer.is_none()) {
            let account = turn.task.account;
            let known = self.known.entry(account).or_default();
            match turn.decide(known, ids)? {
                Decided::Wants(more) => {
                    waiting.insert(account);
                    for want in more {
                        match want {
                            Want::Ids(count) => wanted.ids += count as usize,
                            want => drop(wanted.of.insert((account, want))),
                        }
                    }
                }
                // Those before it are not done yet: what it would do may change.
                Decided::Refused(_) | Decided::Done(_) if waiting.contains(&account) => {}
                Decided::Refused(refusal) => turn.answer = Some(Err(refusal)),
                Decided::Done(verdict) => {
                    turn.ids.clear();
                    let task = turn.task.clone();
                    turn.answer = Some(accept(known, &mut self.writes, &task, verdict));
                }
            }
        }
        Ok(wanted)
    }

    /// Once nothing is wanted: answers in the order of the tasks, and what is to be written.
    pub fn rise(self) -> Result<(Vec<Answer>, Writes)> {
        let undecided = StoreError::Damaged { what: "decision" };
        let answers = self.turns.into_iter().map(|turn| turn.answer);
        let answers: Option<Vec<Answer>> = answers.collect();
        Ok((answers.ok_or(undecided)?, self.writes))
    }
}

enum Decided {
    Wants(Vec<Want>),
    Refused(Refusal),
    Done(Verdict),
}

impl Turn {
    fn decide(&mut self, known: &mut Known, ids: &mut Ids) -> Result<Decided> {
        loop {
            self.rounds += 1;
            if self.rounds > MOST_ROUNDS {
                let told = "it wants to see ever more";
                return Err(StoreError::engine("decided about a command")(told));
            }
            let Task {
                account,
                by,
                now,
                command,
                ..
            } = &*self.task;
            std::mem::swap(&mut known.loaded.ids, &mut self.ids);
            let books = Books::new(*account, *by, *now, &known.loaded);
            let decided = decide(command, &books);
            std::mem::swap(&mut known.loaded.ids, &mut self.ids);
            let mut wants = match decided {
                Err(Stop::Refused(refusal)) => return Ok(Decided::Refused(refusal)),
                Err(Stop::Want(wants)) => wants,
                Ok(verdict) => {
                    let wants = missing(known, &verdict);
                    if wants.is_empty() {
                        return Ok(Decided::Done(verdict));
                    }
                    wants
                }
            };
            let numbers = wants.iter().find_map(|want| match want {
                Want::Ids(count) => Some(*count as usize),
                _ => None,
            });
            let more = numbers.map_or(0, |count| count.saturating_sub(self.ids.len()));
            if let Some(taken) = ids.take(more) {
                self.ids.extend(taken);
                wants.retain(|want| !known.has(want));
                if wants.is_empty() {
                    continue;
                }
            } else {
                wants.retain(|want| matches!(want, Want::Ids(_)) || !known.has(want));
            }
            return Ok(Decided::Wants(wants));
        }
    }
}

/// What must be known to write a verdict: the levels that it moves, and who has the names that it
/// gives.
fn missing(known: &Known, verdict: &Verdict) -> Vec<Want> {
    let levels = verdict.moves.iter().map(|it| Want::Stock(it.key));
    let items = verdict.moves.iter();
    let items = items.map(|it| Want::Record(Kind::Item, it.key.item));
    let names = verdict.writes.iter().flat_map(|write| {
        let had = write.before.as_deref().map(Record::names);
        let had = had.unwrap_or_default();
        let names = write.after.names().into_iter();
        let kind = write.after.kind();
        names
            .filter(move |name| name.kind.is_unique() && !had.contains(name))
            .map(move |name| Want::Named(kind, name))
    });
    let wants = levels.chain(items).chain(names);
    let missing: BTreeSet<Want> = wants.filter(|want| !known.has(want)).collect();
    missing.into_iter().collect()
}

/// Writes a verdict into what is known, or refuses it whole.
fn accept(known: &mut Known, writes: &mut Writes, task: &Arc<Task>, verdict: Verdict) -> Answer {
    free(known, &verdict)?;
    let levels = moved(known, &verdict.moves)?;
    let mut written: Vec<RecordId> = Vec::with_capacity(verdict.writes.len());
    for write in verdict.writes {
        let key = (write.after.kind(), write.after.id);
        // As this batch has it, which is what the command read.
        let before = known.loaded.records.get(&key).cloned().flatten();
        let before = before.or(write.before);
        let mut after = write.after;
        after.version = before.as_ref().map_or(1, |before| before.version + 1);
        let after = Arc::new(after);
        known.put(before.as_deref(), &after);
        let cause = verdict.subject.filter(|subject| *subject != after.id);
        writes
            .changes
            .extend(change(task, before.as_deref(), &after, cause));
        writes.record(before, after.clone());
        if !written.contains(&after.id) {
            written.push(after.id);
        }
    }
    ledger(known, writes, task, &verdict.moves, &levels);
    for handover in verdict.handovers {
        if let Some(connection) = task.asking.teller_of(&handover.carrier) {
            let told = Told {
                account: task.account,
                connection,
                at: task.now,
            };
            writes.told.insert(handover.fulfilment, told);
        }
    }
    let links = verdict.links.into_iter().map(|link| (link, true));
    let ended = verdict.cancelled.into_iter().map(|link| (link, false));
    for (link, tracked) in ended.chain(links) {
        known.tie(&link, tracked);
        let key = (task.account, link.carrier.clone(), link.number.clone());
        let task = task.clone();
        let tie = Tie {
            link,
            tracked,
            task,
        };
        writes.ties.insert(key, tie);
    }
    let of = |id: &RecordId| writes.records.get(id).map(|(_, after)| (**after).clone());
    let read = |id: RecordId| {
        let records = known.loaded.records.iter();
        let mut found = records.filter(|((_, of), record)| *of == id && record.is_some());
        found
            .next()
            .and_then(|(_, record)| record.as_deref().cloned())
    };
    Ok(Outcome {
        record: verdict.subject.and_then(|id| of(&id).or_else(|| read(id))),
        others: written
            .iter()
            .filter(|id| Some(**id) != verdict.subject)
            .filter_map(of)
            .collect(),
    })
}

/// No name is given that another record has.
fn free(known: &Known, verdict: &Verdict) -> std::result::Result<(), Refusal> {
    let mut given = BTreeMap::new();
    for write in &verdict.writes {
        let (kind, id) = (write.after.kind(), write.after.id);
        let names = write.after.names().into_iter();
        for name in names.filter(|name| name.kind.is_unique()) {
            let key = (kind, name);
            let held = known.loaded.named.get(&key).and_then(Option::as_ref);
            let holder = held
                .map(|record| record.id)
                .or_else(|| given.get(&key).copied());
            if let Some(existing) = holder.filter(|holder| *holder != id) {
                let (kind, name) = key;
                return Err(Refusal::Duplicate {
                    kind,
                    name,
                    existing,
                });
            }
            given.insert(key, id);
        }
    }
    Ok(())
}

/// The levels after movements, none of which may break the law.
fn moved(
    known: &Known,
    moves: &[StockMove],
) -> std::result::Result<BTreeMap<StockKey, Level>, Refusal> {
    let mut levels: BTreeMap<StockKey, Level> = BTreeMap::new();
    for it in moves {
        let stands = known.loaded.stock.get(&it.key).copied().unwrap_or_default();
        let level = levels.entry(it.key).or_insert(stands);
        let after = level.after(it.movement, it.quantity);
        *level = after.map_err(|_| Refusal::OutOfStock {
            sku: sku(known, it.key),
            wanted: it.quantity,
            available: level.available(),
        })?;
    }
    Ok(levels)
}

fn sku(known: &Known, key: StockKey) -> String {
    let item = known.loaded.records.get(&(Kind::Item, key.item));
    match item.and_then(Option::as_ref).map(|item| &item.body) {
        Some(trackway_model::orders::Body::Item(item)) => item.sku.clone(),
        _ => key.item.to_string(),
    }
}

/// Enters movements, and tells of every level that they changed.
fn ledger(
    known: &mut Known,
    writes: &mut Writes,
    task: &Task,
    moves: &[StockMove],
    levels: &BTreeMap<StockKey, Level>,
) {
    for movement in moves {
        let number = known.numbers.entry(movement.key).or_default();
        *number += 1;
        writes.moves.push(Ledgered {
            account: task.account,
            entry: Entry {
                number: *number,
                at: task.now,
                by: task.by,
                movement: *movement,
            },
        });
    }
    for (key, level) in levels {
        let number = known.numbers.get(key).copied().unwrap_or_default();
        let mut of_key = moves.iter().filter(|it| it.key == *key);
        let before = number - of_key.clone().count() as u64;
        known.loaded.stock.insert(*key, *level);
        let standing = writes.levels.entry(*key).or_insert(Standing {
            account: task.account,
            level: *level,
            before,
            number,
        });
        (standing.level, standing.number) = (*level, number);
        let item = known.loaded.records.get(&(Kind::Item, key.item));
        let status = item.and_then(Option::as_ref).map_or(0, |it| it.status());
        let cause = of_key.next_back().map(|it| it.cause);
        writes.changes.push(RecordChange {
            account: task.account,
            kind: Kind::Item,
            record: key.item,
            at: task.now,
            before: Some(status),
            after: status,
            version: number,
            warehouse: Some(key.warehouse),
            cause: cause.filter(|cause| cause.0 != 0),
        });
    }
}

/// What the feed is told of a record. Of an item it is told what becomes of its stock.
fn change(
    task: &Task,
    before: Option<&Record>,
    after: &Record,
    cause: Option<RecordId>,
) -> Option<RecordChange> {
    let kind = after.kind();
    let told = matches!(
        kind,
        Kind::Order | Kind::Fulfilment | Kind::Inbound | Kind::Return
    );
    told.then(|| RecordChange {
        account: task.account,
        kind,
        record: after.id,
        at: task.now,
        before: before.map(Record::status),
        after: after.status(),
        version: u64::from(after.version),
        warehouse: None,
        cause,
    })
}
