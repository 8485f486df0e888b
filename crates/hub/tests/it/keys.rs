//! Who is who: keys of every dialect, sessions, limits.

use crate::on_both_stores;
use crate::world::World;
use std::time::Duration;
use trackway_dialects::Desk;
use trackway_dialects::desk::Proof;
use trackway_hub::{HubError, NewConnection, NewEndpoint, NewKey};

on_both_stores!(
    a_key_proves_its_account_in_its_dialect_only,
    a_session_holds_until_it_expires,
    a_limit_is_never_exceeded,
    settings_and_addresses_are_checked,
);

async fn a_key_proves_its_account_in_its_dialect_only(world: World) {
    for dialect in ["native", "247express", "keydelivery"] {
        let new = NewKey {
            account: Some("shop".to_owned()),
            dialect: Some(dialect.to_owned()),
            expires_after: Some(Duration::from_mins(1)),
            ..NewKey::default()
        };
        let made = world.hub.create_key(new).await.unwrap();
        let name = trackway_hub::accounts::dialect(dialect).unwrap().name();
        let other = if name == "native" {
            "keydelivery"
        } else {
            "native"
        };
        let proof = Proof::Key(&made.key);
        let principal = world.hub.prove(name, proof).await.unwrap().unwrap();
        assert_eq!((&*principal.account_name, principal.key), ("shop", made.id));
        assert!(world.hub.prove(other, proof).await.unwrap().is_none());
        let wrong = format!("{}x", made.key);
        assert!(
            world
                .hub
                .prove(name, Proof::Key(&wrong))
                .await
                .unwrap()
                .is_none()
        );
        world.clock.advance(Duration::from_mins(1));
        assert!(
            world.hub.prove(name, proof).await.unwrap().is_none(),
            "expired"
        );
    }
    let unknown = NewKey {
        dialect: Some("nobody".to_owned()),
        ..NewKey::default()
    };
    assert!(matches!(
        world.hub.create_key(unknown).await,
        Err(HubError::UnknownDialect { .. })
    ));
}

async fn a_session_holds_until_it_expires(world: World) {
    let key = world.key("247express").await;
    let (user, password) = (key.user_name.unwrap(), key.password.unwrap());
    let log_in = |password: &str| {
        let (hub, user, password) = (world.hub.clone(), user.clone(), password.to_owned());
        async move { hub.log_in("247express", &user, &password).await.unwrap() }
    };
    assert!(log_in("wrong").await.is_none());
    let session = log_in(&password).await.unwrap();
    assert_eq!(
        (session.client_id, session.token.len()),
        (key.client_id.unwrap(), 64)
    );
    let holds = |client_id, token: String| {
        let hub = world.hub.clone();
        async move {
            let proof = Proof::Session {
                client_id,
                token: &token,
            };
            hub.prove("247express", proof).await.unwrap().is_some()
        }
    };
    assert!(holds(session.client_id, session.token.clone()).await);
    assert!(!holds(session.client_id + 1, session.token.clone()).await);
    assert!(!holds(session.client_id, "0".repeat(64)).await);
    let other = world.key("247express").await;
    assert!(!holds(other.client_id.unwrap(), session.token.clone()).await);
    world.clock.advance(Duration::from_hours(24));
    assert!(!holds(session.client_id, session.token).await, "expired");
}

async fn a_limit_is_never_exceeded(world: World) {
    let key = world.key("247express").await;
    let principal = world
        .hub
        .prove("247express", Proof::Key(&key.key))
        .await
        .unwrap()
        .unwrap();
    for limit in [3, 450] {
        let mut allowed = 0;
        for _ in 0..limit + 20 {
            allowed += u64::from(
                world
                    .hub
                    .spend(&principal, "m", limit, limit as u64)
                    .await
                    .unwrap(),
            );
        }
        assert_eq!(allowed, limit as u64);
    }
    assert!(
        world.hub.spend(&principal, "m", 9_999, 3).await.unwrap(),
        "another period"
    );
}

async fn settings_and_addresses_are_checked(world: World) {
    let connection = |settings: &[(&str, &str)], zone: Option<&str>, operator| NewConnection {
        dialect: "247express".to_owned(),
        base_url: "http://127.0.0.1:9".to_owned(),
        zone: zone.map(str::to_owned),
        settings: crate::world::texts(settings),
        operator,
        ..NewConnection::default()
    };
    let connect = |new| world.hub.connect(new);
    let key = ("apikey", "1111");
    for unset in [&[][..], &[("apikey", "")], &[("apikey", " ")]] {
        let missing = connect(connection(unset, None, true)).await;
        assert!(matches!(
            missing,
            Err(HubError::MissingSetting { name: "apikey", .. })
        ));
    }
    let unknown = connect(connection(&[key, ("apikye", "2")], None, true)).await;
    assert!(matches!(unknown, Err(HubError::UnknownSetting { .. })));
    let nowhere = connect(connection(&[key], Some("Asia/Nowhere"), true)).await;
    assert!(matches!(nowhere, Err(HubError::UnknownZone(_))));
    let inside = connect(connection(&[key], None, false)).await;
    assert!(matches!(inside, Err(HubError::Address { .. })));
    let endpoint = |url: &str, operator| NewEndpoint {
        url: url.to_owned(),
        operator,
        ..NewEndpoint::default()
    };
    for url in [
        "ftp://example.com/",
        "nonsense",
        "https://u:p@example.com/",
        "http://[::1]/",
    ] {
        let added = world.hub.add_endpoint(endpoint(url, false)).await;
        assert!(matches!(added, Err(HubError::Address { .. })), "{url}");
    }
    assert!(
        world
            .hub
            .add_endpoint(endpoint("http://[::1]/", true))
            .await
            .is_ok()
    );
}
