//! Searching shipments: what is asked, what a list shows, and the one definition of a match that
//! both engines keep.
//!
//! Contract: an answer holds what was committed before the question. Shipments come newest first, by
//! id descending, so that paging on with `ShipmentPage::next` neither repeats nor leaves out any,
//! whatever is told meanwhile. An account sees its own shipments only. Erasing a shipment takes its
//! references away; number, carrier and state stay.

use std::sync::Arc;
use trackway_model::fold::ShipmentState;
use trackway_model::intake::number_key;
use trackway_model::{AccountId, Milestone, Reason, ShipmentId, Stage, Track, TrackId};

/// The most shipments on a page.
pub const LONGEST_PAGE: usize = 1_000;
/// Matches are counted up to this many.
pub const COUNTED: u64 = 10_000;
/// The most references that one registration keeps, and the most characters of one. Callers refuse
/// more; the store leaves out what is beyond.
pub const MOST_REFERENCES: usize = 16;
pub const LONGEST_REFERENCE: usize = 100;

/// An interval of time: `from <= t < before`, each side open where it is None.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    pub from: Option<i64>,
    pub before: Option<i64>,
}

impl Bounds {
    pub fn hold(self, at: i64) -> bool {
        self.from.is_none_or(|from| from <= at) && self.before.is_none_or(|before| at < before)
    }
}

/// Which shipments are asked for: those of the account to which all of it applies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShipmentQuery {
    pub account: AccountId,
    pub stage: Option<Stage>,
    pub milestone: Option<Milestone>,
    /// Our carrier code.
    pub carrier: Option<String>,
    /// How the number begins; case and blanks around it do not matter.
    pub number: Option<String>,
    /// How one of the references begins, likewise.
    pub reference: Option<String>,
    /// When it last moved: see `ShipmentRow::last`.
    pub moved: Bounds,
    pub created: Bounds,
    /// Whether anybody registered its number, in any dialect.
    pub registered: Option<bool>,
}

impl ShipmentQuery {
    /// Everything of an account.
    pub fn of(account: AccountId) -> Self {
        Self {
            account,
            ..Self::default()
        }
    }

    /// Whether a shipment with these members is asked for. Texts are compared by `text_key`. Whether
    /// it is registered no row tells: that is looked up.
    pub fn matches(&self, account: AccountId, row: &ShipmentRow) -> bool {
        let begins = |text: &str, prefix: &str| text_key(text).starts_with(&text_key(prefix));
        let Self {
            carrier,
            number,
            reference,
            ..
        } = self;
        self.account == account
            && self.stage.is_none_or(|stage| stage == row.stage)
            && self.milestone.is_none_or(|m| m == row.milestone)
            && carrier.as_ref().is_none_or(|code| **code == *row.carrier)
            && self.moved.hold(row.last)
            && self.created.hold(row.created)
            && number.as_ref().is_none_or(|p| begins(&row.number, p))
            && reference
                .as_ref()
                .is_none_or(|p| row.references.iter().any(|text| begins(text, p)))
    }
}

/// The form in which numbers and references are compared.
pub fn text_key(text: &str) -> String {
    number_key(text)
}

/// One shipment, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipmentRow {
    pub shipment: ShipmentId,
    pub track: TrackId,
    pub carrier: Arc<str>,
    /// As first written.
    pub number: Arc<str>,
    pub stage: Stage,
    pub milestone: Milestone,
    pub reason: Reason,
    /// Assumed instant of its last happening; where none is known, `created`.
    pub last: i64,
    /// When we first knew of its number, by a registration or because something was told of it; of a
    /// later journey under a number: when anything was first told of that journey.
    pub created: i64,
    /// Happenings known.
    pub events: u16,
    /// Order numbers and the like, given with registrations, ascending.
    pub references: Vec<String>,
}

/// How many shipments match in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    Exact(u64),
    /// Counting stopped there.
    AtLeast(u64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipmentPage {
    pub rows: Vec<ShipmentRow>,
    /// Ask for those after this one; None: these were the last.
    pub next: Option<ShipmentId>,
    /// Counted with the first page only.
    pub total: Option<Total>,
}

/// When a journey became known. `registered`: when the track's number first was. A later journey
/// under a number has no registration of its own.
pub fn created(track: &Track, state: &ShipmentState, registered: Option<i64>) -> i64 {
    let first = state.epoch == 0;
    let of_it = |at: i64| first || (state.first..=state.last).contains(&at);
    let told = track.spine.iter().filter(|spine| of_it(spine.assumed()));
    let told = told.map(|spine| spine.first_seen);
    let known = told.chain(registered.filter(|_| first)).min();
    known
        .or_else(|| track.openings.first().copied())
        .unwrap_or(0)
}

/// When a journey last moved.
pub const fn moved(state: &ShipmentState, created: i64) -> i64 {
    if state.events == 0 {
        created
    } else {
        state.last
    }
}

/// A journey as a list shows it.
pub fn row(
    track: &Track,
    state: &ShipmentState,
    registered: Option<i64>,
    references: Vec<String>,
) -> ShipmentRow {
    let created = created(track, state, registered);
    ShipmentRow {
        shipment: state.id(track),
        track: track.id,
        carrier: track.carrier.clone(),
        number: track.number.clone(),
        stage: state.stage(),
        milestone: state.milestone,
        reason: state.reason,
        last: moved(state, created),
        created,
        events: state.events,
        references,
    }
}

/// The references that are kept of those given: each once, ascending.
pub fn kept_references(given: &[String]) -> Vec<String> {
    let fits = |text: &&str| !text.is_empty() && text.chars().count() <= LONGEST_REFERENCE;
    let mut kept: Vec<String> = given
        .iter()
        .map(|text| text.trim())
        .filter(fits)
        .map(str::to_owned)
        .collect();
    kept.truncate(MOST_REFERENCES);
    kept.sort_unstable();
    kept.dedup();
    kept
}
