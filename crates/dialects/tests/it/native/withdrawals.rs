//! Events that their teller takes back or corrects.

use super::desk;
use super::events::{counts, statements, told};
use serde_json::json;
use trackway_model::Milestone;

#[tokio::test]
async fn an_event_can_be_taken_back_and_told_again() {
    let desk = desk();
    let stage = || {
        let view = desk.view("default", "native", "A1").unwrap();
        (view.state().milestone, view.journey().withdrawn.len())
    };
    let moving =
        json!({"number": "A1", "status": "in_transit", "occurred_at": "2024-05-06T10:00:00Z"});
    let delivered = json!({"number": "A1", "id": "7", "status": "delivered", "occurred_at": "2024-05-07T10:00:00Z"});
    assert_eq!(
        told(&desk, &json!([moving, delivered])).await,
        counts(2, 0, 0)
    );
    assert_eq!(stage(), (Milestone::Delivered, 0));
    // By its own id, which says all.
    desk.pass(1_000_000);
    let back = json!([{"number": "A1", "id": "7", "withdraw": true}]);
    let outcome = told(&desk, &back).await;
    assert_eq!(
        (
            &outcome["accepted"],
            &outcome["corrected"],
            &outcome["withdrawn"]
        ),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(stage(), (Milestone::InTransit, 1));
    assert_eq!(told(&desk, &back).await["repeated"], 1);
    // Without an id by its members.
    desk.pass(1_000_000);
    let mut back = moving.clone();
    back["withdraw"] = true.into();
    told(&desk, &json!([back])).await;
    assert_eq!(stage(), (Milestone::Unknown, 2));
    assert_eq!(statements(&desk, "A1").len(), 0, "no facade shows them");
    desk.pass(1_000_000);
    assert_eq!(
        told(&desk, &json!([moving, delivered])).await,
        counts(2, 2, 0)
    );
    assert_eq!(stage(), (Milestone::Delivered, 0));
}

#[tokio::test]
async fn of_one_batch_the_last_telling_of_an_event_wins() {
    let desk = desk();
    let event = |status: &str| json!({"number": "A1", "id": "7", "status": status});
    // By hash alone one of the two orders would be wrong.
    for (at, (first, last)) in [("accepted", "delivered"), ("delivered", "accepted")]
        .iter()
        .enumerate()
    {
        let number = format!("B{at}");
        let of = |status: &str| {
            let mut event = event(status);
            event["number"] = number.clone().into();
            event
        };
        told(&desk, &json!([of(first), of(last)])).await;
        let view = desk.view("default", "native", &number).unwrap();
        assert_eq!(view.state().milestone.name(), *last);
        assert_eq!(view.track.spine.len(), 1);
    }
    let back = json!({"number": "A1", "id": "7", "withdraw": true});
    told(&desk, &json!([event("delivered"), back])).await;
    let view = desk.view("default", "native", "A1").unwrap();
    assert_eq!(view.state().milestone, Milestone::Unknown);
    // Without an id a withdrawal is the last word of its batch.
    let plain = json!({"number": "C1", "status": "lost"});
    let mut back = plain.clone();
    back["withdraw"] = true.into();
    told(&desk, &json!([plain, back])).await;
    let view = desk.view("default", "native", "C1").unwrap();
    assert_eq!(view.state().milestone, Milestone::Unknown);
}

#[tokio::test]
async fn a_withdrawal_needs_to_say_what_it_takes_back() {
    let desk = desk();
    let events = json!([
        {"number": "A1", "withdraw": true},
        {"number": "A1", "id": "7", "withdraw": "yes"},
        {"number": "A1", "id": "7", "withdraw": false},
        {"id": "7", "withdraw": true},
    ]);
    let outcome = told(&desk, &events).await;
    let wrong: Vec<_> = outcome["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rejected| {
            (
                rejected["index"].as_u64().unwrap(),
                rejected["errors"][0]["pointer"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        wrong,
        [
            (0, "/status"),
            (1, "/withdraw"),
            (2, "/status"),
            (3, "/number")
        ]
    );
}
