//! A desk in memory for the facades' tests: real tracks, real folds, a clock that stands still.
//!
//! `FakeDesk::new()` knows nobody. Give it keys (`key`, `login`), doors (`connection`), settings
//! (`set`), and let it `take` intakes as the hub would; `elsewhere` is another account's number.

pub mod conformance;
mod desk;
pub mod http;
mod intake;
mod registrar;
mod tracks;
mod trade;

use secrecy::SecretString;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tracks::{Kept, Tally};
use trackway_dialects::desk::{Denial, Desk, DeskError, Ledger, LoggedMessage, Principal};
use trackway_dialects::registry::{self, Vocabularies};
use trackway_model::change::{ChangeKind, Mark, ShipmentChange};
use trackway_model::fold::{DEFAULT_REUSE_AFTER, FoldRules, refold};
use trackway_model::intake::{Answer, Content, Intake, Receipt, number_key};
use trackway_model::track::Track;
use trackway_model::view::{DocumentView, LazyJourney, ShipmentView};
use trackway_model::{
    AccountId, ConnectionId, KeyId, Nature, ShipmentId, Statement, Strange, TrackId,
};

/// 2024-05-08T09:00:00+07:00.
pub const NOON: i64 = 1_715_133_600_000_000;

pub fn rules() -> FoldRules {
    FoldRules {
        streams: registry::streams(),
        reuse_after: DEFAULT_REUSE_AFTER,
    }
}

/// What every question to the desk is answered with while it is broken.
#[derive(Clone, Copy, Debug)]
pub enum Trouble {
    Busy(u32),
    Full(u32),
    Failed,
}

/// Bytes that were put aside.
#[derive(Clone, Debug)]
pub struct Quarantined {
    pub connection: ConnectionId,
    pub dialect: &'static str,
    pub body: Vec<u8>,
    pub strange: Strange,
}

/// Fingerprint of the request, status and body of the answer.
type Remembered = ([u8; 32], u16, Vec<u8>);

struct Key {
    principal: Principal,
    /// Why it does not hold any more.
    denied: Option<Denial>,
    login: Option<(String, String)>,
}

struct OpenSession {
    key: KeyId,
    client_id: i64,
    token: String,
}

struct Connection {
    id: ConnectionId,
    account: AccountId,
    dialect: &'static str,
    settings: BTreeMap<String, String>,
    token: String,
}

#[derive(Default)]
struct Inner {
    settings: BTreeMap<String, String>,
    accounts: Vec<String>,
    keys: Vec<Key>,
    sessions: Vec<OpenSession>,
    connections: Vec<Connection>,
    kept: Vec<Kept>,
    changes: Vec<ShipmentChange>,
    spent: HashMap<(KeyId, &'static str, i64), u64>,
    messages: Vec<(AccountId, &'static str, LoggedMessage)>,
    quarantined: Vec<Quarantined>,
    remembered: HashMap<(AccountId, String), Remembered>,
    carriers: HashMap<(&'static str, String), String>,
    ledger: Ledger,
    orders: trackway_model::orders::Ledger,
    charged: HashMap<(AccountId, &'static str, i64), u64>,
    /// No upstream answers.
    silent: bool,
    /// What they say in the place of an answer.
    refusal: Option<&'static str>,
    /// What they know beside what is kept here.
    upstream: Vec<ShipmentView>,
    trouble: Option<Trouble>,
    tables: Option<Arc<Vocabularies>>,
    taken: usize,
}

/// The desk.
pub struct FakeDesk {
    clock: AtomicI64,
    inner: Mutex<Inner>,
}

impl FakeDesk {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            clock: AtomicI64::new(NOON),
            inner: Mutex::default(),
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Sets the clock, in microseconds since the epoch.
    pub fn set_now(&self, now: i64) {
        self.clock.store(now, Ordering::SeqCst);
    }

    /// Moves the clock on.
    pub fn pass(&self, micros: i64) {
        self.clock.fetch_add(micros, Ordering::SeqCst);
    }

    pub fn set(&self, name: &str, value: &str) {
        self.inner()
            .settings
            .insert(name.to_owned(), value.to_owned());
    }

    /// Puts other code tables in force, as a replay does.
    pub fn use_tables(&self, tables: Vocabularies) {
        self.inner().tables = Some(Arc::new(tables));
    }

    /// While set, every question fails.
    pub fn trouble(&self, trouble: Option<Trouble>) {
        self.inner().trouble = trouble;
    }

    /// The number of an account, made when it is named for the first time.
    pub fn account(&self, name: &str) -> AccountId {
        self.inner().account(name)
    }

    /// Makes a key as `trackway key create` would.
    pub fn key(&self, dialect: &'static str, account: &str, key: &str) -> Principal {
        self.add_key(dialect, account, key, None, None)
    }

    /// Makes a key that also signs.
    pub fn signing_key(
        &self,
        dialect: &'static str,
        account: &str,
        key: &str,
        secret: &str,
    ) -> Principal {
        self.add_key(dialect, account, key, Some(secret), None)
    }

    /// Makes a key with a user name and a password.
    pub fn login(
        &self,
        dialect: &'static str,
        account: &str,
        key: &str,
        login: (&str, &str),
    ) -> Principal {
        self.add_key(dialect, account, key, None, Some(login))
    }

    fn add_key(
        &self,
        dialect: &'static str,
        account: &str,
        key: &str,
        secret: Option<&str>,
        login: Option<(&str, &str)>,
    ) -> Principal {
        let mut inner = self.inner();
        let id = inner.keys.len() as i64 + 1;
        let principal = Principal {
            account: inner.account(account),
            account_name: account.into(),
            key: KeyId(id),
            dialect,
            sent_key: SecretString::from(key),
            secret: secret.map(SecretString::from),
            client_id: login.map(|_| 4_100 + id),
            scopes: Arc::new([]),
        };
        let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
        inner.keys.push(Key {
            principal: principal.clone(),
            denied: None,
            login,
        });
        principal
    }

    /// Takes a key out of force.
    pub fn deny(&self, key: KeyId, why: Denial) {
        let mut inner = self.inner();
        let held = inner.keys.iter_mut().find(|held| held.principal.key == key);
        held.unwrap().denied = Some(why);
    }

    /// Lets upstreams fall silent, or answer again.
    pub fn silence(&self, silent: bool) {
        self.inner().silent = silent;
    }

    /// Lets upstreams refuse to answer, in these words.
    pub fn refuse(&self, words: &'static str) {
        self.inner().refusal = Some(words);
    }

    /// Lets upstreams know of a parcel of which nothing is kept here.
    pub fn knows_upstream(&self, view: ShipmentView) {
        self.inner().upstream.push(view);
    }

    /// Gives a key these scopes.
    pub fn scope(&self, key: KeyId, scopes: &[&str]) {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let mut inner = self.inner();
        let held = inner.keys.iter_mut().find(|held| held.principal.key == key);
        held.unwrap().principal.scopes = scopes;
    }

    /// Makes a connection with these settings, whose inbound address has this token.
    pub fn connection(
        &self,
        account: &str,
        dialect: &'static str,
        token: &str,
        settings: &[(&str, &str)],
    ) -> ConnectionId {
        let mut inner = self.inner();
        let id = ConnectionId(inner.connections.len() as i64 + 1);
        let account = inner.account(account);
        let settings = settings
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        inner.connections.push(Connection {
            id,
            account,
            dialect,
            settings,
            token: token.to_owned(),
        });
        id
    }

    /// Says which carrier of ours a dialect's code names.
    pub fn map_carrier(&self, dialect: &'static str, code: &str, ours: &str) {
        self.inner()
            .carriers
            .insert((dialect, code.to_owned()), ours.to_owned());
    }

    /// Commits an intake without asking who sent it, as the hub's poller would.
    pub fn ingest(&self, intake: Intake) -> Receipt {
        self.inner().ingest(intake)
    }

    /// An account's document, received at the desk's present time.
    pub fn answer(
        &self,
        account: &str,
        connection: ConnectionId,
        carrier: &str,
        number: &str,
        answer: Answer,
    ) -> Receipt {
        let received = self.now();
        let account = self.account(account);
        self.ingest(Intake {
            account,
            connection,
            carrier: carrier.to_owned(),
            number: number.to_owned(),
            received,
            content: Content::Document(answer),
        })
    }

    /// An account's news, received at the desk's present time.
    pub fn news(
        &self,
        account: &str,
        connection: ConnectionId,
        carrier: &str,
        number: &str,
        statements: Vec<Statement>,
    ) -> Receipt {
        let received = self.now();
        let account = self.account(account);
        self.ingest(Intake {
            account,
            connection,
            carrier: carrier.to_owned(),
            number: number.to_owned(),
            received,
            content: Content::News(statements),
        })
    }

    /// Another account holds this number.
    pub fn elsewhere(&self, carrier: &str, number: &str) {
        self.news(
            "somebody-else",
            ConnectionId(0),
            carrier,
            number,
            Vec::new(),
        );
    }

    /// A shipment as the dialect would see it.
    pub fn view(&self, account: &str, dialect: &'static str, number: &str) -> Option<ShipmentView> {
        let mut inner = self.inner();
        let account = inner.account(account);
        inner
            .find(account, None, number)
            .map(|at| inner.view(at, dialect))
    }

    /// The same with every statement of the journey, as for a hook that tells the whole of it.
    pub fn whole(&self, account: &str, dialect: &'static str, number: &str) -> ShipmentView {
        let mut view = self.view(account, dialect, number).unwrap();
        let mut inner = self.inner();
        let account = inner.account(account);
        let at = inner.find(account, None, number).unwrap();
        let events = view.journey.events.iter();
        let mut told: Vec<u16> = events
            .flat_map(|(event, _)| event.witnesses.iter().copied())
            .collect();
        told.sort_unstable();
        let kept = &inner.kept[at];
        view.statements = told.into_iter().map(|at| kept.statement(at)).collect();
        view
    }

    /// Makes a shipment's words unreadable, as an erasure does.
    pub fn erase(&self, account: &str, number: &str) {
        let mut inner = self.inner();
        let account = inner.account(account);
        let at = inner.find(account, None, number).unwrap();
        inner.kept[at].erased = true;
    }

    pub fn changes(&self) -> Vec<ShipmentChange> {
        self.inner().changes.clone()
    }

    pub fn quarantined(&self) -> Vec<Quarantined> {
        self.inner().quarantined.clone()
    }

    /// How many intakes were committed.
    pub fn taken(&self) -> usize {
        self.inner().taken
    }

    /// Puts a message in the log that `message_log` reads.
    pub fn log(&self, account: &str, dialect: &'static str, message: LoggedMessage) {
        let mut inner = self.inner();
        let account = inner.account(account);
        inner.messages.push((account, dialect, message));
    }
}

impl Inner {
    fn account(&mut self, name: &str) -> AccountId {
        let at = self
            .accounts
            .iter()
            .position(|known| known == name)
            .unwrap_or_else(|| {
                self.accounts.push(name.to_owned());
                self.accounts.len() - 1
            });
        AccountId(at as i64 + 1)
    }

    fn sound(&self) -> Result<(), DeskError> {
        match self.trouble {
            None => Ok(()),
            Some(Trouble::Busy(retry_after_s)) => Err(DeskError::Busy { retry_after_s }),
            Some(Trouble::Full(retry_after_s)) => Err(DeskError::Full { retry_after_s }),
            Some(Trouble::Failed) => Err(DeskError::Failed("the store is gone".to_owned())),
        }
    }

    fn find(&self, account: AccountId, carrier: Option<&str>, number: &str) -> Option<usize> {
        self.kept.iter().position(|kept| {
            kept.track.account == account
                && carrier.is_none_or(|carrier| *kept.track.carrier == *carrier)
                && number_key(&kept.track.number) == number_key(number)
        })
    }
}
