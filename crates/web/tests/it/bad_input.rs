//! Bad input on every route: the system's own error or a kept raw value; never a panic, never a lost
//! statement, never a failed batch for one bad item.

use crate::harness::json_of;
use crate::installation::{Installation, Shop};
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Write;
use trackway_hub::quarantine::Listing;

/// Bodies that are no JSON of any use, with what they are.
fn broken() -> Vec<(&'static str, Vec<u8>)> {
    let deep = |open: &str, close: &str, depth: usize| {
        [open.repeat(depth), "1".to_owned(), close.repeat(depth)]
            .concat()
            .into_bytes()
    };
    vec![
        ("nothing", Vec::new()),
        ("white space", b" \n\t ".to_vec()),
        ("half an object", b"{\"OrderCode\":\"VD0000009\"".to_vec()),
        (
            "a trailing comma",
            b"{\"OrderCode\":\"VD0000009\",}".to_vec(),
        ),
        ("two values", b"{} {}".to_vec()),
        ("a bare word", b"undefined".to_vec()),
        ("null", b"null".to_vec()),
        ("a number", b"1e999999".to_vec()),
        ("a list", b"[[],[]]".to_vec()),
        ("bad UTF-8", b"{\"OrderCode\":\"VD\xff\xfe0009\"}".to_vec()),
        ("an overlong NUL", b"{\"OrderCode\":\"\xc0\x80\"}".to_vec()),
        (
            "a control character",
            b"{\"OrderCode\":\"VD\x000009\"}".to_vec(),
        ),
        (
            "lone surrogates",
            br#"{"OrderCode":"\ud800\udc","Status":"\udfff"}"#.to_vec(),
        ),
        ("a thousand levels of lists", deep("[", "]", 1_000)),
        (
            "a hundred thousand levels of objects",
            deep("{\"a\":", "}", 100_000),
        ),
        ("levels that never close", "[".repeat(200_000).into_bytes()),
        (
            "half a megabyte of one string",
            [b"\"".to_vec(), vec![b'a'; 500_000]].concat(),
        ),
        (
            "UTF-16",
            "{\"OrderCode\":\"VD\"}"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
        ),
    ]
}

/// Every route that takes a body, with where its answer tells that it is an error.
fn routes(own: &Installation, shop: &Shop) -> Vec<(RequestBuilder, &'static str)> {
    let bearer = format!("Bearer {}", shop.native.key);
    let json = |path: &str| {
        own.served
            .post(path)
            .header(CONTENT_TYPE, "application/json")
    };
    vec![
        (json("/api/Client/ClientLogin"), "/IsError"),
        (json("/api/Customer/GetStatusLogs"), "/IsError"),
        (json("/IntergrationAPI"), "/IsError"),
        (json(&shop.webhook_path()), "/IsError"),
        (
            json("/api/v1/tracking/realtime")
                .header("API-Key", "x")
                .header("signature", "y"),
            "/code",
        ),
        (json("/v1/events").header(AUTHORIZATION, bearer), "/status"),
    ]
}

fn is_error(told: Option<&Value>) -> bool {
    match told {
        Some(Value::Bool(is_error)) => *is_error,
        Some(Value::Number(code)) => code.as_u64() != Some(200),
        _ => false,
    }
}

#[tokio::test]
async fn no_body_breaks_a_route() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    for (what, body) in broken() {
        for (request, member) in routes(&own, &shop) {
            let (status, answer) = json_of(request.body(body.clone())).await;
            assert!(
                status != StatusCode::INTERNAL_SERVER_ERROR,
                "{what}: {answer}"
            );
            // A list of no events is a batch, if an empty one.
            let fine = is_error(answer.pointer(member)) || answer.get("rejected").is_some();
            assert!(fine, "{what}: {status} {answer}");
        }
    }
    alive(&own, &shop).await;
}

/// The installation still does its work.
async fn alive(own: &Installation, shop: &Shop) {
    own.told(shop, "VD0000099", "25", "2026-05-31T10:00:00+07:00")
        .await;
    assert_eq!(own.tracking(shop, "VD0000099").await["status"], "25");
    assert_eq!(own.get("/healthz").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_real_gzip_bomb_is_refused_unopened_on_every_route() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    for bomb in [gzip_of_zeros(64 << 20), gzip_of_zeros(100)] {
        for (request, _) in routes(&own, &shop) {
            let request = request.header(CONTENT_ENCODING, "gzip").body(bomb.clone());
            let (status, answer) = json_of(request).await;
            assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{answer}");
        }
    }
    alive(&own, &shop).await;
}

/// Zeros in gzip's stored form would be as long as they are; this is deflate by the zlib of the
/// machine's own tools.
fn gzip_of_zeros(length: usize) -> Vec<u8> {
    let mut tool = std::process::Command::new("gzip")
        .args(["-9", "-c"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = tool.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(&vec![b'0'; length]));
    let output = tool.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.stdout.len() < 1 << 20);
    output.stdout
}

#[tokio::test]
async fn no_query_breaks_the_tracking_call() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let key = &shop.express247.key;
    let long = "9".repeat(30_000);
    for query in [
        "ordercode",
        "ordercode=%",
        "ordercode=%zz%f",
        "ordercode=%00%00%00%00%00",
        "ordercode=%ff%fe%fd%fc%fb",
        "ordercode=VD0000001;DROP",
        "ordercode='%20OR%201=1--",
        "&&&===&&",
        "ordercode=VD0000001&ordercode=VD0000002",
        "ordercode=%F0%9F%93%A6%F0%9F%93%A6%F0%9F%93%A6%F0%9F%93%A6%F0%9F%93%A6",
        &format!("ordercode={long}"),
    ] {
        let path = format!("/api/Order/v1/Tracking?apikey={key}&{query}");
        let (status, answer) = own.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{query:.60}");
        assert!(answer["errorCode"].is_string(), "{query:.60}: {answer}");
        assert_ne!(answer["errorCode"], "EXCEPTION", "{query:.60}");
    }
    let strange_key = own
        .get("/api/Order/v1/Tracking?ordercode=VD0000001&apikey=%ff%00%27")
        .await;
    assert_eq!(strange_key.1["errorCode"], "APIKEY_NOT_FOUND");
    alive(&own, &shop).await;
}

/// Members of a webhook that no document allows for, each kept as it came.
#[tokio::test]
async fn a_strange_webhook_is_kept_as_it_came() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let strange = [
        (
            "VD0000010",
            json!({"Status": "99", "StatusName": "KHONGBIET", "Time": "soon"}),
        ),
        (
            "VD0000011",
            json!({"Status": 25, "Time": "0000-00-00T00:00:00"}),
        ),
        (
            "VD0000012",
            json!({"Status": "25", "Time": "9999-12-31T23:59:59.9999999+07:00"}),
        ),
        (
            "VD0000013",
            json!({"Status": "25", "Time": "2024-02-30T25:61:61+99:00"}),
        ),
        (
            "VD0000014",
            json!({"Status": -25, "Time": -1, "DelayCode": {"a": [1]}}),
        ),
        (
            "VD0000015",
            json!({"Status": null, "StatusName": null, "Time": null}),
        ),
        (
            "VD0000016",
            json!({"Weight": -1.5, "RequestFeedbackCount": -7, "Unknown": [[[]]]}),
        ),
        (
            "VD0000017",
            json!({"Status": "25", "Mailman": "x".repeat(100_000)}),
        ),
        (
            "VD0000018",
            json!({"Status": "25", "Time": "1970-01-01T00:00:00Z"}),
        ),
    ];
    for (number, mut members) in strange {
        members["ApiKey"] = json!(shop.webhook_key());
        members["OrderCode"] = json!(number);
        let (status, answer) = own.post("/IntergrationAPI", &members.to_string()).await;
        assert_eq!(
            (status, &answer["IsError"]),
            (StatusCode::OK, &json!(false)),
            "{answer}"
        );
        let held = own.hub.explain(Some("shop"), None, number).await.unwrap();
        let witnesses: usize = held
            .iter()
            .flat_map(|journey| &journey.events)
            .map(|e| e.witnesses.len())
            .sum();
        assert_eq!(witnesses, 1, "{number} was lost");
        let answer = own.tracking(&shop, number).await;
        assert_eq!(
            (&answer["errorCode"], &answer["orderCode"]),
            (&Value::Null, &json!(number))
        );
    }
    let unknown = own.tracking(&shop, "VD0000010").await;
    assert_eq!(
        (&unknown["status"], &unknown["statusName"]),
        (&json!("99"), &json!("KHONGBIET"))
    );
    for number in ["x".repeat(5_000), " ".to_owned(), "\u{0}".to_owned()] {
        let body = json!({"ApiKey": shop.webhook_key(), "OrderCode": number, "Status": "25"});
        let (status, answer) = own.post("/IntergrationAPI", &body.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert!(answer["IsError"].is_boolean(), "{answer}");
    }
    alive(&own, &shop).await;
}

/// What a batch can hold beside a good event: wrong in itself, and told by its place.
fn bad_events() -> Vec<Value> {
    vec![
        json!(null),
        json!(7),
        json!([]),
        json!({}),
        json!({"number": ""}),
        json!({"number": 5, "status": "delivered"}),
        json!({"number": "A1", "status": "no_such_milestone"}),
        json!({"number": "A1", "status": "delivered", "occurred_at": "yesterday"}),
        json!({"number": "A1", "status": "delivered", "occurred_at": "9999-01-01T00:00:00Z"}),
        json!({"number": "A1", "status": "delivered", "occurred_at": "0001-01-01T00:00:00Z"}),
        json!({"number": "A1", "status": "delivered", "occurred_at": "2026-05-01T00:00", "zone": "Mars/Base"}),
        json!({"number": "x".repeat(10_000), "status": "delivered"}),
        json!({"number": "A1", "status": "delivered", "pieces": {"count": -1}}),
        json!({"number": "A1", "status": "delivered", "pieces": {"count": 9, "total": 2}}),
        json!({"number": "A1", "status": "delivered", "carrier": "../../etc"}),
        json!({"number": "A1", "status": "delivered", "text": "x".repeat(100_000)}),
    ]
}

#[tokio::test]
async fn a_bad_event_never_fails_its_batch() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let good = |nth: usize| {
        json!({
            "number": format!("GOOD{nth:03}"),
            "status": "in_transit",
            "occurred_at": "2026-05-31T10:00:00+07:00",
            "weight": -3.5,
            "unknown": {"deep": [[[[1]]]]},
        })
    };
    let bad = bad_events();
    let mut events = Vec::new();
    for (nth, bad) in bad.iter().enumerate() {
        events.push(good(nth));
        events.push(bad.clone());
    }
    let bearer = format!("Bearer {}", shop.native.key);
    let post = |body: String| {
        let request = own.served.post("/v1/events").header(AUTHORIZATION, &bearer);
        json_of(request.header(CONTENT_TYPE, "application/json").body(body))
    };
    let (status, outcome) = post(json!({ "events": events }).to_string()).await;
    assert_eq!(status, StatusCode::OK, "{outcome}");
    assert_eq!(outcome["accepted"], json!(bad.len()), "{outcome}");
    let rejected: Vec<u64> = outcome["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rejected| rejected["index"].as_u64().unwrap())
        .collect();
    assert_eq!(
        rejected,
        (0..bad.len() as u64)
            .map(|nth| 2 * nth + 1)
            .collect::<Vec<_>>()
    );
    for nth in 0..bad.len() {
        let held = own
            .hub
            .show(Some("shop"), None, &format!("GOOD{nth:03}"))
            .await
            .unwrap();
        assert_eq!(held[0].events.len(), 1);
    }
    let (status, outcome) = post(format!("[{}]", vec!["{}"; 10_001].join(","))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{outcome}");
    alive(&own, &shop).await;
}

#[tokio::test]
async fn wrong_methods_and_paths_are_answered_by_their_system() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let deep = format!("/v1{}", "/a".repeat(5_000));
    let long = format!("/api/v1/tracking/{}", "a".repeat(20_000));
    for path in [
        "/api/Order",
        "/api/Order/v1/Tracking/extra",
        "/api/Client",
        "/api/Customer/Nonsense",
        "/IntergrationAPI/extra",
        "/in/token",
        "/in/token/nonsense",
        "/api/v1/tracking",
        "/api/v1/carriers/nonsense",
        "/gateway/open-api/tk/v9/track/query",
        "/v1",
        "/v1/events/1",
        "/%2e%2e/etc/passwd",
        "//",
        deep.as_str(),
        long.as_str(),
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE, Method::PUT] {
            let request = own.served.request(method.clone(), path);
            let (status, answer) = json_of(request.header(CONTENT_TYPE, "application/json")).await;
            assert!(
                !status.is_success(),
                "{method} {path:.60}: {status} {answer}"
            );
            assert!(
                status != StatusCode::INTERNAL_SERVER_ERROR,
                "{method} {path:.60}: {answer}"
            );
        }
    }
    alive(&own, &shop).await;
}

#[tokio::test]
async fn what_a_known_sender_sent_too_large_is_kept_with_its_size_and_hash() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let body = vec![b'{'; (1 << 20) + 1];
    let (status, answer) = json_of(own.served.post(&shop.webhook_path()).body(body.clone())).await;
    assert_eq!(
        (status, &answer["IsError"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!(true))
    );
    let head = vec![b'{'; 4 << 10];
    let held = own.hub.quarantined(Some("shop"), &Listing::default()).await;
    let held = held.unwrap();
    let [one] = &held[..] else { panic!("{held:?}") };
    assert_eq!(
        (&*one.kind, one.connection),
        ("too_large", shop.connection.id)
    );
    let full = own.hub.quarantined_one(Some("shop"), one.id).await.unwrap();
    let [kept] = &full.payloads[..] else {
        panic!("{full:?}")
    };
    assert_eq!((kept.size, kept.whole), (1_048_577, false));
    assert_eq!(kept.sha256, hex::encode(Sha256::digest(&body)));
    assert_eq!(kept.text.as_deref().unwrap().as_bytes(), head);
    alive(&own, &shop).await;
}
