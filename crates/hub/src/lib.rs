//! The hub: takes in what sources tell, asks upstreams, tells subscribers, and answers the facades.
//!
//! Guarantee: what a call answered is committed. Everything that the hub remembers between two calls
//! it can read again from the store, so a node may die at any moment: polls and deliveries that it
//! held come due again (at least once), cursors move only after the outcome is stored.
//!
//! `Hub::open` wires it, `start` begins to poll and deliver, `stop` ends both and closes the store.
//! Commands that work on the same data call the same functions without `start`.

pub mod accounts;
mod addresses;
mod admitting;
pub mod ages;
pub mod alerts;
mod booking;
pub mod budget;
pub mod carriers;
mod checks;
pub mod clock;
pub mod clocks;
pub mod consoles;
mod deliver;
mod desk;
pub mod detecting;
pub mod endpoints;
pub mod erasing;
mod errands;
mod error;
pub mod explain;
pub mod following;
pub mod health;
mod ingest;
mod instant;
mod judged;
pub mod language;
pub mod links;
pub mod listing;
mod log;
pub mod mail;
pub mod manage;
pub mod metrics;
pub mod net;
mod notes;
pub mod notices;
pub mod orders;
pub mod outbound;
pub mod overview;
mod poll;
pub mod polling;
pub mod probe;
pub mod pull;
mod pushing;
pub mod quarantine;
pub mod reading;
pub mod refresh;
mod registrar;
pub mod replay;
pub mod resend;
pub mod retention;
mod rhythm;
pub mod sandbox;
mod schedule;
pub mod sent;
mod session;
mod shipments;
mod spend;
mod tokens;
pub mod unregistered;
mod uses;
mod views;

pub use accounts::{
    CreatedConnection, CreatedEndpoint, CreatedKey, NewConnection, NewEndpoint, NewKey,
};
pub use clock::{Clock, SystemClock, TestClock};
pub use error::HubError;
pub use explain::{Explanation, Shown};
pub use links::{Link, Linked, Opened};
pub use replay::{Replayed, Revision};
pub use retention::Retention;
pub use shipments::{Erased, NewTracking, Tracked, check_number};
pub use trackway_store::Headway;
pub use unregistered::Unregistered;

use carriers::Carriers;
use jiff::tz::TimeZone;
use metrics::Metrics;
use outbound::{Outbound, Reach};
use parking_lot::{Mutex, RwLock};
use polling::priors::Priors;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trackway_dialects::registry::{self, Vocabularies};
use trackway_model::fold::{DEFAULT_REUSE_AFTER, FoldRules};
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{AccountId, ConnectionId};
use trackway_store::{Entropy, Store, SystemEntropy};

/// How long `stop` lets what is in flight finish.
const GRACE: Duration = Duration::from_secs(10);

/// See `HubConfig::parked_for`.
pub const PARKED_FOR: Duration = Duration::from_hours(7 * 24);

/// What an operator can set.
#[derive(Clone)]
pub struct HubConfig {
    /// Settings that the dialects ask for by name, such as `express247.lookups_per_day`.
    pub settings: BTreeMap<String, String>,
    /// How far requests that go out may reach.
    pub outbound: Reach,
    /// The address under which people reach this server; links begin with it.
    pub public_url: Option<String>,
    /// Whether this node asks upstreams.
    pub poll: bool,
    /// Whether this node tells subscribers.
    pub deliver: bool,
    /// How long a 247Express `ClientLogin` token holds.
    pub session_lifetime: Duration,
    /// E-mail to people; without it nobody is written to.
    pub mail: Option<mail::MailConfig>,
    pub retention: Retention,
    /// How long a parked message is sent again by itself once its endpoint answers well.
    pub parked_for: Duration,
    /// What becomes of numbers that webhooks tell of and nobody registered.
    pub unregistered: Unregistered,
    /// How often to look for work that another process may have left in the store.
    pub look_every: Duration,
    pub entropy: Arc<dyn Entropy>,
    /// The longest that an upstream is left alone, whatever it said; without it the tables say how
    /// long. For worlds whose days pass in seconds.
    pub longest_rest: Option<Duration>,
    /// What stands in for upstreams in test mode; without it sandboxes hear nothing.
    pub simulation: Option<Arc<dyn sandbox::Simulation>>,
}

impl std::fmt::Debug for HubConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HubConfig")
            .field("settings", &self.settings.keys())
            .field("outbound", &self.outbound)
            .field("poll", &self.poll)
            .field("deliver", &self.deliver)
            .finish_non_exhaustive()
    }
}

impl Default for HubConfig {
    fn default() -> Self {
        Self {
            settings: BTreeMap::new(),
            outbound: Reach::default(),
            public_url: None,
            poll: true,
            deliver: true,
            session_lifetime: Duration::from_hours(24),
            mail: None,
            retention: Retention::default(),
            parked_for: PARKED_FOR,
            unregistered: Unregistered::default(),
            look_every: Duration::from_secs(1),
            entropy: Arc::new(SystemEntropy),
            longest_rest: None,
            simulation: None,
        }
    }
}

/// What the fold needs besides the track, the same wherever tracks are folded.
pub fn fold_rules() -> FoldRules {
    FoldRules {
        streams: registry::streams(),
        reuse_after: DEFAULT_REUSE_AFTER,
    }
}

/// The hub over one store.
pub struct Hub {
    store: Arc<dyn Store>,
    config: HubConfig,
    clock: Arc<dyn Clock>,
    /// Replaced by a replay.
    vocabularies: RwLock<Arc<Vocabularies>>,
    carriers: Carriers,
    priors: Priors,
    outbound: Outbound,
    zones: RwLock<HashMap<ConnectionId, Option<TimeZone>>>,
    account_names: RwLock<HashMap<AccountId, Arc<str>>>,
    budgets: spend::Budgets,
    purses: budget::Purses,
    uses: uses::Uses,
    metrics: Arc<Metrics>,
    kept: health::Kept,
    notes: notes::Notes,
    counted: ages::Counted,
    rests: polling::rests::Rests,
    unclaimed: tokio::sync::Mutex<overview::Unclaimed>,
    /// When it was opened, by the clock that never goes back.
    began: Duration,
    /// Held while a sandbox is made.
    furnishing: tokio::sync::Mutex<()>,
    /// Sessions that carriers opened.
    sessions: booking::Sessions,
    /// Rings when a carrier may have to be told something.
    bookings_bell: Notify,
    /// Rings when a poll may have come due.
    polls_bell: Notify,
    /// E-mail as it is set up.
    mailing: Option<Arc<mail::Mailing>>,
    /// Rings when an e-mail was queued.
    mails_bell: Notify,
    /// Rings when an endpoint was added, changed or removed.
    endpoints_bell: Notify,
    running: Mutex<Option<Running>>,
}

struct Running {
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Hub {
    /// Wires a hub over a store; nothing runs yet. Code tables that a replay put in force are read
    /// back from the store.
    pub async fn open(
        store: Arc<dyn Store>,
        config: HubConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, HubError> {
        let vocabularies = replay::in_force(store.as_ref()).await?;
        let mailing = config.mail.as_ref().map(mail::Mailing::new).transpose()?;
        let began = clock.monotonic();
        Ok(Arc::new(Self {
            outbound: Outbound::new(config.outbound.clone(), clock.clone()),
            store,
            config,
            clock,
            vocabularies: RwLock::new(Arc::new(vocabularies)),
            carriers: Carriers::of(trackway_numbers::catalog::in_force())?,
            priors: Priors::built_in()?,
            zones: RwLock::default(),
            account_names: RwLock::default(),
            budgets: spend::Budgets::default(),
            purses: budget::Purses::default(),
            uses: uses::Uses::default(),
            metrics: Arc::default(),
            kept: health::Kept::default(),
            notes: notes::Notes::default(),
            counted: ages::Counted::default(),
            rests: polling::rests::Rests::default(),
            unclaimed: tokio::sync::Mutex::default(),
            began,
            furnishing: tokio::sync::Mutex::default(),
            sessions: booking::Sessions::default(),
            bookings_bell: Notify::new(),
            polls_bell: Notify::new(),
            mailing: mailing.map(Arc::new),
            mails_bell: Notify::new(),
            endpoints_bell: Notify::new(),
            running: Mutex::new(None),
        }))
    }

    /// Begins to poll and to deliver, as far as the configuration says; a second call does nothing.
    pub fn start(self: &Arc<Self>) {
        let mut running = self.running.lock();
        if running.is_some() {
            return;
        }
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        if self.config.poll {
            tasks.spawn(polling::run(self.clone(), stop.clone()));
            tasks.spawn(booking::run(self.clone(), stop.clone()));
        }
        if self.config.deliver {
            tasks.spawn(deliver::keeper::run(self.clone(), stop.clone()));
        }
        tasks.spawn(notes::run(self.clone(), stop.clone()));
        if let Some(mailing) = self.mailing.clone().filter(|_| self.config.deliver) {
            tasks.spawn(mail::run(self.clone(), mailing, stop.clone()));
        }
        tasks.spawn(clocks::run(self.clone(), stop.clone()));
        tasks.spawn(retention::run(self.clone(), stop.clone()));
        *running = Some(Running { stop, tasks });
    }

    /// Lets what is in flight finish for a while, ends the tasks, and closes the store. Whatever did
    /// not finish comes due again at the next start. Stop serving requests first.
    pub async fn stop(&self) -> Result<(), HubError> {
        let running = self.running.lock().take();
        if let Some(Running { stop, mut tasks }) = running {
            stop.cancel();
            let ended = async { while tasks.join_next().await.is_some() {} };
            if tokio::time::timeout(GRACE, ended).await.is_err() {
                tracing::warn!("polls or deliveries were cut off by the stop; they come due again");
                tasks.shutdown().await;
            }
        }
        self.empty_purses().await;
        if let Err(error) = self.write_notes().await {
            tracing::warn!(%error, "what was noted last could not be written");
        }
        Ok(self.store.close().await?)
    }

    /// The store that the hub works on.
    pub const fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The clock that the hub works by.
    pub const fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The code tables in force: those in the binary, or a replay's.
    pub fn vocabularies(&self) -> Arc<Vocabularies> {
        self.vocabularies.read().clone()
    }

    /// The address under which the server is reached, where one is set.
    pub fn public_url(&self) -> Option<&str> {
        self.config.public_url.as_deref()
    }

    /// Whether the store takes writes.
    pub async fn ready(&self) -> Result<(), HubError> {
        Ok(self.store.ready().await?)
    }

    fn with_vocabulary(&self, dialect: &'static str, vocabulary: Vocabulary) {
        let mut held = self.vocabularies.write();
        *held = Arc::new(held.as_ref().clone().with(dialect, vocabulary));
    }

    /// When to look again, at the latest, for what another process may have left.
    fn next_look(&self) -> i64 {
        self.clock
            .now()
            .saturating_add(clock::micros(self.config.look_every))
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.config.entropy.fill(&mut bytes);
        bytes
    }
}
