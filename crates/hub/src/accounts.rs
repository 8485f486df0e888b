//! Accounts, keys, connections and endpoints: made here, checked against what their dialect needs.
//!
//! Secrets are drawn from the injected entropy, are printed once by whoever called, and are never
//! logged. What is returned serialises with its secrets in the clear for exactly that purpose.

use crate::checks::{check_count, check_hook, check_length, check_settings, exposed, shared};
use crate::error::HubError;
use crate::outbound::Policy;
use crate::{Hub, carriers, clock, manage, sandbox, unregistered};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::time::Duration;
use trackway_dialects::native::caller::{Scope, TEST_MARK};
use trackway_dialects::registry::{self, DIALECTS};
use trackway_dialects::{Dialect, Hook, quota};
use trackway_model::{ConnectionId, EndpointId, KeyId};
use trackway_store::records::{
    Account, ApiKey, Connection, DEFAULT_ACCOUNT, Endpoint, KeyProof, Settings,
};

/// A key to be made.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewKey {
    /// The default account where none is named; made if it is not there.
    pub account: Option<String>,
    /// `native` where none is named.
    pub dialect: Option<String>,
    pub name: String,
    /// A key for trying things out: it belongs to the account's sandbox, and is marked in its look
    /// and by the scope `test`.
    pub test: bool,
    pub expires_after: Option<Duration>,
    /// The same as an instant, in microseconds since the epoch.
    pub expires_at: Option<i64>,
    /// What it may do in our own API; none: all but what must be given by name.
    pub scopes: Vec<String>,
}

/// A key as it is printed once.
#[derive(Clone, Serialize, Deserialize)]
pub struct CreatedKey {
    pub id: KeyId,
    pub account: String,
    pub dialect: String,
    pub name: String,
    pub key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// An upstream to be connected.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewConnection {
    pub account: Option<String>,
    pub dialect: String,
    pub base_url: String,
    /// The dialect's name where none is given, numbered where it is taken.
    pub name: Option<String>,
    /// IANA name of the zone in which this source writes times without one.
    pub zone: Option<String>,
    pub settings: Settings,
    /// Whether the operator names the address: never taken from a request.
    #[serde(skip)]
    pub operator: bool,
}

/// A connection, without its settings: some of them are secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CreatedConnection {
    pub id: ConnectionId,
    pub account: String,
    pub dialect: String,
    pub name: String,
    pub base_url: String,
    pub zone: Option<String>,
    /// Where the system can send its webhooks, below the public address.
    pub webhook_path: String,
}

/// A subscriber to be added.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewEndpoint {
    pub account: Option<String>,
    /// `native` where none is named.
    pub dialect: Option<String>,
    pub url: String,
    pub settings: Settings,
    /// Whether the operator names the address: never taken from a request.
    #[serde(skip)]
    pub operator: bool,
}

/// An endpoint with its signing secret, as it is printed once.
#[derive(Clone, Serialize, Deserialize)]
pub struct CreatedEndpoint {
    pub id: EndpointId,
    pub account: String,
    pub dialect: String,
    pub url: String,
    /// What the receiver knows messages by; None where a public key does that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

/// What one account may have of a kind: each costs a little all the time.
const MOST_KEYS: usize = 1_000;
const MOST_CONNECTIONS: usize = 100;
pub(crate) const MOST_ENDPOINTS: usize = 100;
/// Characters of what people name.
const LONGEST_NAME: usize = 100;
const LONGEST_URL: usize = 2_048;
/// Tries to find a client number that nobody has.
const CLIENT_NUMBER_TRIES: usize = 16;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Digits of base 62 that hold 256 bits.
const KEY_DIGITS: usize = 43;

/// A dialect by name, or an error that lists them.
pub fn dialect(name: &str) -> Result<&'static dyn Dialect, HubError> {
    registry::find(name).ok_or_else(|| HubError::UnknownDialect {
        name: name.to_owned(),
        known: DIALECTS
            .iter()
            .map(|dialect| dialect.name())
            .collect::<Vec<_>>()
            .join(", "),
    })
}

impl Hub {
    /// The account of that name, made if it is not there; the default one where none is named.
    pub async fn account(&self, name: Option<&str>) -> Result<Account, HubError> {
        let name = name.unwrap_or(DEFAULT_ACCOUNT);
        let account = self.store.account(name, self.clock.now()).await?;
        if sandbox::is_sandbox(name) {
            self.furnish(&account).await?;
        }
        Ok(account)
    }

    /// The account of that name, which must be there.
    pub(crate) async fn known_account(&self, name: Option<&str>) -> Result<Account, HubError> {
        match name {
            None => self.account(None).await,
            Some(name) => self
                .store
                .find_account(name)
                .await?
                .ok_or_else(|| HubError::NoAccount(name.to_owned())),
        }
    }

    /// Makes a key in a dialect, of the look that the dialect's clients know.
    pub async fn create_key(&self, new: NewKey) -> Result<CreatedKey, HubError> {
        let dialect = dialect(new.dialect.as_deref().unwrap_or("native"))?;
        let now = self.clock.now();
        let expires = new.expires(now)?;
        manage::check_scopes(dialect.name(), &new.scopes)?;
        check_length("the name", &new.name, LONGEST_NAME)?;
        let sandboxed = sandbox::beside(new.account.as_deref());
        let test = new.test || new.account.as_deref() == Some(&sandboxed);
        if test && new.scopes.iter().any(|scope| scope == Scope::Admin.name()) {
            return Err(HubError::TestAdmin);
        }
        let named = new.account.as_deref();
        let named = if test { Some(&*sandboxed) } else { named };
        let account = self.account(named).await?;
        let held = self.store.keys(account.id).await?;
        check_count("keys", held.len(), MOST_KEYS)?;
        let mark = test.then(|| TEST_MARK.to_owned());
        let mut key = ApiKey {
            id: KeyId::default(),
            account: account.id,
            dialect: dialect.name().to_owned(),
            name: new.name,
            created: now,
            expires,
            disabled: false,
            key: SecretString::from(""),
            secret: None,
            client_id: None,
            user_name: None,
            password: None,
            scopes: mark.into_iter().chain(new.scopes).collect(),
            used: None,
        };
        match dialect.name() {
            "247express" => {
                key.key = self.grouped_key().into();
                key.client_id = Some(self.free_client_number().await?);
                key.user_name = Some(format!(
                    "{}-{}",
                    account.name,
                    hex::encode(self.random::<3>())
                ));
                key.password = Some(self.base62(KEY_DIGITS).into());
            }
            "keydelivery" => {
                key.key = self.base62(KEY_DIGITS).into();
                key.secret = Some(self.base62(KEY_DIGITS).into());
            }
            "track123" => key.key = hex::encode(self.random::<16>()).into(),
            "nandh" => key.key = self.base62(KEY_DIGITS).into(),
            _ => {
                let prefix = if test { "tw_test_" } else { "tw_" };
                key.key = format!("{prefix}{}", self.base62(KEY_DIGITS)).into();
            }
        }
        let given = key.clone();
        let kept = self.store.create_key(key).await?;
        tracing::info!(key = kept.id.0, dialect = dialect.name(), "made a key");
        Ok(CreatedKey {
            id: kept.id,
            account: account.name,
            dialect: given.dialect,
            name: given.name,
            key: given.key.expose_secret().to_owned(),
            secret: exposed(given.secret.as_ref()),
            client_id: given.client_id,
            user_name: given.user_name,
            password: exposed(given.password.as_ref()),
        })
    }

    /// Connects an upstream.
    pub async fn connect(&self, new: NewConnection) -> Result<CreatedConnection, HubError> {
        let dialect = dialect(&new.dialect)?;
        let name = dialect.name();
        let call = dialect
            .call()
            .ok_or(HubError::NotCalled { dialect: name })?;
        let (required, optional) = call.settings();
        let optional = [optional, quota::SETTINGS, &[unregistered::SETTING]].concat();
        check_settings(name, &new.settings, required, &optional)?;
        quota::of(call, &new.settings)?;
        if let Some(registers) = call.registers() {
            registers.check(&new.settings)?;
            let pushes = registers.names_address() && registers.is_wanted(&new.settings);
            if pushes && self.config.public_url.is_none() {
                return Err(HubError::NoPublicUrl { dialect: name });
            }
        }
        if let Some(carries) = call.carries() {
            carries.check(&new.settings)?;
            if let Some(url) = carries.address(&new.settings) {
                self.check_address(url, new.operator)?;
            }
        }
        unregistered::check(&new.settings)?;
        if let Some(zone) = &new.zone {
            carriers::zone(zone)?;
        }
        self.check_address(&new.base_url, new.operator)?;
        if let Some(name) = &new.name {
            check_length("the name", name, LONGEST_NAME)?;
        }
        let account = self.account(new.account.as_deref()).await?;
        if !new.operator {
            let held = self.store.connections().await?;
            let own = held.iter().filter(|known| known.account == account.id);
            check_count("connections", own.count(), MOST_CONNECTIONS)?;
        }
        let connection = Connection {
            id: ConnectionId::default(),
            account: account.id,
            dialect: name.to_owned(),
            name: self.free_name(&account, name, new.name).await?,
            base_url: new.base_url,
            operator: new.operator,
            zone: new.zone,
            paused: false,
            settings: new.settings,
            token: self.door_token().into(),
            created: self.clock.now(),
        };
        let token = connection.token.expose_secret().to_owned();
        let kept = self.store.create_connection(connection).await?;
        self.forget_said();
        tracing::info!(connection = kept.id.0, dialect = name, "connected");
        Ok(CreatedConnection {
            id: kept.id,
            account: account.name,
            dialect: kept.dialect,
            name: kept.name,
            base_url: kept.base_url,
            zone: kept.zone,
            webhook_path: format!("/in/{token}"),
        })
    }

    /// A name that no other connection of the account has: the one given, otherwise the dialect's,
    /// numbered from the second on.
    async fn free_name(
        &self,
        account: &Account,
        dialect: &str,
        given: Option<String>,
    ) -> Result<String, HubError> {
        let connections = self.store.connections().await?;
        let is_free = |name: &str| {
            !connections
                .iter()
                .any(|known| known.account == account.id && known.name == name)
        };
        match given {
            Some(name) if is_free(&name) => Ok(name),
            Some(name) => Err(HubError::ConnectionExists {
                account: account.name.clone(),
                name,
            }),
            None => Ok(std::iter::once(dialect.to_owned())
                .chain((2..=connections.len() + 1).map(|nth| format!("{dialect}-{nth}")))
                .find(|name| is_free(name))
                .expect("one name more than connections")),
        }
    }

    /// Adds a subscriber; it is told what happens from now on.
    pub async fn add_endpoint(&self, new: NewEndpoint) -> Result<CreatedEndpoint, HubError> {
        let dialect = dialect(new.dialect.as_deref().unwrap_or("native"))?;
        let name = dialect.name();
        let hook = dialect
            .hook()
            .ok_or(HubError::NoWebhooks { dialect: name })?;
        check_hook(name, hook, &new.settings)?;
        self.check_address(&new.url, new.operator)?;
        let account = self.account(new.account.as_deref()).await?;
        if !new.operator {
            let held = self.store.endpoints().await?;
            let own = held.iter().filter(|known| known.account == account.id);
            check_count("endpoints", own.count(), MOST_ENDPOINTS)?;
        }
        let secret = self.signing_secret(hook, &new.settings);
        let endpoint = Endpoint {
            id: EndpointId::default(),
            account: account.id,
            dialect: name.to_owned(),
            url: new.url,
            operator: new.operator,
            disabled: false,
            settings: new.settings,
            secret: secret.clone(),
            former: None,
            created: self.clock.now(),
            cursor: self.store.head().await?,
        };
        let kept = self.store.create_endpoint(endpoint).await?;
        self.endpoints_bell.notify_one();
        tracing::info!(endpoint = kept.id.0, dialect = name, "added an endpoint");
        Ok(CreatedEndpoint {
            id: kept.id,
            account: account.name,
            secret: shared(hook, &kept.settings, &secret),
            public_key: hook.proof(&kept.settings, &secret).public_key,
            dialect: kept.dialect,
            url: kept.url,
        })
    }

    /// A new secret of the look that the dialect and the settings ask for.
    pub(crate) fn signing_secret(&self, hook: &dyn Hook, settings: &Settings) -> SecretString {
        hook.secret(settings, &self.random())
            .unwrap_or_else(|| self.base62(KEY_DIGITS).into())
    }

    pub(crate) fn check_address(&self, url: &str, operator: bool) -> Result<(), HubError> {
        check_length("the address", url, LONGEST_URL)?;
        self.outbound
            .check(url, Policy::of(operator))
            .map_err(|problem| HubError::Address {
                url: crate::outbound::without_credentials(url),
                problem,
            })
    }

    /// The unguessable part of a connection's webhook address.
    pub(crate) fn door_token(&self) -> String {
        self.base62(KEY_DIGITS)
    }

    /// Digits of base 62, each drawn evenly.
    fn base62(&self, digits: usize) -> String {
        let mut text = String::with_capacity(digits);
        while text.len() < digits {
            // 248 = 4 * 62: what is above would favour the first digits.
            let drawn = self.random::<64>().into_iter().filter(|byte| *byte < 248);
            let room = digits - text.len();
            text.extend(
                drawn
                    .take(room)
                    .map(|byte| char::from(BASE62[usize::from(byte % 62)])),
            );
        }
        text
    }

    /// A key of the vendor's look (`1111-1111-1111-1111-111111111`), longer: its form holds no 256
    /// bits, fourteen groups of four hex digits and one of nine hold 260.
    fn grouped_key(&self) -> String {
        let digits = hex::encode_upper(self.random::<33>());
        let (groups, last) = digits[..65].split_at(56);
        let mut key = String::new();
        for group in groups.as_bytes().chunks(4) {
            let _ = write!(key, "{}-", String::from_utf8_lossy(group));
        }
        key + last
    }

    async fn free_client_number(&self) -> Result<i64, HubError> {
        for _ in 0..CLIENT_NUMBER_TRIES {
            let drawn = u32::from_le_bytes(self.random());
            // Six to nine digits: what clients keep in a 32-bit integer.
            let number = i64::from(100_000 + drawn % 900_000_000);
            if self
                .store
                .key("247express", KeyProof::Client(number))
                .await?
                .is_none()
            {
                return Ok(number);
            }
        }
        Err(HubError::NoClientNumber)
    }
}

impl NewKey {
    fn expires(&self, now: i64) -> Result<Option<i64>, HubError> {
        let after = self
            .expires_after
            .map(|after| now.saturating_add(clock::micros(after)));
        match self.expires_at.or(after) {
            Some(at) if at <= now => Err(HubError::Expired(clock::text(at))),
            expires => Ok(expires),
        }
    }
}
