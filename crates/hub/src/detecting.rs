//! Asking the account's upstreams which carriers a number may be of.
//!
//! Each call is paid for, from the part of the quota that is kept for people; an account's wishes are
//! limited an hour, and a sandbox asks nobody. Nothing is kept of what they say.

use crate::Hub;
use crate::budget::Purpose;
use crate::error::HubError;
use crate::poll::{Failed, paid};
use serde::Serialize;
use trackway_dialects::dialect::{Candidate, Detects, Upstream};
use trackway_dialects::{Call, registry};
use trackway_model::AccountId;
use trackway_store::records::Connection;
use utoipa::ToSchema;

/// What one upstream said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CarrierOpinion)]
pub struct Opinion {
    /// The connection's name.
    pub connection: String,
    /// The most likely first; none where it knows of none, or could not be asked.
    pub candidates: Vec<Thought>,
    /// Why it could not be asked, or what it answered instead.
    pub problem: Option<String>,
}

/// A carrier that an upstream thinks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CarrierThought)]
pub struct Thought {
    /// Trackway's code.
    pub carrier: String,
    /// The upstream's code.
    pub code: String,
    pub name: String,
}

impl Opinion {
    fn of(connection: &Connection, heard: Result<Vec<Candidate>, Failed>) -> Self {
        let (candidates, problem) = match heard {
            Ok(candidates) => (candidates, None),
            Err(failed) => (Vec::new(), Some(failed.why)),
        };
        let thought = |it: Candidate| Thought {
            carrier: it.carrier,
            code: it.code,
            name: it.name,
        };
        Self {
            connection: connection.name.clone(),
            candidates: candidates.into_iter().map(thought).collect(),
            problem,
        }
    }
}

impl Hub {
    /// What each upstream says that can be asked; none where the account has no such connection.
    pub async fn ask_carriers(
        &self,
        account: AccountId,
        number: &str,
    ) -> Result<Vec<Opinion>, HubError> {
        crate::check_number(number)?;
        let mut opinions = Vec::new();
        if self.in_sandbox(account).await? {
            return Ok(opinions);
        }
        self.wish("detect", account).await?;
        for connection in self.store.connections().await? {
            let call = registry::find(&connection.dialect).and_then(|dialect| dialect.call());
            let asked = call.and_then(|call| Some((call, call.detects()?)));
            let Some((call, detects)) = asked else {
                continue;
            };
            if connection.account != account || connection.paused {
                continue;
            }
            let heard = self
                .ask_one(call, detects, &connection, number.trim())
                .await;
            opinions.push(Opinion::of(&connection, heard));
        }
        Ok(opinions)
    }

    async fn ask_one(
        &self,
        call: &dyn Call,
        detects: &dyn Detects,
        connection: &Connection,
        number: &str,
    ) -> Result<Vec<Candidate>, Failed> {
        let upstream = Upstream {
            connection: connection.id,
            base_url: &connection.base_url,
            settings: &connection.settings,
        };
        let outgoing = detects
            .request(&upstream, number)
            .map_err(|error| Failed::call(&error, None))?;
        let (answered, _) = paid(self, call, connection, outgoing, Purpose::Manual).await?;
        let parsed = detects.parse(&answered.as_answer());
        parsed.map_err(|error| Failed::call(&error, Some(&answered)))
    }
}
