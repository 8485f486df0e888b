//! The desk's registrations: the numbers that a client asked for in one dialect, with the members
//! that are its own (order number, remarks), apart from what is known of the parcels.
//!
//! Contract: every answer concerns the principal's own account and one `book` only. A book is the
//! dialect's name, or that name, a dot and a part of its own (`track123.ocean`), where numbers of
//! several kinds are listed apart; its clocks are the dialect's. A number has one registration in a
//! book; other dialects' registrations of it do not matter. Each call is one transaction: all of it
//! is committed when it is answered, or nothing. Ids are given once and never again.

use super::{DeskError, Principal};
use async_trait::async_trait;
use serde_json::Value;
use trackway_model::view::ShipmentView;
use trackway_model::{ShipmentId, Standing};

/// Our carrier code of a number whose carrier nobody named and nobody could find out.
pub const UNDETECTED: &str = "undetected";

/// The dialect that a book belongs to.
pub fn dialect_of(book: &str) -> &str {
    book.split_once('.').map_or(book, |(dialect, _)| dialect)
}

/// A number to be registered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wish {
    /// Our carrier code.
    pub carrier: String,
    pub number: String,
    /// The client's own members, as the dialect wants to read them back.
    pub data: Value,
    /// What the dialect finds the registration again by, beside its number: see
    /// `RegistrationQuery::keys`.
    pub key: Option<String>,
    /// Order numbers and the like, under which people find the shipment.
    pub references: Vec<String>,
}

/// A number that is registered.
#[derive(Clone, Debug, PartialEq)]
pub struct Registered {
    pub id: i64,
    /// The newest journey under the number.
    pub shipment: ShipmentId,
    /// Our carrier code.
    pub carrier: String,
    /// As first written.
    pub number: String,
    /// Microseconds since the epoch, as every time here.
    pub created: i64,
    pub data: Value,
    pub standing: Standing,
    /// When something new was last told of the number; None: nothing yet.
    pub told: Option<i64>,
    /// When an upstream last spoke of the number, new or not; follows some seconds later.
    pub heard: Option<i64>,
    /// When an upstream is asked next by schedule.
    pub next: Option<i64>,
    /// When the client last had it refreshed.
    pub refreshed: Option<i64>,
}

/// Which registrations of a book are asked for: those to which all of it applies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrationQuery {
    /// Made at this time or later.
    pub from: Option<i64>,
    /// Made before this time.
    pub before: Option<i64>,
    /// With one of these keys; empty: with any, or none.
    pub keys: Vec<String>,
}

/// Where a registration stands in a book: newer ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub created: i64,
    pub id: i64,
}

impl From<&Registered> for Mark {
    fn from(registered: &Registered) -> Self {
        Self {
            created: registered.created,
            id: registered.id,
        }
    }
}

/// Some of a book, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegistrationPage {
    pub registered: Vec<Registered>,
    /// Ask for those after this one; None: these were the last.
    pub next: Option<Mark>,
}

/// What becomes of a wish for another carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// Each has a registration under the new carrier, with the same id and data, made now.
    All,
    /// Nothing was changed: this one of the ids is not in the book.
    Unknown(i64),
    /// Nothing was changed: the number of this one is registered with the new carrier already.
    Taken(i64),
}

/// What becomes of a wish to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// Upstreams are asked once more, before all that is due by schedule.
    Asked { at: i64 },
    /// The least time since the last one has not passed: it was then.
    TooSoon { last: i64 },
    /// No such registration in the book.
    Unknown,
}

/// What came of asking at once.
#[derive(Clone, Debug)]
pub enum Instant {
    Told(Box<ShipmentView>),
    /// An upstream answered, and knows no such number.
    Nothing,
    /// No upstream could be asked, or none answered; with what the account knows of the number.
    Unanswered(Option<Box<ShipmentView>>),
    /// Nothing is known of the number, and an upstream would not say anything, in its own words.
    Refused(String),
}

/// What a facade asks of its registrations.
#[async_trait]
pub trait Registrar: Send + Sync + 'static {
    /// Registers numbers and has upstreams asked about the new ones at once. Answers come in the
    /// order of the wishes, with whether each is new: a known one stays as it is.
    async fn register(
        &self,
        principal: &Principal,
        book: &'static str,
        wishes: Vec<Wish>,
    ) -> Result<Vec<(Registered, bool)>, DeskError>;

    /// The registrations of a number, of any carrier unless one is named.
    async fn registered(
        &self,
        principal: &Principal,
        book: &'static str,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Vec<Registered>, DeskError>;

    /// A page of the book, newest first: those after `after`, at most `limit`.
    async fn registrations(
        &self,
        principal: &Principal,
        book: &'static str,
        query: &RegistrationQuery,
        after: Option<Mark>,
        limit: usize,
    ) -> Result<RegistrationPage, DeskError>;

    /// How many registrations of the book are asked for.
    async fn count_registrations(
        &self,
        principal: &Principal,
        book: &'static str,
        query: &RegistrationQuery,
    ) -> Result<u64, DeskError>;

    /// What is known of a registration's parcel (the newest journey under its number), as a facade
    /// of `principal.dialect` needs it.
    async fn shipment_of(
        &self,
        principal: &Principal,
        registered: &Registered,
    ) -> Result<Option<ShipmentView>, DeskError>;

    /// Replaces the client's own members and the key; references given before stay. False where the
    /// book has no such registration.
    async fn amend(
        &self,
        principal: &Principal,
        book: &'static str,
        id: i64,
        data: Value,
        key: Option<String>,
    ) -> Result<bool, DeskError>;

    /// Has what becomes of the book's numbers told at an address that the client named with them (the
    /// dialect's `Hook::address`). False where nobody may be sent there.
    async fn tell_at(
        &self,
        _principal: &Principal,
        _book: &'static str,
        _url: &str,
    ) -> Result<bool, DeskError> {
        Ok(false)
    }

    /// Ends registrations; history stays, and polls go on where another registration of the number
    /// does. Returns how many of these there were.
    async fn unregister(
        &self,
        principal: &Principal,
        book: &'static str,
        ids: &[i64],
    ) -> Result<u64, DeskError>;

    /// Gives registrations another carrier, as if they had been made now: all, or none.
    async fn change_carrier(
        &self,
        principal: &Principal,
        book: &'static str,
        ids: &[i64],
        carrier: &str,
    ) -> Result<Moved, DeskError>;

    /// Has upstreams asked once more, unless that was asked for less than `least` microseconds ago.
    async fn refresh(
        &self,
        principal: &Principal,
        book: &'static str,
        id: i64,
        least: i64,
    ) -> Result<Refresh, DeskError>;

    /// Asks an upstream of a number at once and answers what it told, folded and not stored.
    async fn ask_now(
        &self,
        principal: &Principal,
        carrier: &str,
        number: &str,
    ) -> Result<Instant, DeskError>;

    /// Takes `n` of what an account may use of a meter in a period, all or nothing; false when there
    /// are not so many left.
    async fn charge(
        &self,
        principal: &Principal,
        meter: &'static str,
        period: i64,
        n: u64,
        limit: u64,
    ) -> Result<bool, DeskError>;
}
