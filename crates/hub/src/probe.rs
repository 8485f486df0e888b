//! Trying a connection out: one real call, through the guard that every call goes through, and what
//! came back in words.
//!
//! Contract: stores nothing, and counts as a call where the system counts calls. A paused connection
//! can be tried. The answer tells what we read in it, never the answer itself nor the address.

use crate::budget::Purpose;
use crate::error::HubError;
use crate::poll::{Failed, Heard, hear};
use crate::schedule::Trouble;
use crate::shipments::check_number;
use crate::{Hub, accounts};
use serde::Serialize;
use trackway_dialects::Call;
use trackway_dialects::dialect::Parcel;
use trackway_model::ConnectionId;
use utoipa::ToSchema;

/// Asked about where no number is named: nobody has it, so that "not known" is the good answer.
const NOBODYS: &str = "TRACKWAY-TEST";

/// What came back from a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConnectionTest {
    /// The system is there and takes our credentials.
    pub works: bool,
    /// `answered`, `nothing` (it knows no such number), `refused`, `quota`, `fault`, `shape` (it
    /// answered what can't be read) or `unset` (a setting is missing).
    pub outcome: &'static str,
    /// HTTP status; null where nothing came back.
    pub status: Option<u16>,
    pub took_ms: u64,
    /// What happened, in words.
    pub detail: String,
    /// Statements that the answer makes.
    pub statements: usize,
    /// What was strange in the answer but does no harm.
    pub warnings: Vec<String>,
}

impl Hub {
    /// Asks one of the account's connections about a number.
    pub async fn test_connection(
        &self,
        account: Option<&str>,
        id: ConnectionId,
        carrier: Option<&str>,
        number: Option<&str>,
    ) -> Result<ConnectionTest, HubError> {
        let connection = self.own_connection(account, id).await?;
        let dialect = accounts::dialect(&connection.dialect)?;
        let name = dialect.name();
        let call = dialect
            .call()
            .ok_or(HubError::NotCalled { dialect: name })?;
        let number = number.unwrap_or(NOBODYS).trim();
        check_number(number)?;
        let carrier =
            carrier_of(call, carrier).ok_or(HubError::CarrierUnnamed { dialect: name })?;
        let parcel = Parcel {
            carrier,
            number,
            ..Parcel::default()
        };
        let began = self.clock.monotonic();
        let heard = hear(self, call, name, &connection, &parcel, Purpose::Probe).await;
        let took = self.clock.monotonic().saturating_sub(began);
        let took_ms = took.as_millis() as u64;
        Ok(match heard {
            Ok(heard) => ConnectionTest::answered(heard, took_ms),
            Err(failed) => ConnectionTest::failed(failed, took_ms),
        })
    }
}

/// The carrier that is meant: the one named, or the only one that the system speaks for.
fn carrier_of<'a>(call: &dyn Call, named: Option<&'a str>) -> Option<&'a str> {
    match (named, call.carriers()) {
        (Some(named), _) => Some(named),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

impl ConnectionTest {
    fn answered(heard: Heard, took_ms: u64) -> Self {
        let parts = &heard.parsed.answer.parts;
        let statements = parts.iter().map(|part| part.statements.len()).sum();
        Self {
            works: true,
            outcome: "answered",
            status: Some(heard.status),
            took_ms,
            detail: format!("It answered with {statements} statements."),
            statements,
            warnings: heard.parsed.warnings,
        }
    }

    fn failed(failed: Failed, took_ms: u64) -> Self {
        let works = failed.trouble == Trouble::Nothing;
        let detail = if works {
            format!("It is there and knows no such number ({}).", failed.why)
        } else {
            failed.why
        };
        Self {
            works,
            outcome: failed.trouble.name(),
            status: failed.status,
            took_ms,
            detail,
            statements: 0,
            warnings: Vec::new(),
        }
    }
}
