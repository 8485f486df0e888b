//! What an account owns, changed: keys, connections, endpoints.

use crate::deliveries::{LEASE, lane, nothing, settle, stored};
use crate::directory::{connection, endpoint, key};
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use secrecy::ExposeSecret;
use trackway_model::change::{FeedPosition, Subject};
use trackway_model::{AccountId, ConnectionId, EndpointId, KeyId, ShipmentId, TrackId};
use trackway_store::lanes::Settlement;
use trackway_store::records::{
    Delivery, Endpoint, EndpointChange, KeyChange, KeyProof, Load, OpenDeliveries, Settings,
};

contract!(
    a_key_is_disabled_and_expires_at_once,
    a_keys_use_is_noted_and_never_goes_back,
    a_connection_is_paused_and_resumed,
    an_endpoint_changes_in_what_was_named_only,
    a_rotated_secret_signs_beside_the_new_one_for_a_while,
    an_endpoint_goes_with_its_deliveries,
    a_disabled_endpoint_is_owed_nothing_until_it_is_enabled,
    another_accounts_records_are_not_there,
    the_schema_is_this_releases,
    commits_are_counted,
);

const OTHER_ACCOUNT: AccountId = AccountId(99);

async fn a_key_is_disabled_and_expires_at_once(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store
        .create_key(key(account, "247express", "secret-1"))
        .await
        .unwrap();
    let change = KeyChange {
        disabled: Some(true),
        expires: None,
    };
    let changed = store.change_key(account, made.id, change).await.unwrap();
    let changed = changed.unwrap();
    assert_eq!((changed.disabled, changed.expires), (true, made.expires));
    for proof in [
        KeyProof::Key("secret-1"),
        KeyProof::UserName("user"),
        KeyProof::Client(12),
    ] {
        let found = store.key("247express", proof).await.unwrap().unwrap();
        assert!(found.disabled, "{proof:?}");
        assert_eq!(found.key.expose_secret(), "secret-1");
    }
    for expires in [Some(START + 3), None] {
        let change = KeyChange {
            disabled: Some(false),
            expires: Some(expires),
        };
        store.change_key(account, made.id, change).await.unwrap();
        let proof = KeyProof::Client(12);
        let found = store.key("247express", proof).await.unwrap().unwrap();
        assert_eq!((found.disabled, found.expires), (false, expires));
    }
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    let kept = store.keys(account).await.unwrap();
    assert_eq!((kept[0].disabled, kept[0].expires), (false, None));
}

async fn a_keys_use_is_noted_and_never_goes_back(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_key(key(account, "one", "k")).await.unwrap();
    let used = async || store.keys(account).await.unwrap()[0].used;
    assert_eq!(used().await, None);
    for (at, noted) in [
        (START, START),
        (START + 9, START + 9),
        (START + 4, START + 9),
    ] {
        store.use_key(made.id, at).await.unwrap();
        assert_eq!(used().await, Some(noted));
    }
    store.use_key(KeyId(99), START).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert_eq!(store.keys(account).await.unwrap()[0].used, Some(START + 9));
}

async fn a_connection_is_paused_and_resumed(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store
        .create_connection(connection(account, "one"))
        .await
        .unwrap();
    for paused in [true, false, true] {
        let changed = store
            .pause_connection(account, made.id, paused)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (changed.paused, &changed.settings),
            (paused, &made.settings)
        );
        let found = store.connection(made.id).await.unwrap().unwrap();
        assert_eq!(found.paused, paused);
    }
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert!(store.connections().await.unwrap()[0].paused);
}

async fn an_endpoint_changes_in_what_was_named_only(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    let change = async |change| {
        let changed = store.change_endpoint(account, made.id, change).await;
        let changed = changed.unwrap().unwrap();
        let found = store.endpoint(made.id).await.unwrap().unwrap();
        assert_eq!(
            (&found.url, &found.settings),
            (&changed.url, &changed.settings)
        );
        assert_eq!(found.cursor, made.cursor, "a change moves no cursor");
        assert_eq!(found.secret.expose_secret(), "whsec_x");
        (found.url.clone(), found.operator, found.disabled)
    };
    let url = "https://shop.example/in".to_owned();
    let paused = EndpointChange {
        disabled: Some(true),
        ..EndpointChange::default()
    };
    assert_eq!(change(paused).await, (made.url.clone(), true, true));
    let moved = EndpointChange {
        url: Some((url.clone(), false)),
        ..EndpointChange::default()
    };
    assert_eq!(change(moved).await, (url.clone(), false, true));
    let settings = Settings::from([("format".to_owned(), "short".to_owned())]);
    let set = EndpointChange {
        disabled: Some(false),
        settings: Some(settings.clone()),
        url: None,
    };
    assert_eq!(change(set).await, (url, false, false));
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    let kept = store.endpoint(made.id).await.unwrap().unwrap();
    assert_eq!((&kept.settings, &kept.cursor), (&settings, &made.cursor));
}

fn delivery(endpoint: EndpointId, number: u64, due: Option<i64>) -> Delivery {
    Delivery {
        endpoint,
        position: FeedPosition { shard: 0, number },
        subject: Subject::Shipment(ShipmentId::new(TrackId(number as i64), 0)),
        since: START,
        due,
        attempts: 1,
        done: 0,
        parked: None,
    }
}

async fn a_rotated_secret_signs_beside_the_new_one_for_a_while(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    let other = store.create_endpoint(endpoint(account)).await.unwrap();
    let secrets = |endpoint: &Endpoint, now| {
        let former = endpoint.former_at(now).map(ExposeSecret::expose_secret);
        (
            endpoint.secret.expose_secret().to_owned(),
            former.map(str::to_owned),
        )
    };
    let pair = |new: &str, old: Option<&str>| (new.to_owned(), old.map(str::to_owned));
    assert_eq!(secrets(&made, START), pair("whsec_x", None));
    for (new, old, until) in [("whsec_y", "whsec_x", 5), ("whsec_z", "whsec_y", 9)] {
        let rotated = store.rotate_secret(account, made.id, new.into(), START + until);
        let rotated = rotated.await.unwrap().unwrap();
        assert_eq!(secrets(&rotated, START + until - 1), pair(new, Some(old)));
        assert_eq!(secrets(&rotated, START + until), pair(new, None));
        assert_eq!((&rotated.url, rotated.created), (&made.url, made.created));
    }
    for account in [OTHER_ACCOUNT, account] {
        let id = if account == OTHER_ACCOUNT {
            made.id
        } else {
            EndpointId(77)
        };
        let foreign = store.rotate_secret(account, id, "whsec_q".into(), START);
        assert!(foreign.await.unwrap().is_none());
    }
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    let kept = store.endpoint(made.id).await.unwrap().unwrap();
    assert_eq!(secrets(&kept, START), pair("whsec_z", Some("whsec_y")));
    let kept = store.endpoint(other.id).await.unwrap().unwrap();
    assert_eq!(secrets(&kept, START), pair("whsec_x", None));
}

async fn an_endpoint_goes_with_its_deliveries(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let gone = store.create_endpoint(endpoint(account)).await.unwrap();
    let stays = store.create_endpoint(endpoint(account)).await.unwrap();
    let lost = lane(&store, gone.id).await;
    for of in [&gone, &stays] {
        let failed = vec![delivery(of.id, 5, Some(START))];
        let cursor = of.cursor.clone();
        settle(&store, of.id, cursor, failed, Vec::new()).await;
    }
    assert!(store.delete_endpoint(account, gone.id).await.unwrap());
    assert!(!store.delete_endpoint(account, gone.id).await.unwrap());
    assert!(store.endpoint(gone.id).await.unwrap().is_none());
    let left = store.deliveries(account).await.unwrap();
    assert_eq!(left, [delivery(stays.id, 5, Some(START))]);
    // A lane that was at work on it is told, and leaves nothing behind.
    let late = Settlement {
        kept: vec![delivery(gone.id, 6, Some(START))],
        ..nothing(lost)
    };
    assert!(!stored(&store, late).await);
    assert_eq!(store.deliveries(account).await.unwrap().len(), 1);
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    let ids: Vec<_> = store
        .endpoints()
        .await
        .unwrap()
        .iter()
        .map(|e| e.id)
        .collect();
    assert_eq!(ids, [stays.id]);
    let next = store.create_endpoint(endpoint(account)).await.unwrap();
    assert!(
        next.id > stays.id && next.id != gone.id,
        "no id is given twice"
    );
}

async fn a_disabled_endpoint_is_owed_nothing_until_it_is_enabled(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    let failed = vec![
        delivery(made.id, 5, Some(START)),
        Delivery {
            parked: Some(START),
            ..delivery(made.id, 6, Some(START))
        },
    ];
    let cursor = made.cursor.clone();
    settle(&store, made.id, cursor, failed, Vec::new()).await;
    let set = async |disabled| {
        let change = EndpointChange {
            disabled: Some(disabled),
            ..EndpointChange::default()
        };
        store
            .change_endpoint(account, made.id, change)
            .await
            .unwrap();
    };
    set(true).await;
    assert_eq!(store.next_delivery().await.unwrap(), None);
    assert_eq!(store.hold_lanes(LEASE).await.unwrap(), []);
    assert_eq!(store.deliveries(account).await.unwrap().len(), 2);
    let open = async |wanted: OpenDeliveries| {
        let found = store.open_deliveries(account, &wanted, 9).await.unwrap();
        found.iter().map(|d| d.position.number).collect::<Vec<_>>()
    };
    let all = OpenDeliveries::default();
    assert_eq!(open(all).await, [5, 6]);
    let after = Some((
        made.id,
        FeedPosition {
            shard: 0,
            number: 5,
        },
    ));
    assert_eq!(open(OpenDeliveries { after, ..all }).await, [6]);
    for (parked, number) in [(true, 6), (false, 5)] {
        let parked = Some(parked);
        assert_eq!(open(OpenDeliveries { parked, ..all }).await, [number]);
    }
    let subject = Some(Subject::Shipment(ShipmentId::new(TrackId(6), 0)));
    assert_eq!(open(OpenDeliveries { subject, ..all }).await, [6]);
    for (endpoint, count) in [(made.id, 2), (EndpointId(77), 0)] {
        let endpoint = Some(endpoint);
        assert_eq!(open(OpenDeliveries { endpoint, ..all }).await.len(), count);
    }
    let theirs = store.open_deliveries(OTHER_ACCOUNT, &all, 9).await.unwrap();
    assert_eq!(theirs, []);
    set(false).await;
    assert_eq!(store.next_delivery().await.unwrap(), Some(START));
    assert_eq!(store.hold_lanes(LEASE).await.unwrap().len(), 1);
}

async fn another_accounts_records_are_not_there(engine: Engine) {
    let store = engine.open().await;
    let owner = store.account("default", START).await.unwrap().id;
    let made = store.create_key(key(owner, "one", "k")).await.unwrap();
    let upstream = store.create_connection(connection(owner, "one")).await;
    let upstream = upstream.unwrap().id;
    let subscriber = store.create_endpoint(endpoint(owner)).await.unwrap().id;
    for (account, key, connection, endpoint) in [
        (OTHER_ACCOUNT, made.id, upstream, subscriber),
        (owner, KeyId(77), ConnectionId(77), EndpointId(77)),
    ] {
        let change = KeyChange {
            disabled: Some(true),
            expires: Some(None),
        };
        assert!(
            store
                .change_key(account, key, change)
                .await
                .unwrap()
                .is_none()
        );
        let paused = store.pause_connection(account, connection, true).await;
        assert!(paused.unwrap().is_none());
        let change = EndpointChange {
            disabled: Some(true),
            ..EndpointChange::default()
        };
        let changed = store.change_endpoint(account, endpoint, change).await;
        assert!(changed.unwrap().is_none());
        assert!(!store.delete_endpoint(account, endpoint).await.unwrap());
    }
    assert!(!store.keys(owner).await.unwrap()[0].disabled);
    assert!(!store.connections().await.unwrap()[0].paused);
    assert!(!store.endpoints().await.unwrap()[0].disabled);
}

async fn the_schema_is_this_releases(engine: Engine) {
    let store = engine.open().await;
    store.check_schema().await.unwrap();
}

async fn commits_are_counted(engine: Engine) {
    let store = engine.open().await;
    let Load {
        commits: before,
        queue,
        ..
    } = store.load();
    assert!(queue > 0);
    tell_one(&store, news(NUMBER, "in_transit", 1, 1)).await;
    let after = store.load();
    assert!(after.commits > before, "{after:?}");
    // What was answered does not wait any more.
    assert_eq!(after.queued, 0);
}
