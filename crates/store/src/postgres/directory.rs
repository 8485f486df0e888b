//! Accounts, keys, connections, endpoints, registrations, meters and kept answers.

use super::connect::{Work, taken};
use super::sql::{self, Sql};
use super::{PostgresStore, records as row, settle};
use crate::records::{
    Account, ApiKey, Connection, DoorProof, Endpoint, KeyProof, NewRegistration, Registration,
    Remembered, keeps_key,
};
use crate::{Directory, StoreError};
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use trackway_model::{AccountId, ConnectionId, EndpointId, KeyId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Directory for PostgresStore {
    async fn account(&self, name: &str, now: i64) -> Result<Account> {
        if let Some(known) = self.find_account(name).await? {
            return Ok(known);
        }
        self.database
            .execute(&sql::ACCOUNT_CREATE, &[&name, &now])
            .await?;
        self.find_account(name)
            .await?
            .ok_or_else(|| StoreError::Missing {
                what: "account",
                name: name.to_owned(),
            })
    }

    async fn find_account(&self, name: &str) -> Result<Option<Account>> {
        let found = self.database.row(&sql::ACCOUNT_BY_NAME, &[&name]).await?;
        Ok(found.as_ref().map(row::account))
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        let rows = self.database.rows(&sql::ACCOUNT_ALL, &[]).await?;
        Ok(rows.iter().map(row::account).collect())
    }

    async fn create_key(&self, mut key: ApiKey) -> Result<ApiKey> {
        let seal = |context, secret: &SecretString| self.sealer().seal_text(context, secret);
        let kept = keeps_key(&key.dialect).then(|| seal(row::KEY, &key.key));
        let secret = key
            .secret
            .as_ref()
            .map(|secret| seal(row::KEY_SECRET, secret));
        let password = key
            .password
            .as_ref()
            .map(|secret| seal(row::KEY_PASSWORD, secret));
        let hash = key_hash(key.key.expose_secret());
        let created = self
            .create(
                &sql::KEY_CREATE,
                &[
                    &key.account.0,
                    &key.dialect,
                    &key.name,
                    &key.created,
                    &key.expires,
                    &key.disabled,
                    &key.client_id,
                    &key.user_name,
                    &key.scopes,
                    &hash,
                    &kept,
                    &secret,
                    &password,
                ],
            )
            .await;
        key.id = KeyId(created.map_err(|error| exists(error, "key", &key.name))?);
        Ok(key)
    }

    async fn key(&self, dialect: &str, proof: KeyProof<'_>) -> Result<Option<Arc<ApiKey>>> {
        let (sql, by, sent): (&Sql, &(dyn ToSql + Sync), _) = match &proof {
            KeyProof::Key(key) => (&sql::KEY_BY_HASH, &key_hash(key), Some(*key)),
            KeyProof::UserName(name) => (&sql::KEY_BY_USER, name, None),
            KeyProof::Client(id) => (&sql::KEY_BY_CLIENT, id, None),
        };
        let found = self.database.row(sql, &[&dialect, by]).await?;
        found
            .map(|found| row::api_key(self.sealer(), &found, sent).map(Arc::new))
            .transpose()
    }

    async fn keys(&self, account: AccountId) -> Result<Vec<ApiKey>> {
        let rows = self
            .database
            .rows(&sql::KEY_BY_ACCOUNT, &[&account.0])
            .await?;
        rows.iter()
            .map(|found| row::api_key(self.sealer(), found, None))
            .collect()
    }

    async fn create_connection(&self, mut connection: Connection) -> Result<Connection> {
        let token = self
            .sealer()
            .seal_text(row::CONNECTION_TOKEN, &connection.token);
        let settings = self
            .sealer()
            .seal_settings(row::CONNECTION_SETTINGS, &connection.settings);
        let (names, hashes): (Vec<&str>, Vec<Vec<u8>>) = connection
            .settings
            .iter()
            .map(|(name, value)| (name.as_str(), self.blind(name, value)))
            .unzip();
        let work = self.database.begin().await?;
        let created = create(
            &work,
            &sql::CONNECTION_CREATE,
            &[
                &connection.account.0,
                &connection.dialect,
                &connection.name,
                &connection.base_url,
                &connection.operator,
                &connection.zone,
                &connection.paused,
                &connection.created,
                &self.blind(TOKEN, connection.token.expose_secret()),
                &token,
                &settings,
            ],
        )
        .await;
        let id = created.map_err(|error| exists(error, "connection", &connection.name))?;
        work.execute(
            &sql::CONNECTION_SETTING_CREATE,
            &[&connection.dialect, &names, &hashes, &id],
        )
        .await?;
        work.commit().await?;
        connection.id = ConnectionId(id);
        Ok(connection)
    }

    async fn connection(&self, id: ConnectionId) -> Result<Option<Arc<Connection>>> {
        let found = self.database.row(&sql::CONNECTION_BY_ID, &[&id.0]).await?;
        self.opened(found)
    }

    async fn connections(&self) -> Result<Vec<Arc<Connection>>> {
        let rows = self.database.rows(&sql::CONNECTION_ALL, &[]).await?;
        rows.iter()
            .map(|found| row::connection(self.sealer(), found).map(Arc::new))
            .collect()
    }

    async fn door(&self, dialect: &str, proof: DoorProof<'_>) -> Result<Option<Arc<Connection>>> {
        let found = match proof {
            DoorProof::Token(token) => {
                let hash = self.blind(TOKEN, token);
                self.database
                    .row(&sql::CONNECTION_BY_TOKEN, &[&dialect, &hash])
                    .await?
            }
            DoorProof::Setting { name, value } => {
                let hash = self.blind(name, value);
                self.database
                    .row(&sql::CONNECTION_BY_SETTING, &[&dialect, &name, &hash])
                    .await?
            }
        };
        self.opened(found)
    }

    async fn create_endpoint(&self, mut endpoint: Endpoint) -> Result<Endpoint> {
        let settings = self
            .sealer()
            .seal_settings(row::ENDPOINT_SETTINGS, &endpoint.settings);
        let secret = self
            .sealer()
            .seal_text(row::ENDPOINT_SECRET, &endpoint.secret);
        let work = self.database.begin().await?;
        let id = create(
            &work,
            &sql::ENDPOINT_CREATE,
            &[
                &endpoint.account.0,
                &endpoint.dialect,
                &endpoint.url,
                &endpoint.operator,
                &endpoint.disabled,
                &endpoint.created,
                &settings,
                &secret,
            ],
        )
        .await?;
        settle::set_cursor(&work, EndpointId(id), &endpoint.cursor).await?;
        work.commit().await?;
        endpoint.id = EndpointId(id);
        Ok(endpoint)
    }

    async fn endpoints(&self) -> Result<Vec<Arc<Endpoint>>> {
        let rows = self.database.rows(&sql::ENDPOINT_ALL, &[]).await?;
        rows.iter()
            .map(|found| row::endpoint(self.sealer(), found).map(Arc::new))
            .collect()
    }

    async fn endpoint(&self, id: EndpointId) -> Result<Option<Arc<Endpoint>>> {
        let found = self.database.row(&sql::ENDPOINT_BY_ID, &[&id.0]).await?;
        found
            .map(|found| row::endpoint(self.sealer(), &found).map(Arc::new))
            .transpose()
    }

    async fn register_many(
        &self,
        wishes: Vec<NewRegistration>,
    ) -> Result<Vec<(Registration, bool)>> {
        Box::pin(self.register_all(wishes)).await
    }

    async fn registrations(
        &self,
        account: AccountId,
        dialect: &str,
        track: TrackId,
    ) -> Result<Vec<Registration>> {
        let rows = self
            .database
            .rows(
                &sql::REGISTRATION_OF_TRACK,
                &[&track.0, &account.0, &dialect],
            )
            .await?;
        rows.iter()
            .map(|found| row::registration(self.sealer(), found))
            .collect()
    }

    async fn spend(&self, meter: &str, period: i64, n: u64, limit: u64) -> Result<bool> {
        if n > limit {
            return Ok(false);
        }
        let (n, limit) = (saturated(n), saturated(limit));
        let spent = self
            .database
            .rows(&sql::METER_SPEND, &[&meter, &period, &n, &limit])
            .await?;
        Ok(!spent.is_empty())
    }

    async fn remembered(&self, account: AccountId, key: &str) -> Result<Option<Remembered>> {
        let found = self
            .database
            .row(&sql::REMEMBERED, &[&account.0, &key])
            .await?;
        found
            .map(|found| {
                let fingerprint = found.get::<_, &[u8]>(0).try_into();
                Ok(Remembered {
                    fingerprint: fingerprint.map_err(|_| StoreError::Damaged {
                        what: "kept answer",
                    })?,
                    status: found.get::<_, i16>(1) as u16,
                    body: self.sealer().open_secret(ANSWER, found.get(2))?,
                })
            })
            .transpose()
    }

    async fn remember(
        &self,
        account: AccountId,
        key: &str,
        answer: Remembered,
        now: i64,
    ) -> Result<bool> {
        let body = self.sealer().seal_secret(ANSWER, &answer.body);
        let status = answer.status as i16;
        self.database
            .execute(&sql::REMEMBER_PRUNE, &[&(now - REMEMBERED_FOR)])
            .await?;
        let kept = self
            .database
            .execute(
                &sql::REMEMBER,
                &[
                    &account.0,
                    &key,
                    &&answer.fingerprint[..],
                    &status,
                    &body,
                    &now,
                ],
            )
            .await?;
        Ok(kept > 0)
    }

    async fn meta(&self, name: &str) -> Result<Option<String>> {
        Ok(self
            .database
            .row(&sql::META_GET, &[&meta_name(name)])
            .await?
            .map(|found| found.get(0)))
    }

    async fn set_meta(&self, name: &str, value: &str) -> Result<()> {
        self.database
            .execute(&sql::META_SET, &[&meta_name(name), &value])
            .await?;
        Ok(())
    }
}

/// Purpose of the blind index of tokens; no setting's name holds a slash.
const TOKEN: &str = "connection/token";
const ANSWER: &str = "idempotency.body";
/// How long an answer is kept for a repeated request.
const REMEMBERED_FOR: i64 = 24 * 3_600 * 1_000_000;

/// The store's own values stand under bare names.
fn meta_name(name: &str) -> String {
    format!("hub/{name}")
}

impl PostgresStore {
    /// Runs an insert that returns the new row's id.
    async fn create(&self, sql: &Sql, params: &[&(dyn ToSql + Sync)]) -> Result<i64> {
        let work = self.database.begin().await?;
        let id = create(&work, sql, params).await?;
        work.commit().await?;
        Ok(id)
    }

    pub(super) fn opened(&self, found: Option<Row>) -> Result<Option<Arc<Connection>>> {
        found
            .map(|found| row::connection(self.sealer(), &found).map(Arc::new))
            .transpose()
    }

    fn blind(&self, purpose: &str, value: &str) -> Vec<u8> {
        self.sealer().installation().blind(purpose, value).to_vec()
    }
}

async fn create(work: &Work, sql: &Sql, params: &[&(dyn ToSql + Sync)]) -> Result<i64> {
    let rows = work.rows(sql, params).await?;
    rows.first()
        .map(|row| row.get(0))
        .ok_or(StoreError::Damaged {
            what: "answer to an insert",
        })
}

fn exists(error: StoreError, what: &'static str, name: &str) -> StoreError {
    if taken(&error) {
        StoreError::Exists {
            what,
            name: name.to_owned(),
        }
    } else {
        error
    }
}

/// Keys are 256 random bits, so a plain hash finds them and tells nothing.
fn key_hash(key: &str) -> Vec<u8> {
    Sha256::digest(key.as_bytes()).to_vec()
}

/// The database counts in signed numbers.
pub(super) fn saturated(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
