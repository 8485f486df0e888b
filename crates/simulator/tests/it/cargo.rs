//! The ocean and the air world: what their scripts promise, and what the records of Track123 tell.

use crate::{over, world};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use trackway_dialects::dialect::Inbound;
use trackway_dialects::registry;
use trackway_model::intake::{Answer, Content};
use trackway_model::{Certainty, CodeKind, Milestone, Statement};
use trackway_numbers::identifiers::{AirWaybill, Container};
use trackway_simulator::journey::{HOUR, LONGEST};
use trackway_simulator::{Begin, Plan, Scenario, World, air, ocean};

fn plan(seed: u64, scenario: &str) -> Plan {
    Plan {
        seed,
        shipments: 6,
        scenario: Scenario::find(scenario).unwrap(),
        begin: Begin::Now,
        ..Plan::default()
    }
}

fn ended(seed: u64, scenario: &str) -> World {
    over(Plan {
        begin: Begin::InThePast,
        ..plan(seed, scenario)
    })
}

/// What the hub's reader makes of the record of a number at an instant.
fn read(world: &World, number: &str, now: i64) -> Option<Answer> {
    let record = world.document("track123", number, now)?;
    let body = format!(r#"{{"data":{}}}"#, String::from_utf8(record).unwrap());
    let dialect = registry::find("track123").unwrap();
    let vocabularies = registry::built_in();
    let inbound: &dyn Inbound = dialect.inbound().unwrap();
    let told = inbound
        .read(vocabularies.of("track123"), body.as_bytes())
        .unwrap();
    assert_eq!(told.warnings, Vec::<String>::new(), "{number}");
    assert_eq!(told.carrier, world.find(number).unwrap().carrier());
    match told.content {
        Content::Document(answer) => {
            assert_eq!(dialect.compare(answer.stream, &answer.body), []);
            Some(answer)
        }
        other => panic!("{other:?}"),
    }
}

fn statements(answer: &Answer) -> impl Iterator<Item = &Statement> {
    answer.parts.iter().flat_map(|part| &part.statements)
}

/// How often each happening was told: code, local minute, unit and pieces.
type Told = BTreeMap<(String, String, String, u16), usize>;

fn happened(answer: &Answer) -> Told {
    let mut told = Told::new();
    for statement in statements(answer) {
        let is_event = matches!(
            statement.code.kind,
            CodeKind::OceanEvent | CodeKind::AirEvent
        );
        if !is_event || statement.certainty != Certainty::Actual {
            continue;
        }
        assert!(statement.occurred.unwrap().instant().is_some());
        let unit = statement
            .unit
            .as_ref()
            .map_or_else(String::new, ToString::to_string);
        let minute = statement.time_text[..16].replace(' ', "T");
        let key = (
            statement.code.code.clone(),
            minute,
            unit,
            statement.pieces.count,
        );
        *told.entry(key).or_default() += 1;
    }
    told
}

fn expected(steps: impl Iterator<Item = (String, String, String, u16)>) -> Told {
    let mut told = Told::new();
    for step in steps {
        *told.entry(step).or_default() += 1;
    }
    told
}

#[test]
fn numbers_have_their_check_digits_and_are_found() {
    let world = ended(3, "ocean");
    for index in 0..world.cargo().bills() {
        let bill = world.cargo().bill(index).unwrap();
        assert!((2..5).contains(&bill.containers.len()));
        for container in &bill.containers {
            assert!(Container::parse(container).is_ok(), "{container}");
            assert!(world.find(&container.to_lowercase()).is_some());
        }
        assert_eq!(
            world.find(&ocean::bill(index)),
            world.find(&ocean::booking(index))
        );
    }
    let world = ended(3, "air");
    assert_eq!(world.all_numbers().count(), 6);
    for number in world.all_numbers() {
        assert!(AirWaybill::parse(&number).is_ok(), "{number}");
    }
    assert_eq!(world.find("MAEU000000001"), None, "no bills in the air");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// At any instant: all that happened is told once, what lies ahead is an estimate, and at the end
    /// nothing does.
    #[test]
    fn an_ocean_record_tells_what_happened_and_what_is_expected(seed in any::<u64>()) {
        let (world, _) = world(plan(seed, "ocean"));
        let begin = world.now();
        for index in 0..2 {
            let number = ocean::bill(index);
            let bill = world.cargo().bill(index).unwrap();
            prop_assert!(bill.steps.last().unwrap().at - bill.steps[0].at <= LONGEST);
            for hour in (0..=15 * 24).step_by(5) {
                let now = begin + hour * HOUR;
                let due = bill.steps.iter().filter(|step| step.at <= now);
                let due = expected(due.map(|step| (
                    step.code.to_owned(),
                    step.minute(),
                    bill.containers[step.container].clone(),
                    0,
                )));
                let Some(answer) = read(&world, &number, now) else {
                    prop_assert!(due.is_empty());
                    continue;
                };
                prop_assert_eq!(happened(&answer), due);
                for statement in statements(&answer) {
                    let ahead = statement.occurred.unwrap().instant().unwrap() > now;
                    prop_assert_eq!(statement.certainty == Certainty::Estimated, ahead);
                    prop_assert!(statement.milestone != Milestone::Unknown);
                }
            }
            let end = read(&world, &number, world.end()).unwrap();
            let record: Value = serde_json::from_slice(&end.body).unwrap();
            prop_assert_eq!(&record["searchStatus"], "FINAL");
            let delivered = statements(&end).filter(|it| it.milestone == Milestone::Delivered);
            prop_assert_eq!(delivered.count(), bill.containers.len());
        }
    }

    #[test]
    fn an_air_record_tells_the_pieces(seed in any::<u64>()) {
        an_air_record_of(seed)?;
    }
}

/// A flight that takes as long as the clocks are apart lands at the minute at which it left.
#[test]
fn an_arrival_at_the_minute_of_its_departure_has_happened() {
    an_air_record_of(12_439_324_948_375_437_499).unwrap();
}

fn an_air_record_of(seed: u64) -> Result<(), TestCaseError> {
    let (world, _) = world(plan(seed, "air"));
    let begin = world.now();
    for index in 0..3 {
        let number = air::waybill(index);
        let script = world.cargo().waybill(index).unwrap();
        prop_assert!(script.steps.last().unwrap().at - script.steps[0].at <= LONGEST);
        for hour in (0..=15 * 24).step_by(5) {
            let now = begin + hour * HOUR;
            let due = script.steps.iter().filter(|step| step.at <= now);
            let due = expected(due.map(|step| {
                (
                    step.code.to_owned(),
                    step.minute(),
                    String::new(),
                    step.pieces,
                )
            }));
            let Some(answer) = read(&world, &number, now) else {
                prop_assert!(due.is_empty());
                continue;
            };
            prop_assert_eq!(happened(&answer), due);
            for statement in statements(&answer) {
                let ahead = statement.occurred.unwrap().instant().unwrap() > now;
                prop_assert_eq!(statement.certainty == Certainty::Estimated, ahead);
                prop_assert_eq!(statement.pieces.total, script.pieces);
            }
        }
        let arrived = script.steps.iter().filter(|step| step.code == "ARRIVED");
        prop_assert_eq!(arrived.map(|step| step.pieces).sum::<u16>(), script.pieces);
    }
    Ok(())
}

/// What makes these worlds worth their names comes about in some seed.
#[test]
fn ships_are_missed_containers_held_estimates_moved_and_pieces_lost_and_found() {
    let mut seen = BTreeSet::new();
    for seed in 0..4 {
        let world = ended(seed, "ocean");
        for index in 0..world.cargo().bills() {
            let steps = &world.cargo().bill(index).unwrap().steps;
            for step in steps {
                let ships: BTreeSet<_> = step.foretold.iter().map(|it| it.sailing.vessel).collect();
                seen.extend((step.code == "HOLD").then_some("held"));
                seen.extend((step.foretold.len() > 1).then_some("moved"));
                seen.extend((ships.len() > 1).then_some("rolled"));
                seen.extend((step.code == "STRP").then_some("empty"));
                for pair in step.foretold.windows(2) {
                    assert!(pair[0].since < pair[1].since && pair[0].at >= pair[1].since);
                }
                let newest = step.foretold.last();
                assert!(newest.is_none_or(|newest| newest.at > step.at && newest.since < step.at));
            }
        }
        let world = ended(seed, "air");
        for index in 0..world.cargo().waybills() {
            let steps = &world.cargo().waybill(index).unwrap().steps;
            let is_missed = steps.iter().any(|step| step.code == "EXCEPTION");
            seen.extend(is_missed.then_some("missed"));
            let flown = steps.iter().filter(|step| step.code == "IN_TRANSIT");
            assert_eq!(flown.count(), 2, "in two parts");
        }
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        ["empty", "held", "missed", "moved", "rolled"]
    );
}

/// A container and a booking are asked about like the bill.
#[test]
fn a_container_is_told_alone() {
    let (world, hand) = world(plan(9, "ocean"));
    hand.fetch_add(20 * 24 * HOUR, Ordering::Relaxed);
    let bill = world.cargo().bill(0).unwrap();
    let record = world.document("track123", &bill.containers[1], world.now());
    let record: Value = serde_json::from_slice(&record.unwrap()).unwrap();
    let told = record["containerInfo"].as_array().unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["containerNo"], bill.containers[1].as_str());
    assert_eq!(told[0]["transitStatus"], "DELIVERED");
    let booking = world.document("track123", &ocean::booking(0), world.now());
    let booking: Value = serde_json::from_slice(&booking.unwrap()).unwrap();
    let all = booking["containerInfo"].as_array().unwrap();
    assert_eq!(all.len(), bill.containers.len());
    assert_eq!(
        world.document("keydelivery", &ocean::bill(0), world.now()),
        None
    );
}
