//! The store's ports, by subject. Operations are coarse and named by intent; each is one
//! transaction, and `Ok` means committed.

use crate::StoreError;
use crate::records::{
    Account, ApiKey, Attempt, Connection, Counts, Delivery, DoorProof, Endpoint, KeyProof, Poll,
    Registration, Remapping, Remembered, Verification,
};
use async_trait::async_trait;
use std::sync::Arc;
use tokio::sync::watch;
use trackway_model::change::{Change, FeedPosition};
use trackway_model::intake::{Intake, Receipt, Verified};
use trackway_model::track::{Document, Track};
use trackway_model::view::StatementView;
use trackway_model::{AccountId, ConnectionId, Digest, EndpointId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// Tracks, their log and their documents.
#[async_trait]
pub trait History: Send + Sync {
    /// Commits what was received: log, state and feed in one transaction, grouped over callers.
    /// Receipts come in the order of the intakes. A number not seen before gets its track here.
    async fn ingest(&self, intakes: Verified<Vec<Intake>>) -> Result<Vec<Receipt>>;

    /// The account's tracks under a number, of any carrier unless one is named.
    async fn find(
        &self,
        account: AccountId,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Vec<Arc<Track>>>;

    /// Whether an account other than this one has the number with that carrier.
    async fn held_by_another(
        &self,
        account: AccountId,
        carrier: &str,
        number: &str,
    ) -> Result<bool>;

    async fn track(&self, track: TrackId) -> Result<Option<Arc<Track>>>;

    /// Tracks in id order, those after `after` first; for replay, export and checks.
    async fn scan(&self, after: TrackId, limit: usize) -> Result<Vec<Arc<Track>>>;

    /// Statements with their words, in the order asked for.
    async fn statements(&self, track: &Track, ordinals: &[u16]) -> Result<Vec<StatementView>>;

    /// The body of a document; None after the shipment was erased.
    async fn document(&self, track: &Track, document: &Document) -> Result<Option<Vec<u8>>>;

    /// Stores new mappings of a track's statements in the log, folds again, and writes a `Revised`
    /// change if a state changed. Returns whether one did.
    async fn remap(&self, track: TrackId, remapped: Vec<Remapping>, now: i64) -> Result<bool>;

    /// Makes the track's words unreadable for ever: destroys its sealing key. Codes, times and
    /// milestones stay, so that it still folds.
    async fn erase(&self, track: TrackId) -> Result<()>;

    /// Rebuilds every track from the log and compares with the stored rows.
    async fn verify(&self) -> Result<Verification>;

    /// Root hash over all statements of a track.
    fn root(&self, track: &Track) -> Digest;

    async fn counts(&self) -> Result<Counts>;
}

/// The feed of changes.
#[async_trait]
pub trait Feed: Send + Sync {
    /// Changes after these positions, in order within a shard, at most about `limit`.
    async fn changes(
        &self,
        after: &[FeedPosition],
        limit: usize,
    ) -> Result<Vec<(FeedPosition, Change)>>;

    /// The one change at a position.
    async fn change(&self, at: FeedPosition) -> Result<Option<Change>>;

    /// The newest position of each shard.
    async fn head(&self) -> Result<Vec<FeedPosition>>;

    /// Rings after commits that wrote changes. A doorbell: what it says is only "look".
    fn doorbell(&self) -> watch::Receiver<u64>;
}

/// Accounts, keys, connections, endpoints, registrations.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The account of that name, made if it is not there.
    async fn account(&self, name: &str, now: i64) -> Result<Account>;
    async fn find_account(&self, name: &str) -> Result<Option<Account>>;
    async fn accounts(&self) -> Result<Vec<Account>>;

    /// Stores a key (its id is given by the store).
    async fn create_key(&self, key: ApiKey) -> Result<ApiKey>;
    /// The key that a request proves, disabled and expired ones too: the caller answers in its
    /// dialect's words.
    async fn key(&self, dialect: &str, proof: KeyProof<'_>) -> Result<Option<Arc<ApiKey>>>;
    async fn keys(&self, account: AccountId) -> Result<Vec<ApiKey>>;

    async fn create_connection(&self, connection: Connection) -> Result<Connection>;
    async fn connection(&self, id: ConnectionId) -> Result<Option<Arc<Connection>>>;
    async fn connections(&self) -> Result<Vec<Arc<Connection>>>;
    /// The connection whose door an inbound webhook has the key to.
    async fn door(&self, dialect: &str, proof: DoorProof<'_>) -> Result<Option<Arc<Connection>>>;

    async fn create_endpoint(&self, endpoint: Endpoint) -> Result<Endpoint>;
    async fn endpoints(&self) -> Result<Vec<Arc<Endpoint>>>;

    /// Registers a number for an account in a dialect, and with it the track and, where
    /// `connection` is given, a poll that is due at once: also where the registration is known, so
    /// that a second connection can be asked too. Returns the registration and whether it is new; a
    /// known one is returned unchanged.
    async fn register(
        &self,
        registration: Registration,
        connection: Option<ConnectionId>,
    ) -> Result<(Registration, bool)>;
    async fn registrations(
        &self,
        account: AccountId,
        dialect: &str,
        track: TrackId,
    ) -> Result<Vec<Registration>>;

    /// Counts `n` uses of a meter in a period (a day's number, say) against a limit, all or nothing.
    /// Returns whether they are allowed.
    async fn spend(&self, meter: &str, period: i64, n: u64, limit: u64) -> Result<bool>;

    /// The answer kept under an idempotency key of an account, if any.
    async fn remembered(&self, account: AccountId, key: &str) -> Result<Option<Remembered>>;
    /// Keeps an answer, sealed, for a day; under a key that begins with `quarantine/` for good.
    /// False when one is kept already.
    async fn remember(
        &self,
        account: AccountId,
        key: &str,
        answer: Remembered,
        now: i64,
    ) -> Result<bool>;

    /// A value of the installation, such as when it was made.
    async fn meta(&self, name: &str) -> Result<Option<String>>;
    async fn set_meta(&self, name: &str, value: &str) -> Result<()>;
}

/// What to ask upstreams, and when.
#[async_trait]
pub trait Polls: Send + Sync {
    /// Takes up to `limit` polls that are due and pushes their due time back by `lease_us`, so that
    /// a node that dies loses nothing and no other node asks meanwhile.
    async fn claim_polls(&self, now: i64, lease_us: i64, limit: usize) -> Result<Vec<Poll>>;
    /// Sets when to ask next and how often it failed in a row.
    async fn settle_poll(&self, poll: &Poll) -> Result<()>;
    /// When the next poll is due.
    async fn next_poll(&self) -> Result<Option<i64>>;
}

/// What is in flight to subscribers.
#[async_trait]
pub trait Deliveries: Send + Sync {
    /// Moves an endpoint's cursor and, in the same transaction, keeps what failed and the attempts.
    async fn advance(
        &self,
        endpoint: EndpointId,
        cursor: Vec<FeedPosition>,
        failed: Vec<Delivery>,
        attempts: Vec<Attempt>,
    ) -> Result<()>;
    /// Takes deliveries that are due, pushing their due time back by `lease_us`.
    async fn claim_deliveries(
        &self,
        now: i64,
        lease_us: i64,
        limit: usize,
    ) -> Result<Vec<Delivery>>;
    /// Settles one: removed where `delivery` is None, else kept with its new due time; and keeps
    /// the attempt.
    async fn settle_delivery(
        &self,
        endpoint: EndpointId,
        position: FeedPosition,
        delivery: Option<Delivery>,
        attempt: Attempt,
    ) -> Result<()>;
    /// When the next delivery is due.
    async fn next_delivery(&self) -> Result<Option<i64>>;
    async fn deliveries(&self, account: AccountId) -> Result<Vec<Delivery>>;
    /// Attempts to endpoints of an account within a time window, oldest first.
    async fn attempts(&self, account: AccountId, from: i64, to: i64) -> Result<Vec<Attempt>>;
}

/// A whole store.
#[async_trait]
pub trait Store: History + Feed + Directory + Polls + Deliveries {
    /// Finishes what is queued and writes derived rows back. The store refuses writes afterwards.
    async fn close(&self) -> Result<()>;
    /// Whether it takes writes.
    async fn ready(&self) -> Result<()>;
}
