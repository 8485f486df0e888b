//! N&H as an upstream: its calls made by us, what their answers become, and its webhooks taken in.

use super::{Reply, SHOP, TOKEN, fixture, upstream};
use crate::support::FakeDesk;
use axum::body::Body;
use http::{Request, StatusCode};
use std::fmt::Write as _;
use std::sync::Arc;
use trackway_dialects::desk::Settings;
use trackway_dialects::dialect::{Answer, Call, CallError, Parcel, Parsed, Upstream};
use trackway_dialects::nandh::{CARRIER, DETAILS, NAME, Nandh, WEBHOOK, hook};
use trackway_dialects::{Dialect, registry};
use trackway_model::{ConnectionId, Milestone, Occurred, Statement};

const SHIPMENT: &str = "NHSVC900000027";
const ORDER: &str = "NHOV900000017";
const SECRET: &str = "a-secret-of-the-webhooks";
/// 2025-05-06T10:00:02Z, when the fixture's webhook was sent.
const SENT: i64 = 1_746_525_602;

fn parse_as(carrier: &str, number: &str, status: u16, body: &str) -> Result<Parsed, CallError> {
    let tables = registry::built_in();
    let parcel = Parcel {
        carrier,
        number,
        ..Parcel::default()
    };
    let answer = Answer {
        status,
        retry_after_s: None,
        body: body.as_bytes(),
    };
    Nandh.parse(tables.of(NAME), &parcel, &answer)
}

fn parse(number: &str, body: &str) -> Parsed {
    parse_as(CARRIER, number, 200, body).unwrap()
}

fn told(statements: &[Statement]) -> Vec<(String, &'static str, i64)> {
    let of = |it: &Statement| {
        let at = it.occurred.map_or(0, Occurred::assumed) / 1_000_000;
        (it.code.code.clone(), it.milestone.name(), at)
    };
    statements.iter().map(of).collect()
}

#[test]
fn a_number_is_asked_about_where_its_form_says() {
    let settings = Settings::from([("key".to_owned(), "RAW+KEY/==".to_owned())]);
    let upstream = Upstream {
        connection: ConnectionId(1),
        base_url: "https://stg.example.invalid/",
        settings: &settings,
    };
    let asked = |carrier, number| {
        let parcel = Parcel {
            carrier,
            number,
            ..Parcel::default()
        };
        Nandh.request(&upstream, &parcel).unwrap()
    };
    let root = "https://stg.example.invalid/api/v1/public";
    for (carrier, number, url) in [
        (CARRIER, SHIPMENT, "/shipments/detail/NHSVC900000027"),
        (CARRIER, "nhov900000017", "/orders/detail/nhov900000017"),
        (
            CARRIER,
            "NHRV900000041",
            "/return-orders/detail/NHRV900000041",
        ),
        (
            "247express",
            "VD 42/a",
            "/shipments/list?page=1&page_size=100&courier_tracking_code=VD%2042%2Fa",
        ),
        (
            "247express",
            "NHOV900000017",
            "/shipments/list?page=1&page_size=100&courier_tracking_code=NHOV900000017",
        ),
    ] {
        let sent = asked(carrier, number);
        assert_eq!(sent.url, format!("{root}{url}"));
        assert_eq!(sent.method, http::Method::GET);
        let key = &sent.headers[0];
        assert_eq!(
            (key.0.as_str(), key.1.to_str().unwrap()),
            ("authorization", "RAW+KEY/==")
        );
        assert!(key.1.is_sensitive() && !sent.redacted_url.contains("RAW"));
    }
    let unset = Upstream {
        settings: &Settings::new(),
        ..upstream
    };
    let parcel = Parcel {
        carrier: CARRIER,
        number: SHIPMENT,
        ..Parcel::default()
    };
    let refused = Nandh.request(&unset, &parcel).unwrap_err();
    assert_eq!(refused, CallError::Unset("key"));
}

#[test]
fn a_detail_tells_its_status_and_what_has_a_time_of_its_own() {
    let parsed = parse(SHIPMENT, fixture!("upstream-shipment.json"));
    assert_eq!(parsed.warnings, [""; 0]);
    assert_eq!(parsed.answer.stream, DETAILS.id);
    let statements = &parsed.answer.parts[0].statements;
    assert_eq!(
        told(statements),
        [("220".to_owned(), "ready_to_ship", 1_746_522_002)]
    );
    let delivered = fixture!("upstream-shipment.json")
        .replace(
            "\"status\":220,\"status_update_time\":1746522002",
            "\"status\":500,\"status_update_time\":1746608402.0",
        )
        .replace(
            "\"shipped_time\":0,\"delivered_time\":0",
            "\"shipped_time\":1746525600,\"delivered_time\":1746608400",
        );
    let parsed = parse(SHIPMENT, &delivered);
    assert_eq!(
        told(&parsed.answer.parts[0].statements),
        [
            ("300".to_owned(), "picked_up", 1_746_525_600),
            ("500".to_owned(), "delivered", 1_746_608_402),
        ]
    );
    let words = Nandh.words(DETAILS.id, &parsed.answer.parts[0].statements[0].raw);
    assert_eq!(words.name.as_deref(), Some("Shipped"));
}

#[test]
fn orders_and_returns_are_read_in_their_own_codes() {
    let parsed = parse(ORDER, fixture!("upstream-order.json"));
    let statements = &parsed.answer.parts[0].statements;
    assert_eq!(
        told(statements),
        [("460".to_owned(), "ready_to_ship", 1_746_522_002)]
    );
    let back = r#"{"status_code":200,"data":{"return_tracking_code":"NHRV900000041","status":460,"status_update_time":1746700000,"received_time":1746690000},"error":false,"error_code":null,"log_id":null,"messages":"","total":1}"#;
    let parsed = parse("NHRV900000041", back);
    assert_eq!(
        told(&parsed.answer.parts[0].statements),
        [
            ("450".to_owned(), "returned", 1_746_690_000),
            ("460".to_owned(), "returned", 1_746_700_000),
        ]
    );
}

#[test]
fn a_couriers_parcel_is_the_newest_row_with_its_number() {
    let row = |id: u32, code: &str, status: u16| {
        format!(
            r#"{{"id":{id},"tracking_code":"NHSVC{id}","status":{status},"status_update_time":1746522002,"courier_tracking_code":{code},"created_time":{id}}}"#
        )
    };
    let list = |rows: &[String]| {
        format!(
            r#"{{"status_code":200,"data":[{}],"error":false,"error_code":null,"log_id":null,"messages":"","total":9}}"#,
            rows.join(",")
        )
    };
    let rows = [
        row(7, "\"vd00000042\"", 310),
        row(9, "\"VD00000042\"", 350),
        row(11, "null", 500),
        row(12, "\"VD00000043\"", 700),
    ];
    let parsed = parse_as("247express", "VD00000042", 200, &list(&rows)).unwrap();
    assert_eq!(parsed.answer.body, rows[1].as_bytes());
    assert_eq!(
        told(&parsed.answer.parts[0].statements)[0].1,
        "out_for_delivery"
    );
    let nothing = parse_as("247express", "VD00000099", 200, &list(&rows)).unwrap_err();
    assert!(matches!(nothing, CallError::Nothing { .. }), "{nothing:?}");
}

#[test]
fn every_error_is_what_it_says() {
    let error = |status: u16, code: &str| {
        format!(
            r#"{{"status_code":{status},"data":null,"error":true,"error_code":"{code}","log_id":null,"messages":"Said so","total":0}}"#
        )
    };
    let kind = |http: u16, body: &str| match parse_as(CARRIER, SHIPMENT, http, body).unwrap_err() {
        CallError::Nothing { .. } => "nothing",
        CallError::Refused { .. } => "refused",
        CallError::Quota { .. } => "quota",
        CallError::Fault { .. } => "fault",
        CallError::Shape { .. } => "shape",
        CallError::Unset(_) => "unset",
    };
    for (http, status, code, means) in [
        (404, 404, "NOT_FOUND", "nothing"),
        (200, 404, "NOT_FOUND", "nothing"),
        (401, 401, "UNAUTHORIZED", "refused"),
        (400, 400, "INVALID_PAYLOAD", "refused"),
        (408, 408, "REQUEST_TIMEOUT", "fault"),
        (429, 429, "TOO_MANY_REQUESTS", "quota"),
        (500, 500, "INTERNAL_SERVER_ERROR", "fault"),
        (503, 200, "STRANGE", "fault"),
    ] {
        assert_eq!(kind(http, &error(status, code)), means, "{http} {status}");
    }
    for (http, body, means) in [
        (502, "<html>Bad gateway</html>", "fault"),
        (200, "<html>Welcome</html>", "shape"),
        (200, r#"{"data":[]}"#, "shape"),
        (
            200,
            r#"{"status_code":200,"data":{},"error":false}"#,
            "shape",
        ),
        (
            200,
            r#"{"status_code":200,"data":null,"error":true}"#,
            "fault",
        ),
    ] {
        assert_eq!(kind(http, body), means, "{body}");
    }
}

/// nandh-oms.md §8, H6: a row has no time of its status.
#[test]
fn a_row_without_the_time_of_its_status_is_known_by_its_code() {
    let read = |updated: u32| {
        let row = format!(
            r#"{{"status_code":200,"data":[{{"tracking_code":"NHSVC1","status":310,"courier_tracking_code":"VD00000042","created_time":1,"updated_time":{updated}}}],"error":false,"error_code":null,"log_id":null,"messages":"","total":1}}"#
        );
        let parsed = parse_as("247express", "VD00000042", 200, &row).unwrap();
        assert_eq!(parsed.warnings, [""; 0]);
        parsed.answer.parts[0].statements[0].clone()
    };
    let (first, later) = (read(1_746_522_002), read(1_746_525_602));
    assert_eq!(told(std::slice::from_ref(&first))[0].2, 1_746_522_002);
    assert_eq!(first.identity, later.identity);
    assert_eq!(Nandh.identity(DETAILS.id, &later.raw), later.identity);
}

async fn knock(desk: &Arc<FakeDesk>, token: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut request = Request::post(format!("/in/{token}/nandh"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let router = hook::receive::router().with_state(desk.clone());
    Reply::of(router, request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_webhook_becomes_a_statement_of_its_shipment() {
    let (desk, _) = upstream(&[]);
    let reply = knock(&desk, TOKEN, &[], fixture!("webhook-shipment.json")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let view = desk.view(SHOP, NAME, SHIPMENT).unwrap();
    assert_eq!(&*view.track.carrier, CARRIER);
    assert_eq!(view.state().milestone, Milestone::PickedUp);
    let statement = &view.statements[0];
    assert_eq!(statement.stream, WEBHOOK.id);
    let raw = String::from_utf8(statement.raw.clone().unwrap()).unwrap();
    assert_eq!(raw.trim(), fixture!("webhook-shipment.json").trim());
    assert_eq!(
        Nandh.words(WEBHOOK.id, raw.as_bytes()).text.as_deref(),
        Some("Shipped")
    );
}

#[tokio::test]
async fn where_the_courier_is_named_its_parcel_is_told_of() {
    let (desk, _) = upstream(&[("courier", "247express")]);
    knock(&desk, TOKEN, &[], fixture!("webhook-shipment.json")).await;
    assert!(desk.view(SHOP, NAME, SHIPMENT).is_none());
    let view = desk.view(SHOP, NAME, "VD00000042").unwrap();
    assert_eq!(&*view.track.carrier, "247express");
    // A shipment without a courier's number stays under its own.
    let early = fixture!("webhook-shipment.json").replace("\"VD00000042\"", "\"\"");
    knock(&desk, TOKEN, &[], &early).await;
    assert!(desk.view(SHOP, NAME, SHIPMENT).is_some());
}

#[tokio::test]
async fn repeats_tell_nothing_and_older_tellings_change_no_status() {
    let (desk, _) = upstream(&[]);
    let webhook = fixture!("webhook-shipment.json");
    let old = webhook.replace(
        "\"status\":300,\"status_update_time\":1746525602",
        "\"status\":220,\"status_update_time\":1746522002",
    );
    let lower = webhook.replace(
        "HOOK_EVENT_SHIPMENT_UPDATE_STATUS",
        "hook_event_shipment_update_status",
    );
    for body in [webhook, webhook, lower.as_str(), old.as_str(), old.as_str()] {
        let reply = knock(&desk, TOKEN, &[], body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        desk.pass(1_000_000);
        let view = desk.view(SHOP, NAME, SHIPMENT).unwrap();
        assert_eq!(view.state().milestone, Milestone::PickedUp);
    }
    let view = desk.whole(SHOP, NAME, SHIPMENT);
    assert_eq!(view.statements.len(), 2);
}

#[tokio::test]
async fn a_known_senders_strange_bytes_are_put_aside() {
    let (desk, _) = upstream(&[]);
    let nameless = fixture!("webhook-shipment.json").replace(SHIPMENT, " ");
    for (body, status) in [
        ("{", 400),
        ("[]", 400),
        (r#"{"event_code":"HOOK_EVENT_MOON_LANDED","id":1}"#, 400),
        (r#"{"id":1,"tracking_code":"NHSVC1"}"#, 400),
        (nameless.as_str(), 400),
    ] {
        let before = desk.quarantined().len();
        let reply = knock(&desk, TOKEN, &[], body).await;
        assert_eq!(reply.status.as_u16(), status, "{body}");
        assert_eq!(desk.quarantined().len(), before + 1, "{body}");
    }
    assert_eq!(desk.taken(), 0);
    // Nobody's address keeps nothing.
    for token in ["unknown", "%FF"] {
        let reply = knock(&desk, token, &[], "{").await;
        assert_eq!((reply.status.as_u16(), desk.quarantined().len()), (404, 5));
        assert!(
            reply.body.contains(r#""error_code":"NOT_FOUND""#),
            "{token}"
        );
    }
}

#[tokio::test]
async fn what_the_connection_asks_for_must_hold() {
    let settings = [("webhook_token", "OUR-TOKEN"), ("webhook_secret", SECRET)];
    let body = fixture!("webhook-shipment.json");
    let at = SENT.to_string();
    let sign = |secret, at: &str, body: &str| super::hmac(secret, &format!("{at}.{body}"));
    let right = sign(SECRET, &at, body);
    let stale = (SENT - 301).to_string();
    let stale_signature = sign(SECRET, &stale, body);
    let other = sign("another", &at, body);
    let capitals = right.to_uppercase();
    for (token, timestamp, signature, taken) in [
        ("OUR-TOKEN", &at, &right, true),
        ("OUR-TOKEN", &at, &capitals, true),
        ("Bearer OUR-TOKEN", &at, &right, false),
        ("", &at, &right, false),
        ("OUR-TOKEN", &at, &other, false),
        ("OUR-TOKEN", &stale, &right, false),
        ("OUR-TOKEN", &stale, &stale_signature, false),
    ] {
        let (desk, _) = upstream(&settings);
        desk.set_now(SENT * 1_000_000);
        let headers = [
            ("authorization", token),
            ("x-hook-timestamp", timestamp.as_str()),
            ("x-hook-signature", signature.as_str()),
        ];
        let reply = knock(&desk, TOKEN, &headers, body).await;
        assert_eq!(
            reply.status.as_u16(),
            if taken { 200 } else { 401 },
            "{headers:?}"
        );
        assert_eq!(desk.taken(), usize::from(taken), "{headers:?}");
    }
    let (desk, _) = upstream(&settings);
    let unsigned = knock(&desk, TOKEN, &[("authorization", "OUR-TOKEN")], body).await;
    assert_eq!(
        (unsigned.status.as_u16(), desk.quarantined().len()),
        (401, 0)
    );
}

#[test]
fn a_kept_statement_keeps_its_identity() {
    let mut seen = String::new();
    let answers = [
        parse(SHIPMENT, fixture!("upstream-shipment.json")),
        parse(ORDER, fixture!("upstream-order.json")),
    ];
    for statement in answers.iter().flat_map(|it| &it.answer.parts[0].statements) {
        let identity = Nandh.identity(DETAILS.id, &statement.raw);
        assert_eq!(identity, statement.identity);
        let _ = writeln!(
            seen,
            "{}",
            String::from_utf8_lossy(&identity).replace('\u{1f}', "~")
        );
    }
    assert_eq!(seen, "220~1746522002\n460~1746522002\n");
}
