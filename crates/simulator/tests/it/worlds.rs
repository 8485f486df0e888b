//! The clock, and what makes two worlds the same.

use crate::{DAY, NOON, over, realtime, tracking, usual, world};
use std::sync::atomic::Ordering;
use trackway_simulator::{Begin, Plan, SCENARIOS, World};

#[test]
fn the_virtual_clock_runs_fast_and_never_passes_the_real_one() {
    let (world, hand) = usual(1, 86_400.0);
    let begin = world.now();
    assert!(begin < NOON - 13 * DAY);
    hand.fetch_add(1_000_000, Ordering::Relaxed);
    assert_eq!(world.now(), begin + DAY);
    hand.fetch_add(3_600 * 1_000_000, Ordering::Relaxed);
    assert_eq!(world.now(), hand.load(Ordering::Relaxed));
    assert!(world.end() <= world.now());
}

#[test]
fn a_world_that_begins_now_goes_with_the_real_clock() {
    let (world, hand) = world(Plan {
        begin: Begin::Now,
        ..Plan::default()
    });
    assert_eq!(world.now(), NOON);
    hand.fetch_add(DAY, Ordering::Relaxed);
    assert_eq!(world.now(), NOON + DAY);
    assert!(world.born(0) >= NOON && world.born(99) < NOON + 2 * DAY);
}

#[test]
fn one_seed_makes_one_world_and_another_seed_another() {
    let script = |seed| {
        let (world, _) = usual(seed, 1.0);
        let all = (0..world.len()).map(|index| world.script(index).to_vec());
        all.collect::<Vec<_>>()
    };
    assert_eq!(script(1), script(1));
    assert_ne!(script(1), script(2));
}

/// All that a world ever says, as bytes: every answer of the systems at several instants, and every
/// webhook of the carrier.
async fn said(plan: Plan) -> Vec<u8> {
    let (world, hand) = world(plan);
    let mut said = Vec::new();
    for push in world.pushes(i64::MIN, world.end()) {
        said.extend(push.at.to_le_bytes());
        said.extend(world.body(&push, "K-1"));
    }
    let desk = crate::desk(world);
    for _ in 0..8 {
        for number in desk.world().numbers() {
            said.extend(tracking(&desk, &number).await);
            said.extend(realtime(&desk, &number).await);
        }
        let world = desk.world();
        for number in world.all_numbers() {
            said.extend(
                world
                    .document("track123", &number, world.now())
                    .unwrap_or_default(),
            );
        }
        hand.fetch_add(2 * DAY, Ordering::Relaxed);
    }
    said
}

#[tokio::test]
async fn two_runs_of_every_scenario_say_the_same_byte_for_byte() {
    for scenario in SCENARIOS {
        let plan = Plan {
            seed: 11,
            shipments: 12,
            begin: Begin::Now,
            scenario,
            ..Plan::default()
        };
        let first = said(plan).await;
        assert!(first.len() > 10_000, "{}", scenario.name);
        assert!(first == said(plan).await, "{} differs", scenario.name);
        let other = Plan { seed: 12, ..plan };
        assert!(first != said(other).await, "{}", scenario.name);
    }
}

#[test]
fn what_happens_between_two_instants_is_told_once() {
    let (world, _) = usual(3, 1.0);
    let all = world.between(i64::MIN, world.end());
    let middle = world.end() - 9 * DAY;
    let halves = [
        world.between(i64::MIN, middle),
        world.between(middle, world.end()),
    ]
    .concat();
    assert_eq!(all, halves);
    let happened: usize = (0..world.len()).map(|i| world.script(i).len()).sum();
    assert_eq!(all.len(), happened);
}

#[test]
fn numbers_are_known_in_any_case_and_no_others() {
    let world = over(Plan::default());
    for (number, index) in [
        ("VD00000001", Some(0)),
        ("vd00000100", Some(99)),
        ("VD00000101", None),
        ("VD00000000", None),
        ("VD0000001", None),
        ("VD+0000001", None),
        ("ĐD00000001", None),
        ("", None),
    ] {
        assert_eq!(world.index(number), index, "{number}");
    }
    assert_eq!(World::number(41), "VD00000042");
}
