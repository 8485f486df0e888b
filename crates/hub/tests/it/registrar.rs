//! The facades' registrations over both stores; and Track123 as an upstream that must be given a number
//! before it can be asked.

use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, World, texts, upstream_247};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use trackway_dialects::desk::{
    Desk, Instant, Mark, Moved, Principal, Proof, Refresh, Registrar, RegistrationQuery, Wish,
};
use trackway_hub::NewConnection;
use trackway_model::Standing;
use trackway_testkit::{Answer, Receiver, eventually};

on_both_stores!(
    a_number_is_registered_found_amended_and_ended,
    a_book_is_read_page_by_page_and_by_key,
    a_number_moves_to_another_carrier,
    a_refresh_asks_upstreams_once_in_a_while,
    what_is_asked_at_once_is_not_kept,
    an_upstream_is_given_what_it_does_not_know,
);

const BOOK: &str = "track123";

async fn principal(world: &World) -> Principal {
    let key = world.key(BOOK).await;
    let proved = world.hub.prove(BOOK, Proof::Key(&key.key)).await;
    proved.unwrap().unwrap()
}

fn wish(carrier: &str, number: &str, order: &str) -> Wish {
    Wish {
        carrier: carrier.to_owned(),
        number: number.to_owned(),
        data: json!({ "orderNo": order }),
        key: Some(order.to_owned()),
        references: vec![order.to_owned()],
    }
}

async fn a_number_is_registered_found_amended_and_ended(world: World) {
    let who = principal(&world).await;
    let wishes = vec![wish("dhl", "ZX1", "SO-1"), wish("dhl", "zx1", "SO-2")];
    let made = Registrar::register(&*world.hub, &who, BOOK, wishes)
        .await
        .unwrap();
    let news: Vec<bool> = made.iter().map(|(_, new)| *new).collect();
    assert_eq!(news, [true, false]);
    let one = &made[0].0;
    assert_eq!(
        (one.standing, one.told, one.refreshed),
        (Standing::Pending, None, None)
    );
    assert_eq!(
        made[1].0.data["orderNo"], "SO-1",
        "a known one stays as it is"
    );
    let found = async |carrier: Option<&str>| {
        let found = world.hub.registered(&who, BOOK, carrier, "ZX1").await;
        found.unwrap().len()
    };
    assert_eq!(
        (
            found(None).await,
            found(Some("dhl")).await,
            found(Some("ups")).await
        ),
        (1, 1, 0)
    );
    // Other books, and our own registrations, are none of this one's.
    assert!(
        world
            .hub
            .registered(&who, "track123.ocean", None, "ZX1")
            .await
            .unwrap()
            .is_empty()
    );
    let amended = world.hub.amend(
        &who,
        BOOK,
        one.id,
        json!({ "orderNo": "SO-9" }),
        Some("SO-9".to_owned()),
    );
    assert!(amended.await.unwrap());
    let by = |key: &str| RegistrationQuery {
        keys: vec![key.to_owned()],
        ..RegistrationQuery::default()
    };
    let count = async |key: &str| {
        world
            .hub
            .count_registrations(&who, BOOK, &by(key))
            .await
            .unwrap()
    };
    assert_eq!((count("SO-1").await, count("SO-9").await), (0, 1));
    // The clock: nothing was found.
    world.clock.advance(Duration::from_hours(1));
    let now = world.hub.registered(&who, BOOK, None, "ZX1").await.unwrap();
    assert_eq!(now[0].standing, Standing::NoRecord);
    assert_eq!(
        world
            .hub
            .unregister(&who, BOOK, &[one.id, 99_999])
            .await
            .unwrap(),
        1
    );
    assert_eq!(found(None).await, 0);
    assert!(
        world.hub.shipment_of(&who, one).await.unwrap().is_some(),
        "history stays"
    );
}

async fn a_book_is_read_page_by_page_and_by_key(world: World) {
    let who = principal(&world).await;
    for n in 0..5 {
        let wishes = vec![wish("dhl", &format!("ZX{n}"), &format!("SO-{}", n % 2))];
        Registrar::register(&*world.hub, &who, BOOK, wishes)
            .await
            .unwrap();
        world.clock.advance(Duration::from_secs(1));
    }
    let all = RegistrationQuery::default();
    let mut read = Vec::new();
    let mut after: Option<Mark> = None;
    loop {
        let page = world
            .hub
            .registrations(&who, BOOK, &all, after, 2)
            .await
            .unwrap();
        read.extend(page.registered.into_iter().map(|one| one.number));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(read, ["ZX4", "ZX3", "ZX2", "ZX1", "ZX0"]);
    let odd = RegistrationQuery {
        keys: vec!["SO-1".to_owned()],
        ..all
    };
    let page = world
        .hub
        .registrations(&who, BOOK, &odd, None, 9)
        .await
        .unwrap();
    let numbers: Vec<String> = page.registered.into_iter().map(|one| one.number).collect();
    assert_eq!(numbers, ["ZX3", "ZX1"]);
}

async fn a_number_moves_to_another_carrier(world: World) {
    let who = principal(&world).await;
    let wishes = vec![wish("dhl", "ZX1", "SO-1"), wish("ups", "ZX1", "SO-2")];
    let made = Registrar::register(&*world.hub, &who, BOOK, wishes)
        .await
        .unwrap();
    let (dhl, ups) = (made[0].0.id, made[1].0.id);
    let to = async |ids: &[i64], carrier: &str| {
        world
            .hub
            .change_carrier(&who, BOOK, ids, carrier)
            .await
            .unwrap()
    };
    assert_eq!(to(&[dhl], "ups").await, Moved::Taken(dhl));
    assert_eq!(to(&[dhl, 99_999], "fedex").await, Moved::Unknown(99_999));
    assert_eq!(to(&[dhl, ups], "fedex").await, Moved::Taken(ups));
    assert_eq!(to(&[dhl], "fedex").await, Moved::All);
    let found = world
        .hub
        .registered(&who, BOOK, Some("fedex"), "ZX1")
        .await
        .unwrap();
    assert_eq!(
        (found[0].id, &found[0].data["orderNo"]),
        (dhl, &json!("SO-1"))
    );
    assert!(
        world
            .hub
            .registered(&who, BOOK, Some("dhl"), "ZX1")
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_refresh_asks_upstreams_once_in_a_while(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    world.connect_247(&upstream).await;
    let who = principal(&world).await;
    world.hub.start();
    let made = Registrar::register(
        &*world.hub,
        &who,
        BOOK,
        vec![wish("247express", "VD0000001", "SO-1")],
    )
    .await;
    let id = made.unwrap()[0].0.id;
    upstream.wait_for(1, LIMIT).await.unwrap();
    let least = Duration::from_hours(6).as_micros() as i64;
    let at = world.clock_now();
    let first = Registrar::refresh(&*world.hub, &who, BOOK, id, least)
        .await
        .unwrap();
    assert!(
        matches!(first, Refresh::Asked { at: told } if told >= at),
        "{first:?}"
    );
    upstream.wait_for(2, LIMIT).await.unwrap();
    let again = Registrar::refresh(&*world.hub, &who, BOOK, id, least)
        .await
        .unwrap();
    assert!(
        matches!(again, Refresh::TooSoon { last } if last >= at),
        "{again:?}"
    );
    let nobody = Registrar::refresh(&*world.hub, &who, BOOK, id + 1, least)
        .await
        .unwrap();
    assert_eq!(nobody, Refresh::Unknown);
    let known = eventually("what was told", LIMIT, async || {
        let found = world
            .hub
            .registered(&who, BOOK, None, "VD0000001")
            .await
            .unwrap();
        found.into_iter().find(|one| one.told.is_some())
    });
    let known = known.await.unwrap();
    assert!(matches!(known.standing, Standing::Active | Standing::Ended));
    assert!(known.refreshed.is_some());
}

async fn what_is_asked_at_once_is_not_kept(world: World) {
    let who = principal(&world).await;
    let ask = async || {
        world
            .hub
            .ask_now(&who, "247express", "VD0000001")
            .await
            .unwrap()
    };
    assert!(
        matches!(ask().await, Instant::Unanswered(None)),
        "nobody can be asked"
    );
    let upstream = upstream_247(JOURNEY).await;
    world.connect_247(&upstream).await;
    let Instant::Told(view) = ask().await else {
        panic!("the upstream knows it");
    };
    assert!(view.state().events > 0 && !view.statements.is_empty());
    let found = world
        .hub
        .look_up(&who, BOOK, None, "VD0000001")
        .await
        .unwrap();
    assert!(matches!(found, trackway_dialects::desk::Found::Nothing));
    let (limit, day) = (3, 1);
    let charge = async |n| world.hub.charge(&who, "test", day, n, limit).await.unwrap();
    assert_eq!(
        (charge(2).await, charge(2).await, charge(1).await),
        (true, false, true)
    );
}

/// Track123 as it answers: a number is known once it was imported.
async fn track123() -> Receiver {
    let upstream = Receiver::start().await.unwrap();
    let imported = parking_lot::Mutex::new(Vec::<String>::new());
    upstream.set_rule(move |request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let number = |item: &Value| item["trackNo"].as_str().unwrap().to_owned();
        let mut imported = imported.lock();
        let data = if request.uri.path().ends_with("/track/import") {
            imported.extend(body.as_array().unwrap().iter().map(number));
            json!({ "accepted": body, "rejected": [] })
        } else {
            let asked: Vec<String> = body["trackNoInfos"].as_array().unwrap().iter().map(number).collect();
            let (known, unknown): (Vec<_>, Vec<_>) =
                asked.into_iter().partition(|number| imported.contains(number));
            let event = json!({ "address": "Hue", "eventTime": "2024-05-06 09:00:00", "timezone": "+07:00",
                "eventTimeZeroUTC": "2024-05-06T02:00:00Z", "eventDetail": "Delivered", "transitSubStatus": "DELIVERED_01" });
            let tracking = |number: String| json!({ "trackNo": number, "transitStatus": "DELIVERED",
                "transitSubStatus": "DELIVERED_01", "localLogisticsInfo": { "courierCode": "dhl", "trackingDetails": [event] } });
            let refusal = |number: String| json!({ "trackNo": number, "error": { "code": "A0400", "msg": "trackNo not registered" } });
            json!({
                "accepted": { "content": known.into_iter().map(tracking).collect::<Vec<_>>() },
                "rejected": unknown.into_iter().map(refusal).collect::<Vec<_>>(),
            })
        };
        Answer::json(&json!({ "code": "00000", "msg": "Success", "data": data }))
    });
    upstream
}

async fn an_upstream_is_given_what_it_does_not_know(world: World) {
    let upstream = track123().await;
    let new = NewConnection {
        dialect: BOOK.to_owned(),
        base_url: upstream.url(""),
        settings: texts(&[("key", "0123456789abcdef0123456789abcdef")]),
        operator: true,
        ..NewConnection::default()
    };
    world.hub.connect(new).await.unwrap();
    let who = principal(&world).await;
    world.hub.start();
    let wishes = ["ZX1", "ZX2", "ZX3"].map(|number| wish("dhl", number, "SO-1"));
    Registrar::register(&*world.hub, &who, BOOK, wishes.to_vec())
        .await
        .unwrap();
    let ended = async || {
        let page = world
            .hub
            .registrations(&who, BOOK, &RegistrationQuery::default(), None, 9)
            .await
            .unwrap();
        let all = page
            .registered
            .iter()
            .all(|one| one.standing == Standing::Ended);
        all.then_some(())
    };
    world
        .moving_on("all to be delivered", Duration::from_mins(10), ended)
        .await;
    let calls = upstream.received();
    let imports: Vec<Value> = calls
        .iter()
        .filter(|call| call.uri.path().ends_with("/track/import"))
        .flat_map(|call| serde_json::from_slice::<Vec<Value>>(&call.body).unwrap())
        .collect();
    let given: BTreeSet<&str> = imports
        .iter()
        .map(|item| item["trackNo"].as_str().unwrap())
        .collect();
    assert_eq!(given, BTreeSet::from(["ZX1", "ZX2", "ZX3"]));
    assert_eq!(imports[0]["courierCode"], "dhl");
    assert!(
        calls[0]
            .uri
            .path()
            .ends_with("/gateway/open-api/tk/v2.1/track/query")
    );
}
