//! What upstreams are told of numbers that we gave them, and what they gave for them: Track123, for
//! parcels and for ocean cargo, answers as its reference says and knows what it was told only. A clock
//! that jumps lets leases run out, so a call may be made twice, which is harmless: repetitions are not
//! counted.

mod lost;

use crate::on_both_stores;
use crate::world::{World, texts};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use trackway_dialects::desk::{
    Desk, Moved, Principal, Proof, Refresh, Registered, Registrar, Wish,
};
use trackway_hub::NewConnection;
use trackway_model::{ConnectionId, Milestone};
use trackway_testkit::{Answer, Receiver};

on_both_stores!(
    an_ocean_number_is_asked_about_by_the_order_number_that_its_registration_gave,
    an_upstream_is_told_what_its_clients_do,
    another_carrier_is_told_and_nothing_is_registered_twice,
    what_an_upstream_did_not_hear_is_told_after_a_restart,
    what_an_upstream_refuses_for_good_is_given_up,
);

const PARCELS: &str = "track123";
const BILLS: &str = "track123.ocean.bill";
/// Ours at the upstream.
const KEY: &str = "0123456789abcdef0123456789abcdef";
const STEP: Duration = Duration::from_secs(10);

/// Track123 with what it has of us: numbers with carrier and order number.
struct Upstream {
    receiver: Receiver,
    has: Arc<Mutex<BTreeMap<String, (String, String)>>>,
    /// Whether it answers nothing to what is deleted.
    deaf: Arc<AtomicBool>,
    /// Whether its answer to what is given next is lost.
    loses: Arc<AtomicBool>,
}

impl Upstream {
    async fn start() -> Self {
        let receiver = Receiver::start().await.unwrap();
        let has: Arc<Mutex<BTreeMap<String, (String, String)>>> = Arc::default();
        let deaf: Arc<AtomicBool> = Arc::default();
        let loses: Arc<AtomicBool> = Arc::default();
        let (known, hears_nothing, loses_one) = (has.clone(), deaf.clone(), loses.clone());
        receiver.set_rule(move |request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let path = request.uri.path().to_owned();
            let call = path.rsplit_once("/tk/v2.1/").unwrap().1;
            if call.ends_with("/delete") && hears_nothing.load(Ordering::SeqCst) {
                return Answer::status(503);
            }
            let told = answer(call, &body, &mut known.lock());
            if call.ends_with("/import") && loses_one.swap(false, Ordering::SeqCst) {
                return Answer::status(503);
            }
            Answer::json(&told)
        });
        Self {
            receiver,
            has,
            deaf,
            loses,
        }
    }

    /// Its calls so far: path behind the version, and body.
    fn calls(&self) -> Vec<(String, Value)> {
        let call = |recorded: &trackway_testkit::Recorded| {
            let path = recorded.uri.path();
            let call = path.rsplit_once("/tk/v2.1/").unwrap().1.to_owned();
            (call, recorded.json().unwrap())
        };
        self.receiver.received().iter().map(call).collect()
    }

    /// Bodies of a call, each once.
    fn of(&self, call: &str) -> Vec<Value> {
        let calls = self.calls().into_iter();
        let mut bodies: Vec<Value> = calls
            .filter(|(made, _)| made == call)
            .map(|(_, body)| body)
            .collect();
        bodies.dedup();
        bodies
    }

    fn carrier_of(&self, number: &str) -> Option<String> {
        Some(self.has.lock().get(number)?.0.clone())
    }
}

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name].as_str().unwrap_or_default()
}

fn success(data: impl serde::Serialize) -> Value {
    json!({ "code": "00000", "msg": "Success", "data": data })
}

fn not_registered(member: &str) -> Value {
    json!({ "code": "A0400", "msg": format!("{member} not registered"), "data": null })
}

fn answer(call: &str, body: &Value, has: &mut BTreeMap<String, (String, String)>) -> Value {
    let is_cargo = call.starts_with("ocean/");
    let (number, carrier) = if is_cargo {
        ("trackingNo", "carrierCode")
    } else {
        ("trackNo", "courierCode")
    };
    let deed = call.rsplit_once('/').unwrap().1;
    match deed {
        "import" => {
            let mut accepted = Vec::new();
            let mut rejected = Vec::new();
            for item in body.as_array().unwrap() {
                let mut item = item.clone();
                let of = text(&item, number).to_owned();
                if has.contains_key(&of) {
                    item["error"] = json!({ "code": "A0400",
                        "msg": "The order number has been imported" });
                    rejected.push(item);
                    continue;
                }
                let order = format!("57700000000000000{}", has.len());
                has.insert(of, (text(&item, carrier).to_owned(), order.clone()));
                item["orderNo"] = order.into();
                accepted.push(item);
            }
            success(json!({ "accepted": accepted, "rejected": rejected }))
        }
        "query" if is_cargo => {
            let knows = |item: &&Value| {
                let known = has.get(text(item, number));
                known.is_some_and(|(_, order)| order == text(item, "orderNo"))
            };
            let (known, unknown): (Vec<_>, Vec<_>) =
                body.as_array().unwrap().iter().partition(knows);
            success(json!({
                "accepted": known.into_iter().map(bill).collect::<Vec<_>>(),
                "rejected": unknown.into_iter().map(|item| refused(item, number)).collect::<Vec<_>>(),
            }))
        }
        "query" => {
            let items = body["trackNoInfos"].as_array().unwrap();
            let (known, unknown): (Vec<_>, Vec<_>) = items.iter().partition(|item| {
                let known = has.get(text(item, number));
                known.is_some_and(|(kept, _)| kept == text(item, carrier))
            });
            success(json!({
                "accepted": { "content": known.into_iter().map(tracking).collect::<Vec<_>>() },
                "rejected": unknown.into_iter().map(|item| refused(item, number)).collect::<Vec<_>>(),
            }))
        }
        "update" if has.contains_key(text(body, number)) => success(json!(true)),
        "refresh" if has.contains_key(text(body, number)) => {
            success(json!({ "success": true, "actualRefreshTime": "2025-02-03 09:00:00" }))
        }
        "update-courier" => match has.get_mut(text(body, number)) {
            Some(known) if known.0 == text(body, carrier) => {
                text(body, "newCourierCode").clone_into(&mut known.0);
                success(json!(true))
            }
            _ => not_registered(number),
        },
        "delete" => {
            let item = body.as_array().map_or(body, |items| &items[0]);
            match has.remove(text(item, number)) {
                Some(_) => success(json!(true)),
                None => not_registered(number),
            }
        }
        _ => not_registered(number),
    }
}

fn refused(item: &Value, number: &str) -> Value {
    let msg = format!("{number} not registered");
    json!({ number: item[number], "error": { "code": "A0400", "msg": msg } })
}

fn bill(item: &Value) -> Value {
    let departed = json!({ "eventDetails": "Vessel departed", "eventStatus": "DEPA",
        "eventTime": "2024-05-06 06:00:00", "eventTimeUTC": "2024-05-05T22:00:00Z",
        "locationName": "Ningbo, CN", "locationType": "POL", "transitStatus": "IN_TRANSIT" });
    json!({ "orderNo": item["orderNo"], "trackingNo": item["trackingNo"], "type": item["type"],
        "searchStatus": "IN_TRANSIT", "carrierInfo": { "carrierCode": "MAEU" },
        "containerInfo": [{ "containerNo": "CSQU3054383", "transitStatus": "IN_TRANSIT",
            "lastTrackingTime": "2024-05-06 06:00:00", "trackingDetails": [departed] }] })
}

fn tracking(item: &Value) -> Value {
    let landed = json!({ "address": "Hue", "eventTime": "2024-05-06 09:00:00", "timezone": "+07:00",
        "eventTimeZeroUTC": "2024-05-06T02:00:00Z", "eventDetail": "Landed",
        "transitSubStatus": "IN_TRANSIT_06" });
    json!({ "trackNo": item["trackNo"], "transitStatus": "IN_TRANSIT",
        "transitSubStatus": "IN_TRANSIT_06", "localLogisticsInfo":
            { "courierCode": item["courierCode"], "trackingDetails": [landed] } })
}

struct Client {
    world: World,
    upstream: Upstream,
    who: Principal,
    connection: ConnectionId,
    /// Where the upstream's webhooks come in.
    door: String,
}

impl Client {
    async fn of(world: World, more: &[(&str, &str)]) -> Self {
        let upstream = Upstream::start().await;
        let mut settings = texts(&[("key", KEY)]);
        settings.extend(texts(more));
        let new = NewConnection {
            dialect: PARCELS.to_owned(),
            base_url: upstream.receiver.url(""),
            settings,
            operator: true,
            ..NewConnection::default()
        };
        let made = world.hub.connect(new).await.unwrap();
        let (connection, door) = (made.id, made.webhook_path);
        let key = world.key(PARCELS).await;
        let proved = world.hub.prove(PARCELS, Proof::Key(&key.key)).await;
        let who = proved.unwrap().unwrap();
        world.hub.start();
        Self {
            world,
            upstream,
            who,
            connection,
            door,
        }
    }

    async fn register(&self, book: &'static str, carrier: &str, number: &str, data: Value) -> i64 {
        let wish = Wish {
            carrier: carrier.to_owned(),
            number: number.to_owned(),
            data,
            ..Wish::default()
        };
        let made = Registrar::register(&*self.world.hub, &self.who, book, vec![wish]).await;
        made.unwrap()[0].0.id
    }

    /// A parcel that the upstream was given and has told of.
    async fn known(&self, number: &str) -> i64 {
        let data = json!({ "remark": "a gift", "postalCode": "10001" });
        let id = self.register(PARCELS, "dhl", number, data).await;
        self.told(PARCELS, "dhl", number).await;
        id
    }

    async fn told(&self, book: &'static str, carrier: &str, number: &str) -> Registered {
        self.until("it to be told of", async || {
            let found = self
                .world
                .hub
                .registered(&self.who, book, Some(carrier), number);
            found
                .await
                .unwrap()
                .into_iter()
                .find(|one| one.told.is_some())
        })
        .await
    }

    async fn until<T>(&self, what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
        self.world.moving_on(what, STEP, look).await
    }

    async fn until_called(&self, call: &str, times: usize) -> Vec<Value> {
        let what = format!("{times} calls of {call}");
        self.until(&what, async || {
            Some(self.upstream.of(call)).filter(|calls| calls.len() >= times)
        })
        .await
    }

    async fn track_of(&self, number: &str) -> trackway_model::TrackId {
        let shown = self.world.shown(number).await.unwrap();
        shown.shipment.track()
    }

    async fn owed(&self) -> u64 {
        let count = self.world.hub.store().count_errands(self.connection).await;
        count.unwrap()
    }

    async fn until_nothing_is_owed(&self) {
        self.until("nothing to be owed", async || {
            (self.owed().await == 0).then_some(())
        })
        .await;
    }

    async fn move_to(&self, id: i64, carrier: &str) {
        let ids = [id];
        let moved = self
            .world
            .hub
            .change_carrier(&self.who, PARCELS, &ids, carrier);
        assert_eq!(moved.await.unwrap(), Moved::All);
    }

    async fn end(&self, book: &'static str, id: i64) {
        let ended = self.world.hub.unregister(&self.who, book, &[id]).await;
        assert_eq!(ended.unwrap(), 1);
    }
}

async fn an_ocean_number_is_asked_about_by_the_order_number_that_its_registration_gave(
    world: World,
) {
    let client = Client::of(world, &[("cargo", "ocean")]).await;
    let own = json!({ "cargo": "ocean", "orderNo": "577123456789012345", "type": 2 });
    let number = "BL-DEMO-77";
    let id = client.register(BILLS, "maersk", number, own).await;
    client.told(BILLS, "maersk", number).await;
    let shown = client.world.shown(number).await.unwrap();
    assert_eq!(shown.milestone, Milestone::Departed);
    // It was registered once, with its type, and asked about with what came back.
    let item = json!({ "trackingNo": number, "carrierCode": "MAEU", "type": 2 });
    assert_eq!(client.upstream.calls()[0].0, "ocean/track/import");
    assert_eq!(client.upstream.of("ocean/track/import"), [json!([item])]);
    let named = json!({ "orderNo": "577000000000000000", "trackingNo": number, "type": 2 });
    let asked = client.upstream.of("ocean/track/query");
    assert_eq!(asked, [json!([named.clone()])]);
    // A later look, and the end, name it so as well.
    let least = Duration::from_hours(6).as_micros() as i64;
    let asked = Registrar::refresh(&*client.world.hub, &client.who, BILLS, id, least).await;
    assert!(matches!(asked.unwrap(), Refresh::Asked { .. }));
    let refreshed = client.until_called("ocean/track/refresh", 1).await;
    assert_eq!(refreshed, std::slice::from_ref(&named));
    client.end(BILLS, id).await;
    let deleted = client.until_called("ocean/track/delete", 1).await;
    assert_eq!(deleted, [json!([named])]);
    client.until_nothing_is_owed().await;
    assert_eq!(client.upstream.of("ocean/track/import").len(), 1);
    client.world.hub.stop().await.unwrap();
}

async fn an_upstream_is_told_what_its_clients_do(world: World) {
    let client = Client::of(world, &[]).await;
    let id = client.known("ZX1").await;
    let imported = client.upstream.of("track/import");
    let item = json!([{ "trackNo": "ZX1", "courierCode": "dhl", "postalCode": "10001" }]);
    assert_eq!(imported, [item], "the client's own remark stays here");

    let data = json!({ "remark": "another", "postalCode": "20002" });
    let amended = client.world.hub.amend(&client.who, PARCELS, id, data, None);
    assert!(amended.await.unwrap());
    let edited = client.until_called("track/update", 1).await;
    let expected = json!({ "trackNo": "ZX1", "courierCode": "dhl", "postalCode": "20002",
        "country": null, "shipTime": null, "extendFieldMap": null });
    assert_eq!(edited, [expected]);

    let asked = Registrar::refresh(&*client.world.hub, &client.who, PARCELS, id, 1).await;
    assert!(matches!(asked.unwrap(), Refresh::Asked { .. }));
    let named = json!({ "trackNo": "ZX1", "courierCode": "dhl" });
    let refreshed = client.until_called("track/refresh", 1).await;
    assert_eq!(refreshed, std::slice::from_ref(&named));
    // The upstream looks first, and is asked then.
    let next = client
        .until("a call after it", async || {
            let calls = client.upstream.calls().into_iter().map(|(call, _)| call);
            let mut after = calls.skip_while(|call| call != "track/refresh");
            after.find(|call| call != "track/refresh")
        })
        .await;
    assert_eq!(next, "track/query");

    client.end(PARCELS, id).await;
    let deleted = client.until_called("track/delete", 1).await;
    assert_eq!(deleted, [named]);
    client.until_nothing_is_owed().await;
    assert_eq!(client.upstream.carrier_of("ZX1"), None);
    // Nobody asks about it any more.
    let track = client.track_of("ZX1").await;
    client
        .until("its poll to be over", async || {
            let polls = client.world.hub.store().polls_of(track).await.unwrap();
            polls.iter().all(|poll| poll.due.is_none()).then_some(())
        })
        .await;
    let calls = client.upstream.calls().len();
    client.world.clock.advance(Duration::from_hours(24));
    client.known("ZX2").await;
    let later = client.upstream.calls().split_off(calls);
    let about = |body: &Value| body.to_string().contains("ZX1");
    assert!(later.iter().all(|(_, body)| !about(body)), "{later:?}");
    client.world.hub.stop().await.unwrap();
}

async fn another_carrier_is_told_and_nothing_is_registered_twice(world: World) {
    let client = Client::of(world, &[]).await;
    let id = client.known("ZX1").await;
    client.move_to(id, "ups").await;
    client.told(PARCELS, "ups", "ZX1").await;
    let expected = json!({ "trackNo": "ZX1", "courierCode": "dhl", "newCourierCode": "ups" });
    assert_eq!(client.upstream.of("track/update-courier"), [expected]);
    assert_eq!(client.upstream.of("track/import").len(), 1);
    assert_eq!(client.upstream.carrier_of("ZX1").as_deref(), Some("ups"));
    client.until_nothing_is_owed().await;
    // What the upstream lost meanwhile is given to it again, under the new carrier.
    client.upstream.has.lock().clear();
    client.move_to(id, "fedex").await;
    let imported = client.until_called("track/import", 2).await;
    assert_eq!(imported[1][0]["courierCode"], "fedex");
    client.until_nothing_is_owed().await;
    client.world.hub.stop().await.unwrap();
}

async fn what_an_upstream_did_not_hear_is_told_after_a_restart(world: World) {
    let client = Client::of(world, &[]).await;
    let id = client.known("ZX1").await;
    client.upstream.deaf.store(true, Ordering::SeqCst);
    client.end(PARCELS, id).await;
    client
        .until("the first attempt to fail", async || {
            let failed = client.world.hub.metrics().render();
            let line = "trackway_errands_total{errand=\"ended\",outcome=\"fault\"}";
            failed.contains(line).then_some(())
        })
        .await;
    assert_eq!(client.owed().await, 1);
    let Client {
        world,
        upstream,
        who,
        connection,
        door,
    } = client;
    let world = world.reopened().await;
    let client = Client {
        world,
        upstream,
        who,
        connection,
        door,
    };
    assert_eq!(client.owed().await, 1);
    client.upstream.deaf.store(false, Ordering::SeqCst);
    client.world.hub.start();
    client.until_nothing_is_owed().await;
    assert_eq!(client.upstream.carrier_of("ZX1"), None);
    client.world.hub.stop().await.unwrap();
}

async fn what_an_upstream_refuses_for_good_is_given_up(world: World) {
    let client = Client::of(world, &[]).await;
    let id = client.known("ZX1").await;
    client.upstream.receiver.set_rule(|request| {
        let deletes = request.uri.path().ends_with("/track/delete");
        let data = if deletes {
            json!(false)
        } else {
            json!({ "accepted": null })
        };
        Answer::json(&success(data))
    });
    client.end(PARCELS, id).await;
    client
        .world
        .moving_on("it to be given up", Duration::from_hours(6), async || {
            (client.owed().await == 0).then_some(())
        })
        .await;
    assert!(!client.upstream.of("track/delete").is_empty());
    assert_eq!(client.upstream.carrier_of("ZX1").as_deref(), Some("dhl"));
    client.world.hub.stop().await.unwrap();
}
