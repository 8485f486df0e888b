//! The log of messages to subscribers, read back from the attempts: for 247Express's
//! `GetStatusLogs`. One line a message, with what became of it last.

use crate::{Hub, accounts, deliver};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use trackway_dialects::desk::LoggedMessage;
use trackway_model::change::{Change, FeedPosition, ShipmentChange};
use trackway_model::intake::number_key;
use trackway_model::view::ShipmentView;
use trackway_model::{AccountId, EndpointId};
use trackway_store::StoreError;
use trackway_store::records::{Attempt, Endpoint, Outcome};

/// A change with its view and the messages that it makes.
struct Told {
    change: ShipmentChange,
    view: Arc<ShipmentView>,
    messages: Vec<Option<u16>>,
}

impl Hub {
    pub(crate) async fn logged_messages(
        &self,
        account: AccountId,
        dialect: &'static str,
        from: i64,
        to: i64,
        numbers: &[String],
    ) -> Result<Vec<LoggedMessage>, StoreError> {
        let endpoints: HashMap<EndpointId, Arc<Endpoint>> = self
            .store
            .endpoints()
            .await?
            .into_iter()
            .filter(|endpoint| endpoint.account == account && endpoint.dialect == dialect)
            .map(|endpoint| (endpoint.id, endpoint))
            .collect();
        let wanted: Vec<String> = numbers.iter().map(|number| number_key(number)).collect();
        let mut told: HashMap<FeedPosition, Option<Told>> = HashMap::new();
        let mut lines = Vec::new();
        for attempt in last_attempts(self.store.attempts(account, from, to).await?) {
            let Some(endpoint) = endpoints.get(&attempt.endpoint) else {
                continue;
            };
            let told = match told.entry(attempt.position) {
                Entry::Occupied(held) => held.into_mut(),
                Entry::Vacant(free) => {
                    free.insert(self.told_at(dialect, attempt.position, &wanted).await?)
                }
            };
            if let Some(told) = told {
                lines.push(line(endpoint, told, attempt));
            }
        }
        Ok(lines)
    }

    /// The change at a position and its messages; None where it is not asked for.
    async fn told_at(
        &self,
        dialect: &'static str,
        position: FeedPosition,
        wanted: &[String],
    ) -> Result<Option<Told>, StoreError> {
        let Some(hook) = accounts::dialect(dialect)
            .ok()
            .and_then(|dialect| dialect.hook())
        else {
            return Ok(None);
        };
        let Some(Change::Shipment(change)) = self.store.change(position).await? else {
            return Ok(None);
        };
        let Some(track) = self.store.track(change.shipment.track()).await? else {
            return Ok(None);
        };
        if !wanted.is_empty() && !wanted.contains(&number_key(&track.number)) {
            return Ok(None);
        }
        let epoch = change.shipment.epoch();
        let view = self
            .view_of(track, epoch, dialect, &change.statements)
            .await?;
        let vocabularies = self.vocabularies();
        let messages = hook.tells(vocabularies.of(dialect), &change, &view);
        Ok(Some(Told {
            change,
            view: Arc::new(view),
            messages,
        }))
    }
}

/// Of each message the last attempt, by when it was made.
fn last_attempts(attempts: Vec<Attempt>) -> Vec<Attempt> {
    let mut last: BTreeMap<(EndpointId, FeedPosition, u16), Attempt> = BTreeMap::new();
    for attempt in attempts {
        last.insert(
            (attempt.endpoint, attempt.position, attempt.message),
            attempt,
        );
    }
    let mut attempts: Vec<Attempt> = last.into_values().collect();
    attempts.sort_by_key(|attempt| (attempt.at, attempt.position, attempt.message));
    attempts
}

fn line(endpoint: &Endpoint, told: &Told, attempt: Attempt) -> LoggedMessage {
    let (call_error, partner_error) = match attempt.outcome {
        Outcome::Accepted => (None, None),
        Outcome::CallFailed { error } => (Some(error), None),
        Outcome::PartnerError { error } => (None, Some(error)),
    };
    LoggedMessage {
        view: told.view.clone(),
        statement: told
            .messages
            .get(usize::from(attempt.message))
            .copied()
            .flatten(),
        message_id: deliver::message_id(endpoint, attempt.position, attempt.message),
        change: told.change.clone(),
        at: attempt.at,
        call_error,
        partner_error,
    }
}
