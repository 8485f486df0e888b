//! A registration whose answer was lost: the upstream has the number and never said under which order.

use super::{BILLS, Client, bill};
use crate::on_both_stores;
use crate::world::World;
use axum::body::Body;
use axum::extract::Request;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tower::ServiceExt;
use trackway_dialects::track123::{self, Scheme, sign};
use trackway_hub::Clock;
use trackway_model::Milestone;

on_both_stores!(an_ocean_number_whose_order_number_was_lost_is_told_of_by_webhooks);

const NUMBER: &str = "BL-DEMO-78";

/// A webhook of the upstream at the connection's door; the status of our answer.
async fn pushed(client: &Client, data: &Value) -> u16 {
    let timestamp = (client.world.clock.now() / 1_000).to_string();
    let signature = sign(Scheme::Hmac, super::KEY, &timestamp);
    let body =
        json!({ "data": data, "verify": { "timestamp": timestamp, "signature": signature } });
    let request = Request::post(format!("{}/track123", client.door))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let router = track123::router().with_state(client.world.hub.clone());
    router.oneshot(request).await.unwrap().status().as_u16()
}

async fn an_ocean_number_whose_order_number_was_lost_is_told_of_by_webhooks(world: World) {
    let client = Client::of(world, &[("cargo", "ocean")]).await;
    client.upstream.loses.store(true, Ordering::SeqCst);
    let own = json!({ "cargo": "ocean", "orderNo": "577123456789012345", "type": 2 });
    let id = client.register(BILLS, "maersk", NUMBER, own).await;
    let imports = || {
        let calls = client.upstream.calls().into_iter();
        calls
            .filter(|(call, _)| call == "ocean/track/import")
            .count()
    };
    client
        .until("it to be given again", async || {
            (imports() >= 2).then_some(())
        })
        .await;
    // It said that it has the number, and it can't be asked without what it gave for it.
    client.world.clock.advance(Duration::from_hours(12));
    let before = imports();
    client
        .until("another look", async || (imports() > before).then_some(()))
        .await;
    assert_eq!(client.upstream.of("ocean/track/query"), Vec::<Value>::new());

    let item = json!({ "orderNo": "577000000000000000", "trackingNo": NUMBER, "type": 2 });
    assert_eq!(pushed(&client, &bill(&item)).await, 200);
    client.told(BILLS, "maersk", NUMBER).await;
    let shown = client.world.shown(NUMBER).await.unwrap();
    assert_eq!(shown.milestone, Milestone::Departed);
    let mut later = bill(&item);
    let container = &mut later["containerInfo"][0];
    container["lastTrackingTime"] = json!("2024-05-07 06:00:00");
    let details = &mut container["trackingDetails"];
    let arrived = json!({ "eventDetails": "Vessel arrived", "eventStatus": "ARRI",
        "eventTime": "2024-05-07 06:00:00", "eventTimeUTC": "2024-05-06T22:00:00Z",
        "locationName": "Haiphong, VN", "locationType": "POD", "transitStatus": "IN_TRANSIT" });
    details.as_array_mut().unwrap().insert(0, arrived);
    assert_eq!(pushed(&client, &later).await, 200);
    client
        .until("the arrival", async || {
            let shown = client.world.shown(NUMBER).await?;
            (shown.milestone == Milestone::Arrived).then_some(())
        })
        .await;
    // Its end is told for as long as it takes, and no more.
    client.end(BILLS, id).await;
    client.until_nothing_is_owed().await;
    client.world.hub.stop().await.unwrap();
}
