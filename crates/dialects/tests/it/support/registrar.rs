//! The desk's registrations, in memory. Standings follow from the tracks, as the hub has them.

use super::FakeDesk;
use async_trait::async_trait;
use trackway_dialects::desk::{
    Bookkeeper, Desk, DeskError, Found, Instant, Ledger, Principal, Registered, dialect_of,
};
use trackway_dialects::registry;
use trackway_model::ShipmentId;
use trackway_model::intake::number_key;
use trackway_model::registration::Facts;
use trackway_model::view::ShipmentView;

#[async_trait]
impl Bookkeeper for FakeDesk {
    fn ledger<T>(&self, work: impl FnOnce(&mut Ledger, i64) -> T) -> Result<T, DeskError> {
        let now = self.now();
        let mut inner = self.inner();
        inner.sound()?;
        Ok(work(&mut inner.ledger, now))
    }

    fn filled(
        &self,
        principal: &Principal,
        book: &'static str,
        mut registered: Registered,
    ) -> Registered {
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

    async fn known(
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

    /// Anywhere but on this machine.
    fn may_tell(&self, url: &str) -> Result<bool, DeskError> {
        self.inner().sound()?;
        Ok(!url.contains("//127.0.0.1"))
    }

    async fn asked_at_once(
        &self,
        principal: &Principal,
        carrier: &str,
        number: &str,
    ) -> Result<Instant, DeskError> {
        let found = self.look_up(principal, principal.dialect, Some(carrier), number);
        let found = found.await?;
        let (silent, refusal, upstream) = {
            let inner = self.inner();
            let known = inner.upstream.iter().find(|view| {
                *view.track.carrier == *carrier
                    && number_key(&view.track.number) == number_key(number)
            });
            (inner.silent, inner.refusal, known.cloned())
        };
        let nothing = || match refusal {
            _ if silent => Instant::Unanswered(None),
            Some(words) => Instant::Refused(words.to_owned()),
            None => Instant::Nothing,
        };
        Ok(match found {
            Found::Shipment(view) if silent || refusal.is_some() => Instant::Unanswered(Some(view)),
            Found::Shipment(view) => Instant::Told(view),
            Found::AnotherAccount | Found::Nothing => match upstream.filter(|_| !silent) {
                Some(view) => Instant::Told(Box::new(view)),
                None => nothing(),
            },
        })
    }

    fn take(
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
