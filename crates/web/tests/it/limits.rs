//! Whatever is refused before a handler, and whatever goes wrong in one, is told in the words of the
//! system whose path was used, over a real connection.

use crate::harness::{Served, keydelivery_request};
use crate::wayward::{Mode, TOKEN, Wayward};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use trackway_testkit::eventually;
use trackway_web::Limits;

/// A small server: what is over its limits is still quick to send.
fn small() -> Limits {
    Limits {
        body: 8 << 10,
        batch_body: 32 << 10,
        measured: 64 << 10,
        ..Limits::default()
    }
}

/// One path of each form, with where its form tells an error.
const FORMS: &[(&str, &str)] = &[
    ("/api/Order/v1/Tracking", "/errorCode"),
    ("/api/Customer/GetStatusLogs", "/ErrorMessage"),
    ("/IntergrationAPI", "/ErrorMessage"),
    ("/api/v1/tracking/realtime", "/code"),
    ("/v1/events", "/title"),
    ("/nowhere", "/title"),
];

async fn told(request: RequestBuilder) -> (StatusCode, Option<String>, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let retry_after = answer
        .headers()
        .get(RETRY_AFTER)
        .map(|v| v.to_str().unwrap().to_owned());
    let body = answer.text().await.unwrap();
    let body = serde_json::from_str(&body).unwrap_or_else(|_| panic!("no JSON: {body}"));
    (status, retry_after, body)
}

#[tokio::test]
async fn an_over_large_body_is_refused_in_every_form() {
    let served = Served::start(Wayward::new(Mode::Answer), small()).await;
    for (path, member) in FORMS {
        let (status, _, body) = told(served.post(path).body(vec![b' '; 40 << 10])).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert!(
            body.pointer(member).is_some_and(|told| !told.is_null()),
            "{path}: {body}"
        );
    }
}

#[tokio::test]
async fn a_body_without_a_declared_length_is_limited_too() {
    let served = Served::start(Wayward::new(Mode::Answer), small()).await;
    let pieces =
        futures::stream::iter((0..64).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1 << 10])));
    let body = reqwest::Body::wrap_stream(pieces);
    let (status, _, body) = told(served.post("/api/v1/tracking/realtime").body(body)).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &Value::from(106))
    );
}

#[tokio::test]
async fn a_compressed_body_is_never_unpacked() {
    let served = Served::start(Wayward::new(Mode::Answer), small()).await;
    for (path, member) in FORMS {
        for encoding in ["gzip", "br", "identity, gzip"] {
            let request = served
                .post(path)
                .header(CONTENT_ENCODING, encoding)
                .body(bomb());
            let (status, _, body) = told(request).await;
            assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
            assert!(
                body.pointer(member).is_some_and(|told| !told.is_null()),
                "{path}: {body}"
            );
        }
    }
}

/// 6 KB of gzip (RFC 1952) that unpack to far more than any limit: stored as its first bytes and a
/// tail, since it is never unpacked.
fn bomb() -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    bytes.resize(6 << 10, 0);
    bytes
}

#[tokio::test]
async fn what_a_known_sender_sent_too_large_is_measured_and_its_head_kept() {
    let desk = Wayward::new(Mode::Answer);
    let served = Served::start(desk.clone(), small()).await;
    let path = format!("/in/{TOKEN}/IntergrationAPI");
    let (status, _, body) = told(served.post(&path).body(vec![b'x'; 20 << 10])).await;
    assert_eq!(
        (status, &body["IsError"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &Value::from(true))
    );
    let kept = desk.kept.lock().clone();
    let [(head, why)] = kept.as_slice() else {
        panic!("one body was kept: {kept:?}")
    };
    assert_eq!(head, &vec![b'x'; 4 << 10]);
    assert!(why.contains("20480 bytes, sha256 "), "{why}");

    let (status, _, _) = told(
        served
            .post("/in/other/IntergrationAPI")
            .body(vec![b'x'; 20 << 10]),
    )
    .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(desk.kept.lock().len(), 1, "a stranger's body was kept");
}

#[tokio::test]
async fn a_panic_is_answered_in_the_dialects_words_and_the_server_lives_on() {
    let served = Served::start(Wayward::new(Mode::Panic), small()).await;
    for _ in 0..3 {
        let (status, _, body) = told(served.look_up_247("VD0000001")).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(body["errorCode"], "EXCEPTION");
        let (status, _, body) = told(keydelivery_request(&served, "VD0000001")).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            (&body["code"], &body["message"]),
            (&Value::from(500), &Value::from("Internal Server Error"))
        );
    }
}

#[tokio::test]
async fn a_desk_that_fails_or_is_busy_is_told_in_the_dialects_words() {
    let served = Served::start(Wayward::new(Mode::Fail), small()).await;
    let (_, _, body) = told(served.look_up_247("VD0000001")).await;
    assert_eq!(body["errorCode"], "EXCEPTION");
    assert_eq!(body["errorMessage"], "Unknown error, please contact 247.");
    let (_, _, body) = told(keydelivery_request(&served, "VD0000001")).await;
    assert_eq!(body["code"], 500);

    let served = Served::start(Wayward::new(Mode::Busy), small()).await;
    for request in [
        served.look_up_247("VD0000001"),
        keydelivery_request(&served, "VD0000001"),
    ] {
        let (_, retry_after, _) = told(request).await;
        assert_eq!(retry_after.as_deref(), Some("7"));
    }
}

#[tokio::test]
async fn requests_over_the_cap_are_told_to_come_later_and_the_others_are_served() {
    let desk = Wayward::new(Mode::Wait);
    let served = Served::start(
        desk.clone(),
        Limits {
            requests: 2,
            ..small()
        },
    )
    .await;
    let waiting: Vec<_> = (0..2)
        .map(|_| tokio::spawn(told(served.look_up_247("VD0000001"))))
        .collect();
    let taken = eventually(
        "both places are taken",
        Duration::from_secs(10),
        async || (served.at_work() == 2).then_some(()),
    );
    taken.await.unwrap();
    for (path, member) in FORMS {
        let (status, retry_after, body) = told(served.post(path).body("{}")).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(retry_after.as_deref(), Some("1"), "{path}");
        assert!(
            body.pointer(member).is_some_and(|told| !told.is_null()),
            "{path}: {body}"
        );
    }
    desk.release.add_permits(1);
    for request in waiting {
        assert_eq!(request.await.unwrap().0, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let limits = Limits {
        request: Duration::from_millis(200),
        ..small()
    };
    let served = Served::start(Wayward::new(Mode::Wait), limits).await;
    let (status, retry_after, body) = told(served.look_up_247("VD0000001")).await;
    assert_eq!(
        (status, retry_after.as_deref()),
        (StatusCode::SERVICE_UNAVAILABLE, Some("1"))
    );
    assert_eq!(body["errorCode"], "EXCEPTION");
    // A body that never comes holds its place no longer.
    let mut stream = TcpStream::connect(served.addr()).await.unwrap();
    let head = "POST /v1/events HTTP/1.1\r\nhost: t\r\ncontent-length: 10\r\n\r\nabc";
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(answer_of(&mut stream).await.starts_with("HTTP/1.1 503"));
}

#[tokio::test]
async fn slow_and_over_large_heads_end_their_connection_only() {
    let limits = Limits {
        head: Duration::from_millis(200),
        head_bytes: 16 << 10,
        ..small()
    };
    let served = Served::start(Wayward::new(Mode::Answer), limits).await;
    let mut slow = TcpStream::connect(served.addr()).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhos")
        .await
        .unwrap();
    let mut rest = Vec::new();
    // Ends because the server hangs up.
    slow.read_to_end(&mut rest).await.unwrap();

    let mut large = TcpStream::connect(served.addr()).await.unwrap();
    let head = format!(
        "GET / HTTP/1.1\r\nhost: t\r\nx: {}\r\n\r\n",
        "x".repeat(20 << 10)
    );
    // The server may hang up before it has read all.
    let _ = large.write_all(head.as_bytes()).await;
    assert!(!answer_of(&mut large).await.starts_with("HTTP/1.1 2"));

    let (status, _, _) = told(served.look_up_247("VD0000001")).await;
    assert_eq!(status, StatusCode::OK);
}

/// What comes until the other side hangs up or falls silent.
async fn answer_of(stream: &mut TcpStream) -> String {
    let mut bytes = [0; 4096];
    let mut read = Vec::new();
    while !read.windows(4).any(|end| end == b"\r\n\r\n") {
        match tokio::time::timeout(Duration::from_secs(10), stream.read(&mut bytes))
            .await
            .unwrap()
        {
            Ok(length @ 1..) => read.extend_from_slice(&bytes[..length]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&read).into_owned()
}

#[tokio::test]
async fn a_server_asked_to_end_finishes_what_it_has_begun() {
    let desk = Wayward::new(Mode::Wait);
    let served = Served::start(desk.clone(), small()).await;
    let begun = tokio::spawn(told(served.look_up_247("VD0000001")));
    eventually(
        "the request is at work",
        Duration::from_secs(10),
        async || {
            // The handler waits for a permit only once it has begun.
            (served.at_work() == 1).then_some(())
        },
    )
    .await
    .unwrap();
    served.stop();
    desk.release.add_permits(1);
    assert_eq!(begun.await.unwrap().0, StatusCode::OK);
    served.ended().await;
}

#[tokio::test]
async fn paths_of_no_system_are_answered_natively_and_methods_by_their_system() {
    let served = Served::start(Wayward::new(Mode::Answer), small()).await;
    let (status, _, body) = told(served.request(Method::GET, "/nowhere")).await;
    assert_eq!(
        (status, &body["status"]),
        (StatusCode::NOT_FOUND, &Value::from(404))
    );
    let (_, _, body) = told(served.request(Method::GET, "/api/v1/tracking/realtime")).await;
    assert_eq!(body["code"], 101);
    let json = served
        .post("/api/v1/carriers/unheard-of")
        .header(CONTENT_TYPE, "application/json");
    assert!(told(json.body("{}")).await.2["code"].is_number());
}

#[tokio::test]
async fn bodies_share_a_budget_of_memory() {
    let limits = Limits {
        buffered: 8 << 10,
        ..small()
    };
    let served = Served::start(Wayward::new(Mode::Answer), limits).await;
    let mut slow = TcpStream::connect(served.addr()).await.unwrap();
    let head = "POST /v1/events HTTP/1.1\r\nhost: t\r\ncontent-length: 8000\r\n\r\nabc";
    slow.write_all(head.as_bytes()).await.unwrap();
    eventually(
        "the slow body holds its memory",
        Duration::from_secs(10),
        async || (served.at_work() == 1).then_some(()),
    )
    .await
    .unwrap();
    let (status, retry_after, _) = told(served.post("/IntergrationAPI").body("{}")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(retry_after.as_deref(), Some("1"));
    // What has no body needs none.
    assert_eq!(
        told(served.look_up_247("VD0000001")).await.0,
        StatusCode::OK
    );
    drop(slow);
    eventually(
        "the memory is given back",
        Duration::from_secs(10),
        async || {
            let (status, ..) = told(served.post("/IntergrationAPI").body("{}")).await;
            (status == StatusCode::OK).then_some(())
        },
    )
    .await
    .unwrap();
}
