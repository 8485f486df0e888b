//! What is news, and what is not.

use super::*;
use crate::world::NOON;

on_both_stores!(
    what_is_old_or_over_is_not_told,
    old_history_at_registration_tells_nothing_or_one_thing,
    what_is_taken_back_or_read_anew_tells_nothing,
    a_day_has_its_limits,
    nothing_is_sent_for_a_sandbox,
);

async fn what_is_old_or_over_is_not_told(world: World) {
    let server = Smtp::start().await.unwrap();
    let limits = Limits {
        fresh: Duration::from_hours(6),
        ..Limits::default()
    };
    let (world, account, shipment) = shop(world, &server, limits).await;
    notify(&world, (account, shipment), WHO).await;
    // Out for delivery ten hours ago, as we learn now.
    world
        .webhook("VD0000001", "25", "2024-05-07T09:00:00+07:00")
        .await;
    followed(&world).await;
    assert!(seen(&world, account, shipment).await.mails.is_empty());
    // Queued while the server was away, and then it was delivered.
    world
        .webhook("VD0000001", "16", "2024-05-07T18:30:00+07:00")
        .await;
    server.at_recipient(WHO, "451 Later", 1).unwrap();
    world
        .webhook("VD0000001", "25", "2024-05-07T18:40:00+07:00")
        .await;
    world
        .webhook("VD0000001", "30", "2024-05-07T18:50:00+07:00")
        .await;
    let step = Duration::from_secs(5);
    let noticed = world
        .moving_on("the delivery to be told", step, async || {
            let noticed = seen(&world, account, shipment).await;
            states(&noticed)
                .contains(&("delivered", "sent"))
                .then_some(noticed)
        })
        .await;
    for (milestone, state) in states(&noticed) {
        let is_fine = matches!(state, "sent" | "overtaken" | "queued");
        assert!(is_fine, "{milestone}: {state}");
    }
    // Nothing of a stage that was left comes after the delivery.
    world.clock.advance(Duration::from_hours(1));
    world
        .moving_on("everything to come to something", step, async || {
            let noticed = seen(&world, account, shipment).await;
            let rests = states(&noticed).iter().all(|(_, state)| *state != "queued");
            rests.then_some(())
        })
        .await;
    let taken = server.taken().unwrap();
    let last = taken.last().unwrap();
    assert_eq!(last.header("Subject"), ["Parcel: delivered"]);
}

async fn old_history_at_registration_tells_nothing_or_one_thing(world: World) {
    let server = Smtp::start().await.unwrap();
    let (world, account, _) = shop(world, &server, Limits::default()).await;
    let key = world.key("native").await;
    let told = |number: &str, steps: &[(&str, &str)]| {
        let events = steps.iter().map(|(status, at)| {
            serde_json::json!({"carrier": "own", "number": number, "status": status, "occurred_at": at})
        });
        serde_json::Value::Array(events.collect())
    };
    let track = |number: &'static str| trackway_hub::NewTracking {
        carrier: "own".to_owned(),
        numbers: vec![number.to_owned()],
        ..trackway_hub::NewTracking::default()
    };
    let mut found = Vec::new();
    for number in ["OLD-1", "NEW-1"] {
        world.hub.track(track(number)).await.unwrap();
        let (_, shipment) = newest(&world.hub, number).await;
        notify(&world, (account, shipment), WHO).await;
        found.push(shipment);
    }
    let old = [
        ("accepted", "2024-04-01T08:00:00+07:00"),
        ("out_for_delivery", "2024-04-03T08:00:00+07:00"),
        ("delivered", "2024-04-03T10:00:00+07:00"),
    ];
    let recent = [
        ("accepted", "2024-05-05T08:00:00+07:00"),
        ("attempt_failed", "2024-05-07T16:00:00+07:00"),
        ("out_for_delivery", "2024-05-07T18:00:00+07:00"),
        ("delivered", "2024-05-07T18:30:00+07:00"),
    ];
    for (number, steps) in [("OLD-1", &old[..]), ("NEW-1", &recent[..])] {
        let (status, answer) = world.events(&key, told(number, steps)).await;
        assert_eq!(
            (status, &answer["rejected"]),
            (200, &serde_json::json!([])),
            "{answer}"
        );
    }
    until(&world, (account, found[1]), &[("delivered", "sent")]).await;
    followed(&world).await;
    assert!(seen(&world, account, found[0]).await.mails.is_empty());
    assert_eq!(server.taken().unwrap().len(), 1);
}

async fn what_is_taken_back_or_read_anew_tells_nothing(world: World) {
    let server = Smtp::start().await.unwrap();
    let (world, account, shipment) = shop(world, &server, Limits::default()).await;
    notify(&world, (account, shipment), WHO).await;
    // A replay under another mapping.
    world
        .webhook("VD0000001", "23", "2024-05-07T18:00:00+07:00")
        .await;
    followed(&world).await;
    let codes = trackway_dialects::registry::find("247express")
        .unwrap()
        .codes();
    let codes: String = codes
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if cells.get(1) == Some(&"23") {
                for cell in &mut cells {
                    if *cell == "accepted"
                        || *cell == "picked_up"
                        || *cell == "received_from_shipper"
                    {
                        *cell = "out_for_delivery";
                    }
                }
            }
            cells.join(",") + "\n"
        })
        .collect();
    let replayed = world.hub.replay("247express", &codes, false).await.unwrap();
    let revised = replayed.revisions.iter();
    let mut revised = revised.map(|one| (&*one.number, one.after.milestone.name()));
    assert!(revised.any(|one| one == ("VD0000001", "out_for_delivery")));
    followed(&world).await;
    assert!(seen(&world, account, shipment).await.mails.is_empty());

    // A state that is there again, because what came after it was taken back; and a plan.
    let key = world.key("native").await;
    let event = |id: &str, status: &str, at: &str, more: serde_json::Value| {
        let mut event = serde_json::json!({
            "carrier": "own", "number": "W-1", "id": id, "status": status,
            "occurred_at": format!("2024-05-07T{at}:00+07:00"),
        });
        let members = event.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        serde_json::json!([event])
    };
    let tell = async |event: serde_json::Value| {
        let (status, answer) = world.events(&key, event).await;
        assert_eq!(
            (status, &answer["rejected"]),
            (200, &serde_json::json!([])),
            "{answer}"
        );
        followed(&world).await;
    };
    let none = || serde_json::json!({});
    tell(event("e1", "attempt_failed", "17:00", none())).await;
    let (account, shipment) = newest(&world.hub, "W-1").await;
    notify(&world, (account, shipment), WHO).await;
    tell(event("e2", "in_transit", "18:00", none())).await;
    let back = serde_json::json!({"withdraw": true});
    tell(event("e2", "in_transit", "18:00", back)).await;
    let shown = world.shown("W-1").await.unwrap();
    assert_eq!(shown.milestone.name(), "attempt_failed");
    let plan = serde_json::json!({"certainty": "planned"});
    tell(event("e3", "delivered", "20:00", plan)).await;
    assert!(seen(&world, account, shipment).await.mails.is_empty());
    tell(event("e4", "delivered", "18:30", none())).await;
    until(&world, (account, shipment), &[("delivered", "sent")]).await;
    assert_eq!(server.taken().unwrap().len(), 1);
}

async fn a_day_has_its_limits(world: World) {
    let server = Smtp::start().await.unwrap();
    let limits = Limits {
        to_one: 1,
        ..Limits::default()
    };
    let (world, account, shipment) = shop(world, &server, limits).await;
    notify(&world, (account, shipment), WHO).await;
    out(&world, 10).await;
    until(&world, (account, shipment), &[("out_for_delivery", "sent")]).await;
    delivered(&world, 20).await;
    let both = [("out_for_delivery", "sent"), ("delivered", "limited")];
    until(&world, (account, shipment), &both).await;
    assert_eq!(server.taken().unwrap().len(), 1);
}

async fn nothing_is_sent_for_a_sandbox(world: World) {
    let server = Smtp::start().await.unwrap();
    let (world, ..) = shop(world, &server, Limits::default()).await;
    let sandbox = world
        .hub
        .store()
        .account("default.test", NOON)
        .await
        .unwrap();
    let new = trackway_hub::NewTracking {
        account: Some("default.test".to_owned()),
        carrier: "own".to_owned(),
        numbers: vec!["SB-1".to_owned()],
        ..trackway_hub::NewTracking::default()
    };
    world.hub.track(new).await.unwrap();
    let found = world
        .hub
        .newest_shipment(Some("default.test"), None, "SB-1")
        .await;
    let (account, shipment) = found.unwrap();
    assert_eq!(account, sandbox.id);
    notify(&world, (account, shipment), WHO).await;
    let key = trackway_hub::NewKey {
        account: Some("default.test".to_owned()),
        test: true,
        ..trackway_hub::NewKey::default()
    };
    let key = world.hub.create_key(key).await.unwrap();
    let event = serde_json::json!([{
        "carrier": "own", "number": "SB-1", "status": "delivered",
        "occurred_at": "2024-05-07T18:00:00+07:00"
    }]);
    let (status, answer) = world.events(&key, event).await;
    assert_eq!(
        (status, &answer["rejected"]),
        (200, &serde_json::json!([])),
        "{answer}"
    );
    followed(&world).await;
    assert!(seen(&world, account, shipment).await.mails.is_empty());
    assert!(server.taken().unwrap().is_empty());
}
