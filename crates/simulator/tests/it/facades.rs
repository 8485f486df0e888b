//! The systems' own APIs over a world.

use crate::{desk, json, over, realtime, tracking, usual};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use trackway_dialects::dialect::{Answer, Parcel};
use trackway_dialects::registry::{self, Vocabularies};
use trackway_model::Milestone;
use trackway_simulator::journey::Happening;
use trackway_simulator::{Plan, SimulatedDesk, track123};

#[tokio::test]
async fn every_facade_tells_every_happening_in_a_shape_that_the_hub_reads() {
    let desk = desk(over(Plan {
        seed: 5,
        shipments: 200,
        ..Plan::default()
    }));
    let vocabularies = Vocabularies::built_in().unwrap();
    for (index, number) in desk.world().numbers().enumerate() {
        let script = desk.world().script(index as u32);
        let told = [
            tracking(&desk, &number).await,
            realtime(&desk, &number).await,
            queried(&desk, &number),
        ];
        let count =
            |of: fn(&Happening) -> bool| script.iter().filter(|happening| of(happening)).count();
        let statuses = count(|happening| happening.status.is_some());
        let scans = count(|happening| happening.scan.is_some());
        let items = count(Happening::by_aggregator);
        let events = count(|happening| track123::sub_status(happening).is_some());
        let expected = [vec![statuses, scans], vec![items], vec![events]];
        let dialects = ["247express", "keydelivery", "track123"];
        for ((dialect, body), expected) in dialects.iter().zip(told).zip(expected) {
            let call = registry::find(dialect).unwrap().call().unwrap();
            let parcel = Parcel {
                carrier: "247express",
                number: &number,
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
            let counts: Vec<_> = parts.map(|part| part.statements.len()).collect();
            assert_eq!(counts, expected, "{dialect} {number}");
            for statement in parsed.answer.parts.iter().flat_map(|part| &part.statements) {
                assert_ne!(statement.milestone, Milestone::Unknown);
                assert!(statement.occurred.is_some());
            }
        }
    }
}

/// A tracking inside an answer to a query: `outbox` asks the facade itself.
fn queried(desk: &SimulatedDesk, number: &str) -> Vec<u8> {
    let world = desk.world();
    let tracking = world.document("track123", number, world.now());
    track123::answer(&tracking.unwrap()).unwrap()
}

#[tokio::test]
async fn what_is_not_there_is_refused_in_the_systems_words() {
    let (world, _) = usual(5, 1.0);
    let desk = desk(world);
    // The world has just begun: of the last parcel nothing has happened yet.
    for number in ["VD99999999", "VD00000200"] {
        let answer = json(&tracking(&desk, number).await);
        assert_eq!(answer["errorCode"], "ORDERCODE_NOT_FOUND");
        assert_eq!(json(&realtime(&desk, number).await)["code"], 60_101);
    }
}

#[tokio::test]
async fn the_daily_limit_is_counted() {
    let settings = BTreeMap::from([("express247.lookups_per_day".to_owned(), "2".to_owned())]);
    let world = over(Plan::default());
    let desk = Arc::new(SimulatedDesk::new(world, settings));
    for expected in [Value::Null, Value::Null, "APIKEY_LIMIT".into()] {
        let answer = json(&tracking(&desk, "VD00000001").await);
        assert_eq!(answer["errorCode"], expected);
    }
}
