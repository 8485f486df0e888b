//! Accounts, keys, connections and endpoints in memory, whole: they are few and asked for with every
//! request. Only the writer changes them, after the commit.
//!
//! Secrets are found by a hash, so that a look-up's time tells nothing about them.

use super::readers::all;
use super::sql;
use crate::StoreError;
use crate::records::{
    Account, ApiKey, Connection, DoorProof, Endpoint, Former, KeyProof, keeps_key,
};
use crate::seal::Sealer;
use parking_lot::RwLock;
use rusqlite::{Connection as File, Row};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use trackway_model::change::FeedPosition;
use trackway_model::{AccountId, ConnectionId, Digest, EndpointId, InstallationKey, KeyId};

type Result<T> = std::result::Result<T, StoreError>;

/// Names of sealed columns.
pub const KEY: &str = "api_key.key";
pub const KEY_SECRET: &str = "api_key.secret";
pub const KEY_PASSWORD: &str = "api_key.password";
pub const CONNECTION_TOKEN: &str = "connection.token";
pub const CONNECTION_SETTINGS: &str = "connection.settings";
pub const ENDPOINT_SETTINGS: &str = "endpoint.settings";
pub const ENDPOINT_SECRET: &str = "endpoint.secret";

/// Purpose of the blind index of tokens; no setting's name holds a slash.
const TOKEN: &str = "connection/token";

#[derive(Default)]
pub struct Records(RwLock<Inner>);

#[derive(Default)]
struct Inner {
    accounts: Vec<Account>,
    keys: Vec<Arc<ApiKey>>,
    by_hash: HashMap<Digest, Vec<usize>>,
    by_user: HashMap<String, Vec<usize>>,
    by_client: HashMap<i64, Vec<usize>>,
    connections: Vec<Arc<Connection>>,
    doors: HashMap<Digest, Vec<usize>>,
    endpoints: Vec<Arc<Endpoint>>,
}

/// Keys are 256 random bits, so a plain hash finds them and tells nothing.
pub fn key_hash(key: &str) -> Digest {
    Sha256::digest(key.as_bytes()).into()
}

pub fn token_hash(installation: &InstallationKey, token: &str) -> Digest {
    installation.blind(TOKEN, token)
}

impl Records {
    pub fn load(file: &File, sealer: &Sealer) -> Result<Self> {
        let mut inner = Inner {
            accounts: all(file, sql::ACCOUNT_ALL, [], account)?,
            ..Inner::default()
        };
        for row in all(file, sql::KEY_ALL, [], KeyRow::read)? {
            let (hash, key) = row.open(sealer)?;
            inner.add_key(hash, key);
        }
        for row in all(file, sql::CONNECTION_ALL, [], ConnectionRow::read)? {
            inner.add_connection(sealer.installation(), row.open(sealer)?);
        }
        let cursors = all(file, sql::CURSOR_ALL, [], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                FeedPosition {
                    shard: row.get(1)?,
                    number: row.get(2)?,
                },
            ))
        })?;
        for row in all(file, sql::ENDPOINT_ALL, [], EndpointRow::read)? {
            let mut endpoint = row.open(sealer)?;
            let of = cursors.iter().filter(|(id, _)| *id == endpoint.id.0);
            endpoint.cursor = of.map(|(_, position)| *position).collect();
            inner.endpoints.push(Arc::new(endpoint));
        }
        Ok(Self(RwLock::new(inner)))
    }

    pub fn account(&self, name: &str) -> Option<Account> {
        self.0
            .read()
            .accounts
            .iter()
            .find(|account| account.name == name)
            .cloned()
    }

    pub fn accounts(&self) -> Vec<Account> {
        self.0.read().accounts.clone()
    }

    pub fn add_account(&self, account: Account) {
        self.0.write().accounts.push(account);
    }

    pub fn key(&self, dialect: &str, proof: KeyProof<'_>) -> Option<Arc<ApiKey>> {
        let inner = self.0.read();
        let (places, sent) = match proof {
            KeyProof::Key(key) => (inner.by_hash.get(&key_hash(key)), Some(key)),
            KeyProof::UserName(name) => (inner.by_user.get(name), None),
            KeyProof::Client(id) => (inner.by_client.get(&id), None),
        };
        let mut keys = places?.iter().map(|at| &inner.keys[*at]);
        let found = keys.find(|key| key.dialect == dialect)?;
        // A key that is not kept is told by who just proved to have it.
        Some(match sent.filter(|_| !keeps_key(dialect)) {
            Some(sent) => Arc::new(ApiKey {
                key: SecretString::from(sent),
                ..ApiKey::clone(found)
            }),
            None => found.clone(),
        })
    }

    pub fn keys(&self, account: AccountId) -> Vec<ApiKey> {
        let inner = self.0.read();
        inner
            .keys
            .iter()
            .filter(|key| key.account == account)
            .map(|key| ApiKey::clone(key))
            .collect()
    }

    pub fn add_key(&self, hash: Digest, key: ApiKey) {
        self.0.write().add_key(hash, key);
    }

    pub fn change_key(&self, id: KeyId, change: impl FnOnce(&mut ApiKey)) {
        if let Some(key) = self.0.write().keys.iter_mut().find(|key| key.id == id) {
            change(Arc::make_mut(key));
        }
    }

    pub fn connection(&self, id: ConnectionId) -> Option<Arc<Connection>> {
        self.0
            .read()
            .connections
            .iter()
            .find(|connection| connection.id == id)
            .cloned()
    }

    pub fn connections(&self) -> Vec<Arc<Connection>> {
        self.0.read().connections.clone()
    }

    pub fn door(
        &self,
        installation: &InstallationKey,
        dialect: &str,
        proof: DoorProof<'_>,
    ) -> Option<Arc<Connection>> {
        let hash = match proof {
            DoorProof::Token(token) => token_hash(installation, token),
            DoorProof::Setting { name, value } => installation.blind(name, value),
        };
        let inner = self.0.read();
        let mut found = inner
            .doors
            .get(&hash)?
            .iter()
            .map(|at| &inner.connections[*at]);
        found
            .find(|connection| connection.dialect == dialect)
            .cloned()
    }

    pub fn add_connection(&self, installation: &InstallationKey, connection: Connection) {
        self.0.write().add_connection(installation, connection);
    }

    pub fn pause_connection(&self, id: ConnectionId, paused: bool) {
        let mut inner = self.0.write();
        if let Some(connection) = inner.connections.iter_mut().find(|known| known.id == id) {
            Arc::make_mut(connection).paused = paused;
        }
    }

    pub fn endpoint(&self, id: EndpointId) -> Option<Arc<Endpoint>> {
        self.0
            .read()
            .endpoints
            .iter()
            .find(|endpoint| endpoint.id == id)
            .cloned()
    }

    pub fn endpoints(&self) -> Vec<Arc<Endpoint>> {
        self.0.read().endpoints.clone()
    }

    pub fn add_endpoint(&self, endpoint: Endpoint) {
        self.0.write().endpoints.push(Arc::new(endpoint));
    }

    pub fn delete_endpoint(&self, id: EndpointId) {
        self.0.write().endpoints.retain(|known| known.id != id);
    }

    pub fn change_endpoint(&self, id: EndpointId, change: impl FnOnce(&mut Endpoint)) {
        let mut inner = self.0.write();
        if let Some(endpoint) = inner.endpoints.iter_mut().find(|known| known.id == id) {
            change(Arc::make_mut(endpoint));
        }
    }

    pub fn move_cursor(&self, id: EndpointId, cursor: &[FeedPosition]) {
        self.change_endpoint(id, |endpoint| {
            for position in cursor {
                match endpoint
                    .cursor
                    .iter_mut()
                    .find(|held| held.shard == position.shard)
                {
                    Some(held) => *held = *position,
                    None => endpoint.cursor.push(*position),
                }
            }
        });
    }
}

impl Inner {
    fn add_key(&mut self, hash: Digest, mut key: ApiKey) {
        if !keeps_key(&key.dialect) {
            key.key = SecretString::default();
        }
        let at = self.keys.len();
        self.by_hash.entry(hash).or_default().push(at);
        if let Some(name) = &key.user_name {
            self.by_user.entry(name.clone()).or_default().push(at);
        }
        if let Some(id) = key.client_id {
            self.by_client.entry(id).or_default().push(at);
        }
        self.keys.push(Arc::new(key));
    }

    fn add_connection(&mut self, installation: &InstallationKey, connection: Connection) {
        let at = self.connections.len();
        let token = token_hash(installation, connection.token.expose_secret());
        self.doors.entry(token).or_default().push(at);
        for (name, value) in &connection.settings {
            self.doors
                .entry(installation.blind(name, value))
                .or_default()
                .push(at);
        }
        self.connections.push(Arc::new(connection));
    }
}

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: AccountId(row.get(0)?),
        name: row.get(1)?,
        created: row.get(2)?,
    })
}

/// Rows as they are read, before what is sealed in them is opened.
struct KeyRow {
    key: ApiKey,
    hash: Digest,
    sealed: [Option<Vec<u8>>; 3],
}

impl KeyRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let scopes: String = row.get(9)?;
        Ok(Self {
            key: ApiKey {
                id: KeyId(row.get(0)?),
                account: AccountId(row.get(1)?),
                dialect: row.get(2)?,
                name: row.get(3)?,
                created: row.get(4)?,
                expires: row.get(5)?,
                disabled: row.get(6)?,
                key: SecretString::default(),
                secret: None,
                client_id: row.get(7)?,
                user_name: row.get(8)?,
                password: None,
                scopes: scopes.split_whitespace().map(str::to_owned).collect(),
                used: row.get(14)?,
            },
            hash: row.get(10)?,
            sealed: [row.get(11)?, row.get(12)?, row.get(13)?],
        })
    }

    fn open(self, sealer: &Sealer) -> Result<(Digest, ApiKey)> {
        let [key, secret, password] = self.sealed;
        let open = |context, sealed: Option<Vec<u8>>| {
            sealed
                .map(|sealed| sealer.open_text(context, &sealed))
                .transpose()
        };
        let key = ApiKey {
            key: open(KEY, key)?.unwrap_or_default(),
            secret: open(KEY_SECRET, secret)?,
            password: open(KEY_PASSWORD, password)?,
            ..self.key
        };
        Ok((self.hash, key))
    }
}

struct ConnectionRow {
    connection: Connection,
    token: Vec<u8>,
    settings: Vec<u8>,
}

impl ConnectionRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            connection: Connection {
                id: ConnectionId(row.get(0)?),
                account: AccountId(row.get(1)?),
                dialect: row.get(2)?,
                name: row.get(3)?,
                base_url: row.get(4)?,
                operator: row.get(5)?,
                zone: row.get(6)?,
                paused: row.get(7)?,
                created: row.get(8)?,
                settings: crate::records::Settings::new(),
                token: SecretString::default(),
            },
            token: row.get(9)?,
            settings: row.get(10)?,
        })
    }

    fn open(self, sealer: &Sealer) -> Result<Connection> {
        Ok(Connection {
            token: sealer.open_text(CONNECTION_TOKEN, &self.token)?,
            settings: sealer.open_settings(CONNECTION_SETTINGS, &self.settings)?,
            ..self.connection
        })
    }
}

struct EndpointRow {
    endpoint: Endpoint,
    settings: Vec<u8>,
    secret: Vec<u8>,
    former: Option<(Vec<u8>, i64)>,
}

impl EndpointRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            endpoint: Endpoint {
                id: EndpointId(row.get(0)?),
                account: AccountId(row.get(1)?),
                dialect: row.get(2)?,
                url: row.get(3)?,
                operator: row.get(4)?,
                disabled: row.get(5)?,
                created: row.get(6)?,
                settings: crate::records::Settings::new(),
                secret: SecretString::default(),
                former: None,
                cursor: Vec::new(),
            },
            settings: row.get(7)?,
            secret: row.get(8)?,
            former: row.get::<_, Option<_>>(9)?.zip(row.get(10)?),
        })
    }

    fn open(self, sealer: &Sealer) -> Result<Endpoint> {
        Ok(Endpoint {
            settings: sealer.open_settings(ENDPOINT_SETTINGS, &self.settings)?,
            secret: sealer.open_text(ENDPOINT_SECRET, &self.secret)?,
            former: self
                .former
                .map(|(sealed, until)| {
                    let secret = sealer.open_text(ENDPOINT_SECRET, &sealed)?;
                    Ok::<_, StoreError>(Former { secret, until })
                })
                .transpose()?,
            ..self.endpoint
        })
    }
}
