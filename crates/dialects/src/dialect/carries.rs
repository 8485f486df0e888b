//! Systems that carry for an account, told by us of what they are to carry, sans-IO.
//!
//! Contract: what is told states how things stand, so that it may be told again; the hub asks, pays and
//! keeps what was answered. What a system refuses for good is told in words of ours: its own may name
//! people.

use super::{Answer, CallError, Outgoing, Upstream};
use crate::desk::Settings;
use crate::settings::SettingError;
use secrecy::SecretString;
use trackway_model::Statement;
use trackway_model::intake::Content;
use trackway_model::orders::{Consigned, Decimal, Deed, Fulfilment, Party, Wish};

/// The setting that says whether a connection tells its carrier of fulfilments.
pub const BOOKS: &str = "books";

/// Whether a connection is set to tell its carrier.
pub fn is_on(settings: &Settings) -> bool {
    settings.get(BOOKS).is_some_and(|value| value == "true")
}

/// Whether the setting has one of its values; None: it has.
pub fn check_switch(settings: &Settings) -> Result<(), SettingError> {
    match settings.get(BOOKS) {
        Some(value) if value != "true" && value != "false" => Err(SettingError::Value {
            name: BOOKS,
            value: value.clone(),
            wanted: "`true` or `false`",
        }),
        _ => Ok(()),
    }
}

/// A parcel as its carrier is told of it.
#[derive(Clone, Debug)]
pub struct Consignment<'a> {
    /// Our code of the fulfilment: the carrier knows it again by it.
    pub reference: &'a str,
    /// The order's number.
    pub order_number: &'a str,
    /// Our code of the place where it is picked up, and who is there.
    pub pickup: &'a str,
    pub sender: &'a Party,
    pub receiver: &'a Party,
    /// Grams.
    pub weight: i64,
    /// Length, width and height in centimetres.
    pub sides: Option<[Decimal; 3]>,
    pub cod: Decimal,
    /// What its goods are worth.
    pub worth: Decimal,
    /// The service's code.
    pub service: Option<&'a str>,
    pub is_insured: bool,
    /// Whether the receiver may look into it.
    pub may_be_opened: bool,
    pub note: &'a str,
    /// What else a client asked of the carrier through the carrier's own API, served here.
    pub asked: Option<&'a Consigned>,
}

/// What a carrier is told.
#[derive(Clone, Copy, Debug)]
pub enum Message<'a> {
    Create(&'a Consignment<'a>),
    Update {
        number: &'a str,
        to: &'a Consignment<'a>,
    },
    Cancel {
        number: &'a str,
    },
    /// What is to be done with what could not be delivered, and whom it goes to now.
    Wish {
        number: &'a str,
        wish: Wish,
        receiver: &'a Party,
        delivery_time: Option<&'a str>,
        note: &'a str,
    },
}

impl Message<'_> {
    pub const fn deed(&self) -> Deed {
        match self {
            Self::Create(_) => Deed::Create,
            Self::Update { .. } => Deed::Update,
            Self::Cancel { .. } => Deed::Cancel,
            Self::Wish { .. } => Deed::Wish,
        }
    }
}

/// A session that a system opened.
#[derive(Clone, Debug)]
pub struct Session {
    pub user: String,
    pub token: SecretString,
    /// Until when it holds, in microseconds since the epoch, where the system says so.
    pub until: Option<i64>,
}

/// What a system said to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It did so; where it was given a parcel, under this number and at this price.
    Yes {
        number: Option<String>,
        cost: Option<Decimal>,
    },
    /// It has a parcel of that reference already.
    Has { code: String, text: String },
    /// Its session holds no more.
    LoggedOut,
    /// How far the parcel is does not allow it.
    Late { code: String, text: String },
}

/// A system that is told of fulfilments.
pub trait Carries: Send + Sync {
    /// Our code of the carrier.
    fn carrier(&self) -> &'static str;
    /// Whether a connection's settings are complete where it tells.
    fn check(&self, settings: &Settings) -> Result<(), SettingError>;
    /// An address beside the connection's own that calls go to.
    fn address<'s>(&self, _settings: &'s Settings) -> Option<&'s str> {
        None
    }
    /// Whether it is given new parcels; otherwise it is told of those that it has.
    fn creates(&self) -> bool;
    /// Opens a session; None: its calls need none.
    fn log_in(&self, _upstream: &Upstream<'_>) -> Result<Option<Outgoing>, CallError> {
        Ok(None)
    }
    fn opened(&self, _answer: &Answer<'_>) -> Result<Session, CallError> {
        Err(CallError::Refused {
            code: String::new(),
            text: "it has no sessions".to_owned(),
        })
    }
    /// The call that tells it; None: it is not told of that.
    fn request(
        &self,
        upstream: &Upstream<'_>,
        session: Option<&Session>,
        message: &Message<'_>,
    ) -> Result<Option<Outgoing>, CallError>;
    /// What it said. `Nothing`: it has no such parcel; `Refused`: it never will; `Fault`: perhaps later.
    fn judge(&self, deed: Deed, answer: &Answer<'_>) -> Result<Said, CallError>;
    /// What a consignment is known again by: another where it would be told otherwise.
    fn known_by(&self, upstream: &Upstream<'_>, consignment: &Consignment<'_>) -> i64;
    /// The number in a tracking answer that was asked for by reference.
    fn number_in(&self, answer: &Answer<'_>) -> Option<String>;
    /// Our reference of a parcel, where what it told by itself names one.
    fn reference_in(&self, _told: &Statement) -> Option<String> {
        None
    }
    /// Makes what it told of a parcel under its own number be told under the one that the parcel has
    /// here, which is all that our clients know.
    fn readdress(&self, _told: &mut Content, _to: &Fulfilment) {}
}
