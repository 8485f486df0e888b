//! History under another code table.

use crate::on_both_stores;
use crate::world::World;
use serde_json::json;
use trackway_dialects::Dialect;
use trackway_dialects::express247::Express247;
use trackway_hub::{Headway, HubError, fold_rules};
use trackway_model::TrackId;
use trackway_model::fold::fold;
use trackway_model::track::Track;

on_both_stores!(
    a_replay_changes_exactly_what_its_dry_run_lists,
    a_replayed_table_stays_in_force,
    a_broken_table_changes_nothing,
);

/// The table in the binary with "out for delivery" read as something else.
fn corrected() -> String {
    let codes = Express247.codes();
    let changed = codes.replace(
        "Orders are being delivered.,out_for_delivery,",
        "Orders are being delivered.,arrived_at_facility,",
    );
    assert_ne!(changed, codes);
    changed
}

async fn told(world: &World) {
    let carrier = crate::world::upstream_247(crate::world::JOURNEY).await;
    world.connect_247(&carrier).await;
    let steps = [
        ("VD0000001", "25", "2024-05-07T08:00:00+07:00"),
        ("VD0000002", "23", "2024-05-06T08:00:00+07:00"),
        ("VD0000002", "25", "2024-05-07T08:00:00+07:00"),
        ("VD0000003", "23", "2024-05-06T08:00:00+07:00"),
        // Out for delivery once, but delivered since: the status stays.
        ("VD0000004", "25", "2024-05-07T08:00:00+07:00"),
        ("VD0000004", "30", "2024-05-07T09:00:00+07:00"),
        ("VD0000005", "99", "2024-05-07T09:00:00+07:00"),
    ];
    for (number, status, time) in steps {
        assert_eq!(world.webhook(number, status, time).await["IsError"], false);
    }
    let key = world.key("native").await;
    let event = json!([{ "number": "OWN-1", "status": "out_for_delivery" }]);
    assert_eq!(world.events(&key, event).await.0, 200);
}

async fn tracks(world: &World) -> Vec<Track> {
    let found = world
        .hub
        .store()
        .scan(TrackId(i64::MIN), 100)
        .await
        .unwrap();
    found.iter().map(|track| track.as_ref().clone()).collect()
}

async fn a_replay_changes_exactly_what_its_dry_run_lists(world: World) {
    told(&world).await;
    let before = tracks(&world).await;
    let headway = Headway::default();
    let dry = world
        .hub
        .replay_with("247express", &corrected(), true, &headway)
        .await
        .unwrap();
    assert_eq!(headway.look(), (6, Some(6)), "every track was looked at");
    assert_eq!(before, tracks(&world).await, "a dry run changes nothing");
    let numbers: Vec<&str> = dry
        .revisions
        .iter()
        .map(|found| found.number.as_str())
        .collect();
    assert_eq!(numbers, ["VD0000001", "VD0000002"]);
    assert_eq!((dry.tracks, dry.statements), (6, 3));

    let real = world
        .hub
        .replay("247express", &corrected(), false)
        .await
        .unwrap();
    assert_eq!(real.revisions, dry.revisions);
    let after = tracks(&world).await;
    for (was, is) in before.iter().zip(&after) {
        let listed = dry
            .revisions
            .iter()
            .any(|found| found.shipment.track() == is.id);
        assert_eq!(was.states != is.states, listed, "{}", is.number);
        let ids = |track: &Track| track.spine.iter().map(|s| s.id).collect::<Vec<_>>();
        assert_eq!(ids(was), ids(is), "every id stays");
        assert_eq!(world.hub.store().root(was), world.hub.store().root(is));
        let folded: Vec<_> = fold(is, &fold_rules())
            .into_iter()
            .map(|j| j.state)
            .collect();
        assert_eq!(folded[..], is.states[..]);
    }
    let again = world
        .hub
        .replay("247express", &corrected(), false)
        .await
        .unwrap();
    assert_eq!((again.statements, again.revisions.len()), (0, 0));
    let back = world
        .hub
        .replay("247express", Express247.codes(), false)
        .await
        .unwrap();
    assert_eq!(back.revisions.len(), 2);
    let states = |tracks: &[Track]| tracks.iter().map(|t| t.states.clone()).collect::<Vec<_>>();
    assert_eq!(states(&tracks(&world).await), states(&before));
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
}

async fn a_replayed_table_stays_in_force(world: World) {
    told(&world).await;
    world
        .hub
        .replay("247express", &corrected(), false)
        .await
        .unwrap();
    let world = world.reopened().await;
    let vocabularies = world.hub.vocabularies();
    let (milestone, _) =
        vocabularies
            .of("247express")
            .read(trackway_model::CodeKind::Shipment, "25", "");
    assert_eq!(milestone.name(), "arrived_at_facility");
    assert_eq!(
        world.shown("VD0000001").await.unwrap().milestone.name(),
        "arrived_at_facility"
    );
}

async fn a_broken_table_changes_nothing(world: World) {
    told(&world).await;
    let before = tracks(&world).await;
    let broken = corrected().replace("arrived_at_facility", "teleported");
    // The last two are other files than were meant.
    for broken in [broken.as_str(), "number,carrier\n", ""] {
        let failed = world.hub.replay("247express", broken, false).await;
        assert!(matches!(
            failed,
            Err(HubError::Codes {
                dialect: "247express",
                ..
            })
        ));
        assert_eq!(before, tracks(&world).await);
    }
}
