//! Asking the account's upstreams which carriers a number may be of.

use crate::Hub;
use crate::budget::Purpose;
use crate::error::HubError;
use crate::poll::{Failed, paid};
use trackway_dialects::dialect::{Candidate, Detects, Upstream};
use trackway_dialects::{Call, registry};
use trackway_model::AccountId;
use trackway_store::records::Connection;

/// What one upstream said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// The connection's name.
    pub connection: String,
    /// The most likely first; why there are none.
    pub candidates: Result<Vec<Candidate>, String>,
}

impl Hub {
    /// What each upstream says that can be asked. Each call is paid for, from what is kept for people.
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
            opinions.push(Opinion {
                connection: connection.name.clone(),
                candidates: heard.map_err(|failed| failed.why),
            });
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
