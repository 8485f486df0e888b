//! What holds of every journey, whatever the seed and the scenario.

use crate::{NOON, over, world};
use proptest::prelude::*;
use std::collections::BTreeSet;
use trackway_dialects::dialect::{Answer, Parcel};
use trackway_dialects::registry::{self, Vocabularies};
use trackway_model::{CodeKind, Milestone};
use trackway_simulator::journey::{Happening, LONGEST, MINUTE, Status};
use trackway_simulator::words::delays;
use trackway_simulator::{Begin, Plan, SCENARIOS, Scenario, World, track123};

/// Those that tell of parcels.
const DIALECTS: [&str; 3] = ["247express", "keydelivery", "track123"];

fn plan(seed: u64, scenario: &'static Scenario) -> Plan {
    Plan {
        seed,
        shipments: 20,
        scenario,
        begin: Begin::Now,
        ..Plan::default()
    }
}

/// The journeys under a parcel's number.
fn journeys(world: &World, index: u32) -> Vec<&[Happening]> {
    let same = |a: &Happening, b: &Happening| a.journey == b.journey;
    world.script(index).chunk_by(same).collect()
}

fn scenarios() -> impl Strategy<Value = &'static Scenario> {
    (0..SCENARIOS.len()).prop_map(|at| &SCENARIOS[at])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_journey_ends_in_one_final_stage_within_the_bound(
        seed in any::<u64>(),
        scenario in scenarios(),
    ) {
        let (world, _) = world(plan(seed, scenario));
        for index in 0..world.len() {
            let found = journeys(&world, index);
            let due = 1 + usize::from(scenario.course.again);
            prop_assert!(found.len() == due || scenario.course.unknown > 0, "{}", scenario.name);
            for journey in found {
                let is_final = |happening: &Happening| happening.status.is_some_and(Status::is_final);
                let (end, before) = journey.split_last().unwrap();
                prop_assert!(is_final(end) && !before.iter().any(is_final), "{index}");
                prop_assert!(end.at - journey[0].at <= LONGEST, "{index}");
                for pair in journey.windows(2) {
                    prop_assert!(pair[1].at - pair[0].at > 2 * MINUTE, "{index}: {pair:?}");
                }
            }
            let last = world.script(index).last();
            prop_assert!(last.is_none_or(|end| end.at <= world.end()));
        }
        let late = world.pushes(world.end(), i64::MAX);
        prop_assert!(late.is_empty(), "{} webhooks after the end", late.len());
    }

    #[test]
    fn answers_only_grow_unless_they_are_purged(
        seed in any::<u64>(),
        scenario in scenarios().prop_filter("grows", |scenario| {
            scenario.manner.purge.is_none() && !scenario.course.again
        }),
    ) {
        let (world, _) = world(plan(seed, scenario));
        let vocabularies = Vocabularies::built_in().unwrap();
        for number in world.numbers().take(4) {
            for dialect in DIALECTS {
                let mut known = BTreeSet::new();
                for step in 0..30 {
                    let at = NOON + (world.end() - NOON) * step / 29;
                    let told = told(&world, &vocabularies, dialect, &number, at);
                    let told: BTreeSet<_> = told.into_iter().map(|(id, ..)| id).collect();
                    prop_assert!(told.is_superset(&known), "{dialect} {number} lost a line");
                    known = told;
                }
            }
        }
    }

    #[test]
    fn every_code_told_is_in_the_table_and_nothing_happens_ahead_of_time(
        seed in any::<u64>(),
        scenario in scenarios(),
    ) {
        let (world, _) = world(plan(seed, scenario));
        let vocabularies = Vocabularies::built_in().unwrap();
        let middle = i64::midpoint(NOON, world.end());
        for number in world.numbers().take(6) {
            for dialect in DIALECTS {
                for (_, milestone, at) in told(&world, &vocabularies, dialect, &number, middle) {
                    prop_assert!(milestone != Milestone::Unknown);
                    prop_assert!(at <= middle);
                }
            }
        }
    }
}

/// What an answer tells: identity, milestone and instant of each line.
fn told(
    world: &World,
    vocabularies: &Vocabularies,
    dialect: &str,
    number: &str,
    at: i64,
) -> Vec<(Vec<u8>, Milestone, i64)> {
    let Some(body) = world.document(dialect, number, at) else {
        return Vec::new();
    };
    // A query answers about many.
    let body = if dialect == track123::NAME {
        track123::answer(&body).unwrap()
    } else {
        body
    };
    let call = registry::find(dialect).unwrap().call().unwrap();
    let parcel = Parcel {
        carrier: "247express",
        number,
        ..Parcel::default()
    };
    let answer = Answer {
        status: 200,
        retry_after_s: None,
        body: &body,
    };
    let parsed = call
        .parse(vocabularies.of(dialect), &parcel, &answer)
        .unwrap();
    assert_eq!(parsed.warnings, Vec::<String>::new(), "{number}");
    let parts = parsed.answer.parts.iter();
    parts
        .flat_map(|part| part.statements.iter().map(move |told| (part.stream, told)))
        .map(|(stream, told)| {
            let occurred = told.occurred.unwrap();
            let instant = occurred
                .instant()
                .unwrap_or(occurred.wall - 7 * 60 * MINUTE);
            let id = [&stream.0.to_le_bytes()[..], &told.identity].concat();
            (id, told.milestone, instant)
        })
        .collect()
}

/// Every code of both tables occurs in some seed, and no other.
#[test]
fn all_that_the_tables_have_is_told() {
    let mut statuses = BTreeSet::new();
    let mut scans = BTreeSet::new();
    let mut reasons = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    for seed in 0..8 {
        let world = over(Plan {
            seed,
            shipments: 400,
            ..Plan::default()
        });
        for index in 0..world.len() {
            for happening in world.script(index) {
                statuses.extend(happening.status.map(|status| (status as u8).to_string()));
                scans.extend(happening.scan.map(|scan| (scan as u8).to_string()));
                reasons.extend(happening.delay.map(|delay| delay.code.to_owned()));
                numbers.extend(happening.aggregated.map(str::to_owned));
            }
        }
    }
    let vocabularies = Vocabularies::built_in().unwrap();
    let table = |dialect, kind| -> BTreeSet<String> {
        let rows = vocabularies.of(dialect).of_kind(kind);
        rows.map(|row| row.code.clone()).collect()
    };
    assert_eq!(statuses, table("247express", CodeKind::Shipment));
    assert_eq!(scans, table("247express", CodeKind::Event));
    assert_eq!(reasons, table("247express", CodeKind::Reason));
    assert_eq!(reasons.len(), delays().len());
    let told: BTreeSet<String> = vocabularies
        .of("keydelivery")
        .of_kind(CodeKind::Shipment)
        .map(|row| {
            if row.sub.is_empty() {
                &row.code
            } else {
                &row.sub
            }
        })
        .cloned()
        .collect();
    assert_eq!(numbers, told);
}
