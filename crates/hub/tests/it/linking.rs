//! Links to a shipment's page: the same key on every node and at every start, another one in every
//! installation, and nothing left of a link after an erasure.

use crate::on_both_stores;
use crate::world::{JOURNEY, World, upstream_247};
use std::time::Duration;
use trackway_hub::{HubError, Opened};

const MOST: usize = 40;

on_both_stores!(
    a_link_opens_after_a_restart_and_in_no_other_installation,
    an_erasure_ends_every_link,
    an_erasure_ends_the_links_of_what_is_told_again,
);

/// What the token of a link opens.
async fn opened(world: &World, path: &str) -> Opened {
    let token = path.strip_prefix("/t/").unwrap();
    world.hub.open_link(token, MOST).await.unwrap()
}

/// A parcel that an upstream told of, and a link to it.
async fn linked(world: &World) -> String {
    let carrier = upstream_247(JOURNEY).await;
    world.connect_247(&carrier).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    world.until_milestone("VD0000001", "pending_handling").await;
    let link = world.hub.link(None, None, "vd0000001", 1).await.unwrap();
    assert_eq!((&*link.number, &*link.carrier), ("VD0000001", "247express"));
    assert_eq!((&*link.expires, link.url), ("2024-05-08T12:00:00Z", None));
    link.path
}

async fn a_link_opens_after_a_restart_and_in_no_other_installation(world: World) {
    let path = linked(&world).await;
    let world = world.reopened().await;
    let Opened::Shipment(linked) = opened(&world, &path).await else {
        panic!("the link opens nothing")
    };
    let events = &linked.view.journey().events;
    assert!(!events.is_empty());
    for (event, _) in events {
        for witness in &event.witnesses {
            let told = linked.view.statement(*witness);
            assert!(told.unwrap().raw.is_some());
        }
    }
    let other = World::sqlite().await;
    assert!(matches!(opened(&other, &path).await, Opened::Nothing));
    world.clock.advance(Duration::from_hours(24));
    assert!(matches!(opened(&world, &path).await, Opened::Gone));
}

async fn an_erasure_ends_every_link(world: World) {
    let path = linked(&world).await;
    world.track("VD0000002", None).await;
    let unheard = world.hub.link(None, None, "VD0000002", 1).await.unwrap();
    world.hub.erase(None, None, "VD0000001").await.unwrap();
    assert!(matches!(opened(&world, &path).await, Opened::Gone));
    let again = world.hub.link(None, None, "VD0000001", 1).await.unwrap();
    assert!(matches!(opened(&world, &again.path).await, Opened::Gone));
    assert!(matches!(
        opened(&world, &unheard.path).await,
        Opened::Shipment(_)
    ));
    let nobody = world.hub.link(None, None, "VD0000003", 1).await;
    assert!(matches!(nobody, Err(HubError::NoShipment { .. })));
}

/// Also where everything that is to be shown was told after it.
async fn an_erasure_ends_the_links_of_what_is_told_again(world: World) {
    let path = linked(&world).await;
    world.hub.erase(None, None, "VD0000001").await.unwrap();
    for minute in 0..3 {
        let at = format!("2024-05-07T11:0{minute}:00+07:00");
        world.webhook("VD0000001", "25", &at).await;
    }
    let token = path.strip_prefix("/t/").unwrap();
    let newest = world.hub.open_link(token, 1).await.unwrap();
    assert!(matches!(newest, Opened::Gone));
}
