//! The desk's port, answered from memory.

use super::{Connection, FakeDesk, Inner, Key, OpenSession, Quarantined};
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use trackway_dialects::desk::{
    Denial, Desk, DeskError, Door, Found, Knock, LoggedMessage, Principal, Proof, Session, Unread,
};
use trackway_dialects::registry::{self, Vocabularies};
use trackway_model::intake::{Intake, Receipt, Verified, number_key};

impl Inner {
    /// The key that a proof names, in force or not.
    fn proved(&self, dialect: &str, proof: Proof<'_>) -> Option<&Key> {
        let proves = |key: &&Key| match proof {
            Proof::Key(sent) => key.principal.sent_key.expose_secret() == sent,
            Proof::Login {
                user_name,
                password,
            } => key
                .login
                .as_ref()
                .is_some_and(|(u, p)| u == user_name && p == password),
            Proof::Session { client_id, token } => self.sessions.iter().any(|open| {
                open.key == key.principal.key && open.client_id == client_id && open.token == token
            }),
        };
        let of_dialect = |key: &&Key| key.principal.dialect == dialect;
        self.keys.iter().filter(of_dialect).find(proves)
    }
}

#[async_trait]
impl Desk for FakeDesk {
    fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    fn vocabularies(&self) -> Arc<Vocabularies> {
        self.inner()
            .tables
            .clone()
            .unwrap_or_else(registry::built_in)
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.inner().settings.get(name).cloned()
    }

    async fn prove(
        &self,
        dialect: &'static str,
        proof: Proof<'_>,
    ) -> Result<Option<Principal>, DeskError> {
        let inner = self.inner();
        inner.sound()?;
        Ok(inner
            .proved(dialect, proof)
            .filter(|key| key.denied.is_none())
            .map(|key| key.principal.clone()))
    }

    async fn why_not(&self, dialect: &'static str, proof: Proof<'_>) -> Result<Denial, DeskError> {
        let inner = self.inner();
        inner.sound()?;
        let denied = inner.proved(dialect, proof).and_then(|key| key.denied);
        Ok(denied.unwrap_or(Denial::Unknown))
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
        let Some(principal) = self.prove(dialect, proof).await? else {
            return Ok(None);
        };
        let mut inner = self.inner();
        let token = format!("{:064x}", 0xabcd_0000 + inner.sessions.len());
        let client_id = principal.client_id.unwrap();
        inner.sessions.push(OpenSession {
            key: principal.key,
            client_id,
            token: token.clone(),
        });
        Ok(Some(Session {
            client_id,
            client_name: principal.account_name.to_string(),
            token,
            expires: self.now() + 86_400_000_000,
            tracking_key: principal.sent_key,
        }))
    }

    async fn spend(
        &self,
        principal: &Principal,
        meter: &'static str,
        period: i64,
        limit: u64,
    ) -> Result<bool, DeskError> {
        let mut inner = self.inner();
        inner.sound()?;
        let spent = inner
            .spent
            .entry((principal.key, meter, period))
            .or_default();
        let allowed = *spent < limit;
        *spent += u64::from(allowed);
        Ok(allowed)
    }

    async fn look_up(
        &self,
        principal: &Principal,
        dialect: &'static str,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<Found, DeskError> {
        let inner = self.inner();
        inner.sound()?;
        if let Some(at) = inner.find(principal.account, carrier, number) {
            return Ok(Found::Shipment(Box::new(inner.view(at, dialect))));
        }
        let elsewhere = inner.kept.iter().any(|kept| {
            carrier.is_none_or(|carrier| *kept.track.carrier == *carrier)
                && number_key(&kept.track.number) == number_key(number)
        });
        Ok(if elsewhere {
            Found::AnotherAccount
        } else {
            Found::Nothing
        })
    }

    fn carrier(&self, dialect: &'static str, code: &str) -> Option<String> {
        self.inner()
            .carriers
            .get(&(dialect, code.to_owned()))
            .cloned()
    }

    async fn take(&self, intakes: Verified<Vec<Intake>>) -> Result<Vec<Receipt>, DeskError> {
        let mut inner = self.inner();
        inner.sound()?;
        Ok(intakes
            .into_inner()
            .into_iter()
            .map(|intake| inner.ingest(intake))
            .collect())
    }

    async fn quarantine(
        &self,
        door: &Door,
        dialect: &'static str,
        unread: Unread<'_>,
    ) -> Result<(), DeskError> {
        let mut inner = self.inner();
        inner.sound()?;
        inner.quarantined.push(Quarantined {
            connection: door.connection,
            dialect,
            body: unread.body.to_vec(),
            strange: unread.strange,
        });
        Ok(())
    }

    async fn open(
        &self,
        dialect: &'static str,
        knock: Knock<'_>,
    ) -> Result<Option<Door>, DeskError> {
        let inner = self.inner();
        inner.sound()?;
        let holds = |connection: &Connection, (name, value): (&str, &str)| {
            connection
                .settings
                .get(name)
                .is_some_and(|held| held == value)
        };
        let opens = |connection: &&Connection| {
            connection.dialect == dialect
                && match knock {
                    Knock::Token(token) => connection.token == token,
                    Knock::Setting { name, value } => holds(connection, (name, value)),
                    Knock::Pair { first, second } => {
                        holds(connection, first) && holds(connection, second)
                    }
                }
        };
        Ok(inner.connections.iter().find(opens).map(|found| Door {
            account: found.account,
            connection: found.id,
        }))
    }

    async fn door_setting(
        &self,
        door: &Door,
        name: &str,
    ) -> Result<Option<SecretString>, DeskError> {
        let inner = self.inner();
        inner.sound()?;
        let found = inner
            .connections
            .iter()
            .find(|known| known.id == door.connection);
        let setting = found.and_then(|known| known.settings.get(name).cloned());
        Ok(setting.map(SecretString::from))
    }

    async fn message_log(
        &self,
        principal: &Principal,
        dialect: &'static str,
        from: i64,
        to: i64,
        numbers: &[String],
    ) -> Result<Vec<LoggedMessage>, DeskError> {
        let inner = self.inner();
        inner.sound()?;
        let named = |message: &LoggedMessage| {
            numbers.is_empty()
                || numbers
                    .iter()
                    .any(|n| number_key(n) == number_key(&message.view.track.number))
        };
        let mut found: Vec<LoggedMessage> = inner
            .messages
            .iter()
            .filter(|(account, spoken, message)| {
                *account == principal.account
                    && *spoken == dialect
                    && (from..=to).contains(&message.at)
                    && named(message)
            })
            .map(|(_, _, message)| message.clone())
            .collect();
        found.sort_by_key(|message| message.at);
        Ok(found)
    }

    async fn remembered(
        &self,
        principal: &Principal,
        key: &str,
    ) -> Result<Option<([u8; 32], u16, Vec<u8>)>, DeskError> {
        let inner = self.inner();
        inner.sound()?;
        Ok(inner
            .remembered
            .get(&(principal.account, key.to_owned()))
            .cloned())
    }

    async fn remember(
        &self,
        principal: &Principal,
        key: &str,
        fingerprint: [u8; 32],
        status: u16,
        body: Vec<u8>,
    ) -> Result<(), DeskError> {
        let mut inner = self.inner();
        inner.sound()?;
        inner.remembered.insert(
            (principal.account, key.to_owned()),
            (fingerprint, status, body),
        );
        Ok(())
    }
}
