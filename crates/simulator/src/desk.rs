//! The world behind a facade: what the dialects' own routers serve as the simulated upstream.
//!
//! Contract: it knows one account and one set of credentials, made of the seed; it tells of its
//! shipments and takes nothing in. Nothing is kept but its client's registrations and the counts of
//! limits.

use crate::cargo::Item;
use crate::faults::Fault;
use crate::house::House;
use crate::world::World;
use crate::{express247, keydelivery, track123};
use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::SecretString;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use trackway_dialects::desk::{
    Denial, Desk, DeskError, Door, Found, Knock, Ledger, LoggedMessage, Principal, Proof, Session,
    Unread,
};
use trackway_dialects::registry;
use trackway_model::fold::{DEFAULT_REUSE_AFTER, FoldRules};
use trackway_model::intake::{Intake, Receipt, Verified};
use trackway_model::track::Track;
use trackway_model::view::{DocumentView, ShipmentView};
use trackway_model::{AccountId, ConnectionId, KeyId, StreamId, TrackId};

/// A login lasts a day, as one client of the vendor's takes it to.
const SESSION: i64 = 24 * 3_600 * 1_000_000;
/// The only account of a simulated system: another number than that of an installation's first one, so that the
/// codes of its records are others.
pub const ACCOUNT: AccountId = AccountId(90);
/// The track of what clients gave to the carrier: nobody looks one up by it.
const BOOKED: i64 = 1 << 34;

/// The credentials of a simulated system.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// 247Express's tracking key, KeyDelivery's key, Track123's and N&H's.
    pub key: String,
    /// KeyDelivery's secret, and what N&H's webhooks are signed with.
    pub secret: String,
    pub client_id: i64,
    pub user_name: String,
    pub password: String,
    token: String,
}

impl Credentials {
    fn of(world: &World) -> Self {
        let draw = world.draw(u32::MAX);
        let word = |purpose| draw.uuid(purpose, 0);
        let token = [word("token a"), word("token b")].concat().replace('-', "");
        Self {
            key: word("key").to_uppercase(),
            secret: word("secret"),
            client_id: draw.between("client", 0, 1_000, 9_999),
            user_name: "simulated".to_owned(),
            password: word("password"),
            token,
        }
    }
}

/// A simulated system.
#[derive(Debug)]
pub struct SimulatedDesk {
    world: World,
    credentials: Credentials,
    /// Calls so far, which the faults go by.
    calls: AtomicU64,
    /// Those of them that failed.
    failed: AtomicU64,
    /// Uses by meter, in the period that is counted now.
    spent: Mutex<HashMap<&'static str, (i64, u64)>>,
    settings: BTreeMap<String, String>,
    ledger: Mutex<Ledger>,
    /// The merchant's orders and stock; None until somebody asks for them.
    house: Mutex<Option<House>>,
}

impl SimulatedDesk {
    pub fn new(world: World, settings: BTreeMap<String, String>) -> Self {
        let credentials = Credentials::of(&world);
        Self {
            world,
            credentials,
            calls: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            spent: Mutex::default(),
            settings,
            ledger: Mutex::default(),
            house: Mutex::default(),
        }
    }

    pub(crate) const fn books(&self) -> &Mutex<Ledger> {
        &self.ledger
    }

    pub(crate) const fn house_kept(&self) -> &Mutex<Option<House>> {
        &self.house
    }

    pub const fn world(&self) -> &World {
        &self.world
    }

    pub const fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Counts a call and says how it fails, if it does.
    pub fn next_fault(&self) -> Option<Fault> {
        let nth = self.calls.fetch_add(1, Ordering::Relaxed);
        let fault = self.world.fault(nth);
        let fails = fault.is_some_and(|fault| !matches!(fault, Fault::Slow(_)));
        self.failed.fetch_add(u64::from(fails), Ordering::Relaxed);
        fault
    }

    /// Calls so far, and how many of them failed.
    pub fn calls(&self) -> (u64, u64) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (count(&self.calls), count(&self.failed))
    }

    /// Counts so many uses against a limit, all or nothing.
    pub(crate) fn take_uses(&self, meter: &'static str, period: i64, n: u64, limit: u64) -> bool {
        let mut spent = self.spent.lock();
        let (counted, uses) = spent.entry(meter).or_insert((period, 0));
        if *counted != period {
            (*counted, *uses) = (period, 0);
        }
        let allowed = n <= limit.saturating_sub(*uses);
        if allowed {
            *uses += n;
        }
        allowed
    }

    fn principal(&self, dialect: &'static str) -> Principal {
        Principal {
            account: ACCOUNT,
            account_name: "simulated".into(),
            key: KeyId(1),
            dialect,
            sent_key: SecretString::from(self.credentials.key.clone()),
            secret: Some(SecretString::from(self.credentials.secret.clone())),
            client_id: Some(self.credentials.client_id),
            scopes: Arc::from([]),
        }
    }

    fn holds(&self, proof: Proof<'_>) -> bool {
        let known = &self.credentials;
        match proof {
            // The world's credentials are printed and open nothing real: plain comparison will do.
            Proof::Key(key) => key == known.key,
            Proof::Login {
                user_name,
                password,
            } => user_name == known.user_name && password == known.password,
            Proof::Session { client_id, token } => {
                client_id == known.client_id && token == known.token
            }
        }
    }

    pub(crate) fn setting_of(&self, name: &str) -> Option<String> {
        self.settings.get(name).cloned()
    }

    /// What the desk shows of a number at an instant: a dialect's own document.
    pub(crate) fn shown(&self, dialect: &str, number: &str, now: i64) -> Option<ShipmentView> {
        let item = self.world.find(number)?;
        let body = self.world.document(dialect, number, now)?;
        let mut view = empty(track_of(item), item.carrier(), &written(item, number));
        view.document = Some(DocumentView {
            connection: ConnectionId(0),
            stream: stream(dialect, item),
            received: now,
            body,
        });
        Some(view)
    }
}

impl SimulatedDesk {
    /// The same of a parcel that a client gave to the carrier. Where nobody asked for orders yet, there
    /// is none.
    fn booked(
        &self,
        dialect: &str,
        number: &str,
        now: i64,
    ) -> Result<Option<ShipmentView>, DeskError> {
        if self.house.lock().is_none() {
            return Ok(None);
        }
        let body = self.house()?.document(&self.world, dialect, number, now);
        Ok(body.map(|body| {
            let mut view = empty(TrackId(BOOKED), keydelivery::CARRIER, number);
            view.document = Some(DocumentView {
                connection: ConnectionId(0),
                stream: stream(dialect, Item::Parcel(0)),
                received: now,
                body,
            });
            view
        }))
    }
}

/// A number of which nothing is known.
pub fn empty(track: TrackId, carrier: &str, number: &str) -> ShipmentView {
    let track = Track::new(track, ACCOUNT, Arc::from(carrier), Arc::from(number));
    let rules = FoldRules {
        streams: registry::streams(),
        reuse_after: DEFAULT_REUSE_AFTER,
    };
    ShipmentView::newest(Arc::new(track), rules)
}

/// A number as its system writes it.
fn written(item: Item, number: &str) -> String {
    match item {
        Item::Parcel(index) => World::number(index),
        Item::Bill { .. } | Item::Waybill(_) => number.to_owned(),
    }
}

/// The track of an item: one for each number that is not of the same whole.
pub fn track_of(item: Item) -> TrackId {
    const BILLS: i64 = 1 << 32;
    const WAYBILLS: i64 = 1 << 33;
    TrackId(match item {
        Item::Parcel(index) => i64::from(index) + 1,
        Item::Bill { index, container } => {
            let nth = container.map_or(0, |nth| nth as i64 + 1);
            BILLS + i64::from(index) * 16 + nth
        }
        Item::Waybill(index) => WAYBILLS + i64::from(index),
    })
}

/// The stream whose document a dialect shows of an item.
fn stream(dialect: &str, item: Item) -> StreamId {
    match (dialect, item) {
        (express247::NAME, _) => express247::STREAM,
        (track123::NAME, Item::Parcel(_)) => track123::STREAM,
        (track123::NAME, Item::Bill { .. }) => track123::OCEAN_STREAM,
        (track123::NAME, Item::Waybill(_)) => track123::AIR_STREAM,
        _ => keydelivery::STREAM,
    }
}

#[async_trait]
impl Desk for SimulatedDesk {
    fn now(&self) -> i64 {
        self.world.now()
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.setting_of(name)
    }

    async fn prove(
        &self,
        dialect: &'static str,
        proof: Proof<'_>,
    ) -> Result<Option<Principal>, DeskError> {
        Ok(self.holds(proof).then(|| self.principal(dialect)))
    }

    async fn why_not(
        &self,
        _dialect: &'static str,
        _proof: Proof<'_>,
    ) -> Result<Denial, DeskError> {
        Ok(Denial::Unknown)
    }

    async fn log_in(
        &self,
        _dialect: &'static str,
        user_name: &str,
        password: &str,
    ) -> Result<Option<Session>, DeskError> {
        let known = &self.credentials;
        Ok(self
            .holds(Proof::Login {
                user_name,
                password,
            })
            .then(|| Session {
                client_id: known.client_id,
                client_name: "Simulated shop".to_owned(),
                token: known.token.clone(),
                expires: self.world.now() + SESSION,
                tracking_key: SecretString::from(known.key.clone()),
            }))
    }

    async fn spend(
        &self,
        _principal: &Principal,
        meter: &'static str,
        period: i64,
        limit: u64,
    ) -> Result<bool, DeskError> {
        Ok(self.take_uses(meter, period, 1, limit))
    }

    async fn look_up(
        &self,
        _principal: &Principal,
        dialect: &'static str,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Found, DeskError> {
        if carrier.is_some_and(|carrier| carrier != keydelivery::CARRIER) {
            return Ok(Found::Nothing);
        }
        let now = self.world.now();
        let view = match self.world.index(number) {
            Some(_) => self.shown(dialect, number, now),
            None => self.booked(dialect, number, now)?,
        };
        Ok(view.map_or(Found::Nothing, |view| Found::Shipment(Box::new(view))))
    }

    fn carrier(&self, dialect: &'static str, code: &str) -> Option<String> {
        registry::find(dialect)?.carrier(code)
    }

    async fn take(&self, _intakes: Verified<Vec<Intake>>) -> Result<Vec<Receipt>, DeskError> {
        Err(takes_nothing())
    }

    async fn quarantine(
        &self,
        _door: &Door,
        _dialect: &'static str,
        _unread: Unread<'_>,
    ) -> Result<(), DeskError> {
        Err(takes_nothing())
    }

    async fn open(
        &self,
        _dialect: &'static str,
        _knock: Knock<'_>,
    ) -> Result<Option<Door>, DeskError> {
        Ok(None)
    }

    async fn door_setting(
        &self,
        _door: &Door,
        _name: &str,
    ) -> Result<Option<SecretString>, DeskError> {
        Ok(None)
    }

    async fn message_log(
        &self,
        _principal: &Principal,
        _dialect: &'static str,
        _from: i64,
        _to: i64,
        _numbers: &[String],
    ) -> Result<Vec<LoggedMessage>, DeskError> {
        Ok(Vec::new())
    }

    async fn remembered(
        &self,
        _principal: &Principal,
        _key: &str,
    ) -> Result<Option<([u8; 32], u16, Vec<u8>)>, DeskError> {
        Ok(None)
    }

    async fn remember(
        &self,
        _principal: &Principal,
        _key: &str,
        _fingerprint: [u8; 32],
        _status: u16,
        _body: Vec<u8>,
    ) -> Result<(), DeskError> {
        Ok(())
    }
}

fn takes_nothing() -> DeskError {
    DeskError::Failed("a simulated system takes nothing in".to_owned())
}
