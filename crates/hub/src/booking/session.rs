//! Sessions that carriers opened for connections: kept in memory, opened anew before they end, when the
//! carrier says that one holds no more, and after a restart.

use super::trip::Trip;
use crate::clock::SECOND;
use crate::metrics::Name;
use crate::poll::Failed;
use crate::schedule::Trouble;
use std::collections::HashMap;
use tokio::sync::Mutex;
use trackway_dialects::CallError;
use trackway_dialects::dialect::carries::Session;
use trackway_model::ConnectionId;

/// How long one holds of which nobody says how long: inferred (247express.md §2).
const USUAL: i64 = 24 * 3_600 * SECOND;
/// How long before its end it is opened anew.
const EARLY: i64 = 5 * 60 * SECOND;

/// What this node holds.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<HashMap<ConnectionId, Session>>);

impl Trip<'_> {
    /// A session to call in; None: the calls need none. `fresh`: the one that was held holds no more.
    /// One is opened at a time.
    pub(super) async fn session(&self, fresh: bool) -> Result<Option<Session>, Failed> {
        let mut held = self.hub.sessions.0.lock().await;
        let now = self.hub.clock.now();
        let known = held.get(&self.connection.id).filter(|_| !fresh);
        let holds = |it: &&Session| {
            it.until
                .is_some_and(|until| until.saturating_sub(EARLY) > now)
        };
        if let Some(session) = known.filter(holds) {
            return Ok(Some(session.clone()));
        }
        let outgoing = self.carries.log_in(&self.upstream());
        let Some(outgoing) = outgoing.map_err(|error| Failed::call(&error, None))? else {
            return Ok(None);
        };
        held.remove(&self.connection.id);
        let answered = self.pay(outgoing).await?;
        let opened = self.carries.opened(&answered.as_answer());
        let outcome = if opened.is_ok() { "told" } else { "refused" };
        let labels = ["login".into(), outcome.into()];
        self.hub.metrics.count(Name::Errands, &labels, 1);
        let mut session = match opened {
            Ok(session) => session,
            // Nothing of the parcel: it waits until the connection's settings are right.
            Err(error @ CallError::Refused { .. }) => {
                return Err(Failed {
                    trouble: Trouble::Unset,
                    ..Failed::call(&error, Some(&answered))
                });
            }
            Err(error) => return Err(self.failed(&error, &answered).await),
        };
        session.until = session.until.or_else(|| Some(now.saturating_add(USUAL)));
        held.insert(self.connection.id, session.clone());
        Ok(Some(session))
    }
}
