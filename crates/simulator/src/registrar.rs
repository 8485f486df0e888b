//! The book of a simulated system: what its one client registered, kept while it runs.
//!
//! Contract: every number of the world is known from the start, so a registration of one is followed
//! at once; any other stays pending until the dialect's clock runs out.

use crate::cargo::Item;
use crate::desk::{ACCOUNT, SimulatedDesk, empty, track_of};
use async_trait::async_trait;
use serde_json::Value;
use trackway_dialects::desk::{
    Bookkeeper, Desk, DeskError, Found, Instant, Ledger, Principal, Registered, RegistrationQuery,
    dialect_of,
};
use trackway_dialects::{Dialect, registry};
use trackway_model::registration::Facts;
use trackway_model::view::ShipmentView;
use trackway_model::{ShipmentId, TrackId};

/// What tells a registration of ocean or air cargo from a parcel's.
const CARGO: &str = "cargo";

impl SimulatedDesk {
    /// What is told of a registered number at an instant: of cargo where it is registered as cargo.
    pub(crate) fn shown_of(
        &self,
        dialect: &str,
        registered: &Registered,
        at: i64,
    ) -> Option<ShipmentView> {
        let item = self.world().find(&registered.number)?;
        let as_cargo = registered.data.get(CARGO).is_some_and(Value::is_string);
        let is_meant = as_cargo != matches!(item, Item::Parcel(_));
        if !is_meant || item.carrier() != registered.carrier {
            return None;
        }
        self.shown(dialect, &registered.number, at)
    }

    /// The same, empty where nothing is known.
    pub(crate) fn view_of(&self, dialect: &str, registered: &Registered, at: i64) -> ShipmentView {
        self.shown_of(dialect, registered, at).unwrap_or_else(|| {
            let track = TrackId(registered.id);
            empty(track, &registered.carrier, &registered.number)
        })
    }

    /// All that its client registered in a dialect, oldest first.
    pub(crate) fn all_registered(&self, dialect: &dyn Dialect) -> Vec<(&'static str, Registered)> {
        let ledger = self.books().lock();
        let mut all = Vec::new();
        for book in dialect.books() {
            let query = RegistrationQuery::default();
            let page = ledger.page(ACCOUNT, book, &query, None, usize::MAX);
            let registered = page.registered.into_iter().rev();
            all.extend(registered.map(|registered| (book, registered)));
        }
        all
    }
}

#[async_trait]
impl Bookkeeper for SimulatedDesk {
    fn ledger<T>(&self, work: impl FnOnce(&mut Ledger, i64) -> T) -> Result<T, DeskError> {
        let now = self.now();
        Ok(work(&mut self.books().lock(), now))
    }

    /// With what follows from the world.
    fn filled(
        &self,
        principal: &Principal,
        book: &'static str,
        mut registered: Registered,
    ) -> Registered {
        let now = self.now();
        let told = self.shown_of(principal.dialect, &registered, now).is_some();
        let facts = Facts {
            registered: registered.created,
            news: told.then_some(now),
            ended: false,
        };
        let setting = |name: &str| self.setting(name);
        let dialect = registry::find(dialect_of(book));
        let clocks = dialect.map(|dialect| dialect.clocks_by(&setting));
        registered.standing = facts.standing(clocks.unwrap_or_default(), now);
        registered.told = told.then_some(registered.created);
        registered.heard = registered.told;
        if let Some(item) = self.world().find(&registered.number) {
            registered.shipment = ShipmentId::new(track_of(item), 0);
        }
        registered
    }

    async fn known(
        &self,
        principal: &Principal,
        registered: &Registered,
    ) -> Result<Option<ShipmentView>, DeskError> {
        Ok(self.shown_of(principal.dialect, registered, self.now()))
    }

    /// Whoever has its key may be told anywhere that its sender can reach.
    fn may_tell(&self, url: &str) -> Result<bool, DeskError> {
        let is_web = |scheme: &str| url.starts_with(scheme) && url.len() > scheme.len();
        Ok(["http://", "https://"].into_iter().any(is_web))
    }

    async fn asked_at_once(
        &self,
        principal: &Principal,
        carrier: &str,
        number: &str,
    ) -> Result<Instant, DeskError> {
        let found = self.look_up(principal, principal.dialect, Some(carrier), number);
        Ok(match found.await? {
            Found::Shipment(view) => Instant::Told(view),
            Found::AnotherAccount | Found::Nothing => Instant::Nothing,
        })
    }

    fn take(
        &self,
        _principal: &Principal,
        meter: &'static str,
        period: i64,
        n: u64,
        limit: u64,
    ) -> Result<bool, DeskError> {
        Ok(self.take_uses(meter, period, n, limit))
    }
}
