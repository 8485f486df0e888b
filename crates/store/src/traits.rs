//! The store's ports, by subject. Operations are coarse and named by intent; each is one
//! transaction, and `Ok` means committed.

use crate::lanes::{Again, Backlog, EndpointState, Lane, LaneStart, Settlement};
use crate::records::{
    Account, ApiKey, Attempt, ChunkMark, Connection, Counts, Delivery, DoorProof, Endpoint,
    EndpointChange, KeyChange, KeyProof, Load, NewRegistration, OpenDeliveries, Poll, PollClaim,
    PollHead, PollKind, Registration, Remapping, Remembered, SettledPoll, Verification,
};
use crate::search::{ShipmentPage, ShipmentQuery, ShipmentRow};
use crate::{
    Bookings, Budgets, Errands, Freshness, Headway, Notices, Orders, Quarantine,
    RegistrationClocks, Registrations, Retention, StoreConfig, StoreError,
};
use async_trait::async_trait;
use secrecy::SecretString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use trackway_model::change::{Change, FeedPosition};
use trackway_model::intake::{Intake, Receipt, Verified};
use trackway_model::track::{Document, Track};
use trackway_model::view::StatementView;
use trackway_model::{AccountId, ConnectionId, Digest, EndpointId, KeyId, ShipmentId, TrackId};

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

    /// Whether an account other than these has the number with that carrier.
    async fn held_by_another(
        &self,
        accounts: &[AccountId],
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
    async fn verify(&self) -> Result<Verification> {
        self.verify_with(&Headway::default()).await
    }

    /// The same, telling how far it is: in pages of the log read and rows compared.
    async fn verify_with(&self, headway: &Headway) -> Result<Verification>;

    /// Root hash over all statements of a track.
    fn root(&self, track: &Track) -> Digest;

    /// The installation's secret for one purpose: the same at every start and on every node, stored
    /// nowhere, and of no use for any other purpose.
    fn secret(&self, purpose: &'static str) -> Digest;

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
    async fn endpoint(&self, id: EndpointId) -> Result<Option<Arc<Endpoint>>>;

    /// Registers a number for an account in a dialect, and with it the track and, where
    /// `connection` is given, a poll that is due at once: also where the registration is known, so
    /// that a second connection can be asked too. Returns the registration and whether it is new; a
    /// known one is returned unchanged.
    async fn register(
        &self,
        registration: Registration,
        connection: Option<ConnectionId>,
    ) -> Result<(Registration, bool)> {
        let Registration {
            account,
            dialect,
            carrier,
            number,
            created,
            data,
            ..
        } = registration;
        let wish = NewRegistration {
            account,
            dialect,
            carrier,
            number,
            created,
            data,
            key: None,
            references: Vec::new(),
            connections: connection.into_iter().collect(),
            clock_at: None,
            amend: false,
        };
        let mut made = self.register_many(vec![wish]).await?;
        made.pop().ok_or(StoreError::Damaged {
            what: "answer to a registration",
        })
    }

    /// Registers many numbers, with their references and the polls that are due at once, all or
    /// nothing. Answers come in the order of the wishes: the registration and whether it is new. A
    /// known one takes what a wish gives that wants to amend it, and is unchanged otherwise; the
    /// connections named with it are asked too. Where one call names a number several times, each
    /// answer is at least as new as its wish.
    async fn register_many(
        &self,
        wishes: Vec<NewRegistration>,
    ) -> Result<Vec<(Registration, bool)>>;

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
    /// Keeps an answer, sealed, for a day. False when one is kept already.
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

/// Changes of what an account owns. None, or false, where the account has no such record; what is
/// changed is in force for every look-up that begins after the answer.
#[async_trait]
pub trait Management: Send + Sync {
    async fn change_key(
        &self,
        account: AccountId,
        id: KeyId,
        change: KeyChange,
    ) -> Result<Option<ApiKey>>;
    /// Notes when a key was used, for people to see. Never goes back.
    async fn use_key(&self, id: KeyId, at: i64) -> Result<()>;
    async fn pause_connection(
        &self,
        account: AccountId,
        id: ConnectionId,
        paused: bool,
    ) -> Result<Option<Arc<Connection>>>;
    async fn change_endpoint(
        &self,
        account: AccountId,
        id: EndpointId,
        change: EndpointChange,
    ) -> Result<Option<Arc<Endpoint>>>;
    /// Signs with another secret from now on; the one before signs beside it until then, and the one
    /// before that no more.
    async fn rotate_secret(
        &self,
        account: AccountId,
        id: EndpointId,
        secret: SecretString,
        until: i64,
    ) -> Result<Option<Arc<Endpoint>>>;
    /// Removes an endpoint with its cursor and its deliveries; attempts stay until their age ends.
    async fn delete_endpoint(&self, account: AccountId, id: EndpointId) -> Result<bool>;
}

/// Finding shipments by what is known of them.
#[async_trait]
pub trait Search: Send + Sync {
    /// The shipments that are asked for, newest first; those after `after` (the last one of the page
    /// before), at most `limit` and at most `search::LONGEST_PAGE`.
    async fn shipments(
        &self,
        query: &ShipmentQuery,
        after: Option<ShipmentId>,
        limit: usize,
    ) -> Result<ShipmentPage>;

    /// Every journey under a number as a list shows it, newest first; nothing where there is no such
    /// track.
    async fn journeys(&self, track: TrackId) -> Result<Vec<ShipmentRow>>;
}

/// What to ask upstreams, and when.
#[async_trait]
pub trait Polls: Send + Sync {
    /// The first poll of each kind on each connection that is not paused, due or not: one read of an
    /// index for each.
    async fn poll_heads(&self) -> Result<Vec<PollHead>>;
    /// Takes polls of one connection and kind that are due, those due longest first, and pushes their
    /// due time back by the lease, so that a node that dies loses nothing and no other node asks
    /// meanwhile.
    async fn claim_polls(&self, claim: PollClaim) -> Result<Vec<Poll>>;
    /// Sets when to ask next and how often it failed in a row; by schedule from then on. One that was
    /// ended since the claim stays ended; one that was woken or asked for since is due still.
    async fn settle_polls(&self, settled: Vec<SettledPoll>) -> Result<()>;
    /// When the next of those is due.
    async fn next_poll(&self) -> Result<Option<i64>>;
    /// A track's polls, ended ones too.
    async fn polls_of(&self, track: TrackId) -> Result<Vec<Poll>>;
    /// Makes all polls of a track due, ended ones too; where somebody asks for it, upstreams that were
    /// given the number owe a look of their own. Returns how many there are.
    async fn ask_polls(&self, track: TrackId, kind: PollKind, now: i64) -> Result<u64>;
    /// Makes the ended polls of tracks due, as new ones. Returns how many there were.
    async fn wake_polls(&self, tracks: Vec<TrackId>, now: i64) -> Result<u64>;
    /// How many numbers a connection is asked about. Reads them all: not for every call.
    async fn count_polls(&self, connection: ConnectionId) -> Result<u64>;
}

/// What is in flight to subscribers.
#[async_trait]
pub trait Deliveries: Send + Sync {
    /// Renews this node's lanes and takes those that no other holds, for `lease` by the store's own
    /// clock. Returns all that it holds now; disabled endpoints have no lane.
    async fn hold_lanes(&self, lease: Duration) -> Result<Vec<Lane>>;
    /// Lets other nodes take this node's lanes at once.
    async fn release_lanes(&self) -> Result<()>;
    /// What a lane needs to go on.
    async fn start_lane(&self, endpoint: EndpointId) -> Result<LaneStart>;
    /// How often others put something into an endpoint's queue, for those where they did at all.
    async fn asked(&self) -> Result<Vec<(EndpointId, i64)>>;
    /// An endpoint's deliveries that are not parked, by position, those behind `after` first.
    async fn waiting_deliveries(
        &self,
        endpoint: EndpointId,
        after: Option<FeedPosition>,
        limit: usize,
    ) -> Result<Vec<Delivery>>;
    /// An endpoint's deliveries that were parked at `since` or later, those due first before others.
    async fn parked_deliveries(
        &self,
        endpoint: EndpointId,
        since: i64,
        limit: usize,
    ) -> Result<Vec<Delivery>>;
    /// Stores what became of messages, of many lanes in one transaction. False for a lane that
    /// another node has taken or whose endpoint is gone: nothing of its settlement is stored.
    async fn settle(&self, settlements: Vec<Arc<Settlement>>) -> Result<Vec<bool>>;
    /// Puts changes into an endpoint's queue, due at once and as if never tried. Returns how many.
    async fn send_again(&self, endpoint: EndpointId, again: Vec<Again>, now: i64) -> Result<u64>;
    /// How every endpoint answers that was ever told something.
    async fn endpoint_states(&self) -> Result<Vec<(EndpointId, EndpointState)>>;
    /// Queues that are not empty.
    async fn backlogs(&self) -> Result<Vec<Backlog>>;
    /// When the next delivery to an endpoint that is not disabled is due; parked ones are not.
    async fn next_delivery(&self) -> Result<Option<i64>>;
    async fn deliveries(&self, account: AccountId) -> Result<Vec<Delivery>>;
    /// Some of them, in the order of endpoint and position, at most `limit`.
    async fn open_deliveries(
        &self,
        account: AccountId,
        wanted: &OpenDeliveries,
        limit: usize,
    ) -> Result<Vec<Delivery>>;
    /// All attempts at a delivery that once failed, oldest first.
    async fn attempts_of(
        &self,
        endpoint: EndpointId,
        position: FeedPosition,
    ) -> Result<Vec<Attempt>>;
    /// Attempts to endpoints of an account within a time window, oldest first.
    async fn attempts(&self, account: AccountId, from: i64, to: i64) -> Result<Vec<Attempt>>;
    /// The same by chunks before a mark, newest first, at most `limit` chunks; a chunk may hold
    /// attempts outside of the window.
    async fn attempts_before(
        &self,
        account: AccountId,
        window: (i64, i64),
        before: ChunkMark,
        limit: usize,
    ) -> Result<Vec<(ChunkMark, Vec<Attempt>)>>;
}

/// A whole store.
#[async_trait]
pub trait Store:
    History
    + Feed
    + Directory
    + Search
    + Management
    + Polls
    + Bookings
    + Errands
    + RegistrationClocks
    + Registrations
    + Budgets
    + Deliveries
    + Notices
    + Orders
    + Quarantine
    + Freshness
    + Retention
{
    /// Finishes what is queued and writes derived rows back. The store refuses writes afterwards.
    async fn close(&self) -> Result<()>;
    /// Whether it takes writes.
    async fn ready(&self) -> Result<()>;
    /// What it was opened with.
    fn config(&self) -> &StoreConfig;
    /// Writes everything that was committed before the call into a new SQLite file, in one snapshot,
    /// while writers go on. The file may be behind its log, as after a crash.
    async fn copy_to_file(&self, file: &Path) -> Result<()>;
    /// Whether the schema is still this release's: another process may have changed it.
    async fn check_schema(&self) -> Result<()>;
    /// What it is doing.
    fn load(&self) -> Load;
}
