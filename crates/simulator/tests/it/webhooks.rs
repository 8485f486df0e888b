//! The carrier's webhooks: what is sent, when and how often.

use crate::{json, world};
use std::collections::{BTreeMap, BTreeSet};
use trackway_simulator::{Begin, Plan, Push, Scenario, World};

fn pushed(scenario: &str) -> (World, Vec<Push>) {
    let (world, _) = world(Plan {
        scenario: Scenario::find(scenario).unwrap(),
        begin: Begin::Now,
        ..Plan::default()
    });
    let all = world.pushes(i64::MIN, world.end());
    (world, all)
}

fn changes(world: &World) -> usize {
    let all = world.between(i64::MIN, world.end());
    all.iter()
        .filter(|told| told.happening.status.is_some())
        .count()
}

#[test]
fn webhooks_tell_every_change_of_status_with_the_receivers_key() {
    let (world, all) = pushed("mixed");
    let mut transactions = BTreeSet::new();
    for push in &all {
        assert_eq!((push.at, push.torn), (push.told.happening.at, false));
        let sent = json(&world.body(push, "K-1"));
        assert_eq!(sent["ApiKey"], "K-1");
        assert_eq!(sent["OrderCode"], World::number(push.told.index));
        transactions.insert(sent["TransactionId"].to_string());
    }
    assert_eq!(transactions.len(), all.len(), "an id stands twice");
    assert_eq!(all.len(), changes(&world));
}

#[test]
fn duplicates_are_copies_to_the_byte() {
    let (world, all) = pushed("duplicates");
    let mut sent: BTreeMap<_, Vec<Vec<u8>>> = BTreeMap::new();
    for push in &all {
        let body = world.body(push, "K-1");
        sent.entry((push.told.index, push.told.nth))
            .or_default()
            .push(body);
    }
    assert_eq!(sent.len(), changes(&world), "each at least once");
    assert!(all.len() > sent.len() * 3 / 2, "many more than once");
    for copies in sent.values() {
        assert!(copies.len() <= 3 && copies.iter().all(|body| *body == copies[0]));
    }
}

#[test]
fn disorder_lets_webhooks_overtake_each_other_and_loses_none() {
    let (world, all) = pushed("disorder");
    assert_eq!(all.len(), changes(&world));
    let overtaken = all
        .iter()
        .enumerate()
        .filter(|(at, push)| {
            let later = |other: &&Push| other.told.index == push.told.index;
            all[..*at]
                .iter()
                .filter(later)
                .any(|other| other.told.nth > push.told.nth)
        })
        .count();
    assert!(overtaken > 5, "{overtaken}");
    assert!(all.is_sorted_by_key(|push| push.at));
}

#[test]
fn a_torn_webhook_is_followed_by_a_whole_one() {
    let (world, all) = pushed("broken");
    let torn: Vec<usize> = (0..all.len()).filter(|at| all[*at].torn).collect();
    assert!(torn.len() > 20);
    for at in torn {
        let (cut, whole) = (world.body(&all[at], "K"), world.body(&all[at + 1], "K"));
        assert_eq!(all[at].told, all[at + 1].told);
        assert!(serde_json::from_slice::<serde_json::Value>(&cut).is_err());
        assert!(whole.starts_with(&cut) && json(&whole).is_object());
    }
}

#[test]
fn halves_of_the_time_have_halves_of_the_webhooks() {
    for scenario in ["mixed", "everything"] {
        let (world, all) = pushed(scenario);
        let middle = i64::midpoint(all[0].at, world.end());
        let halves = [
            world.pushes(i64::MIN, middle),
            world.pushes(middle, world.end()),
        ];
        assert_eq!(halves.concat(), all, "{scenario}");
    }
}
