//! Accounts, keys, connections, endpoints, registrations, meters and kept answers.

use super::readers::execute;
use super::records::{
    CONNECTION_SETTINGS, CONNECTION_TOKEN, ENDPOINT_SECRET, ENDPOINT_SETTINGS, KEY, KEY_PASSWORD,
    KEY_SECRET, key_hash, token_hash,
};
use super::register::{self, Wish};
use super::work::Work;
use super::{SqliteStore, sql};
use crate::records::{
    Account, ApiKey, Connection, DoorProof, Endpoint, KeyProof, NewRegistration, Registration,
    Remembered, keeps_key,
};
use crate::{Directory, StoreError};
use async_trait::async_trait;
use rusqlite::{Connection as File, ErrorCode, Params};
use secrecy::ExposeSecret;
use std::sync::Arc;
use trackway_model::{AccountId, ConnectionId, EndpointId, KeyId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

const ANSWER: &str = "idempotency.body";
/// How long an answer is kept for a repeated request.
const REMEMBERED_FOR: i64 = 24 * 3_600 * 1_000_000;

#[async_trait]
impl Directory for SqliteStore {
    async fn account(&self, name: &str, now: i64) -> Result<Account> {
        if let Some(known) = self.core.records.account(name) {
            return Ok(known);
        }
        let name = name.to_owned();
        let made = self
            .add(move |work| {
                let id = insert(
                    &work.connection,
                    sql::ACCOUNT_CREATE,
                    (&name, now),
                    "account",
                    &name,
                )?;
                let account = Account {
                    id: AccountId(id),
                    name,
                    created: now,
                };
                let kept = account.clone();
                work.after_commit(move |core| core.records.add_account(kept));
                Ok(account)
            })
            .await;
        match made {
            // Somebody else made it a moment ago.
            Err(StoreError::Exists { what, name }) => self
                .core
                .records
                .account(&name)
                .ok_or(StoreError::Missing { what, name }),
            made => made,
        }
    }

    async fn find_account(&self, name: &str) -> Result<Option<Account>> {
        Ok(self.core.records.account(name))
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        Ok(self.core.records.accounts())
    }

    async fn create_key(&self, mut key: ApiKey) -> Result<ApiKey> {
        self.add(move |work| {
            let hash = key_hash(key.key.expose_secret());
            let sealer = &work.core.kernel.sealer;
            let kept = keeps_key(&key.dialect).then(|| sealer.seal_text(KEY, &key.key));
            let row = rusqlite::params![
                key.account.0,
                key.dialect,
                key.name,
                key.created,
                key.expires,
                key.disabled,
                key.client_id,
                key.user_name,
                key.scopes.join(" "),
                hash,
                kept,
                key.secret
                    .as_ref()
                    .map(|secret| sealer.seal_text(KEY_SECRET, secret)),
                key.password
                    .as_ref()
                    .map(|secret| sealer.seal_text(KEY_PASSWORD, secret)),
            ];
            key.id = KeyId(insert(
                &work.connection,
                sql::KEY_CREATE,
                row,
                "key",
                &key.name,
            )?);
            let kept = key.clone();
            work.after_commit(move |core| core.records.add_key(hash, kept));
            Ok(key)
        })
        .await
    }

    async fn key(&self, dialect: &str, proof: KeyProof<'_>) -> Result<Option<Arc<ApiKey>>> {
        Ok(self.core.records.key(dialect, proof))
    }

    async fn keys(&self, account: AccountId) -> Result<Vec<ApiKey>> {
        Ok(self.core.records.keys(account))
    }

    async fn create_connection(&self, mut connection: Connection) -> Result<Connection> {
        self.add(move |work| {
            let sealer = &work.core.kernel.sealer;
            let row = rusqlite::params![
                connection.account.0,
                connection.dialect,
                connection.name,
                connection.base_url,
                connection.operator,
                connection.zone,
                connection.paused,
                connection.created,
                token_hash(sealer.installation(), connection.token.expose_secret()),
                sealer.seal_text(CONNECTION_TOKEN, &connection.token),
                sealer.seal_settings(CONNECTION_SETTINGS, &connection.settings),
            ];
            let name = &connection.name;
            let id = insert(
                &work.connection,
                sql::CONNECTION_CREATE,
                row,
                "connection",
                name,
            )?;
            connection.id = ConnectionId(id);
            let kept = connection.clone();
            work.after_commit(move |core| {
                core.records
                    .add_connection(core.kernel.sealer.installation(), kept);
            });
            Ok(connection)
        })
        .await
    }

    async fn connection(&self, id: ConnectionId) -> Result<Option<Arc<Connection>>> {
        Ok(self.core.records.connection(id))
    }

    async fn connections(&self) -> Result<Vec<Arc<Connection>>> {
        Ok(self.core.records.connections())
    }

    async fn door(&self, dialect: &str, proof: DoorProof<'_>) -> Result<Option<Arc<Connection>>> {
        let installation = self.core.kernel.sealer.installation();
        Ok(self.core.records.door(installation, dialect, proof))
    }

    async fn create_endpoint(&self, mut endpoint: Endpoint) -> Result<Endpoint> {
        self.add(move |work| {
            let sealer = &work.core.kernel.sealer;
            let row = rusqlite::params![
                endpoint.account.0,
                endpoint.dialect,
                endpoint.url,
                endpoint.operator,
                endpoint.disabled,
                endpoint.created,
                sealer.seal_settings(ENDPOINT_SETTINGS, &endpoint.settings),
                sealer.seal_text(ENDPOINT_SECRET, &endpoint.secret),
            ];
            let url = &endpoint.url;
            let id = insert(&work.connection, sql::ENDPOINT_CREATE, row, "endpoint", url)?;
            endpoint.id = EndpointId(id);
            for at in &endpoint.cursor {
                execute(&work.connection, sql::CURSOR_SET, (id, at.shard, at.number))?;
            }
            let kept = endpoint.clone();
            work.after_commit(move |core| core.records.add_endpoint(kept));
            Ok(endpoint)
        })
        .await
    }

    async fn endpoints(&self) -> Result<Vec<Arc<Endpoint>>> {
        Ok(self.core.records.endpoints())
    }

    async fn endpoint(&self, id: EndpointId) -> Result<Option<Arc<Endpoint>>> {
        Ok(self.core.records.endpoint(id))
    }

    async fn register_many(
        &self,
        wishes: Vec<NewRegistration>,
    ) -> Result<Vec<(Registration, bool)>> {
        let sealer = &self.core.kernel.sealer;
        let wishes = wishes
            .into_iter()
            .map(|wish| Wish::new(sealer, wish))
            .collect::<Result<Vec<_>>>()?;
        let weight = wishes.len();
        self.disk.admit(weight)?;
        let job = move |work: &mut Work| work.record(|work| register::register(work, wishes));
        self.queue()?.run(&self.core, weight, job).await
    }

    async fn registrations(
        &self,
        account: AccountId,
        dialect: &str,
        track: TrackId,
    ) -> Result<Vec<Registration>> {
        let sealer = &self.core.kernel.sealer;
        self.core
            .readers
            .with(|file| register::find(file, sealer, account, dialect, track))
            .map(|found| found.into_iter().collect())
    }

    async fn spend(&self, meter: &str, period: i64, n: u64, limit: u64) -> Result<bool> {
        self.spend_meter(meter, period, n, limit).await
    }

    async fn remembered(&self, account: AccountId, key: &str) -> Result<Option<Remembered>> {
        let found = self
            .core
            .readers
            .one(sql::REMEMBERED, (account.0, key), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?))
            })?;
        found
            .map(|(fingerprint, status, sealed)| {
                let body = self.core.kernel.sealer.open_secret(ANSWER, &sealed)?;
                Ok(Remembered {
                    fingerprint,
                    status,
                    body,
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
        let key = key.to_owned();
        self.run(move |work| {
            execute(
                &work.connection,
                sql::REMEMBER_PRUNE,
                [now - REMEMBERED_FOR],
            )?;
            let body = work.core.kernel.sealer.seal_secret(ANSWER, &answer.body);
            let row = (account.0, key, answer.fingerprint, answer.status, body, now);
            Ok(execute(&work.connection, sql::REMEMBER, row)? > 0)
        })
        .await
    }

    async fn meta(&self, name: &str) -> Result<Option<String>> {
        self.core
            .readers
            .one(sql::META_GET, [meta_name(name)], |row| row.get(0))
    }

    async fn set_meta(&self, name: &str, value: &str) -> Result<()> {
        let row = (meta_name(name), value.to_owned());
        self.run(move |work| execute(&work.connection, sql::META_SET, row))
            .await?;
        Ok(())
    }
}

/// The store's own values stand under bare names.
fn meta_name(name: &str) -> String {
    format!("hub/{name}")
}

/// Inserts a row and returns its id. `what` and `name` tell what there is already.
fn insert(
    file: &File,
    sql: &'static str,
    row: impl Params,
    what: &'static str,
    name: &str,
) -> Result<i64> {
    let taken = |error: &rusqlite::Error| {
        let extended = match error {
            rusqlite::Error::SqliteFailure(error, _)
                if error.code == ErrorCode::ConstraintViolation =>
            {
                error.extended_code
            }
            _ => return false,
        };
        extended == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
    };
    let failed = |error: rusqlite::Error| {
        if taken(&error) {
            return StoreError::Exists {
                what,
                name: name.to_owned(),
            };
        }
        super::readers::write_failed(error)
    };
    let mut statement = file
        .prepare_cached(sql)
        .map_err(super::readers::write_failed)?;
    statement.insert(row).map_err(failed)
}
