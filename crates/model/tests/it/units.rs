//! A consignment of several units, such as the containers of one bill of lading.

use crate::world::{AGGREGATOR, Fact, PUSH, RULES, STATUSES, Said, fact, journeys, said, told};
use trackway_model::fold::{Journey, Verdict, unit};
use trackway_model::statement::{self, unit_key};
use trackway_model::{Certainty, Milestone, Stage};

const A: u32 = 1;
const B: u32 = 2;

fn of(unit: u32, time: &str, milestone: Milestone) -> Said {
    Said {
        unit,
        ..said(time, milestone)
    }
}

fn journey(said: Vec<Said>) -> Journey {
    journeys(&[fact(PUSH, 1, said)]).remove(0)
}

fn verdicts(journey: &Journey) -> Vec<Verdict> {
    journey.events.iter().map(|(_, verdict)| *verdict).collect()
}

#[test]
fn one_delivered_container_of_two_is_not_the_consignment() {
    let moving = [
        of(A, "2025-03-05T06:00:00Z", Milestone::Departed),
        of(B, "2025-03-06T06:00:00Z", Milestone::Departed),
    ];
    let first = of(A, "2025-04-01T10:00:00Z", Milestone::Delivered);
    let partly = journey([&moving[..], std::slice::from_ref(&first)].concat());
    assert_eq!(partly.state.milestone, Milestone::Departed);
    assert_eq!(
        (partly.state.delivered, &partly.units[..]),
        (None, &[A, B][..])
    );
    let some = Verdict::SomeUnits { counted: 1, of: 2 };
    assert_eq!(verdicts(&partly)[2], some);
    let last = of(B, "2025-04-02T10:00:00Z", Milestone::SignedByConsignee);
    let wholly = journey([&moving[..], &[first, last]].concat());
    assert_eq!(wholly.state.stage(), Stage::Delivered);
    assert_eq!(wholly.state.delivered, Some(1_743_588_000_000_000));
}

#[test]
fn a_unit_that_is_only_planned_is_waited_for() {
    let mut planned = of(B, "2025-04-09T10:00:00Z", Milestone::Delivered);
    planned.certainty = Certainty::Planned;
    let journey = journey(vec![
        of(A, "2025-04-01T10:00:00Z", Milestone::Delivered),
        planned,
    ]);
    let some = Verdict::SomeUnits { counted: 1, of: 2 };
    assert_eq!(verdicts(&journey), [some, Verdict::NotActual]);
    assert_eq!(journey.state.expected, Some(1_744_192_800_000_000));
}

#[test]
fn one_end_told_twice_counts_once() {
    let journey = journey(vec![
        of(A, "2025-04-01T10:00:00Z", Milestone::Delivered),
        of(A, "2025-04-01T11:00:00Z", Milestone::SignedByConsignee),
        of(B, "2025-04-01T12:00:00Z", Milestone::GateOut),
    ]);
    let some = Verdict::SomeUnits { counted: 1, of: 2 };
    assert_eq!(verdicts(&journey), [some, some, Verdict::Current]);
}

#[test]
fn a_unit_that_ended_moves_the_consignment_no_more() {
    let journey = journey(vec![
        of(A, "2025-04-01T10:00:00Z", Milestone::Delivered),
        of(B, "2025-04-01T12:00:00Z", Milestone::Discharged),
        of(A, "2025-04-03T12:00:00Z", Milestone::EmptyReturned),
    ]);
    assert_eq!(journey.state.milestone, Milestone::Discharged);
    let stage = Stage::Delivered;
    assert_eq!(verdicts(&journey)[2], Verdict::AfterFinal { stage });
}

#[test]
fn a_unit_on_its_way_back_is_waited_for_again() {
    let told = vec![
        of(A, "2025-04-01T10:00:00Z", Milestone::Delivered),
        of(A, "2025-04-02T10:00:00Z", Milestone::Returning),
        of(B, "2025-04-03T10:00:00Z", Milestone::Delivered),
    ];
    let journey = journey(told);
    assert_eq!(journey.state.milestone, Milestone::Returning);
    let some = Verdict::SomeUnits { counted: 1, of: 2 };
    assert_eq!(verdicts(&journey), [some, Verdict::Current, some]);
}

#[test]
fn what_is_said_of_the_whole_is_said_of_every_unit() {
    let facts = [fact(
        PUSH,
        1,
        vec![
            of(A, "2025-03-05T06:00:00Z", Milestone::Departed),
            of(B, "2025-03-06T06:00:00Z", Milestone::Loaded),
            of(0, "2025-03-04T06:00:00Z", Milestone::Booked),
            of(A, "2025-04-01T10:00:00Z", Milestone::Delivered),
        ],
    )];
    let track = told(&facts);
    let state = |key| unit(&track, &RULES, 0, key).unwrap().state;
    assert_eq!(state(A).milestone, Milestone::Delivered);
    assert_eq!(
        (state(B).milestone, state(B).events),
        (Milestone::Loaded, 2)
    );
    assert_eq!(state(7).milestone, Milestone::Booked, "nothing of its own");
    assert!(unit(&track, &RULES, 1, A).is_none(), "no such epoch");
    let whole = journey(vec![
        of(A, "2025-03-05T06:00:00Z", Milestone::Departed),
        of(B, "2025-03-05T06:00:00Z", Milestone::Departed),
        of(0, "2025-04-01T10:00:00Z", Milestone::Delivered),
    ]);
    assert_eq!(whole.state.milestone, Milestone::Delivered);
}

/// The carrier tells of one container and the aggregator of another, at the same minute.
fn two_voices(carrier: u32, aggregator: u32) -> Vec<Fact> {
    let at = "2025-03-05T06:00:00Z";
    vec![
        fact(STATUSES, 1, vec![of(carrier, at, Milestone::Departed)]),
        fact(AGGREGATOR, 1, vec![of(aggregator, at, Milestone::Departed)]),
    ]
}

#[test]
fn different_units_are_never_one_event() {
    let events = |a, b| journeys(&two_voices(a, b)).remove(0).events;
    assert_eq!(events(A, B).len(), 2);
    assert_eq!(events(A, A).len(), 1);
    assert_eq!(events(A, A)[0].0.unit, A);
    let of_all = events(A, 0);
    assert_eq!(
        (of_all.len(), of_all[0].0.unit),
        (1, 0),
        "one speaks of all"
    );
}

#[test]
fn a_unit_is_known_however_it_is_written() {
    assert_eq!(
        statement::unit(" demu 123456 7 ").as_deref(),
        Some("DEMU1234567")
    );
    assert_eq!(statement::unit(" \t"), None);
    let key = |text: &str| unit_key(statement::unit(text).as_deref());
    assert_eq!(key("DEMU1234567"), key("demu 123456-7"));
    assert_ne!(key("DEMU1234567"), key("DEMU1234568"));
    assert_eq!(key(""), 0);
}
