//! The desk's registrations, in memory. Standings follow from the tracks, as the hub has them.

use super::FakeDesk;
use async_trait::async_trait;
use serde_json::Value;
use trackway_dialects::desk::{
    Desk, DeskError, Found, Instant, Mark, Moved, Principal, Refresh, Registered, Registrar,
    RegistrationPage, RegistrationQuery, Wish, dialect_of,
};
use trackway_dialects::registry;
use trackway_model::ShipmentId;
use trackway_model::registration::Facts;
use trackway_model::view::ShipmentView;

impl FakeDesk {
    /// With what follows from the parcel.
    fn filled(&self, principal: &Principal, book: &str, mut registered: Registered) -> Registered {
        let inner = self.inner();
        let carrier = Some(registered.carrier.as_str());
        let at = inner.find(principal.account, carrier, &registered.number);
        let track = at.map(|at| &inner.kept[at].track);
        let newest = track.and_then(|track| track.states.last());
        let told = track.and_then(|track| track.spine.iter().map(|told| told.first_seen).max());
        let facts = Facts {
            registered: registered.created,
            news: told,
            ended: newest.is_some_and(|state| state.stage().is_final()),
        };
        let setting = |name: &str| inner.settings.get(name).cloned();
        let clocks = registry::find(dialect_of(book))
            .unwrap()
            .clocks_by(&setting);
        registered.standing = facts.standing(clocks, self.now());
        registered.told = told;
        registered.heard = track.and_then(|track| track.spine.iter().map(|s| s.last_seen).max());
        if let Some(track) = track {
            let epoch = newest.map(|state| state.epoch).unwrap_or_default();
            registered.shipment = ShipmentId::new(track.id, epoch);
        }
        registered
    }
}

#[async_trait]
impl Registrar for FakeDesk {
    async fn register(
        &self,
        principal: &Principal,
        book: &'static str,
        wishes: Vec<Wish>,
    ) -> Result<Vec<(Registered, bool)>, DeskError> {
        let now = self.now();
        let made = {
            let mut inner = self.inner();
            inner.sound()?;
            inner.ledger.register(principal.account, book, wishes, now)
        };
        let made = made.into_iter();
        Ok(made
            .map(|(registered, new)| (self.filled(principal, book, registered), new))
            .collect())
    }

    async fn registered(
        &self,
        principal: &Principal,
        book: &'static str,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Vec<Registered>, DeskError> {
        let found = {
            let inner = self.inner();
            inner.sound()?;
            inner.ledger.find(principal.account, book, carrier, number)
        };
        let found = found.into_iter();
        Ok(found.map(|one| self.filled(principal, book, one)).collect())
    }

    async fn registrations(
        &self,
        principal: &Principal,
        book: &'static str,
        query: &RegistrationQuery,
        after: Option<Mark>,
        limit: usize,
    ) -> Result<RegistrationPage, DeskError> {
        let mut page = {
            let inner = self.inner();
            inner.sound()?;
            inner
                .ledger
                .page(principal.account, book, query, after, limit)
        };
        let registered = page.registered.into_iter();
        page.registered = registered
            .map(|one| self.filled(principal, book, one))
            .collect();
        Ok(page)
    }

    async fn count_registrations(
        &self,
        principal: &Principal,
        book: &'static str,
        query: &RegistrationQuery,
    ) -> Result<u64, DeskError> {
        let inner = self.inner();
        inner.sound()?;
        Ok(inner.ledger.count(principal.account, book, query))
    }

    async fn shipment_of(
        &self,
        principal: &Principal,
        registered: &Registered,
    ) -> Result<Option<ShipmentView>, DeskError> {
        let carrier = Some(registered.carrier.as_str());
        let found = self.look_up(principal, principal.dialect, carrier, &registered.number);
        Ok(match found.await? {
            Found::Shipment(view) => Some(*view),
            Found::AnotherAccount | Found::Nothing => None,
        })
    }

    async fn amend(
        &self,
        principal: &Principal,
        book: &'static str,
        id: i64,
        data: Value,
        key: Option<String>,
    ) -> Result<bool, DeskError> {
        let mut inner = self.inner();
        inner.sound()?;
        Ok(inner.ledger.amend(principal.account, book, id, data, key))
    }

    /// Anywhere but on this machine.
    async fn tell_at(
        &self,
        _principal: &Principal,
        _book: &'static str,
        url: &str,
    ) -> Result<bool, DeskError> {
        self.inner().sound()?;
        Ok(!url.contains("//127.0.0.1"))
    }

    async fn unregister(
        &self,
        principal: &Principal,
        book: &'static str,
        ids: &[i64],
    ) -> Result<u64, DeskError> {
        let mut inner = self.inner();
        inner.sound()?;
        Ok(inner.ledger.unregister(principal.account, book, ids))
    }

    async fn change_carrier(
        &self,
        principal: &Principal,
        book: &'static str,
        ids: &[i64],
        carrier: &str,
    ) -> Result<Moved, DeskError> {
        let now = self.now();
        let mut inner = self.inner();
        inner.sound()?;
        let account = principal.account;
        Ok(inner
            .ledger
            .change_carrier(account, book, ids, carrier, now))
    }

    async fn refresh(
        &self,
        principal: &Principal,
        book: &'static str,
        id: i64,
        least: i64,
    ) -> Result<Refresh, DeskError> {
        let now = self.now();
        let mut inner = self.inner();
        inner.sound()?;
        Ok(inner
            .ledger
            .refresh(principal.account, book, id, now, least))
    }

    async fn ask_now(
        &self,
        principal: &Principal,
        carrier: &str,
        number: &str,
    ) -> Result<Instant, DeskError> {
        let found = self.look_up(principal, principal.dialect, Some(carrier), number);
        let found = found.await?;
        let silent = self.inner().silent;
        Ok(match found {
            Found::Shipment(view) if silent => Instant::Unanswered(Some(view)),
            Found::Shipment(view) => Instant::Told(view),
            Found::AnotherAccount | Found::Nothing if silent => Instant::Unanswered(None),
            Found::AnotherAccount | Found::Nothing => Instant::Nothing,
        })
    }

    async fn charge(
        &self,
        principal: &Principal,
        meter: &'static str,
        period: i64,
        n: u64,
        limit: u64,
    ) -> Result<bool, DeskError> {
        let mut inner = self.inner();
        inner.sound()?;
        let charged = inner
            .charged
            .entry((principal.account, meter, period))
            .or_default();
        let allowed = n <= limit.saturating_sub(*charged);
        if allowed {
            *charged += n;
        }
        Ok(allowed)
    }
}
