//! An upstream that answers about several parcels at once.

use super::*;
use crate::{HubConfig, NewConnection, NewTracking, TestClock, fold_rules};
use serde_json::{Value, json};
use trackway_dialects::Outgoing;
use trackway_dialects::dialect::Answer;
use trackway_model::vocabulary::Vocabulary;
use trackway_store::config::StoreConfig;
use trackway_store::{MasterKey, SqliteStore, SystemEntropy};
use trackway_testkit::{Answer as Reply, Receiver};

const NOON: i64 = 1_715_083_200_000_000;

/// 247Express as if it took several order codes, with commas between, and answered with a list.
struct Batching;

fn single() -> &'static dyn Call {
    let dialect = registry::find("247express").unwrap();
    dialect.call().unwrap()
}

impl Call for Batching {
    fn settings(&self) -> (&'static [&'static str], &'static [&'static str]) {
        single().settings()
    }

    fn counted_by(&self) -> &'static str {
        single().counted_by()
    }

    fn carriers(&self) -> &'static [&'static str] {
        single().carriers()
    }

    fn request(&self, upstream: &Upstream<'_>, parcel: &Parcel<'_>) -> Result<Outgoing, CallError> {
        single().request(upstream, parcel)
    }

    fn parse(
        &self,
        vocabulary: &Vocabulary,
        parcel: &Parcel<'_>,
        answer: &Answer<'_>,
    ) -> Result<Parsed, CallError> {
        single().parse(vocabulary, parcel, answer)
    }

    fn batch(&self) -> usize {
        3
    }

    fn request_all(
        &self,
        upstream: &Upstream<'_>,
        parcels: &[Parcel<'_>],
    ) -> Result<Outgoing, CallError> {
        let numbers: Vec<&str> = parcels.iter().map(|parcel| parcel.number).collect();
        let all = numbers.join(",");
        let carrier = parcels[0].carrier;
        let number = &all;
        self.request(
            upstream,
            &Parcel {
                carrier,
                number,
                ..Parcel::default()
            },
        )
    }

    fn parse_all(
        &self,
        vocabulary: &Vocabulary,
        parcels: &[Parcel<'_>],
        answer: &Answer<'_>,
    ) -> Vec<Result<Parsed, CallError>> {
        let cuts: Vec<Value> = serde_json::from_slice(answer.body).unwrap();
        let read = |(parcel, cut): (&Parcel<'_>, &Value)| {
            let body = cut.to_string();
            let body = body.as_bytes();
            self.parse(vocabulary, parcel, &Answer { body, ..*answer })
        };
        parcels.iter().zip(&cuts).map(read).collect()
    }
}

fn about(number: &str) -> Value {
    json!({
        "errorMessage": null, "errorCode": null, "orderCode": number, "status": "24",
        "statusName": "DANGVANCHUYEN", "trackings": [],
        "statuses": [{ "time": "2024-05-06T20:02:11+07:00", "status": "24", "statusName": "DANGVANCHUYEN" }],
    })
}

async fn hub(folder: &std::path::Path, upstream: &Receiver) -> Arc<Hub> {
    let entropy = Arc::new(SystemEntropy);
    let config = StoreConfig::new(fold_rules(), MasterKey::new([7; 32]), entropy);
    let store = SqliteStore::open(folder, config).unwrap();
    let clock = Arc::new(TestClock::at(NOON));
    let hub = Hub::open(store, HubConfig::default(), clock).await.unwrap();
    let settings = [("apikey".to_owned(), "1111-2222".to_owned())];
    let new = NewConnection {
        dialect: "247express".to_owned(),
        base_url: upstream.url(""),
        settings: settings.into_iter().collect(),
        operator: true,
        ..NewConnection::default()
    };
    hub.connect(new).await.unwrap();
    hub
}

#[tokio::test]
async fn one_call_asks_about_many_and_each_answer_stands_alone() {
    let folder = tempfile::tempdir().unwrap();
    let upstream = Receiver::start().await.unwrap();
    // The second is not known, and of the last nothing is said.
    let unknown =
        json!({ "errorMessage": "x", "errorCode": "ORDERCODE_NOT_FOUND", "orderCode": null });
    upstream.push(Reply::json(&json!([about("VD1"), unknown])));
    let hub = hub(folder.path(), &upstream).await;
    let new = NewTracking {
        carrier: "247express".to_owned(),
        numbers: ["VD1", "VD2", "VD3"].map(str::to_owned).to_vec(),
        ..NewTracking::default()
    };
    let mut polls = Vec::new();
    for tracked in hub.track(new).await.unwrap() {
        polls.extend(hub.store.polls_of(tracked.track).await.unwrap());
    }
    let connection = hub.store.connection(polls[0].connection).await.unwrap();
    let flight = Flight {
        connection: connection.unwrap(),
        dialect: "247express",
        call: &Batching,
        kind: PollKind::First,
        terms: Terms::free(NOON),
        polls,
    };
    let landed = fly(hub.clone(), flight).await;
    let calls = upstream.received();
    assert_eq!(calls.len(), 1, "one call");
    assert!(
        calls[0].uri.to_string().contains("VD1%2CVD2%2CVD3"),
        "{}",
        calls[0].uri
    );
    // One was answered, so nothing is wrong with the connection.
    assert_eq!((landed.trouble, landed.made), (None, true));
    let failures: Vec<u32> = landed
        .settled
        .iter()
        .map(|settled| settled.failures)
        .collect();
    assert_eq!(failures, [0, 1, 1]);
    assert!(
        landed
            .settled
            .iter()
            .all(|settled| settled.due > Some(NOON))
    );
    let shown = hub.show(None, None, "VD1").await.unwrap();
    assert_eq!(shown[0].events.len(), 1);
    assert!(
        hub.show(None, None, "VD3").await.unwrap()[0]
            .events
            .is_empty()
    );
    hub.stop().await.unwrap();
}

#[tokio::test]
async fn a_call_that_fails_fails_for_all_and_keeps_them() {
    let folder = tempfile::tempdir().unwrap();
    let upstream = Receiver::start().await.unwrap();
    upstream.push(Reply::status(503));
    let hub = hub(folder.path(), &upstream).await;
    let new = NewTracking {
        carrier: "247express".to_owned(),
        numbers: vec!["VD1".to_owned()],
        ..NewTracking::default()
    };
    let track = hub.track(new).await.unwrap()[0].track;
    let poll = hub.store.polls_of(track).await.unwrap().remove(0);
    ask(&hub, poll).await.unwrap();
    let poll = hub.store.polls_of(track).await.unwrap().remove(0);
    assert_eq!((poll.failures, poll.kind), (1, PollKind::Usual));
    assert!(poll.due > Some(NOON));
    assert_eq!(single().batch(), 1);
    let two = [Parcel {
        carrier: "247express",
        number: "A",
        ..Parcel::default()
    }; 2];
    let upstream = Upstream {
        connection: poll.connection,
        base_url: "http://127.0.0.1:9",
        settings: &[("apikey".to_owned(), "x".to_owned())]
            .into_iter()
            .collect(),
    };
    let refused = single().request_all(&upstream, &two);
    assert!(matches!(refused, Err(CallError::Refused { .. })));
    hub.stop().await.unwrap();
}
