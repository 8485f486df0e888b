//! Reading again what was put aside, with the code that is in the binary now.
//!
//! Guarantee: what parses is committed before it is removed from the quarantine, asserted when it was
//! received; a crash in between has it read again, which changes nothing. What still can't be read
//! stays as it is. Of many, each is for itself.

use crate::Hub;
use crate::error::HubError;
use serde::{Deserialize, Serialize};
use trackway_dialects::dialect::{self, COUNTED_AT, CallError, Parcel};
use trackway_dialects::{Dialect, registry};
use trackway_model::intake::{Content, Intake, Verified};
use trackway_model::orders::{Command, NewReport};
use trackway_model::{QuarantineId, Way};
use trackway_store::orders::{Answer, Asking, Task};
use trackway_store::quarantine::{Payload, Quarantined, Wanted};
use utoipa::ToSchema;

/// Bodies that are read in one go.
const PAGE: usize = 16;

/// What became of reading a surprise's bodies again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Retried {
    #[schema(value_type = i64)]
    pub id: QuarantineId,
    /// Bodies that were read, taken in and removed.
    pub read: u64,
    /// Bodies that are answers without news, such as an error that is known now; removed.
    pub told_nothing: u64,
    /// Bodies that still can't be read; kept.
    pub unread: u64,
    /// Bodies of which only the beginning is kept; kept.
    pub cut: u64,
    /// What is wrong with the last one that could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What a body is now.
enum Reading {
    Told(Box<Intake>),
    /// Goods that a sender keeps.
    Reported(Box<NewReport>),
    Nothing,
    Unread(String),
    Cut,
}

impl Hub {
    /// Reads what was put aside again: these, or all of the account's where none is named.
    pub async fn retry_quarantined(
        &self,
        account: Option<&str>,
        ids: &[QuarantineId],
    ) -> Result<Vec<Retried>, HubError> {
        let account = self.known_account(account).await?;
        self.write_notes().await?;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            found.push(self.own_surprise(&account, *id).await?);
        }
        let mut done = Vec::new();
        if !ids.is_empty() {
            for one in found {
                done.push(self.retry(&one).await?);
            }
            return Ok(done);
        }
        let mut wanted = Wanted {
            account: Some(account.id),
            stopped: Some(true),
            ..Wanted::default()
        };
        loop {
            let page = self.store.quarantined(&wanted, PAGE).await?;
            let Some(last) = page.last() else { break };
            wanted.after = last.id;
            for one in page {
                done.push(self.retry(&one).await?);
            }
        }
        Ok(done)
    }

    async fn retry(&self, one: &Quarantined) -> Result<Retried, HubError> {
        let mut retried = Retried {
            id: one.id,
            read: 0,
            told_nothing: 0,
            unread: 0,
            cut: 0,
            problem: None,
        };
        let counted_at = self.counted_at(one).await?;
        let mut after = 0;
        loop {
            let page = self.store.payloads(one.id, after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (number, payload) in page {
                match self.read_again(one, &payload, counted_at.as_ref()) {
                    Reading::Told(intake) => {
                        // Attested: its sender was proved, or asked by us, when it came.
                        self.take_in(Verified::attest(vec![*intake])).await?;
                        retried.read += 1;
                    }
                    Reading::Reported(report) => {
                        if let Err(refusal) =
                            self.take_report(one, report, payload.received).await?
                        {
                            retried.unread += 1;
                            retried.problem = Some(refusal.to_string());
                            continue;
                        }
                        retried.read += 1;
                    }
                    Reading::Nothing => retried.told_nothing += 1,
                    Reading::Cut => {
                        retried.cut += 1;
                        continue;
                    }
                    Reading::Unread(problem) => {
                        retried.unread += 1;
                        retried.problem = Some(problem);
                        continue;
                    }
                }
                self.store.release(one.id, number).await?;
            }
        }
        tracing::info!(?retried, "read again what was in quarantine");
        Ok(retried)
    }

    /// The pickup address whose stock a webhook's sender counts.
    async fn counted_at(&self, one: &Quarantined) -> Result<Option<String>, HubError> {
        let connection = self.store.connection(one.connection).await?;
        let code = connection.and_then(|known| known.settings.get(COUNTED_AT).cloned());
        Ok(code.filter(|code| !code.is_empty()))
    }

    async fn take_report(
        &self,
        one: &Quarantined,
        report: Box<NewReport>,
        received: i64,
    ) -> Result<Answer, HubError> {
        let task = Task {
            account: one.account,
            by: 0,
            now: received,
            command: Command::Report(report),
            asking: Asking::default(),
        };
        let mut answers = self.store.carry_out(vec![task]).await?;
        Ok(answers.pop().expect("a task has an answer"))
    }

    fn read_again(
        &self,
        one: &Quarantined,
        payload: &Payload,
        counted_at: Option<&String>,
    ) -> Reading {
        if !payload.whole {
            return Reading::Cut;
        }
        let Some(dialect) = registry::find(&one.dialect) else {
            return Reading::Unread(format!("there is no dialect `{}`", one.dialect));
        };
        match one.way {
            Way::Webhook => self.read_webhook(one, dialect, payload, counted_at),
            Way::Poll => self.read_answer(one, dialect, payload),
        }
    }

    fn read_webhook(
        &self,
        one: &Quarantined,
        dialect: &dyn Dialect,
        payload: &Payload,
        counted_at: Option<&String>,
    ) -> Reading {
        let Some(inbound) = dialect.inbound() else {
            return Reading::Unread(format!("{} has no webhooks here", dialect.title()));
        };
        let reported = inbound.report(one.connection, counted_at.cloned(), &payload.body);
        if let Some(report) = reported {
            return Reading::Reported(Box::new(report));
        }
        let vocabularies = self.vocabularies();
        match inbound.read(dialect.vocabulary(&vocabularies), &payload.body) {
            Ok(told) => Reading::Told(Box::new(Intake {
                account: one.account,
                connection: one.connection,
                carrier: told.carrier,
                number: told.number,
                received: payload.received,
                content: told.content,
            })),
            Err(still) => Reading::Unread(still.problem),
        }
    }

    fn read_answer(&self, one: &Quarantined, dialect: &dyn Dialect, payload: &Payload) -> Reading {
        let (Some(call), Some(about)) = (dialect.call(), &payload.about) else {
            return Reading::Unread("nobody knows what was asked".to_owned());
        };
        let parcel = Parcel {
            carrier: &about.carrier,
            number: &about.number,
            ..Parcel::default()
        };
        let answer = dialect::Answer {
            status: payload.status,
            retry_after_s: None,
            body: &payload.body,
        };
        let vocabularies = self.vocabularies();
        match call.parse(dialect.vocabulary(&vocabularies), &parcel, &answer) {
            Ok(parsed) => Reading::Told(Box::new(Intake {
                account: one.account,
                connection: one.connection,
                carrier: about.carrier.clone(),
                number: about.number.clone(),
                received: payload.received,
                content: Content::Document(parsed.answer),
            })),
            Err(CallError::Shape { member, problem }) => {
                Reading::Unread(format!("{member}: {problem}"))
            }
            Err(
                CallError::Nothing { .. }
                | CallError::Refused { .. }
                | CallError::Quota { .. }
                | CallError::Fault { .. }
                | CallError::Unset(_),
            ) => Reading::Nothing,
        }
    }
}
