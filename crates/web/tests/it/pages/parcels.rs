//! Parcels that the page is looked at with: invented, told by two systems through their own readers.

use crate::installation::{Installation, Shop};
use reqwest::StatusCode;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use trackway_dialects::dialect::{Answer, Parcel};
use trackway_dialects::registry;
use trackway_hub::{Clock, NewConnection, NewTracking};
use trackway_model::ConnectionId;
use trackway_model::intake::{Content, Intake, Verified};

pub const CARRIER: &str = "247express";

/// An installation with one shop and its upstreams.
pub struct World {
    pub own: Installation,
    pub shop: Shop,
    keydelivery: ConnectionId,
}

impl World {
    pub async fn start() -> Self {
        Self::on(Installation::start().await).await
    }

    pub async fn on(own: Installation) -> Self {
        let shop = own.shop("shop").await;
        let connection = NewConnection {
            account: Some("shop".to_owned()),
            dialect: "keydelivery".to_owned(),
            base_url: "http://127.0.0.1:9".to_owned(),
            settings: BTreeMap::from([
                ("key".to_owned(), "unused".to_owned()),
                ("secret".to_owned(), "unused".to_owned()),
            ]),
            operator: true,
            ..NewConnection::default()
        };
        let keydelivery = own.hub.connect(connection).await.unwrap().id;
        Self {
            own,
            shop,
            keydelivery,
        }
    }

    /// A whole answer of a system, read by its own reader.
    async fn answered(&self, dialect: &str, carrier: &str, number: &str, body: &Value) {
        let known = registry::find(dialect).unwrap();
        let tables = self.own.hub.vocabularies();
        let body = body.to_string();
        let answer = Answer {
            status: 200,
            retry_after_s: None,
            body: body.as_bytes(),
        };
        let parcel = Parcel {
            carrier,
            number,
            ..Parcel::default()
        };
        let parsed = known
            .call()
            .unwrap()
            .parse(tables.of(dialect), &parcel, &answer)
            .unwrap();
        let store = self.own.hub.store();
        let account = store.find_account("shop").await.unwrap().unwrap().id;
        let connection = match dialect {
            "keydelivery" => self.keydelivery,
            _ => self.shop.connection.id,
        };
        let intake = Intake {
            account,
            connection,
            carrier: carrier.to_owned(),
            number: number.to_owned(),
            received: self.own.clock.now(),
            content: Content::Document(parsed.answer),
        };
        store.ingest(Verified::attest(vec![intake])).await.unwrap();
    }

    /// 247Express's answer: statuses and scans.
    pub async fn express(&self, number: &str, statuses: &[Status], window: Option<[&str; 2]>) {
        let rows: Vec<Value> = statuses
            .iter()
            .map(|(id, name, time, office, province)| {
                json!({
                    "time": time, "status": id, "statusName": name, "trackingName": name,
                    "provinceName": province, "postOfficeName": office,
                })
            })
            .collect();
        let (last, name, ..) = statuses.last().unwrap();
        let [from, to] = window.map_or([None, None], |window| window.map(Some));
        let body = json!({
            "errorMessage": null, "errorCode": null, "orderCode": number,
            "status": last, "statusName": name, "receiverName": "TRAN THI MAU",
            "mailMan": "PHAM VAN GIA DINH", "deliveryNotes": "Gọi 0900000001 trước khi giao",
            "codAmount": 150_000.0, "edtFrom": from, "edtTo": to,
            "statuses": rows, "trackings": [],
        });
        self.answered("247express", CARRIER, number, &body).await;
    }

    /// KeyDelivery's answer: local times without a zone.
    pub async fn aggregator(&self, carrier: &str, number: &str, items: &[Item]) {
        let items: Vec<Value> = items
            .iter()
            .map(|(code, time, place)| {
                json!({
                    "context": "Signed by MS EXAMPLE, phone 0900000002", "time": time,
                    "order_status_code": code, "location": place,
                })
            })
            .collect();
        let body = json!({"code": 200, "message": "OK", "data": {
            "carrier_id": carrier, "tracking_number": number, "order_status_code": 0,
            "items": items,
        }});
        self.answered("keydelivery", carrier, number, &body).await;
    }

    /// Events that the shop tells itself.
    pub async fn events(&self, events: Value) {
        let key = format!("Bearer {}", self.shop.native.key);
        let sent = self
            .own
            .served
            .post("/v1/events")
            .header(AUTHORIZATION, key);
        let answer = sent.json(&events).send().await.unwrap();
        let status = answer.status();
        let body = answer.text().await.unwrap();
        assert!(
            status.is_success() && !body.contains("\"errors\""),
            "{status} {body}"
        );
    }

    /// A status webhook with a delay code.
    pub async fn delayed(&self, number: &str, status: &str, time: &str, delay: &str) {
        let body = json!({
            "ApiKey": self.shop.webhook_key(), "OrderCode": number, "Status": status,
            "StatusName": "CHOXULY", "TransactionId": format!("{number}-{status}-{time}"),
            "Time": time, "DelayCode": delay, "DelayNotes": "Chị Mẫu hẹn lại, 0900000003",
        });
        let (status, answer) = self.own.post("/IntergrationAPI", &body.to_string()).await;
        assert_eq!(
            (status, &answer["IsError"]),
            (StatusCode::OK, &json!(false)),
            "{answer}"
        );
    }

    /// The path of a link that works for a month.
    pub async fn link(&self, number: &str) -> String {
        let link = self.own.hub.link(Some("shop"), None, number, 30).await;
        link.unwrap().path
    }

    /// A parcel at every kind of state; the names are those of the pictures.
    pub async fn show(&self) -> Vec<(&'static str, String)> {
        let mut shown = Vec::new();
        self.on_its_way("VD2605310").await;
        shown.push(("moving", "VD2605310"));
        self.delivered("VD2605311").await;
        shown.push(("delivered", "VD2605311"));
        self.failed("VD2605312").await;
        shown.push(("failed", "VD2605312"));
        self.returned("VD2605313").await;
        shown.push(("returned", "VD2605313"));
        self.abroad("1Z00AA000000000001").await;
        shown.push(("abroad", "1Z00AA000000000001"));
        self.unheard_of("VD2605315").await;
        shown.push(("nothing", "VD2605315"));
        let mut paths = Vec::new();
        for (name, number) in shown {
            paths.push((name, self.link(number).await));
        }
        paths
    }

    pub async fn on_its_way(&self, number: &str) {
        let window = Some(["2026-06-01T00:00:00+07:00", "2026-06-02T00:00:00+07:00"]);
        self.express(number, &JOURNEY[..4], window).await;
        let items = [
            (json!(1002), "2026-05-31 03:12:40", json!("Ga Đà Nẵng")),
            (json!(1002), "2026-05-31 19:05:00", json!("Kho Sóng Thần")),
        ];
        self.aggregator(CARRIER, number, &items).await;
    }

    pub async fn delivered(&self, number: &str) {
        self.express(number, JOURNEY, None).await;
        let items = [(json!(301), "2026-06-01 16:42:10", json!("HỒ CHÍ MINH"))];
        self.aggregator(CARRIER, number, &items).await;
    }

    pub async fn failed(&self, number: &str) {
        self.express(number, &JOURNEY[..4], None).await;
        self.delayed(number, "16", "2026-06-01T11:20:00+07:00", "2")
            .await;
    }

    pub async fn returned(&self, number: &str) {
        self.express(number, &JOURNEY[..4], None).await;
        self.delayed(number, "16", "2026-06-01T11:20:00+07:00", "8")
            .await;
        self.own
            .told(&self.shop, number, "27", "2026-06-01T14:00:00+07:00")
            .await;
        self.own
            .told(&self.shop, number, "28", "2026-06-01T18:30:00+07:00")
            .await;
    }

    /// Over borders: local times of several countries, an estimate, plans, and pieces.
    pub async fn abroad(&self, number: &str) {
        let event = |status: &str, at: &str, place: &str| {
            json!({
                "carrier": "ups", "number": number, "status": status, "occurred_at": at,
                "place": place, "text": "Signed by Ms Example, 0900000004",
            })
        };
        let with = |mut event: Value, name: &str, value: Value| {
            event[name] = value;
            event
        };
        let estimate = event("delivered", "2026-06-04", "Stuttgart");
        let plan = event("arrived_in_country", "2026-06-02T06:00:00+02:00", "Leipzig");
        self.events(json!([
            event("info_received", "2026-05-28T09:02:00+08:00", "深圳"),
            event("picked_up", "2026-05-28 17:40:00", "深圳市南山区营业点"),
            event(
                "departed_facility",
                "2026-05-29 23:15:00",
                "深圳宝安国际机场"
            ),
            with(
                event(
                    "arrived_at_facility",
                    "2026-05-31T02:50:00Z",
                    "Frankfurt am Main"
                ),
                "pieces",
                json!({"count": 2, "total": 3}),
            ),
            event(
                "customs_started",
                "2026-06-01T08:10:00+02:00",
                "Frankfurt am Main"
            ),
            with(estimate, "certainty", json!("estimated")),
            with(plan, "certainty", json!("planned")),
        ]))
        .await;
    }

    pub async fn unheard_of(&self, number: &str) {
        let new = NewTracking {
            account: Some("shop".to_owned()),
            carrier: CARRIER.to_owned(),
            numbers: vec![number.to_owned()],
            ..NewTracking::default()
        };
        self.own.hub.track(new).await.unwrap();
    }
}

/// Id, name, time, office, province.
type Status = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);
/// Code, time, location.
type Item = (Value, &'static str, Value);

/// A journey through Việt Nam.
pub const JOURNEY: &[Status] = &[
    (
        "21",
        "DATIEPNHAN",
        "2026-05-30T09:00:00+07:00",
        "Bưu cục Hoàn Kiếm",
        "HÀ NỘI",
    ),
    (
        "23",
        "DALAYHANG",
        "2026-05-30T15:10:21.4+07:00",
        "Bưu cục Hoàn Kiếm",
        "HÀ NỘI",
    ),
    (
        "24",
        "DANGVANCHUYEN",
        "2026-05-30T21:44:05.41+07:00",
        "Trung tâm khai thác Bắc Thăng Long",
        "HÀ NỘI",
    ),
    (
        "25",
        "DANGDIPHAT",
        "2026-06-01T07:58:13.323+07:00",
        "Bưu cục Quận 1",
        "HỒ CHÍ MINH",
    ),
    (
        "30",
        "PHATTHANHCONG",
        "2026-06-01T16:42:10.4946223+07:00",
        "Bưu cục Quận 1",
        "HỒ CHÍ MINH",
    ),
];
