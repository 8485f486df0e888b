//! Accounts, keys, connections, endpoints, registrations, meters and kept answers.

use crate::engines::{Engine, contract};
use crate::fixtures::*;
use secrecy::{ExposeSecret, SecretString};
use trackway_model::change::FeedPosition;
use trackway_model::{AccountId, ConnectionId, EndpointId, KeyId, TrackId};
use trackway_store::StoreError;
use trackway_store::records::{
    ApiKey, Connection, DoorProof, Endpoint, KeyProof, Registration, Remembered, Settings,
};

contract!(
    accounts_are_made_once,
    keys_are_found_by_what_proves_them,
    doors_open_to_tokens_and_settings,
    records_return_after_a_restart,
    a_registration_is_one_for_account_dialect_and_number,
    an_erasure_takes_a_registrations_own_members,
    a_budget_is_spent_once,
    an_answer_is_remembered_once,
    meta_values_return,
);

pub fn connection(account: AccountId, dialect: &str) -> Connection {
    Connection {
        id: ConnectionId(0),
        account,
        dialect: dialect.to_owned(),
        name: "main".to_owned(),
        base_url: "http://127.0.0.1:9/".to_owned(),
        operator: true,
        zone: Some("Asia/Ho_Chi_Minh".to_owned()),
        paused: false,
        settings: Settings::from([("apikey".to_owned(), format!("k-{dialect}"))]),
        token: SecretString::from(format!("token-{dialect}")),
        created: START,
    }
}

pub fn endpoint(account: AccountId) -> Endpoint {
    Endpoint {
        id: EndpointId(0),
        account,
        dialect: "native".to_owned(),
        url: "http://127.0.0.1:9/hook".to_owned(),
        operator: true,
        disabled: false,
        settings: Settings::from([("format".to_owned(), "full".to_owned())]),
        secret: SecretString::from("whsec_x"),
        former: None,
        created: START,
        cursor: vec![FeedPosition {
            shard: 0,
            number: 4,
        }],
    }
}

pub fn registration(account: AccountId, number: &str) -> Registration {
    Registration {
        id: 0,
        account,
        dialect: "one".to_owned(),
        track: TrackId(0),
        carrier: CARRIER.to_owned(),
        number: number.to_owned(),
        created: START,
        data: serde_json::json!({"order": "ORDER-7781", "remark": "g\u{1ea5}p"}),
    }
}

pub fn key(account: AccountId, dialect: &str, key: &str) -> ApiKey {
    ApiKey {
        id: KeyId(0),
        account,
        dialect: dialect.to_owned(),
        name: "test".to_owned(),
        created: START,
        expires: Some(START + HOUR),
        disabled: false,
        key: SecretString::from(key),
        secret: Some(SecretString::from("signs")),
        client_id: Some(12),
        user_name: Some("user".to_owned()),
        password: Some(SecretString::from("pass")),
        scopes: vec!["read".to_owned(), "write".to_owned()],
        used: None,
    }
}

async fn accounts_are_made_once(engine: Engine) {
    let store = engine.open().await;
    assert_eq!(store.find_account("default").await.unwrap(), None);
    let made = store.account("default", START).await.unwrap();
    assert_eq!(store.account("default", START + 5).await.unwrap(), made);
    let other = store.account("other", START).await.unwrap();
    assert_ne!(made.id, other.id);
    assert_eq!(store.accounts().await.unwrap(), [made, other.clone()]);
    assert_eq!(store.find_account("other").await.unwrap(), Some(other));
}

async fn keys_are_found_by_what_proves_them(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store
        .create_key(key(account, "247express", "secret-1"))
        .await
        .unwrap();
    for proof in [
        KeyProof::Key("secret-1"),
        KeyProof::UserName("user"),
        KeyProof::Client(12),
    ] {
        let found = store.key("247express", proof).await.unwrap().unwrap();
        assert_eq!(
            (found.id, found.account, found.expires),
            (made.id, account, Some(START + HOUR))
        );
        assert_eq!(found.key.expose_secret(), "secret-1");
        assert_eq!(found.secret.as_ref().unwrap().expose_secret(), "signs");
        assert_eq!(found.password.as_ref().unwrap().expose_secret(), "pass");
        assert_eq!(found.scopes, ["read", "write"]);
        assert!(store.key("keydelivery", proof).await.unwrap().is_none());
    }
    assert!(
        store
            .key("247express", KeyProof::Key("secret-2"))
            .await
            .unwrap()
            .is_none()
    );
    let twice = store
        .create_key(key(account, "247express", "secret-1"))
        .await;
    assert!(matches!(twice, Err(StoreError::Exists { .. })), "{twice:?}");
    // Only ever compared, so not kept.
    let native = ApiKey {
        client_id: None,
        user_name: None,
        ..key(account, "native", "n-1")
    };
    store.create_key(native).await.unwrap();
    let found = store
        .key("native", KeyProof::Key("n-1"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.key.expose_secret(), "n-1");
    let keys = store.keys(account).await.unwrap();
    assert_eq!(keys.len(), 2);
    let native = keys.iter().find(|key| key.dialect == "native").unwrap();
    assert_eq!(native.key.expose_secret(), "");
    assert!(store.keys(AccountId(99)).await.unwrap().is_empty());
}

async fn doors_open_to_tokens_and_settings(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store
        .create_connection(connection(account, "one"))
        .await
        .unwrap();
    let two = store
        .create_connection(connection(account, "two"))
        .await
        .unwrap();
    let open = async |dialect: &str, proof| store.door(dialect, proof).await.unwrap().map(|c| c.id);
    assert_eq!(
        open("one", DoorProof::Token("token-one")).await,
        Some(made.id)
    );
    assert_eq!(
        open("two", DoorProof::Token("token-two")).await,
        Some(two.id)
    );
    assert_eq!(open("two", DoorProof::Token("token-one")).await, None);
    let setting = |name, value| DoorProof::Setting { name, value };
    assert_eq!(open("one", setting("apikey", "k-one")).await, Some(made.id));
    assert_eq!(open("one", setting("apikey", "k-two")).await, None);
    assert_eq!(open("one", setting("other", "k-one")).await, None);
    let found = store.connection(made.id).await.unwrap().unwrap();
    assert_eq!(
        (found.name.as_str(), found.zone.as_deref()),
        ("main", Some("Asia/Ho_Chi_Minh"))
    );
    assert_eq!(found.settings, made.settings);
    assert!(store.connection(ConnectionId(99)).await.unwrap().is_none());
    assert_eq!(store.connections().await.unwrap().len(), 2);
}

async fn records_return_after_a_restart(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    store
        .create_key(key(account, "247express", "secret-1"))
        .await
        .unwrap();
    let connection = store
        .create_connection(connection(account, "one"))
        .await
        .unwrap();
    let endpoint = store.create_endpoint(endpoint(account)).await.unwrap();
    let (registered, _) = store
        .register(registration(account, NUMBER), None)
        .await
        .unwrap();
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert_eq!(store.accounts().await.unwrap()[0].id, account);
    let found = store
        .key("247express", KeyProof::Client(12))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.key.expose_secret(), "secret-1");
    let door = store
        .door("one", DoorProof::Token("token-one"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (door.id, &door.settings),
        (connection.id, &connection.settings)
    );
    let endpoints = store.endpoints().await.unwrap();
    assert_eq!(
        (endpoints[0].id, &endpoints[0].cursor),
        (endpoint.id, &endpoint.cursor)
    );
    assert_eq!(endpoints[0].secret.expose_secret(), "whsec_x");
    assert_eq!(endpoints[0].settings, endpoint.settings);
    let again = store
        .registrations(account, "one", registered.track)
        .await
        .unwrap();
    assert_eq!(again, [registered]);
}

async fn a_registration_is_one_for_account_dialect_and_number(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let other = store.account("other", START).await.unwrap().id;
    let (made, new) = store
        .register(registration(account, NUMBER), None)
        .await
        .unwrap();
    assert!(new);
    let mut again = registration(account, &format!(" {}", NUMBER.to_lowercase()));
    again.data = serde_json::Value::Null;
    let (known, new) = store.register(again, None).await.unwrap();
    assert_eq!((known, new), (made.clone(), false));
    let two = Registration {
        dialect: "two".to_owned(),
        ..registration(account, NUMBER)
    };
    let (two, new) = store.register(two, None).await.unwrap();
    assert!(new && two.track == made.track && two.id != made.id);
    let (theirs, new) = store
        .register(registration(other, NUMBER), None)
        .await
        .unwrap();
    assert!(new && theirs.track != made.track);
    // The number has a track now, of which nothing is known.
    let found = store.find(account, Some(CARRIER), NUMBER).await.unwrap();
    assert_eq!((found[0].id, found[0].states.len()), (made.track, 1));
    assert_eq!(
        store
            .registrations(account, "one", made.track)
            .await
            .unwrap(),
        [made]
    );
    assert!(store.changes(&[], 9).await.unwrap().is_empty());
    assert_sound(&store).await;
}

async fn an_erasure_takes_a_registrations_own_members(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let (made, _) = store
        .register(registration(account, NUMBER), None)
        .await
        .unwrap();
    store.erase(made.track).await.unwrap();
    let left = store
        .registrations(account, "one", made.track)
        .await
        .unwrap();
    assert_eq!((left.len(), &left[0].data), (1, &serde_json::Value::Null));
}

async fn a_budget_is_spent_once(engine: Engine) {
    let store = engine.open().await;
    let mut spenders = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        spenders.spawn(async move {
            let mut spent = 0;
            for _ in 0..20 {
                spent += u32::from(store.spend("look-ups/1", 5, 1, 100).await.unwrap());
            }
            spent
        });
    }
    assert_eq!(spenders.join_all().await.into_iter().sum::<u32>(), 100);
    assert!(store.spend("look-ups/2", 5, 100, 100).await.unwrap());
    assert!(!store.spend("look-ups/3", 5, 101, 100).await.unwrap());
    assert!(store.spend("look-ups/3", 5, 0, 0).await.unwrap());
    assert!(!store.spend("look-ups/3", 5, u64::MAX, 100).await.unwrap());
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert!(!store.spend("look-ups/1", 5, 1, 100).await.unwrap());
    assert!(
        store.spend("look-ups/1", 5, 1, 101).await.unwrap(),
        "a clean end loses nothing"
    );
    assert!(
        store.spend("look-ups/1", 6, 100, 100).await.unwrap(),
        "a new period"
    );
}

async fn an_answer_is_remembered_once(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let answer = Remembered {
        fingerprint: [3; 32],
        status: 201,
        body: b"{}".to_vec(),
    };
    assert_eq!(store.remembered(account, "k").await.unwrap(), None);
    assert!(
        store
            .remember(account, "k", answer.clone(), START)
            .await
            .unwrap()
    );
    let other = Remembered {
        status: 500,
        ..answer.clone()
    };
    assert!(!store.remember(account, "k", other, START).await.unwrap());
    assert_eq!(store.remembered(account, "k").await.unwrap(), Some(answer));
    assert_eq!(store.remembered(AccountId(99), "k").await.unwrap(), None);
}

async fn meta_values_return(engine: Engine) {
    let store = engine.open().await;
    // No name of ours touches what the store keeps for itself.
    for name in ["created", "installation", "low"] {
        assert_eq!(store.meta(name).await.unwrap(), None, "{name}");
        store.set_meta(name, "1").await.unwrap();
        store.set_meta(name, "2").await.unwrap();
        assert_eq!(store.meta(name).await.unwrap().as_deref(), Some("2"));
    }
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert_eq!(
        store.meta("installation").await.unwrap().as_deref(),
        Some("2")
    );
    assert_sound(&store).await;
}
