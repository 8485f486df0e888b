//! `POST /v1/events`: what is kept, what is answered, and every way to fail.

use super::{KEY, desk, post, send};
use crate::support::{FakeDesk, Trouble};
use http::{Method, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;
use trackway_dialects::Dialect;
use trackway_dialects::native::{self, Native};
use trackway_model::view::StatementView;
use trackway_model::{Certainty, Direction, Milestone, OffsetSource, Pieces, Reason, StreamId};

pub(super) fn statements(desk: &FakeDesk, number: &str) -> Vec<StatementView> {
    desk.view("default", "native", number).unwrap().statements
}

pub(super) async fn told(desk: &Arc<FakeDesk>, events: &Value) -> Value {
    let reply = post(desk, &[], events.to_string()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    reply.json()
}

pub(super) fn counts(accepted: usize, corrected: usize, repeated: usize) -> Value {
    json!({"accepted": accepted, "corrected": corrected, "repeated": repeated, "withdrawn": 0, "rejected": []})
}

#[tokio::test]
async fn every_member_is_kept() {
    let desk = desk();
    let event = r#"{ "carrier":"247Express","number":"VD0000001","id":"e-1","status":"attempt_failed","code":"DLV-9",
      "reason":"not_at_home","occurred_at":"2024-05-08 10:00:00","zone":"Asia/Ho_Chi_Minh","direction":"return",
      "certainty":"actual","place":"Qu\u1eadn 1","text":"Khách vắng","language":"vi-VN","pieces":{"count":1,"total":3},
      "weight":1.50,"more":{"a":[1e2]} }"#;
    let reply = post(
        &desk,
        &[],
        format!("{{\"source\":\"x\",\"events\":[ {event} ]}}"),
    )
    .await;
    assert_eq!(reply.json(), counts(1, 0, 0));
    let view = desk.view("default", "native", "VD0000001").unwrap();
    assert_eq!(&*view.track.carrier, "247express");
    let [told] = &view.statements[..] else {
        panic!()
    };
    assert_eq!(
        told.raw.as_deref(),
        Some(event.as_bytes()),
        "the event's bytes exactly"
    );
    assert_eq!(told.stream, StreamId(1));
    assert_eq!(
        (told.code.code.as_str(), told.code.sub.as_deref()),
        ("attempt_failed", Some("DLV-9"))
    );
    assert_eq!(told.spine.milestone, Milestone::AttemptFailed);
    assert_eq!(told.spine.reason, Reason::NotAtHome);
    assert_eq!(told.spine.direction, Direction::Return);
    assert_eq!(told.spine.certainty, Certainty::Actual);
    assert_eq!(told.spine.pieces, Pieces { count: 1, total: 3 });
    let occurred = told.spine.occurred.unwrap();
    assert_eq!(
        (occurred.offset, occurred.offset_source),
        (420, OffsetSource::Source)
    );
    assert_eq!(told.time_text, "2024-05-08 10:00:00");
    let words = Native.words(told.stream, told.raw.as_deref().unwrap());
    assert_eq!(words.text.as_deref(), Some("Khách vắng"));
    assert_eq!(
        (words.name.as_deref(), words.place.as_deref()),
        (Some("DLV-9"), Some("Quận 1"))
    );
    assert_eq!(words.language, Some("vi"));
}

#[tokio::test]
async fn an_event_can_speak_of_one_unit() {
    let desk = desk();
    let of = |unit: &str, status: &str, hour: u8| json!({"number": "BL-1", "status": status, "unit": unit, "occurred_at": format!("2024-05-06T{hour:02}:00:00Z")});
    let both = json!([
        of("csqu 305438 3", "delivered", 10),
        of("MWCU6059784", "delivered", 11),
        of("MWCU6059784", "arrived", 11)
    ]);
    assert_eq!(
        told(&desk, &json!([both[0], both[2]])).await,
        counts(2, 0, 0)
    );
    let view = desk.view("default", "native", "BL-1").unwrap();
    assert_eq!(
        view.state().milestone,
        Milestone::Arrived,
        "one of two is delivered"
    );
    assert_eq!(view.statements[0].unit.as_deref(), Some("CSQU3054383"));
    assert_eq!(told(&desk, &json!([both[1]])).await, counts(1, 0, 0));
    let view = desk.view("default", "native", "BL-1").unwrap();
    assert_eq!(view.state().milestone, Milestone::Delivered);
    // The same of another unit is another event; of the same one, however it is written, a repeat.
    assert_eq!(
        told(&desk, &json!([of("DEMU1234567", "arrived", 11)])).await,
        counts(1, 0, 0)
    );
    desk.pass(1_000_000);
    assert_eq!(
        told(&desk, &json!([of("CSQU3054383", "delivered", 10)])).await,
        counts(1, 1, 0)
    );
    for unit in [json!(7), json!("x".repeat(36)), json!("a\u{1}b")] {
        let event = json!([{"number": "BL-1", "status": "arrived", "unit": unit}]);
        assert_eq!(
            told(&desk, &event).await["rejected"][0]["errors"][0]["pointer"],
            "/unit"
        );
    }
}

#[tokio::test]
async fn little_is_required() {
    let desk = desk();
    let events = json!([{"number": "A1", "status": "delivered"}, {"number": "A2", "code": "WEIRD"}, {"number": "A3", "code": "lost", "occurred_at": null}]);
    assert_eq!(told(&desk, &events).await, counts(3, 0, 0));
    let view = desk.view("default", "native", "a1").unwrap();
    assert_eq!(
        (&*view.track.carrier, view.state().milestone),
        ("own", Milestone::Delivered)
    );
    let free = &statements(&desk, "A2")[0];
    assert_eq!(
        (free.code.code.as_str(), free.spine.milestone),
        ("WEIRD", Milestone::Unknown)
    );
    assert_eq!(statements(&desk, "A3")[0].spine.milestone, Milestone::Lost);
}

#[tokio::test]
async fn a_repeat_is_known_and_an_id_can_be_corrected() {
    let desk = desk();
    let plain = json!([{"number": "A1", "status": "in_transit", "occurred_at": "2024-05-06T10:00:00Z", "place": "Huế"}]);
    assert_eq!(told(&desk, &plain).await, counts(1, 0, 0));
    assert_eq!(told(&desk, &plain).await, counts(0, 0, 1));
    let with_id = |text: &str| json!([{"number": "A1", "id": "7", "status": "delivered", "occurred_at": "2024-05-07T10:00:00Z", "text": text}]);
    assert_eq!(told(&desk, &with_id("at teh door")).await, counts(1, 0, 0));
    desk.pass(1_000_000);
    assert_eq!(told(&desk, &with_id("at the door")).await, counts(1, 1, 0));
    assert_eq!(told(&desk, &with_id("at the door")).await, counts(0, 0, 1));
    assert_eq!(statements(&desk, "A1").len(), 2);
    // Events of one parcel that follow each other make one change.
    let before = desk.changes().len();
    told(&desk, &json!([{"number": "A2", "status": "accepted"}, {"number": "A2", "status": "in_transit"}, {"number": "A1", "status": "returning"}])).await;
    assert_eq!(desk.changes().len() - before, 2);
}

#[tokio::test]
async fn a_bad_event_harms_no_other() {
    let desk = desk();
    let body = r#"[{"number":"A1","status":"delivered"},
        {"number":"","status":"arrived_somewhere","occurred_at":"2024-02-30","direction":"up","certainty":"sure","reason":"bored"},
        {"number":5,"text":["x"],"pieces":{"count":-1}},
        17,
        {"number":"A1"},
        {"number":"A1","status":"delivered","number":"A2"},
        {"number":"A1","status":"delivered","occurred_at":"2024-05-06 10:00","zone":"Mars/Olympus"},
        {"number":"A1","status":"delivered","pieces":{"count":3,"total":2}},
        {"number":"A1","status":"delivered","carrier":"a/b"},
        {"number":"A2","status":"picked_up"}]"#;
    let reply = post(&desk, &[], body).await;
    assert_eq!(reply.status, StatusCode::OK);
    let answer = reply.json();
    assert_eq!(
        (&answer["accepted"], &answer["repeated"]),
        (&json!(2), &json!(0))
    );
    insta::assert_json_snapshot!(answer["rejected"]);
    assert_eq!(desk.taken(), 2);
}

#[tokio::test]
async fn absurd_values_are_refused_by_member() {
    let desk = desk();
    let long = "x".repeat(5_000);
    let events = json!([
        {"number": long, "status": "delivered"},
        {"number": "A", "status": "delivered", "text": long},
        {"number": "A", "status": "delivered", "occurred_at": "9999-12-31T00:00:00Z"},
        {"number": "A", "status": "delivered", "occurred_at": "0001-01-01T00:00:00Z"},
        {"number": "A", "code": "  "},
        {"number": "A\u{0}", "code": "x"},
        {"number": "A", "status": "delivered", "pieces": {"count": 70_000}},
    ]);
    let answer = told(&desk, &events).await;
    let pointers: Vec<_> = answer["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["errors"][0]["pointer"].clone())
        .collect();
    assert_eq!(
        pointers,
        [
            "/number",
            "/text",
            "/occurred_at",
            "/occurred_at",
            "/status",
            "/number",
            "/pieces"
        ]
    );
    assert_eq!(answer["accepted"], 0);
}

#[tokio::test]
async fn zones_are_names_or_offsets_and_a_written_offset_stays() {
    let desk = desk();
    let offset = async |number: &str, occurred_at: &str, zone: &str| {
        told(&desk, &json!([{"number": number, "status": "delivered", "occurred_at": occurred_at, "zone": zone}])).await;
        statements(&desk, number)[0].spine.occurred.unwrap().offset
    };
    assert_eq!(offset("A", "2024-07-15 12:00", "Europe/Berlin").await, 120);
    assert_eq!(offset("B", "2024-01-15 12:00", "Europe/Berlin").await, 60);
    assert_eq!(offset("C", "2024-01-15 12:00", "-03:30").await, -210);
    assert_eq!(
        offset("D", "2024-01-15T12:00:00+07:00", "Europe/Berlin").await,
        420
    );
}

fn is_problem(reply: &super::Reply, status: StatusCode) -> Value {
    assert_eq!(reply.status, status, "{}", reply.text);
    assert_eq!(reply.headers["content-type"], "application/problem+json");
    let problem = reply.json();
    assert_eq!(problem["status"], status.as_u16());
    assert_eq!(
        (&problem["type"], problem["title"].as_str()),
        (&json!("about:blank"), status.canonical_reason())
    );
    problem
}

#[tokio::test]
async fn whole_requests_fail_in_order() {
    let desk = desk();
    let json_type = ("content-type", "application/json");
    let key = ("authorization", "Bearer tw_example_key");
    let get = send(&desk, Method::GET, "/v1/events", &[], "").await;
    is_problem(&get, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(get.headers["allow"], "POST");
    is_problem(
        &send(&desk, Method::POST, "/v1/nothing", &[], "").await,
        StatusCode::NOT_FOUND,
    );
    for sent in [
        None,
        Some("tw_example_key"),
        Some("Basic dHc6dHc="),
        Some("Bearer nobody"),
        Some("Bearer "),
    ] {
        let headers: Vec<_> = sent
            .map(|value| ("authorization", value))
            .into_iter()
            .collect();
        let reply = send(&desk, Method::POST, "/v1/events", &headers, "no JSON").await;
        is_problem(&reply, StatusCode::UNAUTHORIZED);
        assert_eq!(reply.headers["www-authenticate"], "Bearer");
    }
    is_problem(
        &send(&desk, Method::POST, "/v1/events", &[key], "[]").await,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
    );
    let text = [key, ("content-type", "text/plain")];
    is_problem(
        &send(&desk, Method::POST, "/v1/events", &text, "[]").await,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
    );
    let large = send(
        &desk,
        Method::POST,
        "/v1/events",
        &[key, json_type],
        vec![b' '; 16 * 1024 * 1024 + 1],
    )
    .await;
    is_problem(&large, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(desk.taken(), 0);
}

#[tokio::test]
async fn a_key_of_other_scopes_may_not_tell() {
    let desk = FakeDesk::new();
    let key = desk.key("native", "default", KEY).key;
    for (scopes, status) in [
        (&["read"][..], StatusCode::FORBIDDEN),
        (&["test", "read"], StatusCode::FORBIDDEN),
        (&["read", "events"], StatusCode::OK),
        (&["test"], StatusCode::OK),
        (&[], StatusCode::OK),
    ] {
        desk.scope(key, scopes);
        let reply = post(&desk, &[], "[]").await;
        assert_eq!(reply.status, status, "{scopes:?}");
        if status != StatusCode::OK {
            is_problem(&reply, status);
        }
    }
}

#[tokio::test]
async fn broken_json_says_where() {
    let desk = desk();
    let good = r#"{"number":"A1","status":"delivered"}"#;
    let problem = is_problem(
        &post(&desk, &[], format!("[{good},\n {{\"number\":tru}}]")).await,
        StatusCode::BAD_REQUEST,
    );
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("line 2, column 15"),
        "{problem}"
    );
    let no_text = post(&desk, &[], b"[{\"number\":\"\xff\"}]".to_vec()).await;
    assert!(
        is_problem(&no_text, StatusCode::BAD_REQUEST)["detail"]
            .as_str()
            .unwrap()
            .contains("byte 12")
    );
    for body in ["{}", "7", r#"{"events":{}}"#] {
        let problem = is_problem(
            &post(&desk, &[], body).await,
            StatusCode::UNPROCESSABLE_ENTITY,
        );
        assert_eq!(problem["errors"][0]["pointer"], "/events");
    }
    let many = format!("[{}]", vec![good; 10_001].join(","));
    is_problem(
        &post(&desk, &[], many).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    );
    assert_eq!(desk.taken(), 0, "nothing of a broken body is kept");
    assert_eq!(
        post(&desk, &[], format!("[{}]", vec![good; 10_000].join(",")))
            .await
            .status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_failing_desk_says_when_to_come_again() {
    let desk = desk();
    desk.trouble(Some(Trouble::Busy(9)));
    let reply = post(&desk, &[], "[]").await;
    is_problem(&reply, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.headers["retry-after"], "9");
    desk.trouble(Some(Trouble::Failed));
    let problem = is_problem(
        &post(&desk, &[], "[]").await,
        StatusCode::INTERNAL_SERVER_ERROR,
    );
    assert!(!problem.to_string().contains("store"), "no inner workings");
}

#[tokio::test]
async fn an_idempotency_key_replays_or_refuses() {
    let desk = desk();
    let body = r#"[{"number":"A1","status":"delivered"},{"number":""}]"#;
    let first = post(&desk, &[("idempotency-key", "\"k-1\"")], body).await;
    assert_eq!(first.json()["accepted"], 1);
    let again = post(&desk, &[("idempotency-key", "k-1")], body).await;
    assert_eq!((again.status, again.text), (first.status, first.text));
    assert_eq!(desk.taken(), 1, "answered from memory");
    let other = post(&desk, &[("idempotency-key", "k-1")], "[]").await;
    is_problem(&other, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = post(&desk, &[("idempotency-key", "k-2")], "[").await;
    let replayed = post(&desk, &[("idempotency-key", "k-2")], "[").await;
    is_problem(&replayed, StatusCode::BAD_REQUEST);
    assert_eq!(wrong.text, replayed.text);
    for key in ["", "\"\"", &"k".repeat(256)] {
        is_problem(
            &post(&desk, &[("idempotency-key", key)], body).await,
            StatusCode::BAD_REQUEST,
        );
    }
}

#[test]
fn the_document_describes_the_call() {
    insta::assert_json_snapshot!(native::openapi());
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(work)
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let status = run(async { post(&desk(), &[], body.clone()).await.status });
        prop_assert!(matches!(status.as_u16(), 200 | 400 | 422));
        let _ = Native.words(StreamId(1), &body);
    }

    /// Every event of a batch is accepted, repeated or rejected; none is lost.
    #[test]
    fn every_event_is_accounted_for(events in proptest::collection::vec(event(), 0..40)) {
        let answer = run(async { post(&desk(), &[], format!("[{}]", events.join(","))).await });
        prop_assert_eq!(answer.status, StatusCode::OK);
        let answer = answer.json();
        let count = |name: &str| answer[name].as_u64().unwrap() as usize;
        prop_assert_eq!(count("accepted") + count("repeated") + answer["rejected"].as_array().unwrap().len(), events.len());
    }
}

/// Events right and wrong, with few numbers, so that some repeat.
fn event() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("null"),
        Just("1"),
        Just("\"A1\""),
        Just("\"delivered\""),
        Just("\"2024-05-06T10:00:00Z\""),
        Just("[]"),
        Just("{\"count\":1}"),
        Just("\"\\u0000\"")
    ];
    let name = prop_oneof![
        Just("number"),
        Just("status"),
        Just("code"),
        Just("occurred_at"),
        Just("pieces"),
        Just("id"),
        Just("extra")
    ];
    let odd = proptest::collection::vec((name, value), 0..6).prop_map(|members| {
        let members: Vec<_> = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", members.join(","))
    });
    let right = (0..5_u8, 0..3_u8).prop_map(|(number, minute)| {
        format!(r#"{{"number":"N{number}","status":"in_transit","occurred_at":"2024-05-06T10:0{minute}:00Z"}}"#)
    });
    prop_oneof![odd, right]
}

#[test]
fn the_key_is_in_no_answer() {
    let reply = run(async { post(&desk(), &[], "[").await });
    assert!(!reply.text.contains(KEY));
}
