//! What could not be read is put aside alone, told of without a word that a person wrote, and read
//! again when it can be.

use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, NOON, World, tracking_answer, update, upstream_247};
use serde_json::json;
use std::time::Duration;
use trackway_dialects::Desk;
use trackway_dialects::desk::{Door, Unread};
use trackway_hub::quarantine::{Listing, QuarantineInfo};
use trackway_hub::{HubError, NewConnection};
use trackway_model::orders::{Body, Facet, Kind, RecordQuery};
use trackway_model::{Oddity, QuarantineId, Strange, Way};
use trackway_store::quarantine::{About, Noted, Payload};
use trackway_testkit::{Answer, Receiver, eventually};

on_both_stores!(
    an_answer_that_cannot_be_read_fails_alone,
    bodies_are_read_again_as_if_they_had_been_understood_then,
    goods_are_reported_when_they_are_read_again,
    what_still_cannot_be_read_stays,
    the_drift_report_names_members_and_no_values,
    an_unknown_code_is_kept_and_told_of,
    surprises_are_their_accounts_own,
);

const ALL: Listing = Listing {
    connection: None,
    after: QuarantineId(0),
    limit: 1_000,
};

async fn door(world: &World) -> Door {
    let connection = world.hub.store().connections().await.unwrap().remove(0);
    Door {
        account: connection.account,
        connection: connection.id,
    }
}

async fn quarantined(world: &World) -> Vec<QuarantineInfo> {
    world.hub.quarantined(None, &ALL).await.unwrap()
}

async fn drift(world: &World) -> Vec<QuarantineInfo> {
    world.hub.drift(None, &ALL).await.unwrap()
}

async fn an_answer_that_cannot_be_read_fails_alone(world: World) {
    let upstream = Receiver::start().await.unwrap();
    upstream.set_rule(|request| {
        let query = request.uri.query().unwrap_or_default();
        if query.contains("VD0000001") {
            return Answer::status(200).body("{\"result\": [\"NGUYEN VAN VI DU\"]}");
        }
        Answer::json(&tracking_answer("VD0000002", JOURNEY))
    });
    world.connect_247(&upstream).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    world.track("VD0000002", None).await;
    world.until_milestone("VD0000002", "pending_handling").await;
    let held = eventually("the answer to be put aside", LIMIT, async || {
        let held = quarantined(&world).await;
        (!held.is_empty()).then_some(held)
    })
    .await
    .unwrap();
    let [one] = &held[..] else { panic!("{held:?}") };
    assert_eq!((&*one.way, &*one.kind), ("poll", "shape"));
    assert_eq!((&*one.member, &*one.name), ("orderCode", "247express"));
    assert_eq!((one.kept, one.times), (1, 1));
    assert!(!format!("{one:?}").contains("NGUYEN"), "{one:?}");
    let full = world.hub.quarantined_one(None, one.id).await.unwrap();
    let payload = &full.payloads[0];
    assert_eq!(payload.status, Some(200));
    assert_eq!(payload.number.as_deref(), Some("VD0000001"));
    assert!(payload.text.as_ref().unwrap().contains("NGUYEN VAN VI DU"));
    // It is asked again: nothing is taken off the list.
    upstream.set_rule(|_| Answer::json(&tracking_answer("VD0000001", JOURNEY)));
    world
        .moving_on("an answer at last", Duration::from_mins(30), async || {
            world
                .shown("VD0000001")
                .await
                .filter(|s| !s.events.is_empty())
        })
        .await;
    world.hub.stop().await.unwrap();
}

async fn bodies_are_read_again_as_if_they_had_been_understood_then(world: World) {
    let upstream = Receiver::start().await.unwrap();
    world.connect_247(&upstream).await;
    let door = door(&world).await;
    world.track("VD0000002", None).await;
    let account = world.hub.account(None).await.unwrap().id;
    let tracks = world.hub.store().find(account, None, "VD0000002").await;
    let track = tracks.unwrap()[0].id;
    // What an older release could not read.
    let sent = update("VD0000001", "25", "2024-05-07T10:01:02.4+07:00").to_string();
    let webhook = Unread {
        strange: Strange::new(Oddity::Shape, "OrderCode", "a text", "nothing"),
        body: sent.as_bytes(),
        over: None,
    };
    world
        .hub
        .quarantine(&door, "247express", webhook)
        .await
        .unwrap();
    let about = About {
        track,
        carrier: "247express".to_owned(),
        number: "VD0000002".to_owned(),
    };
    let answer = tracking_answer("VD0000002", JOURNEY).to_string();
    let payload = Payload {
        about: Some(about),
        status: 200,
        ..Payload::of(answer.as_bytes(), NOON)
    };
    let noted = Noted {
        account,
        connection: door.connection,
        dialect: "247express".to_owned(),
        way: Way::Poll,
        strange: Strange::new(Oddity::Shape, "orderCode", "a text", "nothing"),
        at: NOON,
        times: 1,
        payload: Some(payload),
    };
    world.hub.store().note_strange(vec![noted]).await.unwrap();
    world.clock.advance(Duration::from_hours(30));
    let done = world.hub.retry_quarantined(None, &[]).await.unwrap();
    let read: Vec<(u64, u64)> = done.iter().map(|one| (one.read, one.unread)).collect();
    assert_eq!(read, [(1, 0), (1, 0)]);
    assert_eq!(quarantined(&world).await, []);
    for (number, milestone) in [
        ("VD0000001", "out_for_delivery"),
        ("VD0000002", "pending_handling"),
    ] {
        let shown = world.shown(number).await.unwrap();
        assert_eq!(shown.milestone.name(), milestone);
        let tracks = world.hub.store().find(account, None, number).await.unwrap();
        let seen: Vec<i64> = tracks[0].spine.iter().map(|told| told.first_seen).collect();
        assert!(seen.iter().all(|at| *at == NOON), "{seen:?}");
    }
    assert_eq!(world.hub.retry_quarantined(None, &[]).await.unwrap(), []);
}

async fn goods_are_reported_when_they_are_read_again(world: World) {
    let new = NewConnection {
        dialect: "nandh".to_owned(),
        base_url: "http://127.0.0.1:9".to_owned(),
        settings: [("key".to_owned(), "unused".to_owned())].into(),
        operator: true,
        ..NewConnection::default()
    };
    world.hub.connect(new).await.unwrap();
    let door = door(&world).await;
    let stock =
        r#"{"event_code":"HOOK_EVENT_STOCK_UPDATE","id":1,"sku":"TEA","stock":3,"updated_time":1}"#;
    for (body, problem) in [
        (stock.to_owned(), None),
        (stock.replace("TEA", &"T".repeat(300)), Some("subject")),
    ] {
        let unread = Unread {
            strange: Strange::new(Oddity::Shape, "sku", "a text", "nothing"),
            body: body.as_bytes(),
            over: None,
        };
        world.hub.quarantine(&door, "nandh", unread).await.unwrap();
        world.clock.advance(Duration::from_hours(30));
        let done = world.hub.retry_quarantined(None, &[]).await.unwrap();
        assert_eq!((done[0].read == 1, done.len()), (problem.is_none(), 1));
        let said = done[0].problem.as_deref().unwrap_or_default();
        assert!(said.starts_with(problem.unwrap_or_default()), "{said}");
        let query = RecordQuery {
            facets: vec![(Facet::Standing, vec![0])],
            ..RecordQuery::of(Kind::Report)
        };
        let kept = world.hub.store().records(door.account, &query).await;
        let kept = kept.unwrap().records;
        let [record] = &kept[..] else {
            panic!("{kept:?}")
        };
        assert_eq!(record.created, NOON, "asserted when it came");
        match &record.body {
            Body::Report(report) => assert_eq!(report.body, stock.as_bytes()),
            other => panic!("{other:?}"),
        }
    }
}

async fn what_still_cannot_be_read_stays(world: World) {
    world.connect_247(&Receiver::start().await.unwrap()).await;
    let door = door(&world).await;
    let unread = |body: &'static [u8], over| Unread {
        strange: Strange::new(Oddity::Unreadable, "", "a JSON object", "no JSON object"),
        body,
        over,
    };
    let over = Some((1 << 21, "ab".repeat(32)));
    for unread in [unread(b"{", None), unread(b"{\"OrderCode", over)] {
        world
            .hub
            .quarantine(&door, "247express", unread)
            .await
            .unwrap();
    }
    // One that can be read beside them is not held up.
    let sent = update("VD0000001", "25", "2024-05-07T10:01:02.4+07:00").to_string();
    let good = Unread {
        strange: Strange::new(Oddity::Unreadable, "", "a JSON object", "no JSON object"),
        body: sent.as_bytes(),
        over: None,
    };
    world
        .hub
        .quarantine(&door, "247express", good)
        .await
        .unwrap();
    let id = quarantined(&world).await[0].id;
    let done = world.hub.retry_quarantined(None, &[id]).await.unwrap();
    let one = &done[0];
    assert_eq!((one.read, one.unread, one.cut), (1, 1, 1));
    assert!(one.problem.as_ref().unwrap().contains("no JSON object"));
    let held = quarantined(&world).await;
    assert_eq!((held[0].times, held[0].kept), (3, 2));
    let kept = world.hub.quarantined_one(None, id).await.unwrap().payloads;
    let sizes: Vec<(u64, bool)> = kept.iter().map(|one| (one.size, one.whole)).collect();
    assert_eq!(sizes, [(1, true), (1 << 21, false)]);
    assert!(world.shown("VD0000001").await.is_some());
    world.hub.drop_quarantined(None, id).await.unwrap();
    let again = world.hub.drop_quarantined(None, id).await;
    assert!(matches!(again, Err(HubError::NoRecord(_, _))));
}

async fn the_drift_report_names_members_and_no_values(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    world.connect_247(&upstream).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    world.until_milestone("VD0000001", "pending_handling").await;
    world.hub.stop().await.unwrap();
    let world = world.reopened().await;
    let report = drift(&world).await;
    let find = |member: &str| {
        report
            .iter()
            .find(|one| one.member == member)
            .unwrap_or_else(|| panic!("{member}: {report:?}"))
    };
    let unheard = find("unheardOf");
    assert_eq!((&*unheard.kind, &*unheard.way), ("new_member", "poll"));
    assert_eq!(unheard.found, "an object of 1 members");
    assert_eq!(
        (unheard.times, &*unheard.first),
        (1, "2024-05-07T12:00:00Z")
    );
    let gone = find("acceptDate");
    assert_eq!((&*gone.kind, &*gone.expected), ("missing_member", "a text"));
    assert_eq!(gone.found, "nothing");
    let told = format!("{report:?}");
    for value in ["NGUYEN", "VD0000001", "SO-7781", "32000", "two"] {
        assert!(!told.contains(value), "{value} is told: {told}");
    }
    // What is drift is not in the quarantine.
    assert_eq!(quarantined(&world).await, []);
    let metrics = world.hub.metrics_text().await.unwrap();
    assert!(
        metrics.contains("trackway_data_age_seconds{connection=\"1\",quantile=\"0.5\"} 0"),
        "{metrics}"
    );
}

async fn an_unknown_code_is_kept_and_told_of(world: World) {
    let upstream = Receiver::start().await.unwrap();
    world.connect_247(&upstream).await;
    for (number, status) in [
        ("VD0000001", "991"),
        ("VD0000002", "991"),
        ("VD0000003", "992"),
    ] {
        let answer = world
            .webhook(number, status, "2024-05-07T10:01:02.4+07:00")
            .await;
        assert_eq!(answer["IsError"], false);
    }
    let answer = world
        .webhook("VD0000004", "25", "yesterday, NGUYEN says")
        .await;
    assert_eq!(answer["IsError"], false);
    let answer = world
        .webhook("VD0000005", "30", "2199-05-07T10:01:02+07:00")
        .await;
    assert_eq!(answer["IsError"], false);
    let report = drift(&world).await;
    let ahead = report.iter().find(|one| one.kind == "time_ahead").unwrap();
    assert_eq!((&*ahead.member, ahead.times), ("Time", 1));
    assert!(ahead.found.contains("days ahead"), "{}", ahead.found);
    let told: Vec<(&str, &str, &str, u64)> = report
        .iter()
        .map(|one| (&*one.kind, &*one.member, &*one.found, one.times))
        .collect();
    for row in [
        ("unknown_code", "Status", "991", 2),
        ("unknown_code", "Status", "992", 1),
        ("unreadable_time", "Time", "a text of 22 characters", 1),
    ] {
        assert!(told.contains(&row), "{row:?}: {told:?}");
    }
    assert_eq!(told.len(), 4, "{told:?}");
    // Kept as it was spelt, with what a later table may say of it.
    let shown = world.shown("VD0000001").await.unwrap();
    assert_eq!(shown.milestone.name(), "unknown");
    let metrics = world.hub.metrics_text().await.unwrap();
    let counted = "trackway_drift_total{dialect=\"247express\",kind=\"unknown_code\"} 3";
    assert!(metrics.contains(counted), "{metrics}");
}

async fn surprises_are_their_accounts_own(world: World) {
    world.connect_247(&Receiver::start().await.unwrap()).await;
    let door = door(&world).await;
    let unread = Unread {
        strange: Strange::new(Oddity::Unreadable, "", "a JSON object", "no JSON object"),
        body: b"{",
        over: None,
    };
    world
        .hub
        .quarantine(&door, "247express", unread)
        .await
        .unwrap();
    world
        .webhook("VD0000001", "991", "2024-05-07T10:01:02.4+07:00")
        .await;
    world.hub.create_account("shop").await.unwrap();
    let shop = Some("shop");
    assert_eq!(world.hub.quarantined(shop, &ALL).await.unwrap(), []);
    assert_eq!(world.hub.drift(shop, &ALL).await.unwrap(), []);
    assert_eq!(world.hub.retry_quarantined(shop, &[]).await.unwrap(), []);
    let id = quarantined(&world).await[0].id;
    for refused in [
        world.hub.quarantined_one(shop, id).await.err(),
        world.hub.retry_quarantined(shop, &[id]).await.err(),
        world.hub.drop_quarantined(shop, id).await.err(),
    ] {
        assert!(
            matches!(refused, Some(HubError::NoRecord(_, _))),
            "{refused:?}"
        );
    }
    let overview = world.hub.overview(shop).await.unwrap();
    assert_eq!(overview.quarantine.kinds + overview.drift.kinds, 0);
    assert!(overview.connections.is_empty() && overview.store.is_none());
    let whole = world.hub.overview(None).await.unwrap();
    assert_eq!((whole.quarantine.kinds, whole.quarantine.kept), (1, 1));
    assert_eq!(whole.drift.kinds, 1);
    assert_eq!(json!(whole.connections[0])["account"], "default");
}
