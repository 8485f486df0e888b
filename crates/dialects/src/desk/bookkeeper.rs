//! Desks whose registrations stand in a `Ledger`: a simulated world, a test. The ledger answers as
//! `Registrar` says; what it can't know is the desk's to say.

use super::{
    DeskError, Instant, Ledger, Mark, Moved, Principal, Refresh, Registered, Registrar,
    RegistrationPage, RegistrationQuery, Wish,
};
use async_trait::async_trait;
use serde_json::Value;
use trackway_model::view::ShipmentView;

/// A desk that keeps a ledger. It is a `Registrar` by that.
#[async_trait]
pub trait Bookkeeper: Send + Sync + 'static {
    /// Work on the ledger, with the time that it is now; fails while the desk answers nothing.
    fn ledger<T>(&self, work: impl FnOnce(&mut Ledger, i64) -> T) -> Result<T, DeskError>;

    /// A registration with what follows from the parcel: how it stands, when it was told of.
    fn filled(
        &self,
        principal: &Principal,
        book: &'static str,
        registered: Registered,
    ) -> Registered;

    /// What is known of a registration's parcel.
    async fn known(
        &self,
        principal: &Principal,
        registered: &Registered,
    ) -> Result<Option<ShipmentView>, DeskError>;

    /// Whether somebody may be told at an address.
    fn may_tell(&self, url: &str) -> Result<bool, DeskError>;

    /// What comes of asking at once.
    async fn asked_at_once(
        &self,
        principal: &Principal,
        carrier: &str,
        number: &str,
    ) -> Result<Instant, DeskError>;

    /// Takes `n` of what an account may use of a meter in a period, all or nothing.
    fn take(
        &self,
        principal: &Principal,
        meter: &'static str,
        period: i64,
        n: u64,
        limit: u64,
    ) -> Result<bool, DeskError>;
}

#[async_trait]
impl<K: Bookkeeper> Registrar for K {
    async fn register(
        &self,
        principal: &Principal,
        book: &'static str,
        wishes: Vec<Wish>,
    ) -> Result<Vec<(Registered, bool)>, DeskError> {
        let account = principal.account;
        let made = self.ledger(|ledger, now| ledger.register(account, book, wishes, now))?;
        let filled = |(one, new)| (self.filled(principal, book, one), new);
        Ok(made.into_iter().map(filled).collect())
    }

    async fn registered(
        &self,
        principal: &Principal,
        book: &'static str,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Vec<Registered>, DeskError> {
        let account = principal.account;
        let found = self.ledger(|ledger, _| ledger.find(account, book, carrier, number))?;
        let filled = |one| self.filled(principal, book, one);
        Ok(found.into_iter().map(filled).collect())
    }

    async fn registrations(
        &self,
        principal: &Principal,
        book: &'static str,
        query: &RegistrationQuery,
        after: Option<Mark>,
        limit: usize,
    ) -> Result<RegistrationPage, DeskError> {
        let account = principal.account;
        let page = self.ledger(|ledger, _| ledger.page(account, book, query, after, limit))?;
        let filled = |one| self.filled(principal, book, one);
        Ok(RegistrationPage {
            registered: page.registered.into_iter().map(filled).collect(),
            next: page.next,
        })
    }

    async fn count_registrations(
        &self,
        principal: &Principal,
        book: &'static str,
        query: &RegistrationQuery,
    ) -> Result<u64, DeskError> {
        self.ledger(|ledger, _| ledger.count(principal.account, book, query))
    }

    async fn shipment_of(
        &self,
        principal: &Principal,
        registered: &Registered,
    ) -> Result<Option<ShipmentView>, DeskError> {
        self.known(principal, registered).await
    }

    async fn amend(
        &self,
        principal: &Principal,
        book: &'static str,
        id: i64,
        data: Value,
        key: Option<String>,
    ) -> Result<bool, DeskError> {
        self.ledger(|ledger, _| ledger.amend(principal.account, book, id, data, key))
    }

    async fn tell_at(
        &self,
        _principal: &Principal,
        _book: &'static str,
        url: &str,
    ) -> Result<bool, DeskError> {
        self.may_tell(url)
    }

    async fn unregister(
        &self,
        principal: &Principal,
        book: &'static str,
        ids: &[i64],
    ) -> Result<u64, DeskError> {
        self.ledger(|ledger, _| ledger.unregister(principal.account, book, ids))
    }

    async fn change_carrier(
        &self,
        principal: &Principal,
        book: &'static str,
        ids: &[i64],
        carrier: &str,
    ) -> Result<Moved, DeskError> {
        let account = principal.account;
        self.ledger(|ledger, now| ledger.change_carrier(account, book, ids, carrier, now))
    }

    async fn refresh(
        &self,
        principal: &Principal,
        book: &'static str,
        id: i64,
        least: i64,
    ) -> Result<Refresh, DeskError> {
        self.ledger(|ledger, now| ledger.refresh(principal.account, book, id, now, least))
    }

    async fn ask_now(
        &self,
        principal: &Principal,
        carrier: &str,
        number: &str,
    ) -> Result<Instant, DeskError> {
        self.asked_at_once(principal, carrier, number).await
    }

    async fn charge(
        &self,
        principal: &Principal,
        meter: &'static str,
        period: i64,
        n: u64,
        limit: u64,
    ) -> Result<bool, DeskError> {
        self.take(principal, meter, period, n, limit)
    }
}
