//! A person's words go, the facts stay.

use crate::on_both_stores;
use crate::world::{JOURNEY, World, upstream_247};
use std::time::Duration;
use trackway_hub::HubError;

on_both_stores!(erasure_leaves_fold_and_root_and_no_word);

async fn erasure_leaves_fold_and_root_and_no_word(world: World) {
    let carrier = upstream_247(JOURNEY).await;
    world.connect_247(&carrier).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    world.until_milestone("VD0000001", "pending_handling").await;
    world
        .webhook("VD0000001", "25", "2024-05-07T11:00:00+07:00")
        .await;
    let before = world.until_milestone("VD0000001", "out_for_delivery").await;
    assert!(before.events.iter().all(|event| event.text.is_some()));

    let erased = world.hub.erase(None, None, "vd0000001").await.unwrap();
    assert_eq!(erased.len(), 1);
    let world = world.reopened().await;
    let after = world.shown("VD0000001").await.unwrap();
    assert_eq!(
        (after.milestone, &after.root, &after.occurred),
        (before.milestone, &before.root, &before.occurred)
    );
    assert_eq!(after.events.len(), before.events.len());
    for (was, is) in before.events.iter().zip(&after.events) {
        assert_eq!(
            (was.milestone, &was.time, &was.sources),
            (is.milestone, &is.time, &is.sources)
        );
        assert_eq!((&is.text, &is.name, &is.place), (&None, &None, &None));
    }
    let key = world.key("247express").await;
    let answer = world.tracking(&key, "VD0000001").await.to_string();
    assert!(
        !answer.contains("NGUYEN") && !answer.contains("TRAN VAN MAU"),
        "{answer}"
    );
    assert!(
        world
            .hub
            .store()
            .verify()
            .await
            .unwrap()
            .differing
            .is_empty()
    );
    world.clock.advance(Duration::from_secs(1));
    let nobody = world.hub.erase(None, None, "VD0000002").await;
    assert!(matches!(nobody, Err(HubError::NoShipment { .. })));
}
