//! What is noted of connections in passing, and written down a moment later: when they told of which
//! number, how they do, and what was strange.
//!
//! Contract: noting costs a look-up in memory and never waits, so that whoever brings data does not
//! pay for it. One task writes every `EVERY`, readers have it written before they read, and so does
//! the end. A crash loses the last moment's notes and nothing else: ages look older than they are,
//! counts a little smaller. Both buffers are bounded; what does not fit is not noted.

use crate::clock::{SECOND, micros};
use crate::metrics::Name;
use crate::{Hub, clock};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use trackway_dialects::{Dialect, registry, shape};
use trackway_model::intake::{Content, Intake, Receipt};
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{
    Certainty, CodeKind, ConnectionId, Milestone, Occurred, Oddity, Statement, Strange, TrackId,
    Way,
};
use trackway_store::StoreError;
use trackway_store::ages::{ConnectionState, Heard};
use trackway_store::quarantine::Noted;

const EVERY: Duration = Duration::from_secs(2);
/// Numbers, and surprises, that are noted between two writings.
const MOST_HEARD: usize = 100_000;
const MOST_STRANGE: usize = 2_000;
/// Characters of a code that is told as it is.
const LONGEST_CODE: usize = 64;
const DAY: i64 = 86_400 * SECOND;

/// What surprises are the same: the code tells unknown codes apart.
type Key = (ConnectionId, Way, Oddity, String, String);

#[derive(Default)]
struct Inner {
    heard: HashMap<(ConnectionId, TrackId), i64>,
    states: HashMap<ConnectionId, ConnectionState>,
    strange: HashMap<Key, Noted>,
}

/// What is noted and not written yet.
#[derive(Default)]
pub(crate) struct Notes {
    inner: Mutex<Inner>,
    /// Held while it is written, so that whoever reads afterwards reads all of it.
    writing: tokio::sync::Mutex<()>,
}

/// Writes, again and again, until `stop`.
pub(crate) async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = hub.write_notes().await {
            tracing::warn!(%error, "what was noted could not be written; trying again");
        }
        let wake = hub.clock.now().saturating_add(micros(EVERY));
        tokio::select! {
            () = stop.cancelled() => {}
            () = hub.clock.sleep_until(wake) => {}
        }
    }
}

impl Hub {
    /// Writes down what was noted; what the store refuses is kept.
    pub(crate) async fn write_notes(&self) -> Result<(), StoreError> {
        let _writing = self.notes.writing.lock().await;
        let taken = std::mem::take(&mut *self.notes.inner.lock());
        let Inner {
            heard,
            states,
            strange,
        } = taken;
        if !strange.is_empty() {
            let noted: Vec<Noted> = strange.into_values().collect();
            if let Err(error) = self.store.note_strange(noted.clone()).await {
                self.note_strange(noted);
                self.put_back(heard, states);
                return Err(error);
            }
        }
        if heard.is_empty() && states.is_empty() {
            return Ok(());
        }
        let rows = heard
            .iter()
            .map(|(&(connection, track), &at)| Heard {
                connection,
                track,
                at,
            })
            .collect();
        let written = self
            .store
            .note_heard(rows, states.values().cloned().collect())
            .await;
        if written.is_err() {
            self.put_back(heard, states);
        }
        written
    }

    fn put_back(
        &self,
        heard: HashMap<(ConnectionId, TrackId), i64>,
        states: HashMap<ConnectionId, ConnectionState>,
    ) {
        let mut inner = self.notes.inner.lock();
        for (key, at) in heard {
            inner.hear(key, at);
        }
        for (id, before) in states {
            inner.know(id, |state| join(state, before));
        }
    }

    /// Notes surprises, each counted.
    pub(crate) fn note_strange(&self, noted: Vec<Noted>) {
        let mut inner = self.notes.inner.lock();
        for noted in noted {
            let code = match noted.strange.oddity {
                Oddity::UnknownCode => noted.strange.found.clone(),
                _ => String::new(),
            };
            let Strange { oddity, member, .. } = &noted.strange;
            let key = (noted.connection, noted.way, *oddity, member.clone(), code);
            let room = inner.strange.len() < MOST_STRANGE;
            match inner.strange.entry(key) {
                Entry::Occupied(mut held) => {
                    let held = held.get_mut();
                    held.times = held.times.saturating_add(noted.times);
                    held.at = held.at.max(noted.at);
                }
                Entry::Vacant(free) if room => {
                    free.insert(noted);
                }
                Entry::Vacant(_) => {}
            }
        }
    }

    /// Notes what was committed: which connection told of which number, and whether it was news.
    pub(crate) fn note_heard(&self, of: &[(ConnectionId, i64)], receipts: &[Receipt]) {
        let mut inner = self.notes.inner.lock();
        for ((connection, at), receipt) in of.iter().zip(receipts) {
            if *connection == ConnectionId::default() {
                continue;
            }
            inner.hear((*connection, receipt.shipment.track()), *at);
            let is_news = receipt.new + receipt.versions > 0;
            inner.know(*connection, |state| {
                state.heard = state.heard.max(Some(*at));
                state.changed = state.changed.max(is_news.then_some(*at));
            });
        }
    }

    /// Notes a call to an upstream, and how it failed if it did.
    pub(crate) fn note_call(&self, connection: ConnectionId, made: bool, failure: Option<&str>) {
        let now = self.clock.now();
        let today = now.div_euclid(DAY);
        self.notes.inner.lock().know(connection, |state| {
            if made {
                let before = state.calls.filter(|(day, _)| *day == today);
                state.calls = Some((today, before.map_or(0, |(_, calls)| calls) + 1));
            }
            if let Some(text) = failure {
                state.failed = Some(now);
                state.failure = Some(text.chars().take(300).collect());
            }
        });
    }

    /// What is strange about what connections told, and no hindrance.
    pub(crate) fn observed(&self, intakes: &[Intake]) -> Vec<Noted> {
        let told = intakes
            .iter()
            .filter(|intake| intake.connection != ConnectionId::default());
        let mut all = Vec::new();
        for intake in told {
            let (way, dialect, strange) = match &intake.content {
                Content::Document(answer) => {
                    let Some(dialect) = registry::of_stream(answer.stream) else {
                        continue;
                    };
                    let mut strange = dialect.compare(answer.stream, &answer.body);
                    for part in &answer.parts {
                        self.odd(dialect, &part.statements, intake.received, &mut strange);
                    }
                    (Way::Poll, dialect, strange)
                }
                Content::News(statements) => {
                    let first = statements.first().map(|statement| statement.stream);
                    let Some(dialect) = first.and_then(registry::of_stream) else {
                        continue;
                    };
                    let mut strange: Vec<Strange> = statements
                        .iter()
                        .flat_map(|told| dialect.compare(told.stream, &told.raw))
                        .collect();
                    self.odd(dialect, statements, intake.received, &mut strange);
                    (Way::Webhook, dialect, strange)
                }
                Content::Opening(_) => continue,
            };
            for strange in strange {
                let labels = [dialect.name().into(), strange.oddity.name().into()];
                self.metrics.count(Name::Drift, &labels, 1);
                all.push(Noted {
                    account: intake.account,
                    connection: intake.connection,
                    dialect: dialect.name().to_owned(),
                    way,
                    strange,
                    at: intake.received,
                    times: 1,
                    payload: None,
                });
            }
        }
        all
    }

    fn odd(
        &self,
        dialect: &dyn Dialect,
        statements: &[Statement],
        received: i64,
        found: &mut Vec<Strange>,
    ) {
        let vocabularies = self.vocabularies();
        let vocabulary = dialect.vocabulary(&vocabularies);
        for statement in statements {
            let (code, time) = dialect.members(statement.stream);
            let strange = unknown_code(vocabulary, statement, code)
                .into_iter()
                .chain(unreadable_time(statement, time))
                .chain(time_ahead(statement, received, time));
            for strange in strange {
                if !found.contains(&strange) {
                    found.push(strange);
                }
            }
        }
    }
}

impl Inner {
    fn hear(&mut self, key: (ConnectionId, TrackId), at: i64) {
        let room = self.heard.len() < MOST_HEARD;
        match self.heard.entry(key) {
            Entry::Occupied(mut held) => {
                let latest = at.max(*held.get());
                held.insert(latest);
            }
            Entry::Vacant(free) if room => {
                free.insert(at);
            }
            Entry::Vacant(_) => {}
        }
    }

    fn know(&mut self, id: ConnectionId, change: impl FnOnce(&mut ConnectionState)) {
        let fresh = || ConnectionState {
            connection: id,
            ..ConnectionState::default()
        };
        change(self.states.entry(id).or_insert_with(fresh));
    }
}

/// Takes what was noted before into what was noted since.
fn join(state: &mut ConnectionState, before: ConnectionState) {
    state.heard = state.heard.max(before.heard);
    state.changed = state.changed.max(before.changed);
    if state.failed < before.failed {
        state.failed = before.failed;
        state.failure = before.failure;
    }
    state.calls = match (state.calls, before.calls) {
        (Some((day, calls)), Some((same, more))) if day == same => Some((day, calls + more)),
        (now, before) => now.max(before),
    };
}

fn unknown_code(vocabulary: &Vocabulary, statement: &Statement, member: &str) -> Option<Strange> {
    let code = &statement.code;
    let sub = code.sub.as_deref().unwrap_or_default();
    let known = |kind, code: &str, sub: &str| vocabulary.get(kind, code, sub).is_some();
    let is_unknown = statement.milestone == Milestone::Unknown
        && !code.code.is_empty()
        && !known(code.kind, &code.code, "")
        && !known(code.kind, &code.code, sub);
    if is_unknown {
        let expected = "a code of the table";
        return Some(Strange::new(
            Oddity::UnknownCode,
            member,
            expected,
            told(&code.code),
        ));
    }
    // Where reasons are codes of their own, they stand beside the status.
    let has_reasons = vocabulary.of_kind(CodeKind::Reason).next().is_some();
    (has_reasons && !sub.is_empty() && !known(CodeKind::Reason, sub, "")).then(|| {
        let member = format!("{member} (reason)");
        Strange::new(
            Oddity::UnknownCode,
            member,
            "a code of the table",
            told(sub),
        )
    })
}

fn unreadable_time(statement: &Statement, member: &str) -> Option<Strange> {
    let text = &statement.time_text;
    (statement.occurred.is_none() && !text.is_empty()).then(|| {
        let found = shape::described(&format!("\"{}\"", "x".repeat(text.chars().count())));
        Strange::new(Oddity::UnreadableTime, member, "a time", found)
    })
}

/// How far a time may be ahead of ours and be no surprise: wall clocks without a zone are up to 14
/// hours ahead, and clocks go wrong.
const AHEAD: i64 = 24 * 3_600 * 1_000_000;

/// What was told as done before it can have been. It is kept as it was told.
fn time_ahead(statement: &Statement, received: i64, member: &str) -> Option<Strange> {
    let at = statement.occurred.map(Occurred::assumed)?;
    let ahead = at.saturating_sub(received);
    (statement.certainty == Certainty::Actual && ahead > AHEAD).then(|| {
        let days = ahead / AHEAD;
        let found = format!("a time {days} or more days ahead");
        Strange::new(Oddity::TimeAhead, member, "a time that has come", found)
    })
}

/// A code as it is, where it looks like one.
fn told(code: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '/');
    let length = code.chars().count();
    if length <= LONGEST_CODE && code.chars().all(plain) {
        code.to_owned()
    } else {
        format!("(a code of {length} characters)")
    }
}

impl std::fmt::Debug for Notes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Notes")
    }
}

/// Today, in days since the epoch.
pub(crate) fn today(clock: &dyn clock::Clock) -> i64 {
    clock.now().div_euclid(DAY)
}
