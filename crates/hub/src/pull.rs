//! An account takes over what an upstream has: its records as our own, by the same commands as
//! everybody's; its orders, shipments and returns as numbers that are followed.
//!
//! Contract: what is asked is paid for like a look that somebody wants, out of the connection's quota; a
//! pull ends where that ends, after the calls that it may make, or where the upstream fails, and says
//! where to go on. Rows are written page by page, each for itself: one that is refused is told, and holds
//! up nothing. A second pull changes only what is different there, so that one that was broken off is
//! simply run again. Members that an upstream does not tell stay as they are.
//!
//! Stock is never sold twice: what an upstream counts stands as its report, and our own ledger follows it
//! only where the connection says whose counts those are (`COUNTED_AT`). Its orders are not orders of
//! ours, which would reserve the same goods again: they are followed.

mod taking;

use crate::budget::Purpose;
use crate::poll::{Failed, paid};
use crate::{Hub, HubError, accounts};
use serde::Serialize;
use taking::Taking;
use trackway_dialects::CallError;
use trackway_dialects::desk::Principal;
use trackway_dialects::dialect::pulls::Wanted;
use trackway_dialects::dialect::{COUNTED_AT, Upstream};
use trackway_model::ConnectionId;
use utoipa::ToSchema;

/// Calls that one pull makes where nobody says.
pub const USUAL_CALLS: u64 = 50;
/// The most calls of one pull.
pub const MOST_CALLS: u64 = 1_000;

/// What is pulled, and how far.
#[derive(Clone, Debug, Default)]
pub struct Pull {
    pub wanted: Wanted,
    /// Nothing is written.
    pub dry_run: bool,
    /// Calls to the upstream at most; 0: the usual ones.
    pub calls: u64,
}

/// What came of a pull.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Pulled {
    pub parts: Vec<PulledPart>,
    /// Rows that were not taken, and lists that the upstream does not give: the first 1,000.
    pub wrong: Vec<PulledWrong>,
    /// What the upstream's lists of options and its address directory have otherwise than ours: the first
    /// 1,000.
    pub differs: Vec<String>,
    /// Calls that were made.
    pub calls: u64,
    /// Where to go on; null where all was pulled.
    pub next: Option<String>,
    /// Why it ended before its time; null where it did not.
    pub stopped: Option<PullStopped>,
}

/// What came of one part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PulledPart {
    pub part: String,
    /// Records, reports and followed numbers that are new here.
    pub made: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub wrong: u64,
    pub differs: u64,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PulledWrong {
    pub part: String,
    /// Its number or code at the upstream, where it has one.
    pub id: String,
    pub problem: String,
}

/// Why a pull ended early.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PullStopped {
    /// `quota`, `fault`, `refused`, `unset` or `shape`.
    pub outcome: &'static str,
    pub why: String,
    /// Seconds until it may go on, where that is known.
    pub retry_after_s: Option<u64>,
}

impl From<Failed> for PullStopped {
    fn from(failed: Failed) -> Self {
        Self {
            outcome: failed.trouble.name(),
            why: failed.why,
            retry_after_s: failed.retry_after.map(|wait| wait.as_secs().max(1)),
        }
    }
}

impl Hub {
    /// Pulls what one of the account's upstreams has.
    pub async fn pull(
        &self,
        whose: &Principal,
        id: ConnectionId,
        pull: &Pull,
    ) -> Result<Pulled, HubError> {
        let connection = self.own_connection(Some(&whose.account_name), id).await?;
        let dialect = accounts::dialect(&connection.dialect)?;
        let name = dialect.name();
        let not_pulled = || HubError::NotPulled { dialect: name };
        let call = dialect.call().ok_or_else(not_pulled)?;
        let pulls = call.pulls().ok_or_else(not_pulled)?;
        if self.in_sandbox(connection.account).await? {
            return Err(HubError::PullInSandbox);
        }
        let counted_at = connection.settings.get(COUNTED_AT).cloned();
        let walk = pulls.walk(connection.id, counted_at, &pull.wanted);
        let mut walk = walk.map_err(HubError::PullWanted)?;
        let upstream = Upstream {
            connection: connection.id,
            base_url: &connection.base_url,
            settings: &connection.settings,
        };
        let mut taking = Taking::new(self, whose, &connection, pulls, pull.dry_run);
        let most = match pull.calls {
            0 => USUAL_CALLS,
            calls => calls.min(MOST_CALLS),
        };
        let (mut calls, mut stopped) = (0, None);
        while calls < most {
            let Some((part, outgoing)) = walk.next(&upstream) else {
                break;
            };
            let answered = match outgoing {
                Ok(outgoing) => paid(self, call, &connection, outgoing, Purpose::Manual).await,
                Err(error) => Err(Failed::call(&error, None)),
            };
            let (answered, asked) = match answered {
                Ok(answered) => answered,
                Err(failed) => {
                    stopped = Some(failed.into());
                    break;
                }
            };
            calls += 1;
            match walk.heard(asked, &answered.as_answer()) {
                Ok(found) => taking.take(&mut *walk, found).await?,
                Err(error) if ends(&error, calls) => {
                    if matches!(error, CallError::Quota { .. }) {
                        self.refused(call, &connection, &answered).await?;
                    }
                    stopped = Some(Failed::call(&error, Some(&answered)).into());
                    break;
                }
                Err(error) => taking.wrong(part, "", error.to_string()),
            }
        }
        tracing::info!(
            connection = connection.id.0,
            calls,
            done = walk.cursor().is_none(),
            "pulled an upstream's records"
        );
        Ok(Pulled {
            calls,
            next: walk.cursor(),
            stopped,
            ..taking.done()
        })
    }
}

/// Whether an error is of all calls and not of one: what an upstream refuses at once is our key.
const fn ends(error: &CallError, calls: u64) -> bool {
    match error {
        CallError::Quota { .. } | CallError::Fault { .. } | CallError::Unset(_) => true,
        CallError::Refused { .. } => calls == 1,
        CallError::Nothing { .. } | CallError::Shape { .. } => false,
    }
}
