//! Whether an endpoint is let alone: the circuit breaker, as a table of states and signals.
//!
//! Contract: pure. Closed, everything due is sent; after `FAILURES` failed attempts in a row it opens
//! and nothing is sent until a rest is over; then it is half open, and one message, the probe, goes
//! out. An accepted message closes it from any state; a failed probe opens it for longer. A receiver
//! that asks to be left alone (429, or `Retry-After` of a 503) is, whatever the state. An answer that
//! refuses one message says nothing against the endpoint.

use super::retry;
use crate::clock;
use std::time::Duration;
use trackway_store::lanes::{Breaker, EndpointState, LastAnswer};
use trackway_store::records::Outcome;

/// Attempts in a row that must fail.
const FAILURES: u32 = 5;

/// What an attempt says of its endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Accepted,
    /// It is there, and refuses this message.
    Refused,
    Failed,
    /// It is there, and asks for quiet, perhaps for so long.
    Throttled(Option<Duration>),
    /// It will never be there again.
    Gone,
}

impl Signal {
    pub fn of(outcome: &Outcome, status: u16, told: Option<Duration>) -> Self {
        match (outcome, status) {
            (Outcome::Accepted, _) => Self::Accepted,
            (Outcome::PartnerError { .. }, _) => Self::Refused,
            (Outcome::CallFailed { .. }, 410) => Self::Gone,
            (Outcome::CallFailed { .. }, 429) => Self::Throttled(told),
            (Outcome::CallFailed { .. }, 503) if told.is_some() => Self::Throttled(told),
            (Outcome::CallFailed { .. }, _) => Self::Failed,
        }
    }
}

/// What may be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    All,
    /// One message.
    Probe,
    /// None before this.
    Shut(i64),
}

pub(crate) fn gate(state: &EndpointState, now: i64) -> Gate {
    match (state.rest.filter(|rest| *rest > now), state.breaker) {
        (Some(rest), _) => Gate::Shut(rest),
        (None, Breaker::Closed) => Gate::All,
        (None, Breaker::Open | Breaker::HalfOpen) => Gate::Probe,
    }
}

/// A probe goes out.
pub(crate) fn probing(state: &EndpointState, now: i64) -> EndpointState {
    moved(state.clone(), Breaker::HalfOpen, now)
}

/// The endpoint is another: what was held against it holds no more.
pub(crate) fn forgiven(state: &EndpointState, now: i64) -> EndpointState {
    let clean = EndpointState {
        failures: 0,
        probes: 0,
        rest: None,
        gone: None,
        ..state.clone()
    };
    moved(clean, Breaker::Closed, now)
}

/// The state after an attempt.
pub(crate) fn after(
    state: &EndpointState,
    signal: Signal,
    status: u16,
    now: i64,
    drawn: u64,
) -> EndpointState {
    let mut next = state.clone();
    next.last = Some(LastAnswer {
        at: now,
        status,
        accepted: signal == Signal::Accepted,
    });
    match signal {
        Signal::Accepted => {
            let was_shut = next.breaker != Breaker::Closed;
            (next.failures, next.probes) = (0, 0);
            // What it asked for while it was well stands.
            next.rest = next.rest.filter(|rest| *rest > now && !was_shut);
            moved(next, Breaker::Closed, now)
        }
        // A probe that is refused has found somebody.
        Signal::Refused if next.breaker == Breaker::HalfOpen => forgiven(&next, now),
        Signal::Refused => next,
        Signal::Gone => {
            next.gone = Some(now);
            next.failures += 1;
            next
        }
        Signal::Failed => failed(next, now, drawn),
        Signal::Throttled(told) => {
            let failures = next.failures;
            let mut next = failed(next, now, drawn);
            let told = told.map(|told| told.min(retry::LONGEST_TOLD));
            let quiet = told.unwrap_or_else(|| retry::probe(failures, drawn));
            next.rest = next
                .rest
                .max(Some(now.saturating_add(clock::micros(quiet))));
            next
        }
    }
}

fn failed(mut state: EndpointState, now: i64, drawn: u64) -> EndpointState {
    state.failures = state.failures.saturating_add(1);
    let was_probe = state.breaker == Breaker::HalfOpen;
    if was_probe {
        state.probes = state.probes.saturating_add(1);
    }
    if was_probe || (state.breaker == Breaker::Closed && state.failures >= FAILURES) {
        let rest = clock::micros(retry::probe(state.probes, drawn));
        state.rest = state.rest.max(Some(now.saturating_add(rest)));
        return moved(state, Breaker::Open, now);
    }
    state
}

fn moved(mut state: EndpointState, breaker: Breaker, now: i64) -> EndpointState {
    if state.breaker != breaker {
        state.breaker = breaker;
        state.since = now;
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_000_000_000;

    fn told(signals: &[Signal]) -> EndpointState {
        let start = EndpointState::default();
        let step = |state, signal: &Signal| after(&state, *signal, 0, NOW, u64::MAX);
        signals.iter().fold(start, step)
    }

    #[test]
    fn it_opens_after_failures_in_a_row_only() {
        let few = [Signal::Failed; FAILURES as usize - 1];
        assert_eq!(told(&few).breaker, Breaker::Closed);
        let broken = [&few[..], &[Signal::Accepted], &few].concat();
        assert_eq!(told(&broken).breaker, Breaker::Closed);
        let open = told(&[&few[..], &[Signal::Failed]].concat());
        assert_eq!((open.breaker, open.failures), (Breaker::Open, FAILURES));
        assert!(matches!(gate(&open, NOW), Gate::Shut(_)));
        assert_eq!(gate(&open, open.rest.unwrap()), Gate::Probe);
    }

    #[test]
    fn a_probe_decides() {
        let open = told(&[Signal::Failed; FAILURES as usize]);
        let later = open.rest.unwrap();
        let half = probing(&open, later);
        assert_eq!((half.breaker, half.since), (Breaker::HalfOpen, later));
        assert_eq!(gate(&half, later), Gate::Probe);
        let well = after(&half, Signal::Accepted, 200, later, 0);
        assert_eq!(
            (well.breaker, well.failures, well.rest),
            (Breaker::Closed, 0, None)
        );
        let ill = after(&half, Signal::Failed, 500, later, u64::MAX);
        assert_eq!((ill.breaker, ill.probes), (Breaker::Open, 1));
        let (first, second) = (later - NOW, ill.rest.unwrap() - later);
        assert!(second > first, "{second} after {first}");
        let refused = after(&half, Signal::Refused, 200, later, 0);
        assert_eq!(refused.breaker, Breaker::Closed);
    }

    #[test]
    fn quiet_that_was_asked_for_is_kept() {
        let hour = Duration::from_hours(1);
        let asked = told(&[Signal::Throttled(Some(hour))]);
        assert_eq!(asked.breaker, Breaker::Closed);
        let until = NOW + clock::micros(hour);
        assert_eq!(gate(&asked, NOW), Gate::Shut(until));
        // One that was in flight is accepted: the wish stands.
        let other = after(&asked, Signal::Accepted, 200, NOW + 1, 0);
        assert_eq!(gate(&other, NOW + 1), Gate::Shut(until));
        assert_eq!(gate(&other, until), Gate::All);
        let for_ever = told(&[Signal::Throttled(Some(Duration::MAX))]);
        assert_eq!(
            for_ever.rest,
            Some(NOW + clock::micros(retry::LONGEST_TOLD))
        );
        assert!(told(&[Signal::Throttled(None)]).rest > Some(NOW));
    }

    #[test]
    fn signals_come_from_answers() {
        let failed = Outcome::CallFailed {
            error: String::new(),
        };
        let told = Some(Duration::from_secs(9));
        for (status, asked, signal) in [
            (0, None, Signal::Failed),
            (500, told, Signal::Failed),
            (503, None, Signal::Failed),
            (503, told, Signal::Throttled(told)),
            (429, None, Signal::Throttled(None)),
            (429, told, Signal::Throttled(told)),
            (410, told, Signal::Gone),
        ] {
            assert_eq!(Signal::of(&failed, status, asked), signal, "{status}");
        }
        assert_eq!(Signal::of(&Outcome::Accepted, 200, told), Signal::Accepted);
    }

    fn signals() -> impl Strategy<Value = Signal> {
        prop_oneof![
            Just(Signal::Accepted),
            Just(Signal::Refused),
            Just(Signal::Failed),
            Just(Signal::Throttled(None)),
            Just(Signal::Throttled(Some(Duration::from_mins(1)))),
            Just(Signal::Gone),
        ]
    }

    proptest! {
        #[test]
        fn whatever_happens_a_good_answer_ends_it_and_no_rest_is_for_ever(
            steps in proptest::collection::vec((signals(), any::<u64>(), 0..100_000_000_i64), 0..60),
        ) {
            let (mut state, mut now) = (EndpointState::default(), NOW);
            for (signal, drawn, passed) in steps {
                now += passed;
                if gate(&state, now) == Gate::Probe {
                    state = probing(&state, now);
                }
                state = after(&state, signal, 0, now, drawn);
                prop_assert!(state.since <= now);
                if state.breaker == Breaker::Open {
                    prop_assert!(state.rest.is_some(), "an open one always comes to its probe");
                    prop_assert!(state.failures >= FAILURES);
                }
                if let Gate::Shut(until) = gate(&state, now) {
                    prop_assert!(until - now <= clock::micros(retry::LONGEST_TOLD));
                }
            }
            let well = after(&state, Signal::Accepted, 200, now, 0);
            prop_assert_eq!((well.breaker, well.failures, well.probes), (Breaker::Closed, 0, 0));
        }
    }
}
