//! A hub over a store of its own, with a clock that stands until it is set.

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tower::ServiceExt;
use trackway_dialects::{express247, keydelivery, native};
use trackway_hub::{
    Clock, CreatedKey, Hub, HubConfig, HubError, NewConnection, NewEndpoint, NewKey, NewTracking,
    Shown, TestClock, fold_rules,
};
use trackway_store::config::StoreConfig;
use trackway_store::postgres::PostgresStore;
use trackway_store::sqlite::SqliteStore;
use trackway_store::{MasterKey, Store, SystemEntropy};
use trackway_testkit::{Answer, Postgres, Receiver, TestDatabase};

/// 2024-05-07T12:00:00Z.
pub const NOON: i64 = 1_715_083_200_000_000;
/// How long a test waits for what must come.
pub const LIMIT: Duration = Duration::from_secs(20);

pub enum Place {
    Sqlite(TempDir),
    Postgres(TestDatabase),
}

/// The store's place, the clock and the hub.
pub struct World {
    place: Place,
    pub clock: Arc<TestClock>,
    pub hub: Arc<Hub>,
}

impl World {
    pub async fn sqlite() -> Self {
        Self::at(Place::Sqlite(TempDir::new().unwrap())).await
    }

    pub async fn postgres() -> Self {
        Self::at(Place::Postgres(Postgres::database().await.unwrap())).await
    }

    async fn at(place: Place) -> Self {
        let clock = Arc::new(TestClock::at(NOON));
        let hub = open(&place, clock.clone(), HubConfig::default()).await;
        Self { place, clock, hub }
    }

    /// Ends the hub and opens another one over the same data, at the same time of day.
    pub async fn reopened(self) -> Self {
        self.reopened_with(HubConfig::default()).await
    }

    /// The same with another configuration.
    pub async fn reopened_with(self, config: HubConfig) -> Self {
        self.hub.stop().await.unwrap();
        let Self { place, clock, hub } = self;
        drop(hub);
        let hub = open(&place, clock.clone(), config).await;
        Self { place, clock, hub }
    }

    /// Another hub over the same data, as another node would open it.
    pub async fn another(&self) -> Arc<Hub> {
        open(&self.place, self.clock.clone(), HubConfig::default()).await
    }

    /// The same world after its hub has died; it must not be held by anybody any more.
    pub async fn risen(self) -> Self {
        let Self { place, clock, hub } = self;
        drop(hub);
        let hub = open(&place, clock.clone(), HubConfig::default()).await;
        Self { place, clock, hub }
    }

    /// Connects 247Express at a receiver's address.
    pub async fn connect_247(&self, upstream: &Receiver) {
        let settings = [("apikey", "1111-2222"), ("webhook_apikey", "HOOK-KEY-1")];
        let new = NewConnection {
            dialect: "247express".to_owned(),
            base_url: upstream.url(""),
            settings: texts(&settings),
            operator: true,
            ..NewConnection::default()
        };
        self.hub.connect(new).await.unwrap();
    }

    /// Connects KeyDelivery at a receiver's address.
    pub async fn connect_keydelivery(&self, upstream: &Receiver) {
        let new = NewConnection {
            dialect: "keydelivery".to_owned(),
            base_url: upstream.url(""),
            settings: texts(&[("key", "KD-1"), ("secret", "kd-secret-1")]),
            operator: true,
            ..NewConnection::default()
        };
        self.hub.connect(new).await.unwrap();
    }

    /// Adds an endpoint of a dialect; returns its secret.
    pub async fn endpoint(&self, dialect: &str, url: String, settings: &[(&str, &str)]) -> String {
        let new = NewEndpoint {
            dialect: Some(dialect.to_owned()),
            url,
            settings: texts(settings),
            operator: true,
            ..NewEndpoint::default()
        };
        self.hub.add_endpoint(new).await.unwrap().secret.unwrap()
    }

    pub async fn key(&self, dialect: &str) -> CreatedKey {
        let new = NewKey {
            dialect: Some(dialect.to_owned()),
            ..NewKey::default()
        };
        self.hub.create_key(new).await.unwrap()
    }

    /// Tracks one of 247Express's numbers.
    pub async fn track(&self, number: &str, connection: Option<&str>) {
        let new = NewTracking {
            carrier: "247express".to_owned(),
            numbers: vec![number.to_owned()],
            connection: connection.map(str::to_owned),
            ..NewTracking::default()
        };
        let tracked = self.hub.track(new).await.unwrap();
        assert_eq!(tracked.len(), 1);
    }

    pub fn clock_now(&self) -> i64 {
        self.clock.now()
    }

    /// The newest journey under a number, if it is known.
    pub async fn shown(&self, number: &str) -> Option<Shown> {
        match self.hub.show(None, None, number).await {
            Ok(shown) => shown.into_iter().next(),
            Err(HubError::NoShipment { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Waits until the newest journey under a number has this milestone.
    pub async fn until_milestone(&self, number: &str, milestone: &str) -> Shown {
        let what = format!("{number} to be {milestone}");
        trackway_testkit::eventually(what, LIMIT, async || {
            let shown = self.shown(number).await?;
            (shown.milestone.name() == milestone).then_some(shown)
        })
        .await
        .unwrap()
    }

    /// Moves the clock on, again and again, until `probe` finds what it looks for.
    pub async fn moving_on<T>(
        &self,
        what: &str,
        step: Duration,
        mut probe: impl AsyncFnMut() -> Option<T>,
    ) -> T {
        trackway_testkit::eventually(what, LIMIT, async || {
            let found = probe().await;
            if found.is_none() {
                self.clock.advance(step);
            }
            found
        })
        .await
        .unwrap()
    }

    /// 247Express's update of a number, sent to our door; returns the acknowledgement.
    pub async fn webhook(&self, number: &str, status: &str, time: &str) -> Value {
        let body = update(number, status, time);
        let request = Request::post("/IntergrationAPI")
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let router = express247::router().with_state(self.hub.clone());
        read(router.oneshot(request).await.unwrap()).await.1
    }

    /// 247Express's tracking call on us.
    pub async fn tracking(&self, key: &CreatedKey, number: &str) -> Value {
        let path = format!(
            "/api/Order/v1/Tracking?ordercode={number}&apikey={}",
            key.key
        );
        let request = Request::get(path).body(Body::empty()).unwrap();
        let router = express247::router().with_state(self.hub.clone());
        read(router.oneshot(request).await.unwrap()).await.1
    }

    /// KeyDelivery's real-time call on us.
    pub async fn realtime(&self, key: &CreatedKey, number: &str) -> Value {
        let body = json!({ "carrier_id": "247express", "tracking_number": number, "area_show": 1 });
        let body = body.to_string();
        let secret = key.secret.as_deref().unwrap();
        let request = Request::post("/api/v1/tracking/realtime")
            .header("content-type", "application/json")
            .header("API-Key", &key.key)
            .header(
                "signature",
                keydelivery::sign(body.as_bytes(), &key.key, secret),
            )
            .body(Body::from(body))
            .unwrap();
        let router = keydelivery::router().with_state(self.hub.clone());
        read(router.oneshot(request).await.unwrap()).await.1
    }

    /// Our own events call.
    pub async fn events(&self, key: &CreatedKey, events: Value) -> (u16, Value) {
        let request = Request::post("/v1/events")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", key.key))
            .body(Body::from(json!({ "events": events }).to_string()))
            .unwrap();
        let router = native::router().with_state(self.hub.clone());
        read(router.oneshot(request).await.unwrap()).await
    }
}

pub async fn open(place: &Place, clock: Arc<TestClock>, hub: HubConfig) -> Arc<Hub> {
    let clock: Arc<dyn Clock> = clock;
    Hub::open(store_of(place).await, hub, clock).await.unwrap()
}

pub async fn store_of(place: &Place) -> Arc<dyn Store> {
    let entropy = Arc::new(SystemEntropy);
    let config = StoreConfig::new(fold_rules(), MasterKey::new([7; 32]), entropy);
    match place {
        Place::Sqlite(dir) => SqliteStore::open(dir.path(), config).unwrap(),
        Place::Postgres(database) => PostgresStore::open(&database.url, config).await.unwrap(),
    }
}

pub async fn read(response: Response<Body>) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

pub fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// One step of an invented journey: status, its name, time.
pub type Step = (&'static str, &'static str, &'static str);

pub const JOURNEY: &[Step] = &[
    ("23", "DALAYHANG", "2024-05-06T15:36:56.92+07:00"),
    ("24", "DANGVANCHUYEN", "2024-05-06T20:02:11+07:00"),
    ("25", "DANGDIPHAT", "2024-05-07T08:15:40.41+07:00"),
    ("16", "CHOXULY", "2024-05-07T10:01:02.4+07:00"),
];

/// 247Express's tracking answer after these steps.
pub fn tracking_answer(number: &str, steps: &[Step]) -> Value {
    let statuses: Vec<Value> = steps
        .iter()
        .map(|(status, name, time)| {
            json!({ "time": time, "status": status, "statusName": name, "trackingName": name,
                    "provinceName": "HÀ NỘI", "postOfficeName": "Bưu cục A" })
        })
        .collect();
    let (status, name, _) = steps.last().unwrap();
    json!({
        "errorMessage": null, "errorCode": null, "orderCode": number, "externalCode": "SO-7781",
        "status": status, "statusName": name, "trackingName": name, "delayCode": null,
        "receiverName": "NGUYEN VAN VI DU", "price": 32000.5, "unheardOf": {"kept": [1, "two"]},
        "statuses": statuses, "trackings": []
    })
}

/// An upstream that answers every number with these steps.
pub async fn upstream_247(steps: &'static [Step]) -> Receiver {
    let upstream = Receiver::start().await.unwrap();
    upstream.set_rule(move |request| {
        let query = request.uri.query().unwrap_or_default();
        let number = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("ordercode="))
            .unwrap();
        Answer::json(&tracking_answer(number, steps))
    });
    upstream
}

/// The Vietnamese name that travels with a status.
fn name_of(status: &str) -> &'static str {
    let known = JOURNEY.iter().find(|(id, _, _)| *id == status);
    known.map_or(
        if status == "30" {
            "PHATTHANHCONG"
        } else {
            "KHONGRO"
        },
        |(_, name, _)| name,
    )
}

/// 247Express's update as on the wire.
pub fn update(number: &str, status: &str, time: &str) -> Value {
    json!({
        "ApiKey": "HOOK-KEY-1", "OrderCode": number, "ExternalCode": "SO-7781",
        "ReferenceCode": "PO-55", "Status": status, "StatusName": name_of(status), "Description": null,
        "RequestFeedbackCount": 0, "DelayCode": null, "DelayNotes": null, "DeliveryNotes": null,
        "Mailman": "TRAN VAN MAU", "DeliveryDate": null, "ReceiverName": "NGUYEN VAN VI DU",
        "TransactionId": "11112222-3333-4444-5555-666677778888", "Time": time
    })
}
