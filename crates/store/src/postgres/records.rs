//! Rows of the records that stand on their own, sealed and opened.
//!
//! Contract: a secret leaves this module sealed and enters it sealed; the context names its column.

use crate::records::{Account, ApiKey, Connection, Endpoint, Former, Registration};
use crate::{StoreError, seal::Sealer};
use secrecy::SecretString;
use tokio_postgres::Row;
use trackway_model::change::FeedPosition;
use trackway_model::{AccountId, ConnectionId, EndpointId, KeyId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

pub const KEY: &str = "api_key.key";
pub const KEY_SECRET: &str = "api_key.secret";
pub const KEY_PASSWORD: &str = "api_key.password";
pub const CONNECTION_TOKEN: &str = "connection.token";
pub const CONNECTION_SETTINGS: &str = "connection.settings";
pub const ENDPOINT_SETTINGS: &str = "endpoint.settings";
pub const ENDPOINT_SECRET: &str = "endpoint.secret";
const REGISTRATION_DATA: &str = "registration.data";
const REGISTRATION_REFS: &str = "registration.refs";

pub fn account(row: &Row) -> Account {
    Account {
        id: AccountId(row.get(0)),
        name: row.get(1),
        created: row.get(2),
    }
}

/// `sent` stands for a key that is not kept: what the client just proved itself with.
pub fn api_key(sealer: &Sealer, row: &Row, sent: Option<&str>) -> Result<ApiKey> {
    let open = |column: usize, context: &str| {
        row.get::<_, Option<&[u8]>>(column)
            .map(|sealed| sealer.open_text(context, sealed))
            .transpose()
    };
    let key = open(10, KEY)?
        .or_else(|| sent.map(SecretString::from))
        .unwrap_or_default();
    Ok(ApiKey {
        id: KeyId(row.get(0)),
        account: AccountId(row.get(1)),
        dialect: row.get(2),
        name: row.get(3),
        created: row.get(4),
        expires: row.get(5),
        disabled: row.get(6),
        key,
        secret: open(11, KEY_SECRET)?,
        client_id: row.get(7),
        user_name: row.get(8),
        password: open(12, KEY_PASSWORD)?,
        scopes: row.get(9),
        used: row.get(13),
    })
}

pub fn connection(sealer: &Sealer, row: &Row) -> Result<Connection> {
    Ok(Connection {
        id: ConnectionId(row.get(0)),
        account: AccountId(row.get(1)),
        dialect: row.get(2),
        name: row.get(3),
        base_url: row.get(4),
        operator: row.get(5),
        zone: row.get(6),
        paused: row.get(7),
        created: row.get(8),
        token: sealer.open_text(CONNECTION_TOKEN, row.get(9))?,
        settings: sealer.open_settings(CONNECTION_SETTINGS, row.get(10))?,
    })
}

pub fn endpoint(sealer: &Sealer, row: &Row) -> Result<Endpoint> {
    let shards: Vec<i16> = row.get(9);
    let numbers: Vec<i64> = row.get(10);
    let cursor = shards
        .into_iter()
        .zip(numbers)
        .map(|(shard, number)| FeedPosition {
            shard: shard as u16,
            number: number as u64,
        })
        .collect();
    let former = row.get::<_, Option<&[u8]>>(11).zip(row.get(12));
    Ok(Endpoint {
        id: EndpointId(row.get(0)),
        account: AccountId(row.get(1)),
        dialect: row.get(2),
        url: row.get(3),
        operator: row.get(4),
        disabled: row.get(5),
        created: row.get(6),
        settings: sealer.open_settings(ENDPOINT_SETTINGS, row.get(7))?,
        secret: sealer.open_text(ENDPOINT_SECRET, row.get(8))?,
        former: former
            .map(|(sealed, until)| {
                let secret = sealer.open_text(ENDPOINT_SECRET, sealed)?;
                Ok::<_, StoreError>(Former { secret, until })
            })
            .transpose()?,
        cursor,
    })
}

pub fn registration(sealer: &Sealer, row: &Row) -> Result<Registration> {
    let data = data(sealer, row.get(7))?;
    Ok(Registration {
        id: row.get(0),
        account: AccountId(row.get(1)),
        dialect: row.get(2),
        track: TrackId(row.get(3)),
        carrier: row.get(4),
        number: row.get(5),
        created: row.get(6),
        data,
    })
}

/// A registration's own members, as they were stored.
pub fn data(sealer: &Sealer, sealed: Option<&[u8]>) -> Result<serde_json::Value> {
    let Some(sealed) = sealed else {
        return Ok(serde_json::Value::Null);
    };
    let data = sealer.open_secret(REGISTRATION_DATA, sealed)?;
    serde_json::from_slice(&data).map_err(|_| StoreError::Damaged {
        what: "registration",
    })
}

/// A registration's own members, as they are stored; None where there are none.
pub fn seal_data(sealer: &Sealer, data: &serde_json::Value) -> Result<Option<Vec<u8>>> {
    if data.is_null() {
        return Ok(None);
    }
    let data = serde_json::to_vec(data).map_err(StoreError::engine("wrote a registration"))?;
    Ok(Some(sealer.seal_secret(REGISTRATION_DATA, &data)))
}

pub fn seal_references(sealer: &Sealer, references: &[String]) -> Result<Option<Vec<u8>>> {
    if references.is_empty() {
        return Ok(None);
    }
    let list = serde_json::to_vec(references).map_err(StoreError::engine("wrote references"))?;
    Ok(Some(sealer.seal_secret(REGISTRATION_REFS, &list)))
}

pub fn references(sealer: &Sealer, sealed: &[u8]) -> Result<Vec<String>> {
    let list = sealer.open_secret(REGISTRATION_REFS, sealed)?;
    serde_json::from_slice(&list).map_err(|_| StoreError::Damaged {
        what: "registration",
    })
}
