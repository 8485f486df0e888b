//! Order management over the store: what facades, our own API and the operator ask.
//!
//! Guarantee: a command is answered when it is committed, in whole or not at all. Many commands of one
//! call are committed together, each for itself: a refused one does not hold the others up. What a system
//! tells of its own records is committed with them. A parcel that a command has tracked is asked about at
//! once.

use crate::desk::told;
use crate::listing::Askable;
use crate::{Hub, HubError};
use async_trait::async_trait;
use std::sync::Arc;
use trackway_dialects::DeskError;
use trackway_dialects::desk::{Principal, Trade, spoken};
use trackway_dialects::native;
use trackway_model::orders::{
    Command, Kind, Level, Name, Outcome, Record, RecordId, RecordPage, RecordQuery, Refusal,
    StockKey,
};
use trackway_model::{AccountId, KeyId};
use trackway_store::orders::{Asking, Task};
pub use trackway_store::orders::{Entry, LONGEST_LIST};

/// Commands that are committed at once at most.
const BATCH: usize = 500;

#[async_trait]
impl Trade for Hub {
    async fn carry_out(
        &self,
        principal: &Principal,
        command: Command,
    ) -> Result<Result<Outcome, Refusal>, DeskError> {
        let mut answers = self.carry_out_all(principal, vec![command]).await?;
        let none = || DeskError::Failed("the store left a command out".to_owned());
        answers.pop().ok_or_else(none)
    }

    async fn carry_out_all(
        &self,
        principal: &Principal,
        commands: Vec<Command>,
    ) -> Result<Vec<Result<Outcome, Refusal>>, DeskError> {
        let tracks = commands.iter().any(may_track);
        let tells = commands.iter().any(may_tell);
        let asking = if tracks {
            self.asking(principal.account).await?
        } else {
            Asking::default()
        };
        let asking = asking.speaking(spoken);
        let now = self.clock.now();
        let mut tasks = commands.into_iter().map(|command| Task {
            account: principal.account,
            by: principal.key.0,
            now,
            command,
            asking: asking.clone(),
        });
        let mut answers = Vec::with_capacity(tasks.len());
        while tasks.len() > 0 {
            let batch = tasks.by_ref().take(BATCH).collect();
            answers.extend(self.store.carry_out(batch).await.map_err(told)?);
        }
        if tracks {
            self.wake_poller();
        }
        if tells {
            self.bookings_bell.notify_one();
        }
        Ok(answers)
    }

    async fn record(
        &self,
        principal: &Principal,
        kind: Kind,
        id: RecordId,
    ) -> Result<Option<Record>, DeskError> {
        let found = self.store.record(principal.account, kind, id).await;
        found.map_err(told)
    }

    async fn several(
        &self,
        principal: &Principal,
        wanted: &[(Kind, RecordId)],
    ) -> Result<Vec<Arc<Record>>, DeskError> {
        let found = self.store.several(principal.account, wanted).await;
        found.map_err(told)
    }

    async fn record_named(
        &self,
        principal: &Principal,
        kind: Kind,
        name: Name,
    ) -> Result<Option<Record>, DeskError> {
        let account = principal.account;
        let found = self.store.record_named(account, kind, &name).await;
        found.map_err(told)
    }

    async fn records(
        &self,
        principal: &Principal,
        query: RecordQuery,
    ) -> Result<RecordPage, DeskError> {
        let found = self.store.records(principal.account, &query).await;
        found.map_err(told)
    }

    async fn levels(
        &self,
        principal: &Principal,
        items: &[RecordId],
    ) -> Result<Vec<(StockKey, Level)>, DeskError> {
        let found = self.store.levels(principal.account, items).await;
        found.map_err(told)
    }
}

/// Whether parcels may have to be tracked after it.
const fn may_track(command: &Command) -> bool {
    matches!(
        command,
        Command::CreateFulfilment(_)
            | Command::Consign { .. }
            | Command::MoveFulfilment { .. }
            | Command::RequestReturn(_)
            | Command::MoveReturn { .. }
    )
}

/// Whether carriers may have to be told of it.
const fn may_tell(command: &Command) -> bool {
    may_track(command)
        || matches!(
            command,
            Command::CancelFulfilment { .. }
                | Command::CancelOrder { .. }
                | Command::ChangeConsigned { .. }
                | Command::AnswerCarrier { .. }
        )
}

impl Hub {
    /// Who is asked about the account's parcels, and who tells carriers of them.
    pub(crate) async fn asking(&self, account: AccountId) -> Result<Asking, DeskError> {
        let askable: Askable = self.askable(account).await?;
        let tellers = if self.in_sandbox(account).await.map_err(told)? {
            Vec::new()
        } else {
            askable.tellers()
        };
        let asking = Asking::new(move |carrier| {
            let fitting = askable.of(carrier, None::<&[&str]>).unwrap_or_default();
            fitting.iter().map(|connection| connection.id).collect()
        });
        Ok(asking.telling(move |carrier| {
            let of = tellers.iter().filter(|(told, _)| *told == carrier);
            of.map(|(_, connection)| *connection).collect()
        }))
    }

    /// The operator on behalf of an account, which must be there.
    pub async fn operator_of(&self, account: Option<&str>) -> Result<Principal, HubError> {
        let account = self.known_account(account).await?;
        Ok(Principal {
            account: account.id,
            account_name: Arc::from(account.name.as_str()),
            key: KeyId(0),
            dialect: native::NAME,
            sent_key: String::new().into(),
            secret: None,
            client_id: None,
            scopes: Arc::default(),
        })
    }

    /// The movements of an item in a warehouse behind a number, oldest first.
    pub async fn movements(
        &self,
        account: AccountId,
        key: StockKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, HubError> {
        Ok(self.store.movements(account, key, after, limit).await?)
    }
}
