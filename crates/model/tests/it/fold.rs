//! What the fold must decide, case by case.

use crate::world::{
    AGGREGATOR, PUSH, RULES, SCANS, STATUSES, Said, fact, journeys, said, told, told_of,
};
use trackway_model::fold::{Verdict, fold};
use trackway_model::statement::{Certainty, Direction, Pieces};
use trackway_model::{Milestone, Stage, TrackId};

#[test]
fn a_withdrawn_delivery_reopens() {
    let delivered = vec![
        said("2024-05-06T08:00:00+07:00", Milestone::OutForDelivery),
        said("2024-05-06T10:00:00+07:00", Milestone::Delivered),
    ];
    let corrected = vec![said("2024-05-06T08:00:00+07:00", Milestone::OutForDelivery)];
    let before = journeys(&[fact(STATUSES, 1, delivered.clone())]);
    assert_eq!(before[0].state.milestone, Milestone::Delivered);
    let after = journeys(&[fact(STATUSES, 1, delivered), fact(STATUSES, 2, corrected)]);
    assert_eq!(after[0].state.milestone, Milestone::OutForDelivery);
    assert_eq!(after[0].withdrawn.len(), 1);
}

#[test]
fn an_empty_or_purged_answer_withdraws_nothing() {
    let full = vec![
        said("2024-05-01T08:00:00+07:00", Milestone::PickedUp),
        said("2024-05-06T10:00:00+07:00", Milestone::Delivered),
    ];
    let purged = vec![said("2024-05-06T10:00:00+07:00", Milestone::Delivered)];
    let journey = &journeys(&[
        fact(STATUSES, 1, full),
        fact(STATUSES, 2, purged),
        fact(STATUSES, 3, vec![]),
    ])[0];
    assert_eq!(journey.state.events, 2);
    assert!(journey.withdrawn.is_empty());
}

#[test]
fn two_failed_attempts_an_hour_apart_stay_two() {
    let journey = &journeys(&[
        fact(
            STATUSES,
            1,
            vec![
                said("2024-05-06T09:00:00+07:00", Milestone::PendingHandling),
                said("2024-05-06T10:00:00+07:00", Milestone::PendingHandling),
            ],
        ),
        fact(
            AGGREGATOR,
            2,
            vec![
                said("2024-05-06 09:00:00", Milestone::AttemptFailed),
                said("2024-05-06 10:00:00", Milestone::AttemptFailed),
            ],
        ),
    ])[0];
    assert_eq!(journey.state.events, 2);
    assert_eq!(journey.state.attempts_failed, 2);
}

#[test]
fn one_scan_told_by_two_sources_is_one_event_with_two_witnesses() {
    let journey = &journeys(&[
        fact(
            STATUSES,
            1,
            vec![said("2024-05-07T10:01:02.4+07:00", Milestone::Delivered)],
        ),
        fact(
            AGGREGATOR,
            2,
            vec![said("2024-05-07 10:01:02", Milestone::SignedByConsignee)],
        ),
    ])[0];
    assert_eq!(journey.events.len(), 1);
    assert_eq!(journey.events[0].0.witnesses.len(), 2);
    assert_eq!(
        journey.state.milestone,
        Milestone::Delivered,
        "the nearer stream speaks"
    );
    assert_eq!(
        journey.state.occurred.unwrap().display(),
        "2024-05-07T10:01:02.4+07:00"
    );
}

/// Cut to the minute by one and rounded to the nearest by another: the fine time between them joins
/// both, also where nothing else of the journey is told finely.
#[test]
fn one_scan_told_finely_cut_and_rounded_is_one_event() {
    let told = |stream, time| fact(stream, 1, vec![said(time, Milestone::Delivered)]);
    let journey = &journeys(&[
        told(STATUSES, "2024-05-08T06:10:33.323+07:00"),
        told(AGGREGATOR, "2024-05-08 06:10"),
        told(SCANS, "2024-05-08T06:11:00+07:00"),
    ])[0];
    assert_eq!(journey.events.len(), 1);
    assert_eq!(journey.events[0].0.witnesses.len(), 3);
    let occurred = journey.state.occurred.unwrap();
    assert_eq!(occurred.display(), "2024-05-08T06:10:33.323+07:00");
}

/// Two scans that round to one minute, told finely, without a zone and rounded, where a rounded telling
/// names no place and so fits both: each is one event, whatever order the ids put the tellings in.
#[test]
fn two_scans_of_one_rounded_minute_stay_two_events_under_any_ids() {
    let at = |time, place, milestone| {
        let mut said = said(time, milestone);
        said.place = place;
        said
    };
    let (door, failed) = (Milestone::OutForDelivery, Milestone::AttemptFailed);
    let (asked, moved) = (Milestone::Redelivery, Milestone::ArrivedAtFacility);
    for (first, second) in [
        (door, asked),
        (asked, failed),
        (moved, Milestone::Accepted),
        (Milestone::DepartedFacility, moved),
    ] {
        for id in 1..200 {
            let facts = [
                fact(
                    STATUSES,
                    1,
                    vec![
                        at("2024-05-08T06:10:33.323+07:00", 1, first),
                        at("2024-05-08T06:11:21.001+07:00", 2, second),
                    ],
                ),
                fact(
                    SCANS,
                    2,
                    vec![
                        at("2024-05-08 06:10:33", 1, first),
                        at("2024-05-08 06:11:21", 2, second),
                    ],
                ),
                fact(
                    AGGREGATOR,
                    3,
                    vec![
                        at("2024-05-08 06:11:00", 0, first),
                        at("2024-05-08 06:11:00", 2, second),
                    ],
                ),
            ];
            let journeys = fold(&told_of(TrackId(id), &facts), &RULES);
            let events = journeys[0].events.len();
            assert_eq!(events, 2, "{first:?}, {second:?}, track {id}");
        }
    }
}

/// Two scans of one minute that round to two, of which the carrier names no place: a source that writes no
/// seconds can't say which of its tellings is which, one that rounds can.
#[test]
fn two_scans_of_one_minute_stay_two_events_under_any_ids() {
    let at = |time, place| {
        let mut said = said(time, Milestone::ArrivedAtFacility);
        said.place = place;
        said
    };
    let told = |stream, first, second| fact(stream, 1, vec![first, second]);
    let fine = told(
        STATUSES,
        at("2024-05-08T06:10:20.323+07:00", 0),
        at("2024-05-08T06:10:40.001+07:00", 0),
    );
    let cut = told(
        SCANS,
        at("2024-05-08 06:10", 1),
        at("2024-05-08 06:10:00", 2),
    );
    let rounded = told(
        AGGREGATOR,
        at("2024-05-08T06:10:00+07:00", 1),
        at("2024-05-08T06:11:00+07:00", 2),
    );
    for id in 1..200 {
        let journeys = fold(
            &told_of(TrackId(id), &[fine.clone(), cut.clone(), rounded.clone()]),
            &RULES,
        );
        let events = &journeys[0].events;
        let witnesses: Vec<usize> = events.iter().map(|(it, _)| it.witnesses.len()).collect();
        assert_eq!(witnesses, [3, 3], "track {id}");
    }
}

#[test]
fn a_return_scan_is_one_event_also_where_one_source_knows_no_direction() {
    let time = "2024-05-08T09:30:00+07:00";
    let mut returning = said(time, Milestone::Returning);
    returning.direction = Direction::Return;
    let journey = &journeys(&[
        fact(STATUSES, 1, vec![returning]),
        fact(AGGREGATOR, 2, vec![said(time, Milestone::Returning)]),
    ])[0];
    assert_eq!(journey.events.len(), 1);
    assert_eq!(journey.events[0].0.witnesses.len(), 2);
    assert_eq!(journey.state.milestone, Milestone::Returning);
    assert_eq!(
        journey.state.direction,
        Direction::Return,
        "the nearer stream speaks"
    );
}

#[test]
fn statements_of_one_stream_are_never_one_event() {
    let same = "2024-05-07T10:01:02+07:00";
    let journey = &journeys(&[fact(
        SCANS,
        1,
        vec![
            said(same, Milestone::ArrivedAtFacility),
            said(same, Milestone::DepartedFacility),
        ],
    )])[0];
    assert_eq!(journey.state.events, 2);
}

#[test]
fn contradicting_places_are_two_happenings() {
    let at = |place| {
        let mut said = said("2024-05-07T10:01:02+07:00", Milestone::ArrivedAtFacility);
        said.place = place;
        vec![said]
    };
    let events = |a, b| {
        journeys(&[fact(SCANS, 1, at(a)), fact(AGGREGATOR, 2, at(b))])[0]
            .state
            .events
    };
    assert_eq!((events(1, 2), events(1, 1), events(1, 0)), (2, 1, 1));
}

#[test]
fn a_final_stage_is_left_only_by_what_reopens_it() {
    let journey = |late| {
        journeys(&[fact(
            PUSH,
            1,
            vec![
                said("2024-05-06T10:00:00+07:00", Milestone::Delivered),
                said("2024-05-06T12:00:00+07:00", late),
            ],
        )])
        .remove(0)
    };
    let scanned = journey(Milestone::ArrivedAtFacility);
    assert_eq!(scanned.state.milestone, Milestone::Delivered);
    assert_eq!(
        scanned.events[1].1,
        Verdict::AfterFinal {
            stage: Stage::Delivered
        }
    );
    assert_eq!(
        journey(Milestone::Returning).state.milestone,
        Milestone::Returning
    );
    assert_eq!(
        journey(Milestone::SignedByConsignee).state.stage(),
        Stage::Delivered
    );
}

#[test]
fn a_reused_number_opens_an_epoch_and_no_journey_mixes() {
    let journeys = journeys(&[fact(
        PUSH,
        9,
        vec![
            said("2024-01-02T10:00:00+07:00", Milestone::PickedUp),
            said("2024-01-05T10:00:00+07:00", Milestone::Delivered),
            said("2025-02-01T10:00:00+07:00", Milestone::InfoReceived),
            said("2025-02-03T10:00:00+07:00", Milestone::InTransit),
        ],
    )]);
    assert_eq!(journeys.len(), 2);
    assert_eq!(journeys[0].state.milestone, Milestone::Delivered);
    assert_eq!(
        (journeys[1].state.milestone, journeys[1].state.events),
        (Milestone::InTransit, 2)
    );
}

#[test]
fn a_stored_opening_parts_the_statements_again() {
    let facts = [fact(
        PUSH,
        9,
        vec![
            said("2024-01-02T10:00:00+07:00", Milestone::Delivered),
            said("2024-01-20T10:00:00+07:00", Milestone::InTransit),
        ],
    )];
    let mut track = told(&facts);
    assert_eq!(track.states.len(), 1);
    track.open(1_705_600_000_000_000);
    trackway_model::fold::refold(&mut track, &RULES);
    let stages: Vec<_> = track.states.iter().map(|s| s.milestone).collect();
    assert_eq!(stages, [Milestone::Delivered, Milestone::InTransit]);
}

#[test]
fn some_pieces_are_not_the_shipment() {
    let departed = |minute, count| {
        let mut said = said(
            &format!("2024-05-06T10:{minute:02}:00Z"),
            Milestone::Departed,
        );
        said.pieces = Pieces { count, total: 60 };
        said
    };
    let booked = said("2024-05-05T10:00:00Z", Milestone::Booked);
    let partly = journeys(&[fact(PUSH, 1, vec![booked.clone(), departed(0, 10)])]);
    assert_eq!(partly[0].state.milestone, Milestone::Booked);
    let wholly = journeys(&[fact(
        PUSH,
        1,
        vec![booked, departed(0, 10), departed(9, 50)],
    )]);
    assert_eq!(wholly[0].state.milestone, Milestone::Departed);
}

/// Departures and arrivals of some of the pieces, at one place each.
fn part(time: &str, milestone: Milestone, count: u16, total: u16) -> Said {
    let mut said = said(time, milestone);
    said.pieces = Pieces { count, total };
    said
}

#[test]
fn a_total_that_was_told_once_holds_for_what_comes_after() {
    let received = part("2024-05-05T10:00:00Z", Milestone::Accepted, 60, 60);
    let ten = part("2024-05-06T10:00:00Z", Milestone::Departed, 10, 0);
    let fifty = part("2024-05-06T12:00:00Z", Milestone::Departed, 50, 0);
    let journey = &journeys(&[fact(PUSH, 1, vec![received.clone(), ten.clone()])])[0];
    assert_eq!(journey.state.milestone, Milestone::Accepted);
    let some = Verdict::SomePieces {
        counted: 10,
        of: 60,
    };
    assert_eq!(journey.events[1].1, some);
    // Told after the parts, it holds for them as well.
    let late = part("2024-05-07T10:00:00Z", Milestone::Unknown, 0, 60);
    let journey = &journeys(&[fact(PUSH, 1, vec![ten.clone(), late])])[0];
    assert_eq!(journey.events[0].1, some);
    let journey = &journeys(&[fact(PUSH, 1, vec![received, ten, fifty])])[0];
    assert_eq!(journey.state.milestone, Milestone::Departed);
}

#[test]
fn pieces_of_two_legs_are_not_added_up() {
    let at = |place: u32, told: Said| Said { place, ..told };
    let first = [
        at(1, part("2024-05-06T10:00:00Z", Milestone::Departed, 10, 60)),
        at(1, part("2024-05-06T12:00:00Z", Milestone::Departed, 50, 60)),
        part("2024-05-07T09:00:00Z", Milestone::Arrived, 60, 60),
    ];
    // Whether or not the places are known, ten that leave on the second leg are ten of sixty.
    for place in [0, 2] {
        let again = at(
            place,
            part("2024-05-08T10:00:00Z", Milestone::Departed, 10, 60),
        );
        let mut told = first.to_vec();
        told.push(again);
        let journey = &journeys(&[fact(PUSH, 1, told)])[0];
        assert_eq!(journey.state.milestone, Milestone::Arrived);
        let some = Verdict::SomePieces {
            counted: 10,
            of: 60,
        };
        assert_eq!(journey.events[3].1, some);
    }
    // Ten left one airport and fifty another: neither left whole.
    let scattered = [
        at(1, part("2024-05-06T10:00:00Z", Milestone::Departed, 10, 60)),
        at(2, part("2024-05-06T12:00:00Z", Milestone::Departed, 50, 60)),
    ];
    let journey = &journeys(&[fact(PUSH, 1, scattered.to_vec())])[0];
    assert_eq!(journey.state.milestone, Milestone::Unknown);
}

#[test]
fn a_plan_is_no_status() {
    let mut planned = said("2024-05-09T10:00:00Z", Milestone::Delivered);
    planned.certainty = Certainty::Estimated;
    let state = &journeys(&[fact(
        PUSH,
        1,
        vec![said("2024-05-06T10:00:00Z", Milestone::InTransit), planned],
    )])[0]
        .state;
    assert_eq!(state.milestone, Milestone::InTransit);
    assert_eq!(state.expected, Some(1_715_248_800_000_000));
}

#[test]
fn an_unknown_code_is_kept_and_never_the_status() {
    let journey = &journeys(&[fact(
        PUSH,
        1,
        vec![
            said("2024-05-06T10:00:00Z", Milestone::InTransit),
            said("2024-05-06T11:00:00Z", Milestone::Unknown),
        ],
    )])[0];
    assert_eq!(journey.state.milestone, Milestone::InTransit);
    assert_eq!(journey.events[1].1, Verdict::UnknownCode);
}

#[test]
fn what_is_taken_back_counts_for_nothing_until_it_is_told_again() {
    let moving = said("2024-05-06T10:00:00Z", Milestone::InTransit);
    let delivered = said("2024-05-07T10:00:00Z", Milestone::Delivered);
    let mut taken_back = delivered.clone();
    taken_back.certainty = Certainty::Withdrawn;
    let told = fact(PUSH, 1, vec![moving, delivered.clone()]);
    let withdrawn = fact(PUSH, 2, vec![taken_back]);
    let again = fact(PUSH, 3, vec![delivered]);
    // Whichever arrives first: what was said last counts.
    for facts in [
        [told.clone(), withdrawn.clone()],
        [withdrawn.clone(), told.clone()],
    ] {
        let journey = &journeys(&facts)[0];
        assert_eq!(journey.state.milestone, Milestone::InTransit);
        assert_eq!((journey.state.events, journey.state.delivered), (1, None));
        assert_eq!(journey.withdrawn.len(), 1, "kept");
    }
    for facts in [
        [told.clone(), withdrawn.clone(), again.clone()],
        [again, withdrawn, told],
    ] {
        let journey = &journeys(&facts)[0];
        assert_eq!(journey.state.milestone, Milestone::Delivered);
        assert!(journey.withdrawn.is_empty());
    }
}
