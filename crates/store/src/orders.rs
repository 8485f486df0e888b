//! The store's side of orders: records with their names, facets and counts, stock with its ledger, and
//! the parcels that records are moved by. It knows no rules: what a command comes to is
//! `trackway_model::orders::decide`'s to say, over what is loaded here.
//!
//! Guarantee: a command is carried out in whole or not at all, on records that nobody else changes
//! meanwhile; records, names, counts, stock, tracked numbers, what records say of themselves and the
//! feed's changes are one commit.
//! The law of stock is the schema's too. Nothing here is seen by another account.

mod catalogue;
mod check;
mod diff;
mod known;
mod names;
pub(crate) mod query;
mod ranges;
mod sitting;

pub(crate) use catalogue::CatalogueCache;
pub(crate) use check::{MiscountRow, StockRow, miscounted, unbalanced};
pub(crate) use diff::{CountKey, Diff, FacetKey};
pub(crate) use known::{Found, Known};
pub(crate) use names::{NameKey, text_key};
pub(crate) use ranges::Range;
pub(crate) use sitting::{Ids, Ledgered, Sitting, Standing, Tie, Writes};

use crate::StoreError;
use crate::records::NewRegistration;
use crate::seal::Sealer;
use async_trait::async_trait;
use std::sync::Arc;
use trackway_model::fold::ShipmentState;
use trackway_model::intake::Intake;
use trackway_model::orders::{
    Body, Command, Facet, Kind, Level, Name, Outcome, Record, RecordId, RecordPage, RecordQuery,
    Refusal, StockKey, StockMove,
};
use trackway_model::{AccountId, ConnectionId};

type Result<T> = std::result::Result<T, StoreError>;

/// The book of registrations in which parcels of records stand.
pub const BOOK: &str = "orders";

/// Records, or movements, that one call gives at most: a page of a thousand, and one more that tells
/// whether there is a next.
pub const LONGEST_LIST: usize = 1_001;

type Choice = dyn Fn(&str) -> Vec<ConnectionId> + Send + Sync;

/// What a record that was written says of itself to whoever tracks its parcels; None: nothing.
pub type Voice = fn(&Record) -> Option<Intake>;

/// Which connections are to be asked about a number of a carrier, which of them tells the carrier of
/// fulfilments, and what records say of themselves.
#[derive(Clone)]
pub struct Asking {
    asked: Arc<Choice>,
    telling: Arc<Choice>,
    voice: Option<Voice>,
}

impl Asking {
    pub fn new(of: impl Fn(&str) -> Vec<ConnectionId> + Send + Sync + 'static) -> Self {
        Self {
            asked: Arc::new(of),
            telling: Arc::new(|_| Vec::new()),
            voice: None,
        }
    }

    /// What records say of themselves is taken in with the commit that writes them.
    #[must_use]
    pub fn speaking(self, voice: Voice) -> Self {
        Self {
            voice: Some(voice),
            ..self
        }
    }

    /// The first of these tells the carrier of fulfilments.
    #[must_use]
    pub fn telling(self, of: impl Fn(&str) -> Vec<ConnectionId> + Send + Sync + 'static) -> Self {
        Self {
            telling: Arc::new(of),
            ..self
        }
    }

    pub fn of(&self, carrier: &str) -> Vec<ConnectionId> {
        (self.asked)(carrier)
    }

    /// Who tells a carrier of fulfilments; None: nobody.
    pub fn teller_of(&self, carrier: &str) -> Option<ConnectionId> {
        (self.telling)(carrier).first().copied()
    }
}

/// Nobody is asked.
impl Default for Asking {
    fn default() -> Self {
        Self::new(|_| Vec::new())
    }
}

impl std::fmt::Debug for Asking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asking(…)")
    }
}

/// A command to be carried out.
#[derive(Clone, Debug)]
pub struct Task {
    pub account: AccountId,
    /// The key on whose behalf; 0 is Trackway itself.
    pub by: i64,
    /// Microseconds since the epoch.
    pub now: i64,
    pub command: Command,
    /// Asked for the parcels that it has tracked.
    pub asking: Asking,
}

/// What became of a command.
pub type Answer = std::result::Result<Outcome, Refusal>;

/// What the records say of themselves that commands wrote.
pub(crate) fn said(tasks: &[Arc<Task>], answers: &[Answer]) -> Vec<Intake> {
    let done = tasks.iter().zip(answers);
    let said = done.filter_map(|(task, answer)| {
        let (voice, outcome) = task.asking.voice.zip(answer.as_ref().ok())?;
        let records = outcome.record.iter().chain(&outcome.others);
        Some(records.filter_map(voice))
    });
    said.flatten().collect()
}

/// A movement as the ledger has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counts the movements of its level, from 1.
    pub number: u64,
    pub at: i64,
    /// The key on whose behalf; 0 is Trackway itself.
    pub by: i64,
    pub movement: StockMove,
}

/// Whose personal members are erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of every record under this telephone number, or this e-mail address.
    Phone(String),
    Email(String),
    /// Of one record.
    Record(RecordId),
    /// Of a record, and of all that was made of it: an order's fulfilments and returns, and what was
    /// reported about them.
    Whole(RecordId),
}

/// What is made of orders and has persons in it.
pub(crate) const PARTS: [Kind; 3] = [Kind::Fulfilment, Kind::Return, Kind::Report];

/// An order's parts have parts themselves, which have none.
pub(crate) const GENERATIONS: usize = 2;

#[async_trait]
pub trait Orders: Send + Sync {
    /// Carries commands out, in their order, in one transaction. A refused one leaves nothing and
    /// does not hold the others up. Answers stand in the order of the tasks.
    async fn carry_out(&self, tasks: Vec<Task>) -> Result<Vec<Answer>>;

    async fn record(&self, account: AccountId, kind: Kind, id: RecordId) -> Result<Option<Record>>;

    /// Those of these records that there are, all of one moment, in any order. What others were shown
    /// before may be shared with them.
    async fn several(
        &self,
        account: AccountId,
        wanted: &[(Kind, RecordId)],
    ) -> Result<Vec<Arc<Record>>>;

    /// The record of a name in its scope; of names that several may have, the oldest record.
    async fn record_named(
        &self,
        account: AccountId,
        kind: Kind,
        name: &Name,
    ) -> Result<Option<Record>>;

    /// A page of records, at most `LONGEST_LIST`, and how many there are: exact where nothing but one
    /// facet decides, or two that have ranges together, or where no more than `StoreConfig::gathered`
    /// have to be looked at.
    async fn records(&self, account: AccountId, query: &RecordQuery) -> Result<RecordPage>;

    /// The levels of items in all warehouses, of those that ever moved.
    async fn levels(
        &self,
        account: AccountId,
        items: &[RecordId],
    ) -> Result<Vec<(StockKey, Level)>>;

    /// The movements of a level behind a number, oldest first, at most `limit` and `LONGEST_LIST`.
    async fn movements(
        &self,
        account: AccountId,
        key: StockKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Entry>>;

    /// Takes the personal members of records away, with the names that they were found by. Returns how
    /// many records had any.
    async fn erase_party(&self, account: AccountId, whose: Whose) -> Result<u64>;
}

/// A record's row as both engines store it.
pub(crate) struct Row {
    pub id: i64,
    pub account: i64,
    pub kind: u8,
    pub code: String,
    pub created: i64,
    pub updated: i64,
    pub created_by: i64,
    pub updated_by: i64,
    pub version: i64,
    pub facts: Vec<u8>,
    pub personal: Option<Vec<u8>>,
}

/// What the sealed members of a record are: those of another record don't open in its place.
fn context(id: i64) -> String {
    format!("record.personal/{id}")
}

pub(crate) fn seal_personal(sealer: &Sealer, record: &Record) -> Option<Vec<u8>> {
    let personal = record.body.personal()?;
    Some(sealer.seal_secret(&context(record.id.0), &personal))
}

impl Row {
    pub fn open(self, sealer: &Sealer) -> Result<Record> {
        let torn = |_| StoreError::Damaged { what: "record" };
        let kind = Kind::from_number(self.kind).ok_or(StoreError::Damaged { what: "record" })?;
        let mut body = Body::of_facts(kind, &self.facts).map_err(torn)?;
        if let Some(sealed) = &self.personal {
            let personal = sealer.open_secret(&context(self.id), sealed)?;
            body.set_personal(&personal).map_err(torn)?;
        }
        Ok(Record {
            id: RecordId(self.id),
            account: AccountId(self.account),
            code: self.code,
            created: self.created,
            updated: self.updated,
            created_by: self.created_by,
            updated_by: self.updated_by,
            version: self.version as u32,
            body,
        })
    }
}

/// A record without its personal members; None where it has none.
pub(crate) fn erased(record: &Record) -> Result<Option<Record>> {
    if record.body.personal().is_none() {
        return Ok(None);
    }
    let facts = record.body.facts();
    let body = Body::of_facts(record.kind(), &facts)
        .map_err(|_| StoreError::Damaged { what: "record" })?;
    Ok(Some(Record {
        version: record.version + 1,
        body,
        ..record.clone()
    }))
}

impl Tie {
    /// What a record is told at once of a parcel that is known already, unless that is of an earlier
    /// use of its number.
    pub(crate) fn told(&self, state: &ShipmentState, reuse_after: i64) -> Option<Task> {
        let known = state.events > 0 && self.task.now.saturating_sub(state.last) < reuse_after;
        known.then(|| Task {
            account: self.task.account,
            by: 0,
            now: self.task.now,
            command: Command::ParcelTold {
                carrier: self.link.carrier.clone(),
                number: self.link.number.clone(),
                milestone: state.milestone,
                at: state.last,
            },
            asking: Asking::default(),
        })
    }
}

/// The registration of a parcel.
pub(crate) fn wish_of(tie: &Tie) -> NewRegistration {
    let Tie { link, task, .. } = tie;
    NewRegistration {
        account: task.account,
        dialect: BOOK.to_owned(),
        carrier: link.carrier.clone(),
        number: link.number.clone(),
        created: task.now,
        connections: task.asking.of(&link.carrier),
        ..NewRegistration::default()
    }
}

/// A record and the one that it is of.
pub(crate) fn with_parent(record: &Record) -> Vec<i64> {
    let parents = record.facets().into_iter();
    let parents = parents.filter(|(facet, _)| *facet == Facet::Parent);
    let parents = parents.map(|(_, parent)| parent);
    std::iter::once(record.id.0).chain(parents).collect()
}
