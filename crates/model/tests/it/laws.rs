//! Order and repetition do not matter: property tests over facts of a carrier and an aggregator.

use crate::world::{AGGREGATOR, Fact, PUSH, RULES, SCANS, STATUSES, Said, fact, key, said, told};
use proptest::prelude::*;
use trackway_model::fold::{Journey, Verdict, fold, unit};
use trackway_model::{Certainty, Milestone, Nature, Pieces};

const MILESTONES: [Milestone; 10] = [
    Milestone::InfoReceived,
    Milestone::PickedUp,
    Milestone::InTransit,
    Milestone::OutForDelivery,
    Milestone::PendingHandling,
    Milestone::Delivered,
    Milestone::Returning,
    Milestone::Returned,
    Milestone::Lost,
    Milestone::Unknown,
];

fn a_said(zoned: bool) -> impl Strategy<Value = Said> {
    let time = (
        0_u8..3,
        1_u8..6,
        0_u8..24,
        prop::sample::select(vec![0_u8, 30]),
    );
    (
        time,
        prop::sample::select(MILESTONES.to_vec()),
        0_u8..2,
        0_u32..3,
        0_u32..3,
        // Of four pieces, some or all; or nothing is said of pieces.
        0_u16..6,
        // One in eight takes back what was said.
        0_u8..8,
    )
        .prop_map(
            move |((year, day, hour, minute), milestone, note, place, unit, count, kind)| {
                let zone = if zoned { "+07:00" } else { "" };
                let time = format!("20{}-03-{day:02}T{hour:02}:{minute:02}:00{zone}", 23 + year);
                Said {
                    note: note.to_string(),
                    place,
                    unit,
                    pieces: Pieces {
                        count: count.min(4),
                        total: if count == 4 { 4 } else { 0 },
                    },
                    certainty: if kind == 0 {
                        Certainty::Withdrawn
                    } else {
                        Certainty::Actual
                    },
                    ..said(&time, milestone)
                }
            },
        )
}

fn a_fact() -> impl Strategy<Value = Fact> {
    prop::sample::select(vec![STATUSES, SCANS, PUSH, AGGREGATOR]).prop_flat_map(|stream| {
        (
            0_i64..8,
            prop::collection::vec(a_said(stream != AGGREGATOR), 0..6),
        )
            .prop_map(move |(received, mut said)| {
                // One document states one thing once.
                said.sort_by(|a, b| (&a.time, a.milestone).cmp(&(&b.time, b.milestone)));
                said.dedup_by(|a, b| (&a.time, a.milestone) == (&b.time, b.milestone));
                fact(stream, 1_700_000_000_000_000 + received, said)
            })
    })
}

/// Facts in one order, and in another with some of them twice.
fn shuffled() -> impl Strategy<Value = (Vec<Fact>, Vec<Fact>)> {
    prop::collection::vec(a_fact(), 1..8).prop_flat_map(|facts| {
        let again = prop::collection::vec(prop::sample::select(facts.clone()), 0..4);
        (Just(facts.clone()), again).prop_flat_map(move |(facts, again)| {
            let all: Vec<_> = facts.iter().cloned().chain(again).collect();
            (Just(facts), Just(all).prop_shuffle())
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_order_and_any_repetition_give_the_same_state_and_root((facts, other) in shuffled()) {
        let (a, b) = (told(&facts), told(&other));
        prop_assert_eq!(&a.states, &b.states);
        prop_assert_eq!(a.root(&key()), b.root(&key()));
        let events = |track| {
            fold(track, &RULES)
                .iter()
                .map(|j| j.events.iter().map(|(e, v)| (e.assumed, e.witnesses.len(), *v)).collect())
                .collect::<Vec<Vec<_>>>()
        };
        prop_assert_eq!(events(&a), events(&b));
    }

    #[test]
    fn enrichment_keeps_ids((facts, _) in shuffled(), note in "[a-z]{1,8}") {
        let plain = told(&facts);
        let enriched: Vec<_> = facts
            .iter()
            .map(|f| Fact {
                received: f.received + 100,
                said: f.said.iter().map(|s| Said { note: note.clone(), ..s.clone() }).collect(),
                ..f.clone()
            })
            .collect();
        let both = told(&[facts, enriched].concat());
        let ids = |track: &trackway_model::Track| {
            let mut ids: Vec<_> = track.spine.iter().map(|s| s.id).collect();
            ids.sort_unstable();
            ids
        };
        prop_assert_eq!(ids(&plain), ids(&both));
    }

    #[test]
    fn what_was_taken_back_last_is_in_no_event((facts, _) in shuffled()) {
        let track = told(&facts);
        for journey in fold(&track, &RULES) {
            let counted = journey.events.iter().flat_map(|(event, _)| &event.witnesses);
            for ordinal in counted {
                let certainty = track.spine[usize::from(*ordinal)].certainty;
                prop_assert_ne!(certainty, Certainty::Withdrawn);
            }
        }
    }

    #[test]
    fn a_unit_alone_is_its_own_journey((facts, _) in shuffled()) {
        let track = told(&facts);
        for journey in fold(&track, &RULES) {
            for key in &journey.units {
                let own = unit(&track, &RULES, journey.state.epoch, *key).unwrap();
                prop_assert_eq!(&own.units[..], &[*key][..]);
                let ended = |j: &Journey| j.state.stage().is_final();
                let waits = |(_, verdict): &(_, Verdict)| matches!(verdict, Verdict::SomeUnits { .. });
                prop_assert!(!own.events.iter().any(waits), "nobody else is waited for");
                prop_assert!(journey.units.len() > 1 || ended(&own) == ended(&journey));
            }
        }
    }

    #[test]
    fn nothing_said_is_lost((facts, _) in shuffled()) {
        let track = told(&facts);
        let journeys = fold(&track, &RULES);
        let held: usize = journeys
            .iter()
            .map(|j| j.withdrawn.len() + j.events.iter().map(|(e, _)| e.witnesses.len()).sum::<usize>())
            .sum();
        prop_assert_eq!(held, track.spine.len(), "every statement is an event's witness or withdrawn");
        for journey in &journeys {
            for ordinal in &journey.withdrawn {
                let spine = &track.spine[usize::from(*ordinal)];
                let history = RULES.streams.get(track.stream_of(spine)).nature == Nature::History;
                prop_assert!(history || spine.certainty == Certainty::Withdrawn);
            }
        }
    }

    #[test]
    fn a_row_reads_back_as_written((facts, _) in shuffled()) {
        let track = told(&facts);
        prop_assert_eq!(trackway_model::Track::decode(&track.encode()).unwrap(), track);
    }
}
