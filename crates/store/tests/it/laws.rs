//! Laws over whole stores: order, repetition and grouping of the same facts do not matter.

use crate::engines::{Engine, contract};
use crate::fixtures::*;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRng, TestRunner};
use std::collections::BTreeMap;
use std::sync::Arc;
use trackway_model::fold::ShipmentState;
use trackway_model::intake::{Content, Intake, Part};
use trackway_model::statement::unit_key;
use trackway_model::track::States;
use trackway_model::{AccountId, Certainty, ConnectionId, Stage, Statement, StatementId, StreamId};
use trackway_store::Store;

contract!(
    order_repetition_and_grouping_do_not_matter,
    the_same_scan_of_two_sources_is_one_event,
    two_failed_attempts_an_hour_apart_stay_two,
    a_reused_number_opens_an_epoch_and_no_journey_mixes,
    enrichment_keeps_ids,
    what_is_taken_back_counts_for_nothing_until_it_is_told_again,
    a_unit_stays_with_its_statement,
);

const NUMBERS: [&str; 3] = ["TW1", "TW2", "TW3"];
const NAMES: [&str; 6] = [
    "accepted",
    "in_transit",
    "out_for_delivery",
    "attempt_failed",
    "delivered",
    "returned",
];
const ROUNDS: i64 = 6;

/// What must be equal; ids are keyed by the installation and the track, so they are compared within
/// one store only.
#[derive(Debug, PartialEq)]
struct Known {
    states: States,
    statements: BTreeMap<(Vec<u8>, u16), (i64, i64, bool)>,
}

async fn known(store: &Arc<dyn Store>, account: AccountId) -> Vec<Known> {
    let mut all = Vec::new();
    for number in NUMBERS {
        let Some(track) = store
            .find(account, Some(CARRIER), number)
            .await
            .unwrap()
            .pop()
        else {
            continue;
        };
        let ordinals: Vec<u16> = (0..track.spine.len() as u16).collect();
        let views = store.statements(&track, &ordinals).await.unwrap();
        let statements = views.into_iter().map(|view| {
            let spine = view.spine;
            let key = (view.raw.unwrap(), view.stream.0);
            (
                key,
                (spine.first_seen, spine.last_seen, track.withdrawn(&spine)),
            )
        });
        let states = track.states.iter().cloned();
        all.push(Known {
            statements: statements.collect(),
            states: states
                .map(|s| ShipmentState {
                    speaker: StatementId::default(),
                    ..s
                })
                .collect(),
        });
    }
    all
}

/// Which happenings are told, and in which version.
fn told() -> impl Strategy<Value = Vec<(usize, u32)>> {
    proptest::collection::vec((0_usize..9, 0_u32..2), 0..6).prop_map(|mut told| {
        told.sort_unstable();
        told.dedup_by_key(|(which, _)| *which);
        told
    })
}

fn said(stream: StreamId, (which, version): (usize, u32)) -> Statement {
    // The last ones come three months later.
    let hour = if which >= NAMES.len() {
        2_200 + which as i64
    } else {
        which as i64 * 5
    };
    statement(stream, NAMES[which % NAMES.len()], hour, version)
}

fn part(stream: StreamId, told: &[(usize, u32)]) -> Part {
    Part {
        stream,
        statements: told.iter().map(|what| said(stream, *what)).collect(),
    }
}

pub fn facts() -> impl Strategy<Value = Vec<Intake>> {
    let fact = (0_usize..3, 0_u8..3, told(), told()).prop_map(|(number, kind, one, two)| {
        let number = NUMBERS[number];
        match kind {
            0 => intake(
                number,
                0,
                document(vec![part(SCANS, &one), part(STATUSES, &two)]),
            ),
            1 => Intake {
                connection: ConnectionId(2),
                ..intake(number, 0, document(vec![part(OTHER, &one)]))
            },
            _ => {
                let news = one.iter().map(|what| said(HOOK, *what)).collect();
                intake(number, 0, Content::News(news))
            }
        }
    });
    proptest::collection::vec(fact, 1..16).prop_map(|mut facts| {
        for (fact, received) in facts.iter_mut().zip(3_000..) {
            fact.received = START + received * HOUR;
        }
        facts
    })
}

async fn order_repetition_and_grouping_do_not_matter(engine: Engine) {
    // Seeded: a store a case is dear, so the cases are few and the same each time; the law itself
    // is tried far more often beside the code that applies.
    let rng = TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for round in 0..ROUNDS {
        let facts = facts().new_tree(&mut runner).unwrap().current();
        // Accounts of their own, so that one store serves all rounds.
        let accounts = [AccountId(100 + round), AccountId(200 + round)];
        let of = |account| {
            facts
                .iter()
                .cloned()
                .map(move |fact| Intake { account, ..fact })
        };
        let mut shuffled: Vec<_> = of(accounts[1]).rev().collect();
        shuffled.extend(of(accounts[1]).step_by(2));
        let store = engine.open().await;
        for fact in of(accounts[0]) {
            tell_one(&store, fact).await;
        }
        tell(&store, shuffled).await;
        let one = known(&store, accounts[0]).await;
        assert_eq!(
            one,
            known(&store, accounts[1]).await,
            "round {round}: {facts:?}"
        );
        store.close().await.unwrap();
        drop(store);
        let store = engine.open().await;
        assert_eq!(
            known(&store, accounts[0]).await,
            one,
            "round {round}, after a restart"
        );
        assert_sound(&store).await;
        store.close().await.unwrap();
    }
}

async fn the_same_scan_of_two_sources_is_one_event(engine: Engine) {
    let store = engine.open().await;
    tell_one(
        &store,
        answer(NUMBER, 10, &[("accepted", 1), ("in_transit", 5)], &[]),
    )
    .await;
    let two = answer_of(
        NUMBER,
        11,
        &[(OTHER, &[("accepted", 1), ("in_transit", 5)])],
    );
    tell_one(
        &store,
        Intake {
            connection: ConnectionId(2),
            ..two
        },
    )
    .await;
    let track = track(&store, NUMBER).await;
    assert_eq!((track.spine.len(), track.states[0].events), (4, 2));
}

async fn two_failed_attempts_an_hour_apart_stay_two(engine: Engine) {
    let store = engine.open().await;
    tell_one(
        &store,
        answer(
            NUMBER,
            10,
            &[("attempt_failed", 5), ("attempt_failed", 6)],
            &[],
        ),
    )
    .await;
    tell_one(&store, news(NUMBER, "attempt_failed", 6, 11)).await;
    let track = track(&store, NUMBER).await;
    assert_eq!(
        (track.states[0].events, track.states[0].attempts_failed),
        (2, 2)
    );
}

async fn a_reused_number_opens_an_epoch_and_no_journey_mixes(engine: Engine) {
    let store = engine.open().await;
    let first = tell_one(
        &store,
        answer(NUMBER, 60, &[("accepted", 1), ("delivered", 30)], &[]),
    )
    .await;
    let second = tell_one(&store, news(NUMBER, "accepted", 2_000, 2_001)).await;
    assert_eq!(first.shipment.track(), second.shipment.track());
    assert_eq!((first.shipment.epoch(), second.shipment.epoch()), (0, 1));
    assert_eq!(
        (first.stage, second.stage),
        (Stage::Delivered, Stage::Accepted)
    );
    let track = track(&store, NUMBER).await;
    assert_eq!(
        track
            .states
            .iter()
            .map(|state| state.events)
            .collect::<Vec<_>>(),
        [2, 1]
    );
    let changes = feed(&store, 2).await;
    assert_eq!(
        (
            of_shipment(&changes[1].1).shipment,
            of_shipment(&changes[1].1).before
        ),
        (second.shipment, None)
    );
    // An opening that is told apart from any statement re-partitions.
    let opening = intake(NUMBER, 2_002, Content::Opening(START + 20 * HOUR));
    tell(&store, vec![opening.clone(), opening]).await;
    let states = track_states(&store).await;
    assert_eq!(states, [1, 1, 1]);
    assert_sound(&store).await;
}

async fn track_states(store: &Arc<dyn Store>) -> Vec<u16> {
    track(store, NUMBER)
        .await
        .states
        .iter()
        .map(|state| state.events)
        .collect()
}

async fn enrichment_keeps_ids(engine: Engine) {
    let store = engine.open().await;
    let version = |version, received| {
        intake(
            NUMBER,
            received,
            Content::News(vec![statement(HOOK, "in_transit", 5, version)]),
        )
    };
    tell_one(&store, version(0, 10)).await;
    let before = track(&store, NUMBER).await;
    let receipt = tell_one(&store, version(1, 11)).await;
    assert_eq!((receipt.new, receipt.versions), (0, 1));
    // An older version that comes late is kept in the log and told nobody.
    let receipt = tell_one(&store, version(2, 9)).await;
    assert_eq!((receipt.new, receipt.versions, receipt.repeats), (0, 0, 1));
    let after = track(&store, NUMBER).await;
    assert_eq!(after.spine.len(), 1);
    assert_eq!(after.spine[0].id, before.spine[0].id);
    assert_ne!(store.root(&after), store.root(&before));
    let views = store.statements(&after, &[0]).await.unwrap();
    assert_eq!(views[0].raw, Some(statement(HOOK, "in_transit", 5, 1).raw));
    assert_sound(&store).await;
}

async fn a_unit_stays_with_its_statement(engine: Engine) {
    let store = engine.open().await;
    let of = |unit: &str, name: &str, minute: i64| {
        let plain = statement(HOOK, name, minute, 0);
        Statement {
            unit: Some(unit.to_owned()),
            identity: [&plain.identity[..], unit.as_bytes()].concat(),
            raw: [&plain.raw[..], unit.as_bytes()].concat(),
            ..plain
        }
    };
    let (one, other) = ("CSQU3054383", "MWCU6059784");
    let told = vec![
        statement(HOOK, "accepted", 1, 0),
        of(one, "delivered", 5),
        of(other, "in_transit", 4),
    ];
    let receipt = tell_one(&store, intake(NUMBER, 9, Content::News(told))).await;
    assert_eq!((receipt.new, receipt.stage), (3, Stage::InTransit));
    let last = vec![of(other, "delivered", 7)];
    let receipt = tell_one(&store, intake(NUMBER, 10, Content::News(last.clone()))).await;
    assert_eq!((receipt.new, receipt.stage), (1, Stage::Delivered));
    // Seen again, and seen again later: still of its unit.
    tell_one(&store, intake(NUMBER, 11, Content::News(last))).await;
    let found = store.find(ACCOUNT, Some(CARRIER), NUMBER).await.unwrap();
    let track = &found[0];
    let views = store.statements(track, &[0, 1, 2, 3]).await.unwrap();
    let units: Vec<_> = views.iter().map(|view| view.unit.as_deref()).collect();
    assert_eq!(units, [None, Some(one), Some(other), Some(other)]);
    for view in &views {
        assert_eq!(view.spine.unit, unit_key(view.unit.as_deref()));
    }
    assert_sound(&store).await;
}

async fn what_is_taken_back_counts_for_nothing_until_it_is_told_again(engine: Engine) {
    let store = engine.open().await;
    let told = |certainty, received| {
        let raw = format!("delivered, {certainty:?}").into_bytes();
        let said = Statement {
            certainty,
            raw,
            ..statement(HOOK, "delivered", 5, 0)
        };
        intake(NUMBER, received, Content::News(vec![said]))
    };
    tell_one(&store, news(NUMBER, "in_transit", 1, 9)).await;
    tell_one(&store, told(Certainty::Actual, 10)).await;
    let receipt = tell_one(&store, told(Certainty::Withdrawn, 11)).await;
    assert_eq!((receipt.new, receipt.versions), (0, 1));
    assert_eq!(receipt.stage, Stage::InTransit);
    // A repeat says nothing new; what was told before it comes too late.
    tell_one(&store, told(Certainty::Withdrawn, 11)).await;
    tell_one(&store, told(Certainty::Actual, 8)).await;
    let changes = feed(&store, 3).await;
    let stages = changes
        .iter()
        .map(|(_, change)| of_shipment(change).after.milestone.stage());
    let expected = [Stage::InTransit, Stage::Delivered, Stage::InTransit];
    assert_eq!(stages.collect::<Vec<_>>(), expected);
    assert_eq!(
        of_shipment(&changes[2].1).statements.as_slice(),
        [1],
        "what took it back"
    );
    let held = track(&store, NUMBER).await;
    assert_eq!(held.spine[1].certainty, Certainty::Withdrawn);
    assert_eq!((held.spine.len(), held.states[0].events), (2, 1));
    assert_sound(&store).await;
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert_eq!(*track(&store, NUMBER).await, *held, "after a restart");
    let receipt = tell_one(&store, told(Certainty::Actual, 12)).await;
    assert_eq!((receipt.versions, receipt.stage), (1, Stage::Delivered));
    assert_sound(&store).await;
}
