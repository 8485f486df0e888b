//! `GET /v1/feed` as server-sent events.

use super::{asked, is_problem, tell};
use crate::harness::json_of;
use crate::installation::{Installation, Shop};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::time::Duration;
use trackway_web::Limits;

on_every_store!(a_stream_goes_on_where_it_broke_off_without_gap_or_repeat,);

const PATIENCE: Duration = Duration::from_secs(20);

/// A stream as a browser reads it.
struct Reader {
    answer: Response,
    held: String,
    last_id: String,
}

impl Reader {
    async fn open(own: &Installation, key: &str, query: &str, last_id: Option<&str>) -> Self {
        let request = asked(own, Method::GET, &format!("/v1/feed{query}"), key);
        let mut request = request.header("accept", "text/event-stream");
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let (held, last_id) = (String::new(), String::new());
        Self {
            answer,
            held,
            last_id,
        }
    }

    /// The next block; None at the end of the stream.
    async fn block(&mut self) -> Option<(Option<String>, Option<Value>)> {
        loop {
            if let Some(end) = self.held.find("\n\n") {
                let block: String = self.held.drain(..end + 2).collect();
                let line = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(str::to_owned)
                };
                if let Some(id) = line("id: ") {
                    self.last_id = id;
                }
                let data = line("data: ").map(|data| serde_json::from_str(&data).unwrap());
                return Some((line("event: "), data));
            }
            let piece = tokio::time::timeout(PATIENCE, self.answer.chunk())
                .await
                .expect("in time")
                .unwrap()?;
            self.held.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// The number of the next change.
    async fn change(&mut self) -> Option<String> {
        loop {
            if let (event, Some(data)) = self.block().await? {
                assert_eq!(event.as_deref(), Some("change"));
                return Some(data["number"].as_str().unwrap().to_owned());
            }
        }
    }
}

async fn moved(own: &Installation, shop: &Shop, number: &str) {
    tell(
        own,
        shop,
        &json!([{"carrier": "gls", "number": number, "status": "in_transit", "text": "moved"}]),
    )
    .await;
}

async fn a_stream_goes_on_where_it_broke_off_without_gap_or_repeat(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let key = &shop.native.key;
    for at in 0..5 {
        moved(&own, &shop, &format!("G{at}")).await;
        moved(&own, &other, &format!("O{at}")).await;
    }
    let mut seen = Vec::new();
    let mut last_id: Option<String> = None;
    for round in 5..10 {
        let mut reader = Reader::open(&own, key, "", last_id.as_deref()).await;
        // Some are there already, one comes while the stream is open; then it breaks off.
        moved(&own, &shop, &format!("G{round}")).await;
        for _ in 0..2 {
            seen.extend(reader.change().await);
        }
        last_id = Some(reader.last_id);
    }
    // Ten in all, two a round: the last one is read as it comes.
    let expected: Vec<_> = (0..10).map(|at| format!("G{at}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_stream_begins_where_it_is_told_and_carries_words_where_they_are_wanted() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    moved(&own, &shop, "G1").await;
    let mut reader = Reader::open(&own, &shop.native.key, "?after=now&words=true", None).await;
    moved(&own, &shop, "G2").await;
    let data = loop {
        if let (_, Some(data)) = reader.block().await.unwrap() {
            break data;
        }
    };
    assert_eq!(
        (&data["number"], &data["events"][0]["text"]),
        (&json!("G2"), &json!("moved"))
    );
    // Its id is a cursor like any other.
    let page = super::read(
        &own,
        &shop.native.key,
        &format!("/v1/feed?after={}", reader.last_id),
    )
    .await;
    assert_eq!(page["changes"], json!([]));
    let refused = asked(&own, Method::GET, "/v1/feed", &shop.native.key)
        .header("accept", "text/event-stream")
        .header("last-event-id", "no cursor");
    is_problem(&json_of(refused).await, 400);
}

#[tokio::test]
async fn the_end_of_the_server_ends_streams() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let mut reader = Reader::open(&own, &shop.native.key, "", None).await;
    moved(&own, &shop, "G1").await;
    assert_eq!(reader.change().await.as_deref(), Some("G1"));
    own.served.stop();
    assert_eq!(reader.change().await, None);
    let Installation { served, .. } = own;
    tokio::time::timeout(PATIENCE, served.ended())
        .await
        .expect("nothing holds the server");
}

#[tokio::test]
async fn a_silent_stream_is_heard_and_ends_with_its_key() {
    let limits = Limits {
        heartbeat: Duration::from_millis(50),
        ..Limits::default()
    };
    let own = Installation::limited(&[], limits).await;
    let key = trackway_hub::NewKey {
        account: Some("shop".to_owned()),
        expires_after: Some(Duration::from_mins(1)),
        ..Default::default()
    };
    let key = own.hub.create_key(key).await.unwrap().key;
    let mut reader = Reader::open(&own, &key, "", None).await;
    for _ in 0..4 {
        assert_eq!(reader.block().await, Some((None, None)));
    }
    // A heartbeat moves the cursor on past what is others'.
    let other = own.shop("other").await;
    let before = reader.last_id.clone();
    moved(&own, &other, "O1").await;
    while reader.last_id == before {
        reader.block().await.unwrap();
    }
    own.clock.advance(Duration::from_mins(1));
    while let Some((_, data)) = reader.block().await {
        assert_eq!(data, None);
    }
}

#[tokio::test]
async fn an_account_has_so_many_streams_and_gets_the_places_back() {
    let limits = Limits {
        account_listeners: 2,
        heartbeat: Duration::from_millis(50),
        ..Limits::default()
    };
    let own = Installation::limited(&[], limits).await;
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let key = &shop.native.key;
    let held = [
        Reader::open(&own, key, "", None).await,
        Reader::open(&own, key, "", None).await,
    ];
    let third = || asked(&own, Method::GET, "/v1/feed", key).header("accept", "text/event-stream");
    is_problem(&json_of(third()).await, 429);
    Reader::open(&own, &other.native.key, "", None).await;
    drop(held);
    trackway_testkit::eventually("a free place", PATIENCE, async || {
        let answer = third().send().await.unwrap();
        (answer.status().as_u16() == 200).then_some(())
    })
    .await
    .unwrap();
}
