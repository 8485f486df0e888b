//! A whole installation: the hub on a fresh store, served on a free port, under a clock that stands.

use crate::harness::{Served, json_of};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use trackway_dialects::registry;
use trackway_hub::{
    CreatedConnection, CreatedKey, Hub, HubConfig, NewConnection, NewKey, TestClock, fold_rules,
};
use trackway_store::postgres::PostgresStore;
use trackway_store::{MasterKey, SqliteStore, Store, StoreConfig, SystemEntropy};
use trackway_testkit::{Postgres, TestDatabase};
use trackway_web::{App, Limits};

/// 2026-06-01T12:00:00Z.
pub const NOON: i64 = 1_780_315_200_000_000;

pub struct Installation {
    pub hub: Arc<Hub>,
    pub served: Served,
    pub clock: Arc<TestClock>,
    /// Tokens of KeyDelivery's doors, by shop.
    pushing: Mutex<BTreeMap<(&'static str, &'static str), String>>,
    _data: Data,
}

/// Where its store is; gone with it.
enum Data {
    Folder(TempDir),
    Database(TestDatabase),
}

impl Data {
    async fn open(&self) -> Arc<dyn Store> {
        let master = MasterKey::new([7; 32]);
        let config = StoreConfig::new(fold_rules(), master, Arc::new(SystemEntropy));
        match self {
            Self::Folder(folder) => SqliteStore::open(folder.path(), config).unwrap(),
            Self::Database(database) => PostgresStore::open(&database.url, config).await.unwrap(),
        }
    }
}

/// An account with its means: a key in every dialect and a 247Express that knows its webhook.
pub struct Shop {
    pub name: &'static str,
    pub express247: CreatedKey,
    pub keydelivery: CreatedKey,
    pub native: CreatedKey,
    pub connection: CreatedConnection,
}

impl Shop {
    /// The key that 247Express sends with its webhooks.
    pub fn webhook_key(&self) -> String {
        format!("WEBHOOK-{}", self.name)
    }

    /// Where its 247Express sends webhooks.
    pub fn webhook_path(&self) -> String {
        format!("{}/IntergrationAPI", self.connection.webhook_path)
    }
}

impl Installation {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With these settings.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::limited(settings, Limits::default()).await
    }

    /// With these settings and limits.
    pub async fn limited(settings: &[(&str, &str)], limits: Limits) -> Self {
        let data = Data::Folder(tempfile::tempdir().unwrap());
        Self::over(data, settings, limits).await
    }

    /// On PostgreSQL.
    pub async fn on_postgres() -> Self {
        let data = Data::Database(Postgres::database().await.unwrap());
        Self::over(data, &[], Limits::default()).await
    }

    /// With this configuration of the hub.
    pub async fn configured(config: HubConfig) -> Self {
        let data = Data::Folder(tempfile::tempdir().unwrap());
        Self::made(data, config, Limits::default()).await
    }

    async fn over(data: Data, settings: &[(&str, &str)], limits: Limits) -> Self {
        let config = HubConfig {
            settings: map(settings),
            ..HubConfig::default()
        };
        Self::made(data, config, limits).await
    }

    async fn made(data: Data, config: HubConfig, limits: Limits) -> Self {
        let store = data.open().await;
        let clock = Arc::new(TestClock::at(NOON));
        let hub = Hub::open(store, config, clock.clone()).await.unwrap();
        let served = Served::app(App::of_hub(&hub, limits)).await;
        Self {
            hub,
            served,
            clock,
            pushing: Mutex::default(),
            _data: data,
        }
    }

    pub async fn shop(&self, name: &'static str) -> Shop {
        let key = async |dialect: &str| {
            let (account, dialect) = (Some(name.to_owned()), Some(dialect.to_owned()));
            self.hub
                .create_key(NewKey {
                    account,
                    dialect,
                    ..NewKey::default()
                })
                .await
                .unwrap()
        };
        let webhook_key = format!("WEBHOOK-{name}");
        let settings = map(&[
            ("apikey", "unused"),
            ("webhook_apikey", &webhook_key),
            ("webhook_user", name),
            ("webhook_password", &format!("password of {name}")),
        ]);
        let connection = NewConnection {
            account: Some(name.to_owned()),
            dialect: "247express".to_owned(),
            base_url: "http://127.0.0.1:9".to_owned(),
            settings,
            operator: true,
            ..NewConnection::default()
        };
        Shop {
            name,
            express247: key("247express").await,
            keydelivery: key("keydelivery").await,
            native: key("native").await,
            connection: self.hub.connect(connection).await.unwrap(),
        }
    }

    /// The token of the address at which a shop's connection to a system is told; connected, under the
    /// key `unused`, when it is first asked for.
    pub async fn push_token(&self, shop: &Shop, dialect: &'static str) -> String {
        if let Some(token) = self.pushing.lock().unwrap().get(&(shop.name, dialect)) {
            return token.clone();
        }
        let needed = registry::find(dialect)
            .unwrap()
            .call()
            .unwrap()
            .settings()
            .0;
        let settings = needed
            .iter()
            .map(|name| ((*name).to_owned(), "unused".to_owned()));
        let new = NewConnection {
            account: Some(shop.name.to_owned()),
            dialect: dialect.to_owned(),
            base_url: "http://127.0.0.1:9".to_owned(),
            settings: settings.collect(),
            operator: true,
            ..NewConnection::default()
        };
        let path = self.hub.connect(new).await.unwrap().webhook_path;
        let token = path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut pushing = self.pushing.lock().unwrap();
        pushing.insert((shop.name, dialect), token.clone());
        token
    }

    /// A status webhook for a shop, which must be acknowledged.
    pub async fn told(&self, shop: &Shop, number: &str, status: &str, time: &str) {
        let body = json!({
            "ApiKey": shop.webhook_key(),
            "OrderCode": number,
            "Status": status,
            "StatusName": "DANGDIPHAT",
            "TransactionId": format!("{number}-{status}-{time}"),
            "Time": time,
        });
        let (status, answer) = self.post("/IntergrationAPI", &body.to_string()).await;
        assert_eq!(
            (status, &answer["IsError"]),
            (StatusCode::OK, &json!(false)),
            "{answer}"
        );
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        json_of(self.served.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &str) -> (StatusCode, Value) {
        let request = self
            .served
            .post(path)
            .header(CONTENT_TYPE, "application/json");
        json_of(request.body(body.to_owned())).await
    }

    /// 247Express's tracking call.
    pub async fn tracking(&self, shop: &Shop, number: &str) -> Value {
        let key = &shop.express247.key;
        let path = format!("/api/Order/v1/Tracking?ordercode={number}&apikey={key}");
        self.get(&path).await.1
    }

    /// KeyDelivery's look-up, signed by a shop.
    pub async fn realtime(&self, shop: &Shop, body: &str) -> Value {
        let key = &shop.keydelivery;
        let secret = key.secret.as_deref().unwrap();
        json_of(crate::harness::signed(&self.served, body, &key.key, secret))
            .await
            .1
    }
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}
