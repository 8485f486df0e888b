//! The hub as the facades' desk. Every answer concerns the principal's own account.
//!
//! Proofs: keys are found by their hash and compared again in constant time where the store keeps
//! them; a disabled or expired key proves nothing.

use crate::{Hub, HubError, clock, sandbox, session, views};
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use trackway_dialects::desk::{
    Denial, Door, Found, Knock, LoggedMessage, Principal, Proof, Session, Unread,
};
use trackway_dialects::registry::Vocabularies;
use trackway_dialects::{Desk, DeskError, registry};
use trackway_model::AccountId;
use trackway_model::intake::{Intake, Receipt, Verified};
use trackway_store::StoreError;
use trackway_store::records::{ApiKey, Connection, DoorProof, KeyProof, Remembered};

/// What a caller is told to wait when the store is busy.
const RETRY_AFTER_S: u32 = 1;
/// The same when its disk is nearly full: somebody must make room.
const FULL_RETRY_AFTER_S: u32 = 30;

#[async_trait]
impl Desk for Hub {
    fn now(&self) -> i64 {
        self.clock.now()
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.config.settings.get(name).cloned()
    }

    fn vocabularies(&self) -> Arc<Vocabularies> {
        Hub::vocabularies(self)
    }

    async fn prove(
        &self,
        dialect: &'static str,
        proof: Proof<'_>,
    ) -> Result<Option<Principal>, DeskError> {
        let key = self.proved_key(dialect, proof).await.map_err(told)?;
        match key {
            Some(key) => Ok(Some(self.principal(dialect, &key).await.map_err(told)?)),
            None => Ok(None),
        }
    }

    async fn why_not(&self, dialect: &'static str, proof: Proof<'_>) -> Result<Denial, DeskError> {
        let now = self.clock.now();
        let key = self.store.key(dialect, sought(proof)).await.map_err(told)?;
        let key = key.filter(|key| proves(key, proof, now));
        Ok(match key {
            Some(key) if key.disabled => Denial::Disabled,
            Some(key) if !in_force(&key, now) => Denial::Expired,
            Some(_) | None => Denial::Unknown,
        })
    }

    async fn log_in(
        &self,
        dialect: &'static str,
        user_name: &str,
        password: &str,
    ) -> Result<Option<Session>, DeskError> {
        let proof = Proof::Login {
            user_name,
            password,
        };
        let Some(key) = self.proved_key(dialect, proof).await.map_err(told)? else {
            return Ok(None);
        };
        let lifetime = clock::micros(self.config.session_lifetime);
        let expires = self.clock.now().saturating_add(lifetime);
        let (Some(client_id), Some(token)) = (key.client_id, session::issue(&key, expires)) else {
            return Ok(None);
        };
        let client_name = self.account_name(key.account).await.map_err(told)?;
        Ok(Some(Session {
            client_id,
            client_name: client_name.to_string(),
            token,
            expires,
            tracking_key: key.key.clone(),
        }))
    }

    async fn spend(
        &self,
        principal: &Principal,
        meter: &'static str,
        period: i64,
        limit: u64,
    ) -> Result<bool, DeskError> {
        self.count_use(principal.key, meter, period, limit)
            .await
            .map_err(told)
    }

    async fn look_up(
        &self,
        principal: &Principal,
        dialect: &'static str,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Found, DeskError> {
        let account = principal.account;
        let tracks = self
            .store
            .find(account, carrier, number)
            .await
            .map_err(told)?;
        let registered = !tracks.is_empty();
        if let Some(track) = views::newest(tracks) {
            let view = self.view_for(track, dialect).await.map_err(told)?;
            return Ok(Found::Shipment(Box::new(view)));
        }
        let Some(carrier) = carrier.filter(|_| !registered) else {
            return Ok(Found::Nothing);
        };
        if self.in_sandbox(account).await.map_err(told)? {
            return self
                .looked_up_first(principal, dialect, carrier, number)
                .await;
        }
        let held = self
            .held_by_a_live_account(account, carrier, number)
            .await
            .map_err(told)?;
        Ok(if held {
            Found::AnotherAccount
        } else {
            Found::Nothing
        })
    }

    fn carrier(&self, dialect: &'static str, code: &str) -> Option<String> {
        registry::find(dialect)?.carrier(code)
    }

    async fn take(&self, intakes: Verified<Vec<Intake>>) -> Result<Vec<Receipt>, DeskError> {
        Ok(self.take_in(intakes).await?)
    }

    async fn quarantine(
        &self,
        door: &Door,
        dialect: &'static str,
        unread: Unread<'_>,
    ) -> Result<(), DeskError> {
        self.put_aside(door, dialect, unread).await.map_err(told)
    }

    async fn open(
        &self,
        dialect: &'static str,
        knock: Knock<'_>,
    ) -> Result<Option<Door>, DeskError> {
        let proof = match knock {
            Knock::Token(token) => DoorProof::Token(token),
            // A pair is found by its second, the secret one; the first is compared below.
            Knock::Setting { name, value }
            | Knock::Pair {
                second: (name, value),
                ..
            } => DoorProof::Setting { name, value },
        };
        let found = self.store.door(dialect, proof).await;
        let door = found
            .map_err(told)?
            .filter(|connection| opens(connection, knock));
        Ok(door.map(|connection| Door {
            account: connection.account,
            connection: connection.id,
        }))
    }

    async fn door_setting(
        &self,
        door: &Door,
        name: &str,
    ) -> Result<Option<SecretString>, DeskError> {
        let connection = self.store.connection(door.connection).await.map_err(told)?;
        let setting = connection.and_then(|known| known.settings.get(name).cloned());
        Ok(setting
            .filter(|text| !text.is_empty())
            .map(SecretString::from))
    }

    async fn message_log(
        &self,
        principal: &Principal,
        dialect: &'static str,
        from: i64,
        to: i64,
        numbers: &[String],
    ) -> Result<Vec<LoggedMessage>, DeskError> {
        self.logged_messages(principal.account, dialect, from, to, numbers)
            .await
            .map_err(told)
    }

    async fn remembered(
        &self,
        principal: &Principal,
        key: &str,
    ) -> Result<Option<([u8; 32], u16, Vec<u8>)>, DeskError> {
        let kept = self
            .store
            .remembered(principal.account, &idempotency(key))
            .await
            .map_err(told)?;
        Ok(kept.map(|kept| (kept.fingerprint, kept.status, kept.body)))
    }

    async fn remember(
        &self,
        principal: &Principal,
        key: &str,
        fingerprint: [u8; 32],
        status: u16,
        body: Vec<u8>,
    ) -> Result<(), DeskError> {
        let answer = Remembered {
            fingerprint,
            status,
            body,
        };
        let now = self.clock.now();
        self.store
            .remember(principal.account, &idempotency(key), answer, now)
            .await
            .map(|_| ())
            .map_err(told)
    }
}

impl Hub {
    /// A number's first look-up in a sandbox.
    async fn looked_up_first(
        &self,
        principal: &Principal,
        dialect: &str,
        carrier: &str,
        number: &str,
    ) -> Result<Found, DeskError> {
        let failed = |error: HubError| DeskError::Failed(error.to_string());
        self.first_look(principal, carrier, number)
            .await
            .map_err(failed)?;
        let tracks = self
            .store
            .find(principal.account, Some(carrier), number)
            .await
            .map_err(told)?;
        match views::newest(tracks) {
            Some(track) => {
                let view = self.view_for(track, dialect).await.map_err(told)?;
                Ok(Found::Shipment(Box::new(view)))
            }
            None => Ok(Found::Nothing),
        }
    }

    /// Whether another account has the number; what a sandbox has is nobody's.
    async fn held_by_a_live_account(
        &self,
        account: AccountId,
        carrier: &str,
        number: &str,
    ) -> Result<bool, StoreError> {
        let own = [account];
        if !self.store.held_by_another(&own, carrier, number).await? {
            return Ok(false);
        }
        let sandboxes = self.store.accounts().await?.into_iter();
        let sandboxes = sandboxes.filter(|known| sandbox::is_sandbox(&known.name));
        let but: Vec<AccountId> = sandboxes.map(|known| known.id).chain(own).collect();
        self.store.held_by_another(&but, carrier, number).await
    }

    async fn proved_key(
        &self,
        dialect: &'static str,
        proof: Proof<'_>,
    ) -> Result<Option<Arc<ApiKey>>, StoreError> {
        let now = self.clock.now();
        let key = self.store.key(dialect, sought(proof)).await?;
        let key = key.filter(|key| in_force(key, now) && proves(key, proof, now));
        if let Some(key) = &key {
            self.note_use(key, now);
        }
        Ok(key)
    }

    async fn principal(
        &self,
        dialect: &'static str,
        key: &ApiKey,
    ) -> Result<Principal, StoreError> {
        Ok(Principal {
            account: key.account,
            account_name: self.account_name(key.account).await?,
            key: key.id,
            dialect,
            sent_key: key.key.clone(),
            secret: key.secret.clone(),
            client_id: key.client_id,
            scopes: key.scopes.as_slice().into(),
        })
    }

    /// The account's name. Accounts are not renamed, so what was read is kept.
    pub(crate) async fn account_name(&self, id: AccountId) -> Result<Arc<str>, StoreError> {
        if let Some(name) = self.account_names.read().get(&id) {
            return Ok(name.clone());
        }
        let accounts = self.store.accounts().await?;
        let mut names = self.account_names.write();
        names.extend(
            accounts
                .into_iter()
                .map(|account| (account.id, account.name.into())),
        );
        Ok(names.entry(id).or_insert_with(|| "".into()).clone())
    }
}

/// What a proof's key is found by.
const fn sought(proof: Proof<'_>) -> KeyProof<'_> {
    match proof {
        Proof::Key(key) => KeyProof::Key(key),
        Proof::Login { user_name, .. } => KeyProof::UserName(user_name),
        Proof::Session { client_id, .. } => KeyProof::Client(client_id),
    }
}

fn in_force(key: &ApiKey, now: i64) -> bool {
    !key.disabled && key.expires.is_none_or(|expires| now < expires)
}

fn proves(key: &ApiKey, proof: Proof<'_>, now: i64) -> bool {
    match proof {
        // Where only the hash is kept, finding it was the proof.
        Proof::Key(given) => {
            let kept = key.key.expose_secret();
            kept.is_empty() || same(kept, given)
        }
        Proof::Login { password, .. } => secret_is(key.password.as_ref(), password),
        Proof::Session { token, .. } => session::holds(key, token, now),
    }
}

/// Whether a knock fits the connection that was found by it.
fn opens(connection: &Connection, knock: Knock<'_>) -> bool {
    let setting_is = |(name, value): (&str, &str)| {
        connection
            .settings
            .get(name)
            .is_some_and(|kept| !kept.is_empty() && same(kept, value))
    };
    match knock {
        Knock::Token(token) => same(connection.token.expose_secret(), token),
        Knock::Setting { name, value } => setting_is((name, value)),
        Knock::Pair { first, second } => setting_is(first) & setting_is(second),
    }
}

fn secret_is(kept: Option<&SecretString>, given: &str) -> bool {
    kept.is_some_and(|kept| same(kept.expose_secret(), given))
}

/// Equal, in a time that does not tell where two texts differ.
fn same(kept: &str, given: &str) -> bool {
    kept.as_bytes().ct_eq(given.as_bytes()).into()
}

/// Clients' keys live apart from what the hub itself keeps under the same port.
fn idempotency(key: &str) -> String {
    format!("client/{key}")
}

pub(crate) fn told(error: StoreError) -> DeskError {
    match error {
        StoreError::Busy => DeskError::Busy {
            retry_after_s: RETRY_AFTER_S,
        },
        StoreError::Full => DeskError::Full {
            retry_after_s: FULL_RETRY_AFTER_S,
        },
        other => DeskError::Failed(other.to_string()),
    }
}
