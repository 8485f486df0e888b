//! Everything that takes in what other systems send, walked with everything that a sender can do
//! wrong. A receiver of a new dialect gets a line in [`receivers`]; the table of paths is compared
//! with it.

use crate::harness::json_of;
use crate::installation::{Installation, NOON, Shop};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::future::join_all;
use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use trackway_dialects::track123;
use trackway_testkit::eventually;
use trackway_web::Limits;
use trackway_web::routes::MOUNTS;

const NUMBER: &str = "VD0000001";
const TIME: &str = "2026-05-31T08:15:40.41+07:00";
const SOON: Duration = Duration::from_secs(20);

/// How a sender proves itself.
#[derive(Clone, Copy, Debug)]
enum Proof {
    KeyInBody,
    Basic,
    Token,
    /// The same, at KeyDelivery's door.
    Push,
    /// The same, at Track123's, and a signature.
    Signed,
    /// The token alone, at N&H's.
    Notice,
    Bearer,
}

/// A door, how it is opened, and what it says.
struct Receiver {
    name: &'static str,
    /// Of [`MOUNTS`].
    mount: &'static str,
    proof: Proof,
}

fn receivers() -> [Receiver; 7] {
    let of = |name, mount, proof| Receiver { name, mount, proof };
    [
        of(
            "247Express, key in the body",
            "/intergrationapi",
            Proof::KeyInBody,
        ),
        of("247Express, Basic", "/intergrationapi", Proof::Basic),
        of("247Express, token", "/in/*/intergrationapi", Proof::Token),
        of("KeyDelivery, token", "/in/*/keydelivery", Proof::Push),
        of("Track123, token", "/in/*/track123", Proof::Signed),
        of("N&H, token", "/in/*/nandh", Proof::Notice),
        of("native events", "/v1/events", Proof::Bearer),
    ]
}

/// Mounts that take nothing in: they answer questions.
const QUESTIONS: &[&str] = &[
    "/api/order",
    "/api/client",
    "/api/customer",
    "/api/masterdata",
    "/api/v1/tracking",
    "/api/v1/carriers",
    "/gateway/open-api",
    "/api/v1/public/files",
    "/api/v1/public",
    "/v1/shipments",
    "/console",
    "/t",
    "/unsubscribe",
    "/assets",
    "/healthz",
    "/",
];

impl Receiver {
    fn is_native(&self) -> bool {
        matches!(self.proof, Proof::Bearer)
    }

    fn path(&self, token: &str) -> String {
        match self.proof {
            Proof::KeyInBody | Proof::Basic => "/IntergrationAPI".to_owned(),
            Proof::Token => format!("/in/{token}/IntergrationAPI"),
            Proof::Push => format!("/in/{token}/keydelivery"),
            Proof::Signed => format!("/in/{token}/track123"),
            Proof::Notice => format!("/in/{token}/nandh"),
            Proof::Bearer => "/v1/events".to_owned(),
        }
    }

    /// What opens it.
    async fn secret(&self, own: &Installation, shop: &Shop) -> String {
        match self.proof {
            Proof::KeyInBody => shop.webhook_key(),
            Proof::Basic => format!("password of {}", shop.name),
            Proof::Token => {
                let path = &shop.connection.webhook_path;
                path.rsplit('/').next().unwrap_or_default().to_owned()
            }
            Proof::Push => own.push_token(shop, "keydelivery").await,
            Proof::Signed => own.push_token(shop, "track123").await,
            Proof::Notice => own.push_token(shop, "nandh").await,
            Proof::Bearer => shop.native.key.clone(),
        }
    }

    fn body(&self, secret: &str) -> Value {
        if self.is_native() {
            return json!({ "events": [{ "carrier": "247express", "number": NUMBER, "status": "in_transit", "occurred_at": TIME }] });
        }
        if matches!(self.proof, Proof::Push) {
            return json!({
                "event": "tracking", "message": "status updated", "carrier_id": "247express",
                "tracking_number": NUMBER, "signer": 0, "order_status_code": 5,
                "items": [{ "context": "On its way", "time": "2026-05-31 08:15:40", "order_status_code": "5" }],
            });
        }
        if matches!(self.proof, Proof::Notice) {
            return json!({
                "event_code": "HOOK_EVENT_SHIPMENT_UPDATE_STATUS", "id": 9230, "tracking_code": NUMBER,
                "courier_tracking_code": "", "status": 310, "status_update_time": 1_780_200_940,
            });
        }
        if matches!(self.proof, Proof::Signed) {
            let timestamp = (NOON / 1_000).to_string();
            let signature = track123::sign(track123::Scheme::Hmac, "unused", &timestamp);
            let detail = json!({
                "address": "Vinh", "eventTime": "2026-05-31 08:15:40", "timezone": "+07:00",
                "eventDetail": "On its way", "transitSubStatus": "IN_TRANSIT_01",
            });
            return json!({
                "data": {
                    "trackNo": NUMBER, "trackingStatus": "001", "transitStatus": "IN_TRANSIT",
                    "localLogisticsInfo": { "courierCode": "247express", "trackingDetails": [detail] },
                },
                "verify": { "timestamp": timestamp, "signature": signature },
            });
        }
        let mut body = json!({
            "OrderCode": NUMBER, "Status": "25", "StatusName": "DANGDIPHAT", "Time": TIME,
        });
        if matches!(self.proof, Proof::KeyInBody) {
            body["ApiKey"] = json!(secret);
        }
        body
    }

    fn request(&self, own: &Installation, shop: &Shop, secret: &str) -> RequestBuilder {
        let request = own
            .served
            .post(&self.path(secret))
            .header(CONTENT_TYPE, "application/json");
        let request = match self.proof {
            Proof::Basic => {
                let login = STANDARD.encode(format!("{}:{secret}", shop.name));
                request.header("authorization", format!("Basic {login}"))
            }
            Proof::Bearer => request.bearer_auth(secret),
            Proof::KeyInBody | Proof::Token | Proof::Push | Proof::Signed | Proof::Notice => {
                request
            }
        };
        request.body(self.body(secret).to_string())
    }

    fn is_acknowledged(&self, told: &(StatusCode, Value)) -> bool {
        let (status, answer) = told;
        if self.is_native() {
            let taken = answer["accepted"].as_u64().zip(answer["repeated"].as_u64());
            return status.is_success() && taken.is_some_and(|(new, known)| new + known == 1);
        }
        if matches!(self.proof, Proof::Push) {
            return *status == StatusCode::OK && answer["code"] == 200;
        }
        if matches!(self.proof, Proof::Signed) {
            return *status == StatusCode::OK && answer["code"] == "00000";
        }
        if matches!(self.proof, Proof::Notice) {
            return *status == StatusCode::OK && answer["error"] == false;
        }
        *status == StatusCode::OK && answer["IsError"] == false
    }
}

/// How many events a shop's parcel has.
async fn events(own: &Installation, shop: &Shop) -> usize {
    let shown = own.hub.show(Some(shop.name), None, NUMBER).await;
    shown.map_or(0, |journeys| {
        journeys.iter().map(|journey| journey.events.len()).sum()
    })
}

/// An answer but for the id that each has of its own.
fn without_trace((status, mut answer): (StatusCode, Value)) -> (StatusCode, Value) {
    if let Some(members) = answer.as_object_mut() {
        members.remove("traceId");
        members.remove("log_id");
    }
    (status, answer)
}

/// Secrets that are nearly right.
fn nearly(secret: &str) -> Vec<String> {
    let flipped = |at: usize| {
        let mut bytes = secret.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
        String::from_utf8(bytes).unwrap()
    };
    let last = secret.len() - 1;
    vec![
        String::new(),
        secret[..last].to_owned(),
        secret[1..].to_owned(),
        format!("{secret}x"),
        format!("{secret}{secret}"),
        flipped(0),
        flipped(last / 2),
        flipped(last),
    ]
}

#[test]
fn every_mount_is_a_receiver_or_answers_questions() {
    let known = receivers();
    for mount in MOUNTS {
        let pattern = mount.pattern();
        let receives = known.iter().any(|receiver| receiver.mount == pattern);
        assert!(receives != QUESTIONS.contains(&pattern), "{pattern}");
    }
}

#[tokio::test]
async fn strangers_are_refused_and_what_they_tell_is_not_kept() {
    let own = Installation::start().await;
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    for receiver in receivers() {
        let secret = receiver.secret(&own, &shop).await;
        for wrong in nearly(&secret) {
            let told = without_trace(json_of(receiver.request(&own, &shop, &wrong)).await);
            assert!(
                !receiver.is_acknowledged(&told),
                "{}, {wrong}: {told:?}",
                receiver.name
            );
            // Nothing tells how near it was; without any it may be another path.
            if !wrong.is_empty() {
                let request = receiver.request(&own, &shop, "nothing-like-it");
                let other = without_trace(json_of(request).await);
                assert_eq!(told, other, "{}", receiver.name);
            }
        }
    }
    assert_eq!(
        (events(&own, &shop).await, events(&own, &other).await),
        (0, 0)
    );
    // Another shop's secret opens another shop's door.
    for receiver in receivers() {
        let request = receiver.request(&own, &other, &receiver.secret(&own, &other).await);
        assert!(
            receiver.is_acknowledged(&json_of(request).await),
            "{}",
            receiver.name
        );
    }
    assert_eq!(events(&own, &shop).await, 0);
    assert!(events(&own, &other).await > 0);
}

#[tokio::test]
async fn repeats_are_acknowledged_and_count_once_also_all_at_once() {
    for receiver in receivers() {
        let own = Installation::start().await;
        let shop = own.shop("shop").await;
        let secret = receiver.secret(&own, &shop).await;
        let send = async || json_of(receiver.request(&own, &shop, &secret)).await;
        let at_once = join_all((0..24).map(|_| send())).await;
        for told in &at_once {
            assert!(
                receiver.is_acknowledged(told),
                "{}: {told:?}",
                receiver.name
            );
        }
        assert_eq!(events(&own, &shop).await, 1, "{}", receiver.name);
        assert!(receiver.is_acknowledged(&send().await), "{}", receiver.name);
        assert_eq!(events(&own, &shop).await, 1, "{}", receiver.name);
        if receiver.is_native() {
            let new = at_once.iter().filter(|told| told.1["accepted"] == 1);
            assert_eq!(new.count(), 1, "{at_once:?}");
        }
    }
}

#[tokio::test]
async fn bodies_over_the_limit_are_refused_and_the_next_is_taken() {
    let limits = Limits {
        body: 8 << 10,
        batch_body: 8 << 10,
        ..Limits::default()
    };
    let own = Installation::limited(&[], limits).await;
    let shop = own.shop("shop").await;
    for receiver in receivers() {
        let secret = receiver.secret(&own, &shop).await;
        let mut large = receiver.body(&secret);
        large["padding"] = json!("x".repeat(9 << 10));
        let request = receiver
            .request(&own, &shop, &secret)
            .body(large.to_string());
        let told = json_of(request).await;
        assert!(
            !receiver.is_acknowledged(&told),
            "{}: {told:?}",
            receiver.name
        );
        let told = json_of(receiver.request(&own, &shop, &secret)).await;
        assert!(
            receiver.is_acknowledged(&told),
            "{}: {told:?}",
            receiver.name
        );
    }
}

/// A connection over which a request's head was sent, as far as it goes.
async fn begun(own: &Installation, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(own.served.addr()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn a_body_that_drips_is_given_up_and_holds_nobody_else_up() {
    let limits = Limits {
        request: Duration::from_millis(500),
        requests: 8,
        ..Limits::default()
    };
    let own = Installation::limited(&[], limits).await;
    let shop = own.shop("shop").await;
    for receiver in receivers() {
        let secret = receiver.secret(&own, &shop).await;
        let path = receiver.path(&secret);
        let body = receiver.body(&secret).to_string();
        let mut slow = Vec::new();
        for _ in 0..4 {
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: t\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            slow.push(begun(&own, &head).await);
        }
        eventually("the slow ones to be at work", SOON, async || {
            (own.served.at_work() == 4).then_some(())
        })
        .await
        .unwrap();
        let told = json_of(receiver.request(&own, &shop, &secret)).await;
        assert!(
            receiver.is_acknowledged(&told),
            "{}: {told:?}",
            receiver.name
        );
        for stream in slow {
            let ended = drip(stream, body.as_bytes()).await;
            // Track123 knows no other status for the server's own faults (track123.md §2.1).
            // N&H has one for what takes too long (nandh-oms.md §2).
            let status = match receiver.proof {
                Proof::Signed => 500,
                Proof::Notice => 408,
                _ => 503,
            };
            assert!(
                ended.starts_with(&format!("HTTP/1.1 {status}")),
                "{}: {ended}",
                receiver.name
            );
        }
        assert_eq!(own.served.at_work(), 0);
    }
}

/// Sends a byte now and then until the server has had enough; returns what it said.
async fn drip(mut stream: TcpStream, bytes: &[u8]) -> String {
    let mut said = Vec::new();
    let began = Instant::now();
    for byte in bytes.iter().cycle() {
        assert!(began.elapsed() < SOON, "nobody ended it");
        let mut piece = [0; 1024];
        let wait = Duration::from_millis(20);
        match tokio::time::timeout(wait, stream.read(&mut piece)).await {
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(length)) => said.extend_from_slice(&piece[..length]),
            Err(_) if said.is_empty() => {
                // It may hang up at any moment.
                let _ = stream.write_all(&[*byte]).await;
            }
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn floods_of_headers_end_their_connection_only() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    for receiver in receivers() {
        let secret = receiver.secret(&own, &shop).await;
        let path = receiver.path(&secret);
        let many = "x-more: y\r\n".repeat(1_000);
        let large = format!("x-large: {}\r\n", "y".repeat(1 << 20));
        for flood in [many, large] {
            let head = format!("POST {path} HTTP/1.1\r\nhost: t\r\n{flood}");
            let mut stream = TcpStream::connect(own.served.addr()).await.unwrap();
            // The server may hang up before it has read all.
            let _ = stream.write_all(head.as_bytes()).await;
            let mut said = Vec::new();
            let read = tokio::time::timeout(SOON, stream.read_to_end(&mut said)).await;
            let said = String::from_utf8_lossy(&said).into_owned();
            assert!(read.is_ok(), "{}: not hung up on", receiver.name);
            let is_refused = said.is_empty() || said.starts_with("HTTP/1.1 4");
            assert!(is_refused, "{}: {said}", receiver.name);
        }
        let told = json_of(receiver.request(&own, &shop, &secret)).await;
        assert!(
            receiver.is_acknowledged(&told),
            "{}: {told:?}",
            receiver.name
        );
    }
}
