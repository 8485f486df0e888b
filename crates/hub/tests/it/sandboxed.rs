//! Test mode when a node dies: a journey that it was about to hear goes on soon.

use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, World, tracking_answer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use trackway_hub::sandbox::{Asked, Simulated, Simulation};
use trackway_hub::{HubConfig, NewKey, NewTracking};
use trackway_testkit::eventually;

on_both_stores!(a_journey_goes_on_soon_after_its_node_has_died);

const SANDBOX: &str = "default.test";
const NUMBER: &str = "PARCEL-1";

/// Dies when it is asked first, as a node does that is killed while it holds a claim.
#[derive(Debug, Default)]
struct Dying {
    died: AtomicBool,
}

impl Simulation for Dying {
    fn answer(&self, asked: &Asked<'_>) -> Simulated {
        assert!(
            self.died.swap(true, Ordering::SeqCst),
            "the first answer never comes"
        );
        Simulated {
            body: tracking_answer(asked.parcel.number, JOURNEY)
                .to_string()
                .into(),
            again: None,
        }
    }
}

async fn a_journey_goes_on_soon_after_its_node_has_died(world: World) {
    let dying = Arc::new(Dying::default());
    let config = HubConfig {
        simulation: Some(dying.clone()),
        ..HubConfig::default()
    };
    let world = world.reopened_with(config).await;
    let key = NewKey {
        dialect: Some("247express".to_owned()),
        test: true,
        ..NewKey::default()
    };
    assert_eq!(world.hub.create_key(key).await.unwrap().account, SANDBOX);
    world.hub.start();
    let new = NewTracking {
        account: Some(SANDBOX.to_owned()),
        carrier: "247express".to_owned(),
        numbers: vec![NUMBER.to_owned()],
        ..NewTracking::default()
    };
    world.hub.track(new).await.unwrap();
    eventually("the first question", LIMIT, async || {
        dying.died.load(Ordering::SeqCst).then_some(())
    })
    .await
    .unwrap();
    // What was claimed is free again long before a real upstream's claim would be.
    world.clock.advance(Duration::from_secs(10));
    eventually("the journey", LIMIT, async || {
        let shown = world.hub.show(Some(SANDBOX), None, NUMBER).await.ok()?;
        (shown.first()?.events.len() == JOURNEY.len()).then_some(())
    })
    .await
    .unwrap();
    world.hub.stop().await.unwrap();
}
