//! A store that breaks one promise, and keeps all others by asking the real one.

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::SecretString;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use trackway_model::change::{Change, FeedPosition};
use trackway_model::intake::{Content, Intake, Receipt, Verified};
use trackway_model::orders::{
    Kind, Level, Name, Record, RecordId, RecordPage, RecordQuery, StockKey,
};
use trackway_model::track::{Document, Track};
use trackway_model::view::StatementView;
use trackway_model::{
    AccountId, ConnectionId, Digest, EndpointId, KeyId, QuarantineId, ShipmentId, Stage, TrackId,
};
use trackway_store::ages::{Ages, ConnectionState, Heard};
use trackway_store::bookings::{Booking, SettledBooking};
use trackway_store::budgets::{CallsTaken, CallsWish, Refusal};
use trackway_store::clocks::{DueClock, WoundClock};
use trackway_store::errands::{Entrusted, NewEntrusted, SettledErrand};
use trackway_store::lanes::{Again, Backlog, EndpointState, Lane, LaneStart, Settlement};
use trackway_store::notices::{
    Kept, Mail, MailLimits, NewMail, NewRecipient, NoticePolicy, Recipient, RecipientId, Standing,
};
use trackway_store::orders::{Answer, Entry as LedgerEntry, Task, Whose};
use trackway_store::quarantine::{Noted, Payload, Quarantined, Wanted};
use trackway_store::records::{
    Account, ApiKey, Attempt, ChunkMark, Connection, Counts, Delivery, DoorProof, Endpoint,
    EndpointChange, KeyChange, KeyProof, Load, NewRegistration, OpenDeliveries, Poll, PollClaim,
    PollHead, PollKind, Registration, Remapping, Remembered, SettledPoll, Verification,
};
use trackway_store::registrations::{
    Again as Asked, Book, BookQuery, Entry, Key, Mark, Move, Moved,
};
use trackway_store::retention::{Archived, Bodies, Step};
use trackway_store::search::{ShipmentPage, ShipmentQuery, ShipmentRow};
use trackway_store::{
    Bookings, Budgets, Deliveries, Directory, Errands, Feed, Freshness, Headway, History,
    Management, Notices, Orders, Polls, Quarantine, RegistrationClocks, Registrations, Retention,
    Search, Store, StoreConfig, StoreError,
};

type Result<T> = std::result::Result<T, StoreError>;

/// The promise that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// None: the honest build.
    Nothing,
    /// Receipts are given at once; what was taken in is committed later, with a heartbeat.
    AcknowledgeBeforeCommit,
    /// An endpoint's cursor moves past what is on its way and what waits.
    CursorPastUnsent,
    /// A node takes lanes that another one holds, and settles them as if it were that one.
    DoubleLease,
    /// Calls to an upstream are granted and not written into the ledger.
    CallsNotTaken,
}

/// Taken in, acknowledged, and not committed.
#[derive(Default)]
struct Unwritten {
    young: Vec<Intake>,
    /// What a heartbeat has seen: the next one commits it.
    old: Vec<Intake>,
}

pub struct Sabotaged {
    store: Arc<dyn Store>,
    how: Sabotage,
    /// Whose leases it takes for its own.
    leases: Arc<dyn Store>,
    unwritten: Mutex<Unwritten>,
}

impl Sabotaged {
    pub fn new(store: Arc<dyn Store>, how: Sabotage) -> Self {
        Self {
            leases: store.clone(),
            store,
            how,
            unwritten: Mutex::default(),
        }
    }

    /// Where leases are doubled, those of this store are taken, another node's.
    #[must_use]
    pub fn beside(mut self, other: &Arc<dyn Store>) -> Self {
        if self.how == Sabotage::DoubleLease {
            self.leases = other.clone();
        }
        self
    }

    /// Commits what the heartbeat before has seen.
    async fn write_behind(&self) -> Result<()> {
        let old = {
            let mut unwritten = self.unwritten.lock();
            let young = std::mem::take(&mut unwritten.young);
            std::mem::replace(&mut unwritten.old, young)
        };
        if !old.is_empty() {
            // Attested when it was taken in.
            self.store.ingest(Verified::attest(old)).await?;
        }
        Ok(())
    }
}

/// The receipt that a commit would have given, as far as anybody looks.
fn receipt(intake: &Intake) -> Receipt {
    let new = match &intake.content {
        Content::News(statements) => statements.len() as u32,
        Content::Document(_) | Content::Opening(_) => 0,
    };
    Receipt {
        shipment: ShipmentId(0),
        stage: Stage::Unknown,
        new,
        versions: 0,
        repeats: 0,
        unchanged: false,
    }
}

/// Implements a port by asking the real store, but for what is written out.
macro_rules! ask_the_real_one {
    ($port:ident { $($written:tt)* }
        $(async $name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*
        $(plain $plain:ident($($of:ident: $what:ty),*) -> $gives:ty;)*) => {
        #[async_trait]
        impl $port for Sabotaged {
            $($written)*
            $(async fn $name(&self, $($argument: $kind),*) -> $answer {
                self.store.$name($($argument),*).await
            })*
            $(fn $plain(&self, $($of: $what),*) -> $gives {
                self.store.$plain($($of),*)
            })*
        }
    };
}

ask_the_real_one! {
    History {
        async fn ingest(&self, intakes: Verified<Vec<Intake>>) -> Result<Vec<Receipt>> {
            if self.how != Sabotage::AcknowledgeBeforeCommit {
                return self.store.ingest(intakes).await;
            }
            let intakes = intakes.into_inner();
            let receipts = intakes.iter().map(receipt).collect();
            self.unwritten.lock().young.extend(intakes);
            Ok(receipts)
        }
    }
    async find(account: AccountId, carrier: Option<&str>, number: &str) -> Result<Vec<Arc<Track>>>;
    async held_by_another(accounts: &[AccountId], carrier: &str, number: &str) -> Result<bool>;
    async track(track: TrackId) -> Result<Option<Arc<Track>>>;
    async scan(after: TrackId, limit: usize) -> Result<Vec<Arc<Track>>>;
    async statements(track: &Track, ordinals: &[u16]) -> Result<Vec<StatementView>>;
    async document(track: &Track, document: &Document) -> Result<Option<Vec<u8>>>;
    async remap(track: TrackId, remapped: Vec<Remapping>, now: i64) -> Result<bool>;
    async erase(track: TrackId) -> Result<()>;
    async verify_with(headway: &Headway) -> Result<Verification>;
    async counts() -> Result<Counts>;
    plain root(track: &Track) -> Digest;
    plain secret(purpose: &'static str) -> Digest;
}

ask_the_real_one! {
    Feed {}
    async changes(after: &[FeedPosition], limit: usize) -> Result<Vec<(FeedPosition, Change)>>;
    async change(at: FeedPosition) -> Result<Option<Change>>;
    async head() -> Result<Vec<FeedPosition>>;
    plain doorbell() -> watch::Receiver<u64>;
}

ask_the_real_one! {
    Directory {}
    async account(name: &str, now: i64) -> Result<Account>;
    async find_account(name: &str) -> Result<Option<Account>>;
    async accounts() -> Result<Vec<Account>>;
    async create_key(key: ApiKey) -> Result<ApiKey>;
    async key(dialect: &str, proof: KeyProof<'_>) -> Result<Option<Arc<ApiKey>>>;
    async keys(account: AccountId) -> Result<Vec<ApiKey>>;
    async create_connection(connection: Connection) -> Result<Connection>;
    async connection(id: ConnectionId) -> Result<Option<Arc<Connection>>>;
    async connections() -> Result<Vec<Arc<Connection>>>;
    async door(dialect: &str, proof: DoorProof<'_>) -> Result<Option<Arc<Connection>>>;
    async create_endpoint(endpoint: Endpoint) -> Result<Endpoint>;
    async endpoints() -> Result<Vec<Arc<Endpoint>>>;
    async endpoint(id: EndpointId) -> Result<Option<Arc<Endpoint>>>;
    async register_many(wishes: Vec<NewRegistration>) -> Result<Vec<(Registration, bool)>>;
    async registrations(account: AccountId, dialect: &str, track: TrackId)
        -> Result<Vec<Registration>>;
    async spend(meter: &str, period: i64, n: u64, limit: u64) -> Result<bool>;
    async remembered(account: AccountId, key: &str) -> Result<Option<Remembered>>;
    async remember(account: AccountId, key: &str, answer: Remembered, now: i64) -> Result<bool>;
    async meta(name: &str) -> Result<Option<String>>;
    async set_meta(name: &str, value: &str) -> Result<()>;
}

ask_the_real_one! {
    Management {}
    async change_key(account: AccountId, id: KeyId, change: KeyChange) -> Result<Option<ApiKey>>;
    async use_key(id: KeyId, at: i64) -> Result<()>;
    async pause_connection(account: AccountId, id: ConnectionId, paused: bool)
        -> Result<Option<Arc<Connection>>>;
    async change_endpoint(account: AccountId, id: EndpointId, change: EndpointChange)
        -> Result<Option<Arc<Endpoint>>>;
    async rotate_secret(account: AccountId, id: EndpointId, secret: SecretString, until: i64)
        -> Result<Option<Arc<Endpoint>>>;
    async delete_endpoint(account: AccountId, id: EndpointId) -> Result<bool>;
}

ask_the_real_one! {
    Search {}
    async shipments(query: &ShipmentQuery, after: Option<ShipmentId>, limit: usize)
        -> Result<ShipmentPage>;
    async journeys(track: TrackId) -> Result<Vec<ShipmentRow>>;
}

ask_the_real_one! {
    Polls {}
    async poll_heads() -> Result<Vec<PollHead>>;
    async claim_polls(claim: PollClaim) -> Result<Vec<Poll>>;
    async settle_polls(settled: Vec<SettledPoll>) -> Result<()>;
    async next_poll() -> Result<Option<i64>>;
    async polls_of(track: TrackId) -> Result<Vec<Poll>>;
    async ask_polls(track: TrackId, kind: PollKind, now: i64) -> Result<u64>;
    async wake_polls(tracks: Vec<TrackId>, now: i64) -> Result<u64>;
    async count_polls(connection: ConnectionId) -> Result<u64>;
}

ask_the_real_one! {
    Errands {}
    async entrust(entrusted: Vec<NewEntrusted>) -> Result<()>;
    async entrusted(connection: ConnectionId, tracks: &[TrackId]) -> Result<Vec<Entrusted>>;
    async settle_errands(settled: Vec<SettledErrand>) -> Result<()>;
    async count_errands(connection: ConnectionId) -> Result<u64>;
}

ask_the_real_one! {
    Bookings {}
    async claim_bookings(now: i64, lease_us: i64, limit: usize) -> Result<Vec<Booking>>;
    async settle_booking(settled: SettledBooking) -> Result<bool>;
    async next_booking() -> Result<Option<i64>>;
    async count_bookings(connection: ConnectionId) -> Result<u64>;
}

ask_the_real_one! {
    RegistrationClocks {}
    async next_clock() -> Result<Option<i64>>;
    async due_clocks(now: i64, limit: usize) -> Result<Vec<DueClock>>;
    async wind_clock(wound: WoundClock) -> Result<bool>;
}

ask_the_real_one! {
    Registrations {}
    async entries_of(book: &Book, tracks: &[TrackId]) -> Result<Vec<Entry>>;
    async entries(book: &Book, query: &BookQuery, after: Option<Mark>, limit: usize) -> Result<Vec<Entry>>;
    async count_entries(book: &Book, query: &BookQuery) -> Result<u64>;
    async replace_entry(book: &Book, id: i64, data: Value, key: Option<Key>, now: i64) -> Result<bool>;
    async unregister(book: &Book, ids: Vec<i64>, now: i64) -> Result<u64>;
    async move_entries(book: &Book, to: Move) -> Result<Moved>;
    async refresh_entry(book: &Book, id: i64, now: i64, since: i64) -> Result<Asked>;
}

ask_the_real_one! {
    Budgets {
        async fn take_calls(&self, wish: CallsWish) -> Result<CallsTaken> {
            let (budget, number) = (wish.budget.clone(), wish.number);
            let taken = self.store.take_calls(wish).await?;
            if self.how == Sabotage::CallsNotTaken && taken.granted > 0 {
                self.store.move_calls(&budget, number, None, taken.granted).await?;
            }
            Ok(taken)
        }
    }
    async shared_time(now: i64) -> Result<i64>;
    async move_calls(budget: &str, from: i64, to: Option<i64>, calls: u64) -> Result<()>;
    async calls_taken(budget: &str, counted: (i64, i64)) -> Result<CallsTaken>;
    async keep_refusal(budget: &str, refusal: Refusal) -> Result<()>;
    async refusal(budget: &str) -> Result<Option<Refusal>>;
}

ask_the_real_one! {
    Deliveries {
        async fn hold_lanes(&self, lease: Duration) -> Result<Vec<Lane>> {
            self.write_behind().await?;
            self.leases.hold_lanes(lease).await
        }
        async fn release_lanes(&self) -> Result<()> {
            self.leases.release_lanes().await
        }
        async fn settle(&self, settlements: Vec<Arc<Settlement>>) -> Result<Vec<bool>> {
            if self.how != Sabotage::CursorPastUnsent {
                return self.leases.settle(settlements).await;
            }
            let further = |settlement: &Arc<Settlement>| {
                let mut settlement = settlement.as_ref().clone();
                let progress = &mut settlement.progress;
                progress.cursor.clone_from(&progress.reached);
                progress.open.clear();
                Arc::new(settlement)
            };
            self.leases.settle(settlements.iter().map(further).collect()).await
        }
    }
    async start_lane(endpoint: EndpointId) -> Result<LaneStart>;
    async asked() -> Result<Vec<(EndpointId, i64)>>;
    async waiting_deliveries(endpoint: EndpointId, after: Option<FeedPosition>, limit: usize)
        -> Result<Vec<Delivery>>;
    async parked_deliveries(endpoint: EndpointId, since: i64, limit: usize)
        -> Result<Vec<Delivery>>;
    async send_again(endpoint: EndpointId, again: Vec<Again>, now: i64) -> Result<u64>;
    async endpoint_states() -> Result<Vec<(EndpointId, EndpointState)>>;
    async backlogs() -> Result<Vec<Backlog>>;
    async next_delivery() -> Result<Option<i64>>;
    async deliveries(account: AccountId) -> Result<Vec<Delivery>>;
    async open_deliveries(account: AccountId, wanted: &OpenDeliveries, limit: usize)
        -> Result<Vec<Delivery>>;
    async attempts_of(endpoint: EndpointId, position: FeedPosition) -> Result<Vec<Attempt>>;
    async attempts(account: AccountId, from: i64, to: i64) -> Result<Vec<Attempt>>;
    async attempts_before(
        account: AccountId, window: (i64, i64), before: ChunkMark, limit: usize
    ) -> Result<Vec<(ChunkMark, Vec<Attempt>)>>;
}

ask_the_real_one! {
    Notices {}
    async notice_policy(account: AccountId) -> Result<Option<NoticePolicy>>;
    async set_notice_policy(account: AccountId, policy: NoticePolicy) -> Result<()>;
    async keep_recipient(recipient: NewRecipient, most: usize) -> Result<Kept>;
    async recipients(shipment: ShipmentId) -> Result<Vec<Recipient>>;
    async end_recipient(shipment: ShipmentId, id: RecipientId, standing: Standing, now: i64)
        -> Result<bool>;
    async mails(shipment: ShipmentId) -> Result<Vec<Mail>>;
    async mail_cursor() -> Result<Vec<FeedPosition>>;
    async queue_mails(cursor: Vec<FeedPosition>, mails: Vec<NewMail>) -> Result<u64>;
    async claim_mail(now: i64, lease_us: i64, limits: MailLimits) -> Result<Option<Mail>>;
    async settle_mail(mail: Mail) -> Result<()>;
    async next_mail() -> Result<Option<i64>>;
    plain recipient_of(account: AccountId, address: &str) -> RecipientId;
}

ask_the_real_one! {
    Orders {}
    async carry_out(tasks: Vec<Task>) -> Result<Vec<Answer>>;
    async record(account: AccountId, kind: Kind, id: RecordId) -> Result<Option<Record>>;
    async several(account: AccountId, ids: &[(Kind, RecordId)]) -> Result<Vec<Arc<Record>>>;
    async record_named(account: AccountId, kind: Kind, name: &Name) -> Result<Option<Record>>;
    async records(account: AccountId, query: &RecordQuery) -> Result<RecordPage>;
    async levels(account: AccountId, items: &[RecordId]) -> Result<Vec<(StockKey, Level)>>;
    async movements(account: AccountId, key: StockKey, after: u64, limit: usize) -> Result<Vec<LedgerEntry>>;
    async erase_party(account: AccountId, whose: Whose) -> Result<u64>;
}

ask_the_real_one! {
    Quarantine {}
    async note_strange(noted: Vec<Noted>) -> Result<()>;
    async quarantined(wanted: &Wanted, limit: usize) -> Result<Vec<Quarantined>>;
    async payloads(id: QuarantineId, after: i64, limit: usize) -> Result<Vec<(i64, Payload)>>;
    async release(id: QuarantineId, payload: i64) -> Result<()>;
    async drop_quarantined(account: Option<AccountId>, id: QuarantineId) -> Result<bool>;
}

ask_the_real_one! {
    Freshness {}
    async note_heard(heard: Vec<Heard>, states: Vec<ConnectionState>) -> Result<()>;
    async ages(now: i64) -> Result<Vec<Ages>>;
    async registered() -> Result<u64>;
    async connection_states() -> Result<Vec<ConnectionState>>;
}

ask_the_real_one! {
    Retention {}
    async archived(track: &Track, document: &Document) -> Result<Archived>;
    async archive_edge() -> Result<i64>;
    async remove_bodies(walk: Bodies, limit: usize) -> Result<Step>;
    async remove_attempts(before: i64, limit: usize) -> Result<u64>;
    async remove_quarantined(before: i64, limit: usize) -> Result<u64>;
}

ask_the_real_one! {
    Store {
        async fn close(&self) -> Result<()> {
            // An orderly end loses nothing: only a kill shows the sabotage.
            for _ in 0..2 {
                self.write_behind().await?;
            }
            self.store.close().await
        }
    }
    async ready() -> Result<()>;
    async copy_to_file(file: &Path) -> Result<()>;
    async check_schema() -> Result<()>;
    plain config() -> &StoreConfig;
    plain load() -> Load;
}
