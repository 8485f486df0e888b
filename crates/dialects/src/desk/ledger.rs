//! Registrations in memory, for desks that keep nothing: a simulated world, a test.
//!
//! Contract: answers as `Registrar` says, but for what follows from the parcel (standing, times of
//! what was told): its desk fills that in. Deterministic: ids count up from 1.

use super::{Mark, Moved, Refresh, Registered, RegistrationPage, RegistrationQuery, Wish};
use serde_json::Value;
use trackway_model::intake::number_key;
use trackway_model::{AccountId, ShipmentId, Standing};

/// All books of all accounts.
#[derive(Debug, Default)]
pub struct Ledger {
    last: i64,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    account: AccountId,
    book: &'static str,
    key: Option<String>,
    registered: Registered,
}

impl Entry {
    fn is_of(&self, account: AccountId, book: &str) -> bool {
        self.account == account && self.book == book
    }

    fn names(&self, carrier: Option<&str>, number: &str) -> bool {
        carrier.is_none_or(|carrier| self.registered.carrier == carrier)
            && number_key(&self.registered.number) == number_key(number)
    }

    fn is_asked(&self, query: &RegistrationQuery) -> bool {
        let RegistrationQuery { from, before, keys } = query;
        let created = self.registered.created;
        let keyed = |key: &String| keys.iter().any(|asked| asked.trim() == key.trim());
        from.is_none_or(|from| from <= created)
            && before.is_none_or(|before| created < before)
            && (keys.is_empty() || self.key.as_ref().is_some_and(keyed))
    }
}

impl Ledger {
    pub fn register(
        &mut self,
        account: AccountId,
        book: &'static str,
        wishes: Vec<Wish>,
        now: i64,
    ) -> Vec<(Registered, bool)> {
        let mut made = Vec::with_capacity(wishes.len());
        for wish in wishes {
            let known = self.find(account, book, Some(&wish.carrier), &wish.number);
            if let Some(known) = known.into_iter().next() {
                made.push((known, false));
                continue;
            }
            self.last += 1;
            let registered = Registered {
                id: self.last,
                shipment: ShipmentId::default(),
                carrier: wish.carrier,
                number: wish.number.trim().to_owned(),
                created: now,
                data: wish.data,
                standing: Standing::Pending,
                told: None,
                heard: None,
                next: None,
                refreshed: None,
            };
            made.push((registered.clone(), true));
            self.entries.push(Entry {
                account,
                book,
                key: wish.key,
                registered,
            });
        }
        made
    }

    pub fn find(
        &self,
        account: AccountId,
        book: &str,
        carrier: Option<&str>,
        number: &str,
    ) -> Vec<Registered> {
        let own = self.entries.iter().filter(|e| e.is_of(account, book));
        own.filter(|entry| entry.names(carrier, number))
            .map(|entry| entry.registered.clone())
            .collect()
    }

    pub fn page(
        &self,
        account: AccountId,
        book: &str,
        query: &RegistrationQuery,
        after: Option<Mark>,
        limit: usize,
    ) -> RegistrationPage {
        let own = self.entries.iter().filter(|e| e.is_of(account, book));
        let asked = own.filter(|entry| entry.is_asked(query));
        let mut registered: Vec<Registered> = asked
            .map(|entry| entry.registered.clone())
            .filter(|registered| after.is_none_or(|after| Mark::from(registered) < after))
            .collect();
        registered.sort_by_key(|registered| std::cmp::Reverse(Mark::from(registered)));
        let more = registered.len() > limit;
        registered.truncate(limit);
        let next = registered.last().filter(|_| more).map(Mark::from);
        RegistrationPage { registered, next }
    }

    pub fn count(&self, account: AccountId, book: &str, query: &RegistrationQuery) -> u64 {
        let own = self.entries.iter().filter(|e| e.is_of(account, book));
        own.filter(|entry| entry.is_asked(query)).count() as u64
    }

    pub fn amend(
        &mut self,
        account: AccountId,
        book: &str,
        id: i64,
        data: Value,
        key: Option<String>,
    ) -> bool {
        let found = self.entry(account, book, id);
        found.is_some_and(|entry| {
            entry.registered.data = data;
            entry.key = key;
            true
        })
    }

    pub fn unregister(&mut self, account: AccountId, book: &str, ids: &[i64]) -> u64 {
        let before = self.entries.len();
        self.entries
            .retain(|entry| !(entry.is_of(account, book) && ids.contains(&entry.registered.id)));
        (before - self.entries.len()) as u64
    }

    pub fn change_carrier(
        &mut self,
        account: AccountId,
        book: &str,
        ids: &[i64],
        carrier: &str,
        now: i64,
    ) -> Moved {
        let mut numbers: Vec<String> = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(entry) = self.entry(account, book, *id) else {
                return Moved::Unknown(*id);
            };
            let number = number_key(&entry.registered.number);
            let held = self.find(account, book, Some(carrier), &number);
            if !held.is_empty() || numbers.contains(&number) {
                return Moved::Taken(*id);
            }
            numbers.push(number);
        }
        for id in ids {
            if let Some(entry) = self.entry(account, book, *id) {
                carrier.clone_into(&mut entry.registered.carrier);
                entry.registered.created = now;
                entry.registered.refreshed = None;
            }
        }
        Moved::All
    }

    pub fn refresh(
        &mut self,
        account: AccountId,
        book: &str,
        id: i64,
        now: i64,
        least: i64,
    ) -> Refresh {
        let Some(entry) = self.entry(account, book, id) else {
            return Refresh::Unknown;
        };
        let since = now.saturating_sub(least);
        if let Some(last) = entry.registered.refreshed.filter(|last| *last > since) {
            return Refresh::TooSoon { last };
        }
        entry.registered.refreshed = Some(now);
        Refresh::Asked { at: now }
    }

    fn entry(&mut self, account: AccountId, book: &str, id: i64) -> Option<&mut Entry> {
        let mut entries = self.entries.iter_mut();
        entries.find(|entry| entry.is_of(account, book) && entry.registered.id == id)
    }
}
