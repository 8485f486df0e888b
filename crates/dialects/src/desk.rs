//! What a facade asks. The hub implements it over the store, a simulated world over its seed, so
//! that both are served by the same code.

mod bookkeeper;
mod ledger;
mod registrar;
mod trade;

use crate::registry::{self, Vocabularies};
use async_trait::async_trait;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::Arc;
use trackway_model::intake::{Intake, Receipt, Verified};
use trackway_model::view::ShipmentView;
use trackway_model::{AccountId, ConnectionId, KeyId, Strange};
use trackway_numbers::{Detection, Hints, catalog};

pub use bookkeeper::Bookkeeper;
pub use ledger::Ledger;
pub use registrar::{
    Instant, Mark, Moved, Refresh, Registered, Registrar, RegistrationPage, RegistrationQuery,
    UNDETECTED, Wish, dialect_of,
};
pub use trade::{Trade, spoken};

/// Why the desk could not answer. A facade tells it in its dialect's words.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Too much to do: try again later.
    #[error("busy: try again in {retry_after_s} s")]
    Busy { retry_after_s: u32 },
    /// The store takes nothing more before somebody makes room.
    #[error("the store is full: try again in {retry_after_s} s")]
    Full { retry_after_s: u32 },
    #[error("{0}")]
    Failed(String),
}

/// Whom a request was proved to come from.
#[derive(Clone, Debug)]
pub struct Principal {
    pub account: AccountId,
    pub account_name: Arc<str>,
    pub key: KeyId,
    pub dialect: &'static str,
    /// The key as the client sends it, where the dialect signs with it.
    pub sent_key: SecretString,
    /// What the client signs with, where the dialect has one.
    pub secret: Option<SecretString>,
    /// 247Express's `ClientID`.
    pub client_id: Option<i64>,
    pub scopes: Arc<[String]>,
}

impl Principal {
    /// Trackway itself on behalf of an account, such as for what an upstream of the account's tells.
    pub fn house(account: AccountId, dialect: &'static str) -> Self {
        Self {
            account,
            account_name: Arc::from(""),
            key: KeyId(0),
            dialect,
            sent_key: SecretString::default(),
            secret: None,
            client_id: None,
            scopes: Arc::default(),
        }
    }
}

/// Scopes of a key of a system that has no scopes of its own. One that names neither has both; who may
/// write may read.
const READ: &str = "read";
const WRITE: &str = "write";

impl Principal {
    /// Whether its key may do this.
    pub fn may(&self, writes: bool) -> bool {
        let names = |wanted: &str| self.scopes.iter().any(|scope| scope == wanted);
        let is_narrowed = names(READ) || names(WRITE);
        !is_narrowed || names(WRITE) || (!writes && names(READ))
    }
}

/// What a client proves itself with.
#[derive(Clone, Copy, Debug)]
pub enum Proof<'a> {
    Key(&'a str),
    /// User name and password.
    Login {
        user_name: &'a str,
        password: &'a str,
    },
    /// 247Express's `ClientID` and `Token`.
    Session {
        client_id: i64,
        token: &'a str,
    },
}

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// Nobody has such a credential.
    Unknown,
    /// It held once.
    Expired,
    /// It was taken out of force.
    Disabled,
}

/// A session that a login opened.
#[derive(Clone, Debug)]
pub struct Session {
    pub client_id: i64,
    pub client_name: String,
    pub token: String,
    /// Microseconds since the epoch.
    pub expires: i64,
    /// The account's key for 247Express's tracking call.
    pub tracking_key: SecretString,
}

/// What an inbound webhook proves itself with.
#[derive(Clone, Copy, Debug)]
pub enum Knock<'a> {
    /// The token of its address `/in/{token}/…`.
    Token(&'a str),
    /// A value that a connection's settings hold under this name.
    Setting { name: &'a str, value: &'a str },
    /// Two values of one connection, such as user name and password; both compared in constant time.
    Pair {
        first: (&'a str, &'a str),
        second: (&'a str, &'a str),
    },
}

/// The connection that an inbound webhook was proved to belong to.
#[derive(Clone, Debug)]
pub struct Door {
    pub account: AccountId,
    pub connection: ConnectionId,
}

/// Bytes of a verified sender that no statement could be made of.
#[derive(Clone, Debug)]
pub struct Unread<'a> {
    pub strange: Strange,
    /// Without a credential that could be found in them; of a body over the limit its beginning.
    pub body: &'a [u8],
    /// Of a body over the limit: how much was read of it, and that much's SHA-256 in hexadecimal.
    pub over: Option<(u64, String)>,
}

/// What a look-up found.
#[derive(Clone, Debug)]
pub enum Found {
    Shipment(Box<ShipmentView>),
    /// Only another account has the number.
    AnotherAccount,
    Nothing,
}

/// One line of a status log: a message to a subscriber and what became of it.
#[derive(Clone, Debug)]
pub struct LoggedMessage {
    pub view: Arc<ShipmentView>,
    /// The statement that the message told, if it told one.
    pub statement: Option<u16>,
    /// Stable over retries.
    pub message_id: String,
    /// States before and after.
    pub change: trackway_model::change::ShipmentChange,
    pub at: i64,
    /// Sending failed: no connection, a time-out, an HTTP failure.
    pub call_error: Option<String>,
    /// The partner's system answered an error.
    pub partner_error: Option<String>,
}

/// What a facade asks. Every answer concerns the principal's own account only, but for
/// `Found::AnotherAccount`, which a dialect shows only where its vendor documents it.
#[async_trait]
pub trait Desk: Registrar {
    /// Microseconds since the epoch.
    fn now(&self) -> i64;

    /// An operator's setting such as `express247.lookups_per_day`; None where it is left at its default.
    fn setting(&self, name: &str) -> Option<String>;

    /// The code tables in force: those in the binary, or a replay's.
    fn vocabularies(&self) -> Arc<Vocabularies> {
        registry::built_in()
    }

    /// Who this is; None where the proof does not hold. Compares in constant time.
    async fn prove(
        &self,
        dialect: &'static str,
        proof: Proof<'_>,
    ) -> Result<Option<Principal>, DeskError>;

    /// Why a proof does not hold, where `prove` said so.
    async fn why_not(&self, dialect: &'static str, proof: Proof<'_>) -> Result<Denial, DeskError>;

    /// Opens a session for a login; None where it does not hold.
    async fn log_in(
        &self,
        dialect: &'static str,
        user_name: &str,
        password: &str,
    ) -> Result<Option<Session>, DeskError>;

    /// Counts one use against a limit per period; false when it is used up.
    async fn spend(
        &self,
        principal: &Principal,
        meter: &'static str,
        period: i64,
        limit: u64,
    ) -> Result<bool, DeskError>;

    /// Looks a number up among the account's shipments (the newest journey). `carrier`: ours, or
    /// None for any. `dialect`: whose document the view shall carry.
    async fn look_up(
        &self,
        principal: &Principal,
        dialect: &'static str,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Found, DeskError>;

    /// Our carrier code for a dialect's; None where the dialect has no such carrier.
    fn carrier(&self, dialect: &'static str, code: &str) -> Option<String>;

    /// Whose number this may be, by the catalog in force. Keeps nothing and asks nobody.
    fn detect(&self, number: &str, hints: &Hints<'_>) -> Detection<'static> {
        catalog::in_force().detect(number, hints)
    }

    /// Commits what a verified sender told. Receipts after the commit.
    async fn take(&self, intakes: Verified<Vec<Intake>>) -> Result<Vec<Receipt>, DeskError>;

    /// Keeps a verified sender's bytes that no statement could be made of, with what is wrong.
    async fn quarantine(
        &self,
        door: &Door,
        dialect: &'static str,
        unread: Unread<'_>,
    ) -> Result<(), DeskError>;

    /// The connection of `dialect` whose door this knock opens. Compares in constant time.
    async fn open(
        &self,
        dialect: &'static str,
        knock: Knock<'_>,
    ) -> Result<Option<Door>, DeskError>;

    /// A setting of the connection whose door was opened, such as the key that its sender signs with;
    /// None where it is not set.
    async fn door_setting(
        &self,
        door: &Door,
        name: &str,
    ) -> Result<Option<SecretString>, DeskError>;

    /// Messages of this dialect to the account's subscribers in a time window, oldest first, of
    /// these numbers or, where none are named, of all.
    async fn message_log(
        &self,
        principal: &Principal,
        dialect: &'static str,
        from: i64,
        to: i64,
        numbers: &[String],
    ) -> Result<Vec<LoggedMessage>, DeskError>;

    /// An answer given before under an idempotency key: `(payload fingerprint, status, body)`.
    async fn remembered(
        &self,
        principal: &Principal,
        key: &str,
    ) -> Result<Option<([u8; 32], u16, Vec<u8>)>, DeskError>;

    /// Keeps an answer under an idempotency key.
    async fn remember(
        &self,
        principal: &Principal,
        key: &str,
        fingerprint: [u8; 32],
        status: u16,
        body: Vec<u8>,
    ) -> Result<(), DeskError>;
}

/// Settings given with `--set k=v`.
pub type Settings = BTreeMap<String, String>;
