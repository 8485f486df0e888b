//! The push received (§8): who may tell, what is kept, what is answered.

use super::{
    DELIVERED, PUSH_BARE, PUSH_EXPIRED, PUSH_QUIRKS, PUSHED, Reply, TOKEN, ask, desk, parse, push,
    send, told,
};
use crate::support::{FakeDesk, Trouble};
use http::{Method, StatusCode};
use std::sync::Arc;
use trackway_dialects::Dialect;
use trackway_dialects::keydelivery::{KeyDelivery, PUSH};
use trackway_dialects::registry::{self, Vocabularies};
use trackway_model::intake::Content;
use trackway_model::{Milestone, Oddity};

const OK: &str = r#"{"code":200,"message":"OK"}"#;

fn connected() -> Arc<FakeDesk> {
    let desk = desk();
    desk.connection("default", "keydelivery", TOKEN, &[]);
    desk
}

fn read(body: &str) -> trackway_dialects::dialect::Told {
    let vocabularies = Vocabularies::built_in().unwrap();
    let vocabulary = vocabularies.of("keydelivery");
    KeyDelivery
        .inbound()
        .unwrap()
        .read(vocabulary, body.as_bytes())
        .unwrap()
}

async fn look_up(desk: &Arc<FakeDesk>, carrier: &str, number: &str) -> Reply {
    let asked =
        format!(r#"{{"carrier_id":"{carrier}","tracking_number":"{number}","area_show":1}}"#);
    ask(desk, &asked).await
}

#[tokio::test]
async fn only_the_addresss_token_opens_the_door() {
    for (token, taken) in [
        (TOKEN, true),
        ("another-token", false),
        ("a-token-of-an-addres", false),
        ("A-TOKEN-OF-AN-ADDRESS", false),
    ] {
        let desk = connected();
        let reply = push(&desk, token, PUSHED).await;
        assert_eq!(reply.status, StatusCode::OK, "{token}");
        assert_eq!(reply.text == OK, taken, "{token}: {}", reply.text);
        assert_eq!(desk.taken(), usize::from(taken), "{token}");
        if !taken {
            assert_eq!(reply.code(), 404);
            assert!(desk.quarantined().is_empty());
        }
    }
    // Another system's connection is none of this one's.
    let desk = desk();
    desk.connection("default", "247express", TOKEN, &[]);
    assert_eq!(push(&desk, TOKEN, PUSHED).await.code(), 404);
}

#[tokio::test]
async fn a_push_becomes_a_history_and_is_answered_with_ok() {
    let desk = connected();
    let reply = push(&desk, TOKEN, PUSHED).await;
    assert_eq!((reply.status, reply.text.as_str()), (StatusCode::OK, OK));
    let view = desk.view("default", "native", "ZZ000111222").unwrap();
    assert_eq!(&*view.track.carrier, "gls");
    assert_eq!(view.state().milestone, Milestone::Delivered);
    assert_eq!(view.journey.events.len(), 3);
    assert!(view.statements.iter().all(|told| told.stream == PUSH.id));
    let raw = view.statements[0].raw.clone().unwrap();
    assert!(PUSHED.contains(std::str::from_utf8(&raw).unwrap()));
}

/// The same parcel told by an answer and by a push has each event once.
#[tokio::test]
async fn an_answer_and_a_push_tell_the_same_events() {
    let desk = connected();
    told(&desk, "gls", "ZZ000111222", DELIVERED);
    assert_eq!(push(&desk, TOKEN, PUSHED).await.code(), 200);
    let view = desk.view("default", "native", "ZZ000111222").unwrap();
    assert_eq!(view.journey.events.len(), 3);
    assert_eq!(view.track.spine.len(), 6);
}

/// A lost acknowledgement leads to a repeat.
#[tokio::test]
async fn a_repeat_is_acknowledged_and_counts_once() {
    let desk = connected();
    for again in 0..3 {
        // Event and message may be worded anew.
        let body = PUSHED.replace("status updated", &format!("attempt {again}"));
        assert_eq!(push(&desk, TOKEN, body).await.text, OK);
        desk.pass(1_800_000_000);
    }
    let view = desk.view("default", "native", "ZZ000111222").unwrap();
    assert_eq!(view.track.spine.len(), 3);
    assert_eq!(desk.changes().len(), 1);
}

/// Items are the full history, not a part of it: a longer one brings what is new.
#[tokio::test]
async fn a_longer_history_brings_what_is_new() {
    let desk = connected();
    let delivered = PUSHED.find(r#"{"context":"Parcel delivered""#).unwrap();
    let before = PUSHED.find(r#"{"context":"On the delivery"#).unwrap();
    let first = [&PUSHED[..delivered], &PUSHED[before..]].concat();
    let first = first.replace(r#""order_status_code":3,"#, r#""order_status_code":5,"#);
    assert_eq!(push(&desk, TOKEN, first).await.code(), 200);
    desk.pass(1_000_000);
    assert_eq!(push(&desk, TOKEN, PUSHED).await.code(), 200);
    let changes = desk.changes();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[1].statements.len(), 1);
    assert_eq!(changes[1].after.milestone, Milestone::Delivered);
}

#[tokio::test]
async fn the_vendors_quirks_are_read() {
    let told = read(PUSH_QUIRKS);
    assert_eq!(
        (told.carrier.as_str(), told.number.as_str()),
        ("dhl", "ZZ000333444")
    );
    let Content::Document(answer) = told.content else {
        panic!("its items are its history")
    };
    let told: Vec<(String, Milestone)> = answer.parts[0]
        .statements
        .iter()
        .map(|told| {
            let code = &told.code;
            let sub = code.sub.as_deref().unwrap_or_default();
            (format!("{}/{sub}", code.code), told.milestone)
        })
        .collect();
    let expected = [
        ("/", Milestone::Unknown),
        ("/", Milestone::Unknown),
        ("brand-new/", Milestone::Unknown),
        ("0/", Milestone::InTransit),
        ("8/10", Milestone::CustomsPending),
    ];
    assert_eq!(told, expected.map(|(code, it)| (code.to_owned(), it)));
    assert!(std::str::from_utf8(&answer.body).unwrap() == PUSH_QUIRKS);
}

/// keydelivery.md §8: "must be acknowledged like any other".
#[tokio::test]
async fn an_expired_push_is_acknowledged_and_tells_nothing_of_the_parcel() {
    let desk = connected();
    assert_eq!(push(&desk, TOKEN, PUSH_EXPIRED).await.text, OK);
    let sixty = PUSH_EXPIRED.replace(
        "No tracking information for 3 days",
        "No status update for 60 days",
    );
    assert_eq!(push(&desk, TOKEN, sixty).await.text, OK);
    assert_eq!((desk.taken(), desk.quarantined().len()), (0, 0));
}

/// Neither items nor the status code are required.
#[tokio::test]
async fn a_push_without_items_tells_its_status() {
    let desk = connected();
    assert_eq!(push(&desk, TOKEN, PUSH_BARE).await.text, OK);
    assert_eq!(push(&desk, TOKEN, PUSH_BARE).await.text, OK);
    let view = desk.view("default", "native", "ZZ000111222").unwrap();
    assert_eq!(view.state().milestone, Milestone::Delivered);
    assert_eq!(view.track.spine.len(), 1);
    let raw = view.statements[0].raw.clone().unwrap();
    assert_eq!(
        KeyDelivery.words(PUSH.id, &raw).text.as_deref(),
        Some("status updated")
    );
    let answer = look_up(&desk, "gls", "ZZ000111222").await.json();
    assert_eq!(answer["data"]["order_status_code"], 3);
    assert_eq!(answer["data"]["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_tells_of_no_parcel_is_refused_and_put_aside() {
    for (body, code, oddity, member) in [
        ("no JSON", 103, Oddity::Unreadable, ""),
        ("[]", 103, Oddity::Unreadable, ""),
        (
            r#"{"event":"tracking"}"#,
            105,
            Oddity::Shape,
            "tracking_number",
        ),
        (
            r#"{"tracking_number":"null","carrier_id":"gls"}"#,
            105,
            Oddity::Shape,
            "tracking_number",
        ),
        (
            r#"{"tracking_number":"Z1","carrier_id":7}"#,
            105,
            Oddity::Shape,
            "carrier_id",
        ),
        (
            r#"{"tracking_number":"Z1","carrier_id":"gls","items":{}}"#,
            105,
            Oddity::Shape,
            "items",
        ),
    ] {
        let desk = connected();
        let reply = push(&desk, TOKEN, body).await;
        assert_eq!(
            (reply.status, reply.code()),
            (StatusCode::OK, code),
            "{body}"
        );
        let kept = desk.quarantined();
        assert_eq!((kept.len(), desk.taken()), (1, 0), "{body}");
        assert_eq!(kept[0].body, body.as_bytes());
        assert_eq!(kept[0].strange.oddity, oddity, "{body}");
        assert_eq!(kept[0].strange.member, member, "{body}");
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let desk = connected();
    assert_eq!(push(&desk, TOKEN, deep).await.code(), 106);
}

/// Third-party receivers answer probes so.
#[tokio::test]
async fn a_probe_of_the_address_is_answered_with_ok() {
    let desk = connected();
    let path = format!("/in/{TOKEN}/keydelivery");
    for (method, body) in [(Method::GET, ""), (Method::POST, "")] {
        let reply = send(&desk, method, &path, &[], body).await;
        assert_eq!((reply.status, reply.text.as_str()), (StatusCode::OK, OK));
    }
    let stranger = send(&desk, Method::GET, "/in/nobody/keydelivery", &[], "").await;
    assert_eq!(stranger.code(), 404);
    let other = send(&desk, Method::PUT, &path, &[], PUSHED).await;
    assert_eq!((other.code(), desk.taken()), (101, 0));
}

#[tokio::test]
async fn nothing_is_acknowledged_that_was_not_stored() {
    let desk = connected();
    desk.trouble(Some(Trouble::Failed));
    assert_eq!(push(&desk, TOKEN, PUSHED).await.code(), 500);
    desk.trouble(Some(Trouble::Busy(9)));
    let reply = push(&desk, TOKEN, PUSHED).await;
    assert_eq!(
        (reply.code(), &reply.headers["retry-after"]),
        (500, &"9".parse().unwrap())
    );
    desk.trouble(None);
    assert_eq!(push(&desk, TOKEN, PUSHED).await.text, OK);
}

/// A carrier that only they know is ours under their name.
#[test]
fn an_unknown_carrier_is_kept_under_their_name() {
    let told = read(&PUSHED.replace("\"gls\"", "\"Acme\""));
    assert_eq!(told.carrier, "x-keydelivery:acme");
}

#[test]
fn what_is_pushed_came_unasked() {
    assert!(registry::is_pushed(PUSH.id));
    assert!(!registry::is_pushed(
        trackway_dialects::keydelivery::ITEMS.id
    ));
    assert!(registry::is_pushed(
        trackway_dialects::express247::WEBHOOK.id
    ));
}

/// What is kept of a push is known again by the same identity as when it came.
#[test]
fn kept_statements_are_known_again() {
    let identities = |body: &str| match read(body).content {
        Content::Document(answer) => answer.parts[0].statements.clone(),
        Content::News(told) => told,
        Content::Opening(_) => Vec::new(),
    };
    for body in [PUSHED, PUSH_QUIRKS, PUSH_BARE] {
        let told = identities(body);
        assert!(!told.is_empty());
        for statement in told {
            let again = KeyDelivery.identity(PUSH.id, &statement.raw);
            assert_eq!(again, statement.identity, "{body}");
        }
    }
    let asked = parse("ZZ000111222", 200, DELIVERED.as_bytes()).unwrap();
    let asked = &asked.answer.parts[0].statements;
    let pushed = identities(PUSHED);
    assert!(
        asked
            .iter()
            .zip(&pushed)
            .all(|(one, other)| one.identity == other.identity)
    );
}
