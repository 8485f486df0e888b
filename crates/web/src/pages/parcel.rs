//! What the tracking page shows of a shipment, put into words; the template only lays it out.
//!
//! Bounded: so many happenings and no more, so that a page stays small whatever a source sends.

use super::carriers::Carrier;
use super::place;
use super::sources::{self, Name, Source};
use super::steps::{self, Step};
use super::when::{self, Moment};
use super::words::{Key, Words};
use std::borrow::Cow;
use trackway_dialects::registry::Vocabularies;
use trackway_hub::Linked;
use trackway_model::fold::{Journey, Verdict};
use trackway_model::group::Event;
use trackway_model::view::{ShipmentView, StatementView};
use trackway_model::{
    Certainty, Direction, Occurred, OffsetSource, Pieces, Precision, Reason, Stage,
};

/// The newest happenings that are shown.
pub const MOST_HAPPENINGS: usize = 40;
/// The next plans that are shown.
const MOST_PLANS: usize = 5;

/// Words of ours.
type Said = Cow<'static, str>;

/// A shipment in one language.
#[derive(Clone, Debug)]
pub struct Parcel {
    pub title: String,
    pub number: String,
    pub carrier: Carrier,
    pub look: Look,
    /// Whether anything was told at all.
    pub is_known: bool,
    /// Whether nothing more is to come.
    pub is_final: bool,
    pub stage: Said,
    pub headline: Said,
    pub reason: Option<Said>,
    /// What 247Express calls the status.
    pub names: Vec<Name>,
    pub when: Option<Moment>,
    pub place: Option<String>,
    pub way_back: bool,
    pub steps: Vec<Step>,
    /// When the delivery is expected, and until when.
    pub expected: Option<(Moment, Option<Moment>)>,
    pub attempts: Option<String>,
    pub planned: Vec<Happening>,
    /// Newest first.
    pub days: Vec<Day>,
    pub earlier: Option<String>,
    /// Whether a time is shown whose zone nobody told.
    pub has_local_times: bool,
    pub last_heard: Option<String>,
    pub expires: String,
}

/// Happenings of one day as the clocks there showed it.
#[derive(Clone, Debug)]
pub struct Day {
    /// For machines; None where no time was told.
    pub date: Option<String>,
    pub heading: String,
    pub happenings: Vec<Happening>,
}

#[derive(Clone, Debug)]
pub struct Happening {
    pub look: Look,
    pub is_current: bool,
    pub milestone: Said,
    pub reason: Option<Said>,
    pub certainty: Option<Said>,
    pub time: Option<Moment>,
    pub place: Option<String>,
    pub pieces: Option<String>,
    /// The container, or whatever unit, that it happened to.
    pub unit: Option<String>,
    pub sources: Vec<Source>,
}

/// How a stage looks: the class of its colours and its icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub tone: &'static str,
    pub icon: &'static str,
}

impl Look {
    /// How a stage looks.
    pub const fn of(stage: Stage) -> Self {
        let (tone, icon) = match stage {
            Stage::Unknown => ("quiet", "dots"),
            Stage::InfoReceived | Stage::Accepted | Stage::Preparing => ("calm", "box"),
            Stage::InTransit | Stage::Customs | Stage::Transshipment => ("calm", "truck"),
            Stage::OutForDelivery | Stage::ReadyForPickup => ("calm", "door"),
            Stage::AttemptFailed | Stage::Exception => ("wait", "alert"),
            Stage::Returning | Stage::Returned => ("back", "back"),
            Stage::Delivered => ("good", "check"),
            Stage::Cancelled => ("quiet", "stop"),
            Stage::Lost | Stage::Seized => ("bad", "stop"),
        };
        Self { tone, icon }
    }
}

/// What is needed to tell of a shipment.
struct Teller<'a> {
    view: &'a ShipmentView,
    vocabularies: &'a Vocabularies,
    words: &'static Words,
}

impl Parcel {
    pub fn of(linked: &Linked, vocabularies: &Vocabularies, words: &'static Words) -> Self {
        let view = &linked.view;
        let journey = view.journey();
        let teller = Teller {
            view,
            vocabularies,
            words,
        };
        let state = &journey.state;
        let stage = state.stage();
        let current = current(journey);
        let now = current.map(|event| teller.happening(event, true));
        let is_known = !journey.events.is_empty();
        let (days, left_out) = teller.days(journey);
        let headline = if is_known {
            words.milestone(state.milestone)
        } else {
            words.say(Key::NothingTitle)
        };
        let number = view.track.number.to_string();
        let title = [("status", headline.to_string()), ("number", number.clone())];
        let witnesses = journey
            .events
            .iter()
            .flat_map(|(event, _)| &event.witnesses);
        let last_heard = witnesses
            .map(|at| view.track.spine[usize::from(*at)].last_seen)
            .max();
        let sentence = |key, moment: &Moment| words.with(key, [("when", moment.sentence())]);
        let counted = |key, count: usize| (count > 0).then(|| words.with(key, [("count", count)]));
        Self {
            title: words.with(Key::Title, title),
            carrier: Carrier::of(&view.track.carrier, &number, words),
            number,
            look: Look::of(stage),
            is_known,
            is_final: stage.is_final(),
            stage: words.stage(stage),
            headline,
            reason: words.reason(state.reason),
            names: now
                .iter()
                .flat_map(|now| &now.sources)
                .flat_map(|source| source.names.clone())
                .collect(),
            when: state
                .occurred
                .and_then(|occurred| Moment::whole(occurred, words)),
            place: now.and_then(|now| now.place),
            way_back: state.direction == Direction::Return
                && !matches!(stage, Stage::Returning | Stage::Returned),
            steps: steps::of(stage, passed(journey), words),
            expected: teller.expected(journey, linked.expected),
            attempts: counted(Key::Attempts, usize::from(state.attempts_failed)),
            planned: teller.planned(journey),
            has_local_times: has_local_times(journey),
            days,
            earlier: counted(Key::Earlier, left_out),
            last_heard: last_heard
                .and_then(|at| Moment::ours(at, words))
                .map(|at| sentence(Key::LastHeard, &at)),
            expires: Moment::ours(linked.expires, words)
                .map(|at| sentence(Key::Expires, &at))
                .unwrap_or_default(),
        }
    }

    /// Whether there is more to show than the present state.
    pub const fn has_happenings(&self) -> bool {
        !self.days.is_empty() || !self.planned.is_empty()
    }
}

impl Teller<'_> {
    /// What happened, newest first, by day; and how much of it is left out.
    fn days(&self, journey: &Journey) -> (Vec<Day>, usize) {
        let happened = || {
            let events = journey.events.iter().rev();
            events.filter(|(event, _)| event.certainty == Certainty::Actual)
        };
        let mut days: Vec<Day> = Vec::new();
        for (event, verdict) in happened().take(MOST_HAPPENINGS) {
            let day = event.occurred.and_then(|at| when::day(at, self.words));
            let date = day.as_ref().map(|(date, _)| date.clone());
            let happening = self.happening(event, *verdict == Verdict::Current);
            match days.last_mut().filter(|held| held.date == date) {
                Some(held) => held.happenings.push(happening),
                None => days.push(Day {
                    date,
                    heading: day.map_or_else(
                        || self.words.say(Key::NoTime).into_owned(),
                        |(_, heading)| heading,
                    ),
                    happenings: vec![happening],
                }),
            }
        }
        (days, happened().count().saturating_sub(MOST_HAPPENINGS))
    }

    /// What is told as planned or estimated after the present state, but for the delivery.
    fn planned(&self, journey: &Journey) -> Vec<Happening> {
        if journey.state.stage().is_final() {
            return Vec::new();
        }
        let now = current(journey).map_or(i64::MIN, |event| event.assumed);
        journey
            .events
            .iter()
            .map(|(event, _)| event)
            .filter(|event| event.certainty != Certainty::Actual && event.assumed > now)
            .filter(|event| event.milestone.stage() != Stage::Delivered)
            .take(MOST_PLANS)
            .map(|event| Happening {
                time: event.occurred.and_then(|at| Moment::whole(at, self.words)),
                ..self.happening(event, false)
            })
            .collect()
    }

    /// When the delivery is planned or estimated, as it was told: by a statement, else by an answer
    /// as a whole.
    fn expected(
        &self,
        journey: &Journey,
        window: Option<(Occurred, Occurred)>,
    ) -> Option<(Moment, Option<Moment>)> {
        let state = &journey.state;
        if state.stage().is_final() || state.stage() == Stage::Returning {
            return None;
        }
        let estimate = journey.events.iter().find(|(event, _)| {
            Some(event.assumed) == state.expected
                && event.certainty != Certainty::Actual
                && event.milestone.stage() == Stage::Delivered
        });
        let estimate = estimate.and_then(|(event, _)| event.occurred);
        let (from, to) = estimate.map(|at| (at, at)).or(window)?;
        Moment::window(from, to, self.words)
    }

    fn happening(&self, event: &Event, is_current: bool) -> Happening {
        let words = self.words;
        let witnesses = || {
            event
                .witnesses
                .iter()
                .filter_map(|at| self.view.statement(*at))
        };
        let reason = witnesses()
            .map(|told| told.spine.reason)
            .find(|reason| *reason != Reason::None);
        Happening {
            look: Look::of(event.milestone.stage()),
            is_current,
            milestone: words.milestone(event.milestone),
            reason: words.reason(reason.unwrap_or(Reason::None)),
            certainty: match event.certainty {
                // What was withdrawn is in no event.
                Certainty::Actual | Certainty::Withdrawn => None,
                Certainty::Estimated => Some(words.say(Key::Estimated)),
                Certainty::Planned => Some(words.say(Key::Planned)),
            },
            time: event.occurred.and_then(|at| Moment::clock(at, words)),
            place: witnesses().find_map(place_of),
            pieces: pieces(event.pieces, words),
            unit: self.view.unit_of(event).map(str::to_owned),
            sources: sources::of(witnesses(), self.vocabularies, words),
        }
    }
}

/// The event that gave the present state.
fn current(journey: &Journey) -> Option<&Event> {
    let is_current = |verdict: &Verdict| *verdict == Verdict::Current;
    let found = journey
        .events
        .iter()
        .rfind(|(_, verdict)| is_current(verdict));
    found.map(|(event, _)| event)
}

/// The stages that the journey was at.
fn passed(journey: &Journey) -> impl Iterator<Item = Stage> {
    let counts = |verdict: &Verdict| matches!(verdict, Verdict::Current | Verdict::Replaced);
    let events = journey.events.iter();
    events
        .filter(move |(_, verdict)| counts(verdict))
        .map(|(event, _)| event.milestone.stage())
}

fn has_local_times(journey: &Journey) -> bool {
    let is_local = |occurred: Occurred| {
        occurred.offset_source == OffsetSource::Unknown && occurred.precision != Precision::Day
    };
    let mut times = journey
        .events
        .iter()
        .filter_map(|(event, _)| event.occurred);
    times.any(is_local)
}

fn place_of(told: &StatementView) -> Option<String> {
    let dialect = trackway_dialects::registry::of_stream(told.stream)?;
    let words = dialect.words(told.stream, told.raw.as_deref()?);
    place::shown(&words.place?)
}

fn pieces(told: Pieces, words: &Words) -> Option<String> {
    let members = [("count", told.count), ("total", told.total)];
    (told.count > 0).then(|| words.with(Key::Pieces, members))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::icons::sprite;

    #[test]
    fn every_look_has_its_icon_and_its_colours() {
        let css = include_str!("../../assets/base.css");
        for stage in Stage::ALL {
            let look = Look::of(*stage);
            assert!(
                sprite().contains(&format!("\"i-{}\"", look.icon)),
                "{look:?}"
            );
            assert!(css.contains(&format!("--{}:", look.tone)), "{look:?}");
        }
    }
}
