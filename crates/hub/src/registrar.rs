//! The hub as the facades' book of registrations, over the store.
//!
//! Guarantee: each call is one transaction of the store, and concerns the principal's account only.
//! What a dialect finds a registration again by is kept as a blind index, under a key that is stored
//! nowhere. New numbers are asked about as the hub's own registrations are: see `Askable`.

use crate::budget::Purpose;
use crate::clocks::{self, facts_of};
use crate::desk::told;
use crate::instant::instant;
use crate::poll::hear;
use crate::schedule::Trouble;
use crate::shipments::check_number;
use crate::{Hub, views};
use async_trait::async_trait;
use serde_json::Value;
use std::sync::Arc;
use trackway_dialects::desk::{
    Instant, Mark, Moved, Principal, Refresh, Registered, Registrar, RegistrationPage,
    RegistrationQuery, Wish, dialect_of,
};
use trackway_dialects::dialect::Parcel;
use trackway_dialects::{DeskError, registry};
use trackway_model::view::ShipmentView;
use trackway_model::{AccountId, InstallationKey, ShipmentId, Track};
use trackway_store::StoreError;
use trackway_store::records::{NewRegistration, Registration};
use trackway_store::registrations::{self as store, Again, Book, BookQuery, Entry, Key, Move};
use trackway_store::search::Bounds;

/// What keys are hashed for.
const KEYS: &str = "registration.key";

#[async_trait]
impl Registrar for Hub {
    async fn register(
        &self,
        principal: &Principal,
        book: &'static str,
        wishes: Vec<Wish>,
    ) -> Result<Vec<(Registered, bool)>, DeskError> {
        let account = principal.account;
        let created = self.clock.now();
        let askable = self.askable(account).await?;
        let clock_at = self.first_clock(book, created);
        let mut asked = false;
        let mut wanted = Vec::with_capacity(wishes.len());
        for wish in wishes {
            check_number(&wish.number)?;
            let connections = askable
                .of(&wish.carrier, None::<&[&str]>)
                .unwrap_or_default();
            asked |= !connections.is_empty();
            wanted.push(NewRegistration {
                account,
                dialect: book.to_owned(),
                key: wish.key.map(|key| self.key_of(account, book, &key)),
                carrier: wish.carrier,
                number: wish.number.trim().to_owned(),
                created,
                data: wish.data,
                references: wish.references,
                connections: connections.iter().map(|known| known.id).collect(),
                clock_at,
                amend: false,
            });
        }
        let made = self.store.register_many(wanted).await.map_err(told)?;
        if asked {
            self.wake_poller();
        }
        let mut registered = Vec::with_capacity(made.len());
        for (registration, new) in made {
            let entry = if new {
                Entry {
                    registration,
                    refreshed: None,
                }
            } else {
                // With when it was refreshed.
                let track = registration.track;
                let known = self.entries_of(principal, book, &[track]).await?;
                known.into_iter().next().unwrap_or(Entry {
                    registration,
                    refreshed: None,
                })
            };
            registered.push((self.registered_as(entry).await.map_err(told)?, new));
        }
        Ok(registered)
    }

    async fn registered(
        &self,
        principal: &Principal,
        book: &'static str,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Vec<Registered>, DeskError> {
        let found = self.store.find(principal.account, carrier, number);
        let tracks: Vec<_> = found.await.map_err(told)?;
        if tracks.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = tracks.iter().map(|track| track.id).collect();
        let mut registered = Vec::with_capacity(1);
        for entry in self.entries_of(principal, book, &ids).await? {
            let track = tracks.iter().find(|t| t.id == entry.registration.track);
            let registration = self.registered_on(entry, track.map(AsRef::as_ref)).await;
            registered.push(registration.map_err(told)?);
        }
        Ok(registered)
    }

    async fn registrations(
        &self,
        principal: &Principal,
        book: &'static str,
        query: &RegistrationQuery,
        after: Option<Mark>,
        limit: usize,
    ) -> Result<RegistrationPage, DeskError> {
        let (book, query) = (
            book_of(principal, book),
            self.book_query(principal, book, query),
        );
        let after = after.map(|Mark { created, id }| store::Mark { created, id });
        // One more shows whether there are more.
        let wanted = limit.saturating_add(1);
        let entries = self.store.entries(&book, &query, after, wanted);
        let mut entries = entries.await.map_err(told)?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        let mut registered = Vec::with_capacity(entries.len());
        for entry in entries {
            registered.push(self.registered_as(entry).await.map_err(told)?);
        }
        let next = registered.last().filter(|_| more).map(Mark::from);
        Ok(RegistrationPage { registered, next })
    }

    async fn count_registrations(
        &self,
        principal: &Principal,
        book: &'static str,
        query: &RegistrationQuery,
    ) -> Result<u64, DeskError> {
        let (book, query) = (
            book_of(principal, book),
            self.book_query(principal, book, query),
        );
        self.store.count_entries(&book, &query).await.map_err(told)
    }

    async fn shipment_of(
        &self,
        principal: &Principal,
        registered: &Registered,
    ) -> Result<Option<ShipmentView>, DeskError> {
        let track = self.store.track(registered.shipment.track()).await;
        let own = |track: &Arc<Track>| track.account == principal.account;
        let Some(track) = track.map_err(told)?.filter(own) else {
            return Ok(None);
        };
        let view = self.view_for(track, principal.dialect).await;
        view.map(Some).map_err(told)
    }

    async fn amend(
        &self,
        principal: &Principal,
        book: &'static str,
        id: i64,
        data: Value,
        key: Option<String>,
    ) -> Result<bool, DeskError> {
        let key = key.map(|key| self.key_of(principal.account, book, &key));
        let book = book_of(principal, book);
        let now = self.clock.now();
        let replaced = self.store.replace_entry(&book, id, data, key, now).await;
        let replaced = replaced.map_err(told)?;
        self.wake_poller();
        Ok(replaced)
    }

    async fn tell_at(
        &self,
        principal: &Principal,
        book: &'static str,
        url: &str,
    ) -> Result<bool, DeskError> {
        let dialect = dialect_of(book);
        Ok(self.listen_at(principal.account, dialect, url).await?)
    }

    async fn unregister(
        &self,
        principal: &Principal,
        book: &'static str,
        ids: &[i64],
    ) -> Result<u64, DeskError> {
        let book = book_of(principal, book);
        let now = self.clock.now();
        let ended = self.store.unregister(&book, ids.to_vec(), now).await;
        let ended = ended.map_err(told)?;
        self.wake_poller();
        Ok(ended)
    }

    async fn change_carrier(
        &self,
        principal: &Principal,
        book: &'static str,
        ids: &[i64],
        carrier: &str,
    ) -> Result<Moved, DeskError> {
        let now = self.clock.now();
        let askable = self.askable(principal.account).await?;
        let connections = askable.of(carrier, None::<&[&str]>).unwrap_or_default();
        let to = Move {
            ids: ids.to_vec(),
            carrier: carrier.to_owned(),
            now,
            clock_at: self.first_clock(book, now),
            connections: connections.iter().map(|known| known.id).collect(),
        };
        let book = book_of(principal, book);
        let moved = self.store.move_entries(&book, to).await.map_err(told)?;
        Ok(match moved {
            store::Moved::All => {
                self.wake_poller();
                Moved::All
            }
            store::Moved::Unknown(id) => Moved::Unknown(id),
            store::Moved::Taken(id) => Moved::Taken(id),
        })
    }

    async fn refresh(
        &self,
        principal: &Principal,
        book: &'static str,
        id: i64,
        least: i64,
    ) -> Result<Refresh, DeskError> {
        let now = self.clock.now();
        let book = book_of(principal, book);
        let since = now.saturating_sub(least);
        let again = self.store.refresh_entry(&book, id, now, since).await;
        Ok(match again.map_err(told)? {
            Again::Asked(_) => {
                self.wake_poller();
                Refresh::Asked { at: now }
            }
            Again::TooSoon(last) => Refresh::TooSoon { last },
            Again::Unknown => Refresh::Unknown,
        })
    }

    async fn ask_now(
        &self,
        principal: &Principal,
        carrier: &str,
        number: &str,
    ) -> Result<Instant, DeskError> {
        let account = principal.account;
        check_number(number)?;
        let askable = self.askable(account).await?;
        let connections = askable.of(carrier, None::<&[&str]>).unwrap_or_default();
        let parcel = Parcel {
            carrier,
            number,
            ..Parcel::default()
        };
        let (mut nothing, mut refused) = (false, None);
        for connection in connections.iter().filter(|connection| !connection.paused) {
            let dialect = registry::find(&connection.dialect);
            let Some((dialect, call)) = dialect.and_then(|d| Some((d, d.call()?))) else {
                continue;
            };
            let name = dialect.name();
            match hear(self, call, name, connection, &parcel, Purpose::Manual).await {
                Ok(heard) => {
                    let answer = heard.parsed.answer;
                    let view = instant(
                        (account, connection.id),
                        &parcel,
                        heard.asked,
                        answer,
                        principal.dialect,
                    );
                    return Ok(Instant::Told(Box::new(view)));
                }
                Err(failed) => {
                    nothing |= failed.trouble == Trouble::Nothing;
                    if failed.trouble == Trouble::Refused {
                        refused = Some(failed.why);
                    }
                }
            }
        }
        if nothing {
            return Ok(Instant::Nothing);
        }
        let known = self.store.find(account, Some(carrier), number).await;
        let known = match views::newest(known.map_err(told)?) {
            Some(track) => Some(self.view_for(track, principal.dialect).await),
            None => None,
        };
        let known = known.transpose().map_err(told)?;
        Ok(match (known, refused) {
            (None, Some(words)) => Instant::Refused(words),
            (known, _) => Instant::Unanswered(known.map(Box::new)),
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
        let meter = format!("{meter}/account/{}", principal.account);
        let spent = self.store.spend(&meter, period, n, limit).await;
        spent.map_err(told)
    }
}

impl Hub {
    async fn entries_of(
        &self,
        principal: &Principal,
        book: &'static str,
        tracks: &[trackway_model::TrackId],
    ) -> Result<Vec<Entry>, DeskError> {
        let book = book_of(principal, book);
        self.store.entries_of(&book, tracks).await.map_err(told)
    }

    fn book_query(
        &self,
        principal: &Principal,
        book: &str,
        query: &RegistrationQuery,
    ) -> BookQuery {
        let key = |key: &String| self.key_of(principal.account, book, key);
        BookQuery {
            created: Bounds {
                from: query.from,
                before: query.before,
            },
            keys: query.keys.iter().map(key).collect(),
        }
    }

    /// The blind index of what a dialect finds a registration again by.
    fn key_of(&self, account: AccountId, book: &str, key: &str) -> Key {
        let secret = InstallationKey::new(self.store.secret(KEYS));
        let digest = secret.blind(&format!("{account}/{book}"), key.trim());
        let mut short = Key::default();
        short.copy_from_slice(&digest[..size_of::<Key>()]);
        short
    }

    /// The key of a registration that another installation exported: under this one's own secret.
    pub fn key_from(&self, account: AccountId, book: &str, data: &Value) -> Option<Key> {
        let key = registry::find(dialect_of(book))?.key_of(data)?;
        Some(self.key_of(account, book, &key))
    }

    async fn registered_as(&self, entry: Entry) -> Result<Registered, StoreError> {
        let track = self.store.track(entry.registration.track).await?;
        self.registered_on(entry, track.as_deref()).await
    }

    async fn registered_on(
        &self,
        entry: Entry,
        track: Option<&Track>,
    ) -> Result<Registered, StoreError> {
        let Entry {
            registration,
            refreshed,
        } = entry;
        let facts = facts_of(track, registration.created);
        let clocks = self.clocks_of(&registration.dialect);
        let polls = self.store.polls_of(registration.track).await?;
        let newest = track.and_then(|track| track.states.last().map(|state| state.epoch));
        let Registration {
            id,
            track,
            carrier,
            number,
            created,
            data,
            ..
        } = registration;
        Ok(Registered {
            id,
            shipment: ShipmentId::new(track, newest.unwrap_or_default()),
            carrier,
            number,
            created,
            data,
            standing: facts.standing(clocks, self.clock.now()),
            told: facts.news,
            heard: polls.iter().filter_map(|poll| poll.heard).max(),
            next: polls.iter().filter_map(|poll| poll.due).min(),
            refreshed,
        })
    }

    fn first_clock(&self, book: &str, now: i64) -> Option<i64> {
        let own = clocks::first_of(self.clocks_of(book), now);
        clocks::greeting(book, now).into_iter().chain(own).min()
    }

    /// After how long a dialect says of a registration that nothing was found, or nothing new, by
    /// this installation's settings.
    pub(crate) fn clocks_of(&self, book: &str) -> trackway_model::Clocks {
        let setting = |name: &str| self.config.settings.get(name).cloned();
        registry::find(dialect_of(book)).map_or(trackway_model::Clocks::NONE, |dialect| {
            dialect.clocks_by(&setting)
        })
    }
}

fn book_of(principal: &Principal, book: &str) -> Book {
    Book {
        account: principal.account,
        dialect: book.to_owned(),
    }
}
