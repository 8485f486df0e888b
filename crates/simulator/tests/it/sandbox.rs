//! Journeys for any number.

use crate::{DAY, NOON, json};
use proptest::prelude::*;
use serde_json::Value;
use trackway_dialects::CallError;
use trackway_dialects::dialect::{Answer as UpstreamAnswer, Parcel};
use trackway_dialects::registry::{self, Vocabularies};
use trackway_model::{Certainty, Milestone};
use trackway_simulator::sandbox::{Answer, Asked, ENDINGS, answer};

const MINUTE: i64 = 60_000_000;

fn ask(dialect: &str, number: &str, after: i64) -> Answer {
    answer(&Asked {
        dialect,
        carrier: "247express",
        number,
        since: NOON,
        now: NOON + after,
        takes: 2 * MINUTE,
    })
}

fn tracked(number: &str, after: i64) -> Value {
    json(&ask("247express", number, after).body)
}

fn codes(answer: &Value) -> Vec<String> {
    let statuses = answer["statuses"].as_array().unwrap().iter();
    statuses
        .map(|line| line["status"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_ending_of_a_number_chooses_its_fate() {
    for (number, last) in [
        ("SHOP1-DELIVERED", "30"),
        ("shop1-returned", "28"),
        ("SHOP1-LOST", "19"),
        ("SHOP1-CANCELLED", "18"),
        ("SHOP1-SEIZED", "32"),
        ("SHOP1-FAILED-12", "30"),
        ("SHOP1-CUSTOMS", "30"),
    ] {
        let at_once = format!("{number}-done");
        for (number, after) in [(number, 2 * MINUTE), (&at_once, 0)] {
            let answer = tracked(number, after);
            assert_eq!(answer["status"], last, "{number}");
            assert_eq!(answer["orderCode"], number, "echoed as it was sent");
            assert_eq!(ask("247express", number, after).again, None, "{number}");
        }
    }
    let failed = tracked("SHOP1-FAILED-12", 2 * MINUTE);
    assert_eq!(codes(&failed), ["21", "23", "24", "25", "16", "25", "30"]);
    assert_eq!(
        tracked("SHOP1-NORECORD", DAY)["errorCode"],
        "ORDERCODE_NOT_FOUND"
    );
    assert_eq!(
        json(&ask("keydelivery", "A1-NORECORD", 0).body)["code"],
        60_101
    );
}

/// As the hub reads it: an answer to a query, of which a number that is never known has no part.
#[test]
fn track123_tells_the_same_journeys() {
    let vocabularies = Vocabularies::built_in().unwrap();
    let call = registry::find("track123").unwrap().call().unwrap();
    let parsed = |number: &str| {
        let told = ask("track123", number, 2 * MINUTE);
        let parcel = Parcel {
            carrier: "247express",
            number,
            ..Parcel::default()
        };
        let answer = UpstreamAnswer {
            status: 200,
            retry_after_s: None,
            body: &told.body,
        };
        call.parse(vocabularies.of("track123"), &parcel, &answer)
    };
    for (number, last) in [
        ("SHOP1-DELIVERED", Milestone::Delivered),
        ("SHOP1-RETURNED", Milestone::Returned),
        ("SHOP1-CANCELLED", Milestone::Cancelled),
    ] {
        let parsed = parsed(number).unwrap();
        assert_eq!(parsed.warnings, Vec::<String>::new());
        let told = parsed.answer.parts[0].statements.last().unwrap();
        assert_eq!(told.milestone, last, "{number}");
    }
    let nothing = parsed("SHOP1-NORECORD");
    assert!(
        matches!(nothing, Err(CallError::Nothing { .. })),
        "{nothing:?}"
    );
}

/// The delay is told while the parcel waits for the next attempt.
#[test]
fn a_failed_attempt_has_the_delay_that_the_number_names() {
    let mut now = 0;
    loop {
        let answer = ask("247express", "SHOP1-FAILED-24", now);
        let told = json(&answer.body);
        if told["status"] == "16" {
            assert_eq!(told["delayCode"], "24");
            return;
        }
        now = answer.again.unwrap() - NOON;
    }
}

#[test]
fn endings_are_distinct_and_fit_247expresss_numbers() {
    for known in ENDINGS {
        let number = format!("A-{}-DONE", known.ending);
        assert!(number.len() <= 20, "{number}");
        assert_eq!(
            ENDINGS
                .iter()
                .filter(|other| other.ending == known.ending)
                .count(),
            1
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Asked whenever it says that there is more, a journey is told step by step to its end, never
    /// ahead of the clock, and the same by whoever asks at the same time.
    #[test]
    fn a_journey_moves_from_its_first_line_to_its_end(
        number in "[A-Z0-9]{5,12}",
        dialect in prop_oneof![Just("247express"), Just("keydelivery")],
        since in 0..400 * DAY,
    ) {
        let at = |now| answer(&Asked {
            dialect,
            carrier: "247express",
            number: &number,
            since: NOON + since,
            now,
            takes: 2 * MINUTE,
        });
        let mut now = NOON + since;
        let mut answers = Vec::new();
        loop {
            let told = at(now);
            prop_assert_eq!(&told, &at(now));
            answers.push(told.body);
            let Some(again) = told.again else { break };
            prop_assert!(again > now, "it must not be asked for ever");
            prop_assert!(again <= NOON + since + 2 * MINUTE + 1);
            now = again;
        }
        prop_assert!(answers.len() >= 2 && answers.len() < 60);
        prop_assert_eq!(&at(now + DAY).body, answers.last().unwrap());
        let first: Value = serde_json::from_slice(&answers[0]).unwrap();
        let lines = if dialect == "247express" { &first["statuses"] } else { &first["data"]["items"] };
        prop_assert_eq!(lines.as_array().map(Vec::len), Some(1));
    }
}

/// Bills and waybills of any number, as the hub reads them: told step by step and never ahead of time.
#[test]
fn cargo_is_told_by_track123_alone_from_its_beginning_to_its_end() {
    let vocabularies = Vocabularies::built_in().unwrap();
    let call = registry::find("track123").unwrap().call().unwrap();
    for (carrier, number) in [
        ("maersk", "BL-SHOP-1"),
        ("vietnam-airlines-cargo", "738-00000011"),
    ] {
        let at = |dialect, now| {
            answer(&Asked {
                dialect,
                carrier,
                number,
                since: NOON,
                now,
                takes: 2 * MINUTE,
            })
        };
        let (mut now, mut looks, mut events) = (NOON, 0, 0);
        let last = loop {
            let told = at("track123", now);
            let parcel = Parcel {
                carrier,
                number,
                ..Parcel::default()
            };
            let body = UpstreamAnswer {
                status: 200,
                retry_after_s: None,
                body: &told.body,
            };
            match call.parse(vocabularies.of("track123"), &parcel, &body) {
                Ok(parsed) => {
                    assert_eq!(parsed.warnings, Vec::<String>::new(), "{number}");
                    let read = &parsed.answer.parts[0].statements;
                    let actual = || read.iter().filter(|it| it.certainty == Certainty::Actual);
                    assert!(actual().count() >= events, "nothing is taken back");
                    events = actual().count();
                    let ahead = actual().filter_map(|it| it.occurred?.instant());
                    assert!(ahead.max().unwrap() <= NOON, "all of it is past");
                }
                Err(CallError::Nothing { .. }) => assert_eq!(events, 0),
                Err(error) => panic!("{number}: {error}"),
            }
            looks += 1;
            match told.again {
                None => break told,
                Some(again) => {
                    assert!(again > now && again <= NOON + 2 * MINUTE + 1);
                    now = again;
                }
            }
        };
        assert!(looks > 5 && events > 5, "{number}: {looks} {events}");
        let text = String::from_utf8(last.body).unwrap();
        assert!(text.contains("\"DELIVERED\""), "{text}");
        // The parcels' systems know nothing of it.
        for dialect in ["247express", "keydelivery"] {
            let nothing = at(dialect, NOON);
            assert_eq!(nothing.again, None);
            assert!(!String::from_utf8(nothing.body).unwrap().contains(carrier));
        }
    }
    let done = |number| {
        answer(&Asked {
            dialect: "track123",
            carrier: "maersk",
            number,
            since: NOON,
            now: NOON,
            takes: 2 * MINUTE,
        })
    };
    let whole = done("BL-SHOP-1-DONE");
    assert_eq!(whole.again, None);
    assert_eq!(
        json(&whole.body)["data"]["accepted"][0]["searchStatus"],
        "FINAL"
    );
    let never = done("BL-SHOP-1-NORECORD");
    assert!(json(&never.body)["data"]["accepted"].is_null());
}
