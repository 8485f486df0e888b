//! What upstreams are told of numbers that we gave them: that a client changed what it says of one, had
//! it refreshed, moved it to another carrier, or that nobody has it registered any more.
//!
//! Contract: what is owed is written with what the client did (`trackway_store::errands`) and makes the
//! number's poll due; so an errand is claimed, paced, paid for and tried again as a poll is, and its
//! failures are the connection's. An upstream is told before it is asked. What it refuses again and
//! again is given up and said in the log; of what it knows nothing any more, nothing is owed. An errand
//! may reach it twice, where a node dies between the call and its note: each is harmless when repeated.

use crate::Hub;
use crate::budget::Purpose;
use crate::metrics::Name;
use crate::poll::{Again, DEADLINE, Failed, Flight, paid};
use crate::schedule::Trouble;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use trackway_dialects::dialect::{Errand, Parcel, Upstream};
use trackway_dialects::{Call, registry};
use trackway_model::{AccountId, ConnectionId, TrackId};
use trackway_store::StoreError;
use trackway_store::errands::{Entrusted, Has, SettledErrand};
use trackway_store::records::{Connection, Poll};
use trackway_store::registrations::Book;

/// Refusals in a row after which an errand is given up: about a day and a half.
const LAST_REFUSED: u32 = 5;

/// What upstreams have of us, by track.
pub(crate) type Trusts = HashMap<TrackId, Entrusted>;

/// What was done about one errand.
enum Done {
    Told,
    /// The upstream has no such number.
    Unknown,
    GivenUp,
}

impl Hub {
    /// Of these numbers, those that the connection's upstream has of us.
    pub(crate) async fn trusts(
        &self,
        call: &dyn Call,
        connection: ConnectionId,
        tracks: &[TrackId],
    ) -> Result<Trusts, StoreError> {
        if call.admits().is_none() {
            return Ok(Trusts::new());
        }
        let found = self.store.entrusted(connection, tracks).await?;
        Ok(found
            .into_iter()
            .map(|known| (known.track, known))
            .collect())
    }

    /// Whether an upstream is to be told something of a number.
    pub(crate) async fn owes(
        &self,
        connection: &Connection,
        track: TrackId,
    ) -> Result<bool, StoreError> {
        let call = registry::find(&connection.dialect).and_then(|dialect| dialect.call());
        let Some(call) = call else {
            return Ok(false);
        };
        let trusts = self.trusts(call, connection.id, &[track]).await?;
        Ok(trusts.values().any(Entrusted::is_owed))
    }

    /// Of these numbers, those that the account has registered in any dialect.
    pub(crate) async fn registered_among(
        &self,
        account: AccountId,
        tracks: &[TrackId],
    ) -> Result<HashSet<TrackId>, StoreError> {
        let mut registered = HashSet::new();
        for book in registry::DIALECTS.iter().flat_map(|it| it.books()) {
            let book = Book {
                account,
                dialect: book.to_owned(),
            };
            let entries = self.store.entries_of(&book, tracks).await?;
            registered.extend(entries.iter().map(|entry| entry.registration.track));
        }
        Ok(registered)
    }

    /// What our clients said with their registrations of numbers in a dialect, the newest of each.
    pub(crate) async fn said_with(
        &self,
        dialect: &str,
        account: AccountId,
        tracks: &[TrackId],
    ) -> Result<HashMap<TrackId, Value>, StoreError> {
        let books = registry::find(dialect).map_or(Vec::new(), trackway_dialects::Dialect::books);
        let mut said: HashMap<TrackId, (i64, Value)> = HashMap::new();
        for book in books {
            let book = Book {
                account,
                dialect: book.to_owned(),
            };
            for entry in self.store.entries_of(&book, tracks).await? {
                let registration = entry.registration;
                let known = said.get(&registration.track);
                if known.is_none_or(|(created, _)| *created < registration.created) {
                    let newest = (registration.created, registration.data);
                    said.insert(registration.track, newest);
                }
            }
        }
        Ok(said
            .into_iter()
            .map(|(track, (_, data))| (track, data))
            .collect())
    }

    /// Tells the upstream what it is owed, of those of a flight's numbers of which nothing came yet;
    /// `became` then has what came of those of which nothing need be asked now.
    pub(crate) async fn tell_first(
        &self,
        flight: &Flight,
        trusts: &mut Trusts,
        became: &mut [Option<Result<Again, Failed>>],
        purpose: Purpose,
    ) {
        let began = self.clock.monotonic();
        for (poll, became) in flight.polls.iter().zip(became) {
            let owed = trusts.get(&poll.track).filter(|known| known.is_owed());
            let Some(known) = owed.cloned().filter(|_| became.is_none()) else {
                continue;
            };
            if self.clock.monotonic().saturating_sub(began) >= DEADLINE {
                // Its lease is for one look: the rest have their turn at once.
                *became = Some(Ok(Again::At(Some(self.clock.now()))));
                continue;
            }
            let errands = Errands {
                hub: self,
                flight,
                poll,
                purpose,
            };
            match errands.run(known).await {
                Ok(Some(known)) => {
                    trusts.insert(poll.track, known);
                }
                Ok(None) if trusts[&poll.track].is_wanted => {
                    trusts.remove(&poll.track);
                }
                Ok(None) => *became = Some(Ok(Again::At(None))),
                Err(failed) => *became = Some(Err(failed)),
            }
        }
    }
}

/// The errands of one number.
struct Errands<'a> {
    hub: &'a Hub,
    flight: &'a Flight,
    poll: &'a Poll,
    purpose: Purpose,
}

impl Errands<'_> {
    /// All that is owed, one after the other. What the upstream has of the number then; None: nothing.
    async fn run(&self, known: Entrusted) -> Result<Option<Entrusted>, Failed> {
        if !known.is_wanted {
            self.take_back(&known).await?;
            return Ok(None);
        }
        let Some(mut known) = self.move_over(known).await? else {
            return Ok(None);
        };
        if known.edits > 0 {
            let said = self.said().await?;
            let edits = known.edits;
            let done = self
                .tell(Errand::Edited, &known.given, said.as_ref())
                .await?;
            if !self.note(done, edits, 0).await? {
                return Ok(None);
            }
            known.edits = 0;
        }
        if known.refreshes > 0 {
            let refreshes = known.refreshes;
            let done = self.tell(Errand::Refreshed, &known.given, None).await?;
            if !self.note(done, 0, refreshes).await? {
                return Ok(None);
            }
            known.refreshes = 0;
        }
        Ok(Some(known))
    }

    async fn take_back(&self, known: &Entrusted) -> Result<(), Failed> {
        if known.moved_from.is_some() {
            // It never came there.
            let now = self.hub.clock.now();
            return self.settle(0, 0, Has::NotMoved { now }).await;
        }
        self.tell(Errand::Ended, &known.given, None).await?;
        self.settle(0, 0, Has::Nothing).await
    }

    /// Tells of the new carrier, where the upstream knows the old one still.
    async fn move_over(&self, known: Entrusted) -> Result<Option<Entrusted>, Failed> {
        let Some(from) = known.moved_from else {
            return Ok(Some(known));
        };
        let store = |error: StoreError| Failed::store(&error);
        let connection = self.flight.connection.id;
        let old = self.hub.store.entrusted(connection, &[from]).await;
        let old = old.map_err(store)?.pop();
        let track = self.hub.store.track(from).await.map_err(store)?;
        let moved = match (&old, &track) {
            (Some(old), Some(track)) => {
                let errand = Errand::Moved {
                    from: &track.carrier,
                };
                self.tell(errand, &old.given, None).await?
            }
            _ => Done::Unknown,
        };
        match (moved, old) {
            (Done::Told, Some(old)) => {
                let given = old.given;
                let there = Has::Moved {
                    given: given.clone(),
                };
                self.settle(0, 0, there).await?;
                Ok(Some(Entrusted {
                    given,
                    moved_from: None,
                    ..known
                }))
            }
            (Done::Told | Done::Unknown | Done::GivenUp, _) => {
                let now = self.hub.clock.now();
                self.settle(0, 0, Has::NotMoved { now }).await?;
                Ok(None)
            }
        }
    }

    async fn said(&self) -> Result<Option<Value>, Failed> {
        let Poll { account, track, .. } = *self.poll;
        let tracks = [track];
        let said = self.hub.said_with(self.flight.dialect, account, &tracks);
        let mut said = said.await.map_err(|error| Failed::store(&error))?;
        Ok(said.remove(&track))
    }

    /// Notes that edits or refreshes were told. Whether the upstream has the number still.
    async fn note(&self, done: Done, edits: u32, refreshes: u32) -> Result<bool, Failed> {
        let has_it = !matches!(done, Done::Unknown);
        let now_has = if has_it { Has::Same } else { Has::Nothing };
        self.settle(edits, refreshes, now_has).await?;
        Ok(has_it)
    }

    async fn settle(&self, edits: u32, refreshes: u32, now_has: Has) -> Result<(), Failed> {
        let settled = SettledErrand {
            track: self.poll.track,
            connection: self.poll.connection,
            edits,
            refreshes,
            now_has,
        };
        let noted = self.hub.store.settle_errands(vec![settled]).await;
        noted.map_err(|error| Failed::store(&error))
    }

    /// Makes one call. What may go through later is an error.
    async fn tell(
        &self,
        errand: Errand<'_>,
        given: &Value,
        registered: Option<&Value>,
    ) -> Result<Done, Failed> {
        let parcel = Parcel {
            carrier: &self.poll.carrier,
            number: &self.poll.number,
            given: Some(given),
            registered,
        };
        let told = self.call(errand, &parcel).await;
        let outcome = told
            .as_ref()
            .map_or_else(|failed| failed.trouble.name(), |()| "told");
        let labels = [errand.name().into(), outcome.into()];
        self.hub.metrics.count(Name::Errands, &labels, 1);
        let failed = match told {
            Ok(()) => return Ok(Done::Told),
            Err(failed) if failed.trouble == Trouble::Nothing => return Ok(Done::Unknown),
            Err(failed) => failed,
        };
        let is_momentary = errand == Errand::Refreshed;
        let is_final = failed.trouble == Trouble::Refused
            && (is_momentary || self.poll.failures >= LAST_REFUSED);
        if !is_final {
            return Err(failed);
        }
        tracing::warn!(
            connection = self.poll.connection.0,
            track = self.poll.track.0,
            errand = errand.name(),
            why = failed.why,
            "an upstream refuses to be told something of a number: it is told no more"
        );
        Ok(Done::GivenUp)
    }

    async fn call(&self, errand: Errand<'_>, parcel: &Parcel<'_>) -> Result<(), Failed> {
        let Flight {
            connection, call, ..
        } = self.flight;
        let Some(admits) = call.admits() else {
            return Ok(());
        };
        let upstream = Upstream {
            connection: connection.id,
            base_url: &connection.base_url,
            settings: &connection.settings,
        };
        let outgoing = admits.errand(&upstream, errand, parcel);
        let Some(outgoing) = outgoing.map_err(|error| Failed::call(&error, None))? else {
            return Ok(());
        };
        let (answered, _) = paid(self.hub, *call, connection, outgoing, self.purpose).await?;
        let judged = admits.judge_errand(errand, &answered.as_answer());
        let failed = match judged {
            Ok(()) => return Ok(()),
            Err(error) => Failed::call(&error, Some(&answered)),
        };
        if failed.trouble == Trouble::Quota {
            let closed = self.hub.refused(*call, connection, &answered).await;
            closed.map_err(|error| Failed::store(&error))?;
        }
        Err(failed)
    }
}
