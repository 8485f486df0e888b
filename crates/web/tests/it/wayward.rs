//! A desk that misbehaves as told, to see what clients are told then.

use async_trait::async_trait;
use parking_lot::Mutex;
use secrecy::SecretString;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Semaphore;
use trackway_dialects::desk::{
    Denial, Desk, DeskError, Door, Found, Instant, Knock, LoggedMessage, Mark, Moved, Principal,
    Proof, Refresh, Registered, Registrar, RegistrationPage, RegistrationQuery, Session, Trade,
    Unread, Wish,
};
use trackway_model::intake::{Intake, Receipt, Verified};
use trackway_model::orders::{
    Command, Kind, Level, Name, Outcome, Record, RecordId, RecordPage, RecordQuery, Refusal,
    StockKey, Total,
};
use trackway_model::view::ShipmentView;
use trackway_model::{AccountId, ConnectionId, KeyId};

/// What `look_up` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Answer,
    Panic,
    Fail,
    Busy,
    Full,
    /// Waits for a permit of `release`.
    Wait,
}

/// The secret that KeyDelivery's clients sign with here.
pub const KEY: &str = "wayward-key";
pub const SECRET: &str = "wayward-secret";
/// The token of the one webhook address.
pub const TOKEN: &str = "wayward-token";

#[derive(Debug)]
pub struct Wayward {
    pub mode: Mode,
    pub release: Semaphore,
    pub kept: Mutex<Vec<(Vec<u8>, String)>>,
}

impl Wayward {
    pub fn new(mode: Mode) -> Arc<Self> {
        Arc::new(Self {
            mode,
            release: Semaphore::new(0),
            kept: Mutex::default(),
        })
    }

    async fn misbehave(&self) -> Result<(), DeskError> {
        match self.mode {
            Mode::Answer => Ok(()),
            Mode::Panic => panic!("as told by the test"),
            Mode::Fail => Err(DeskError::Failed("as told by the test".to_owned())),
            Mode::Busy => Err(DeskError::Busy { retry_after_s: 7 }),
            Mode::Full => Err(DeskError::Full { retry_after_s: 30 }),
            Mode::Wait => {
                drop(self.release.acquire().await.unwrap());
                Ok(())
            }
        }
    }
}

#[async_trait]
impl Registrar for Wayward {
    async fn register(
        &self,
        _principal: &Principal,
        _book: &'static str,
        _wishes: Vec<Wish>,
    ) -> Result<Vec<(Registered, bool)>, DeskError> {
        self.misbehave().await.map(|()| Vec::new())
    }

    async fn registered(
        &self,
        _principal: &Principal,
        _book: &'static str,
        _carrier: Option<&str>,
        _number: &str,
    ) -> Result<Vec<Registered>, DeskError> {
        self.misbehave().await.map(|()| Vec::new())
    }

    async fn registrations(
        &self,
        _principal: &Principal,
        _book: &'static str,
        _query: &RegistrationQuery,
        _after: Option<Mark>,
        _limit: usize,
    ) -> Result<RegistrationPage, DeskError> {
        self.misbehave().await.map(|()| RegistrationPage::default())
    }

    async fn count_registrations(
        &self,
        _principal: &Principal,
        _book: &'static str,
        _query: &RegistrationQuery,
    ) -> Result<u64, DeskError> {
        self.misbehave().await.map(|()| 0)
    }

    async fn shipment_of(
        &self,
        _principal: &Principal,
        _registered: &Registered,
    ) -> Result<Option<ShipmentView>, DeskError> {
        self.misbehave().await.map(|()| None)
    }

    async fn amend(
        &self,
        _principal: &Principal,
        _book: &'static str,
        _id: i64,
        _data: Value,
        _key: Option<String>,
    ) -> Result<bool, DeskError> {
        self.misbehave().await.map(|()| false)
    }

    async fn unregister(
        &self,
        _principal: &Principal,
        _book: &'static str,
        _ids: &[i64],
    ) -> Result<u64, DeskError> {
        self.misbehave().await.map(|()| 0)
    }

    async fn change_carrier(
        &self,
        _principal: &Principal,
        _book: &'static str,
        _ids: &[i64],
        _carrier: &str,
    ) -> Result<Moved, DeskError> {
        self.misbehave().await.map(|()| Moved::Unknown(0))
    }

    async fn refresh(
        &self,
        _principal: &Principal,
        _book: &'static str,
        _id: i64,
        _least: i64,
    ) -> Result<Refresh, DeskError> {
        self.misbehave().await.map(|()| Refresh::Unknown)
    }

    async fn ask_now(
        &self,
        _principal: &Principal,
        _carrier: &str,
        _number: &str,
    ) -> Result<Instant, DeskError> {
        self.misbehave().await.map(|()| Instant::Nothing)
    }

    async fn charge(
        &self,
        _principal: &Principal,
        _meter: &'static str,
        _period: i64,
        _n: u64,
        _limit: u64,
    ) -> Result<bool, DeskError> {
        Ok(true)
    }
}

#[async_trait]
impl Desk for Wayward {
    fn now(&self) -> i64 {
        0
    }

    fn setting(&self, _name: &str) -> Option<String> {
        None
    }

    async fn prove(
        &self,
        dialect: &'static str,
        proof: Proof<'_>,
    ) -> Result<Option<Principal>, DeskError> {
        let known = match proof {
            Proof::Key(key) => key == KEY,
            Proof::Login { .. } | Proof::Session { .. } => true,
        };
        Ok(known.then(|| Principal {
            account: AccountId(1),
            account_name: "wayward".into(),
            key: KeyId(1),
            dialect,
            sent_key: SecretString::from(KEY),
            secret: Some(SecretString::from(SECRET)),
            client_id: Some(1),
            scopes: Arc::from([]),
        }))
    }

    async fn why_not(
        &self,
        _dialect: &'static str,
        _proof: Proof<'_>,
    ) -> Result<Denial, DeskError> {
        Ok(Denial::Unknown)
    }

    async fn log_in(
        &self,
        _dialect: &'static str,
        _user_name: &str,
        _password: &str,
    ) -> Result<Option<Session>, DeskError> {
        self.misbehave().await.map(|()| None)
    }

    async fn spend(
        &self,
        _principal: &Principal,
        _meter: &'static str,
        _period: i64,
        _limit: u64,
    ) -> Result<bool, DeskError> {
        Ok(true)
    }

    async fn look_up(
        &self,
        _principal: &Principal,
        _dialect: &'static str,
        _carrier: Option<&str>,
        _number: &str,
    ) -> Result<Found, DeskError> {
        self.misbehave().await.map(|()| Found::Nothing)
    }

    fn carrier(&self, _dialect: &'static str, code: &str) -> Option<String> {
        Some(code.to_owned())
    }

    async fn take(&self, intakes: Verified<Vec<Intake>>) -> Result<Vec<Receipt>, DeskError> {
        self.misbehave().await?;
        assert!(intakes.get().is_empty(), "this desk takes nothing in");
        Ok(Vec::new())
    }

    async fn quarantine(
        &self,
        _door: &Door,
        _dialect: &'static str,
        unread: Unread<'_>,
    ) -> Result<(), DeskError> {
        self.kept
            .lock()
            .push((unread.body.to_vec(), unread.strange.found));
        Ok(())
    }

    async fn open(
        &self,
        _dialect: &'static str,
        knock: Knock<'_>,
    ) -> Result<Option<Door>, DeskError> {
        let door = Door {
            account: AccountId(1),
            connection: ConnectionId(1),
        };
        Ok(matches!(knock, Knock::Token(TOKEN)).then_some(door))
    }

    async fn door_setting(
        &self,
        _door: &Door,
        _name: &str,
    ) -> Result<Option<SecretString>, DeskError> {
        Ok(Some(SecretString::from(KEY)))
    }

    async fn message_log(
        &self,
        _principal: &Principal,
        _dialect: &'static str,
        _from: i64,
        _to: i64,
        _numbers: &[String],
    ) -> Result<Vec<LoggedMessage>, DeskError> {
        self.misbehave().await.map(|()| Vec::new())
    }

    async fn remembered(
        &self,
        _principal: &Principal,
        _key: &str,
    ) -> Result<Option<([u8; 32], u16, Vec<u8>)>, DeskError> {
        Ok(None)
    }

    async fn remember(
        &self,
        _principal: &Principal,
        _key: &str,
        _fingerprint: [u8; 32],
        _status: u16,
        _body: Vec<u8>,
    ) -> Result<(), DeskError> {
        Ok(())
    }
}

#[async_trait]
impl Trade for Wayward {
    async fn carry_out(
        &self,
        _principal: &Principal,
        _command: Command,
    ) -> Result<Result<Outcome, Refusal>, DeskError> {
        self.misbehave().await?;
        let nothing = Outcome {
            record: None,
            others: Vec::new(),
        };
        Ok(Ok(nothing))
    }

    async fn record(
        &self,
        _principal: &Principal,
        _kind: Kind,
        _id: RecordId,
    ) -> Result<Option<Record>, DeskError> {
        self.misbehave().await.map(|()| None)
    }

    async fn record_named(
        &self,
        _principal: &Principal,
        _kind: Kind,
        _name: Name,
    ) -> Result<Option<Record>, DeskError> {
        self.misbehave().await.map(|()| None)
    }

    async fn records(
        &self,
        _principal: &Principal,
        _query: RecordQuery,
    ) -> Result<RecordPage, DeskError> {
        self.misbehave().await?;
        Ok(RecordPage {
            records: Vec::new(),
            total: Total::Exact(0),
        })
    }

    async fn levels(
        &self,
        _principal: &Principal,
        _items: &[RecordId],
    ) -> Result<Vec<(StockKey, Level)>, DeskError> {
        self.misbehave().await.map(|()| Vec::new())
    }
}
