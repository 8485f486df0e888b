//! Messages about records: made when they are sent, of the record as it stands then. A change makes
//! one message or none.

use super::queue::Item;
use super::{Draft, Target, Told, message_id, sequence};
use crate::Hub;
use trackway_dialects::dialect::{RecordHook, RecordMessage, Subscriber};
use trackway_model::change::RecordChange;
use trackway_model::orders::{Body, Kind, Level, Record, RecordId, StockKey};
use trackway_store::StoreError;

/// What stands behind a change.
struct Behind {
    record: Record,
    warehouse: Option<Record>,
    level: Option<Level>,
}

impl Hub {
    /// Sends the message about a record's change.
    pub(super) async fn tell_record(
        &self,
        target: &Target,
        item: &Item,
        change: &RecordChange,
    ) -> Result<Told, StoreError> {
        let endpoint = &target.endpoint;
        let records = target.hook.records();
        let tells = |records: &&dyn RecordHook| records.tells(&endpoint.settings, change);
        let Some(records) = records.filter(|_| item.done == 0).filter(tells) else {
            return Ok(Told::Nothing(
                "its dialect makes no message of it, or its settings leave it out",
            ));
        };
        let Some(behind) = self.behind(change).await? else {
            return Ok(Told::Nothing("the record is no longer held"));
        };
        let at = self.clock.now();
        let outgoing = records.encode(
            &Subscriber {
                url: &endpoint.url,
                settings: &endpoint.settings,
                secret: &endpoint.secret,
                former: endpoint.former_at(at),
            },
            &RecordMessage {
                id: &message_id(endpoint, item.position, 0),
                sequence: sequence(item.position, 0),
                change,
                record: &behind.record,
                warehouse: behind.warehouse.as_ref(),
                level: behind.level,
                now: at,
            },
        );
        let draft = Draft {
            subject: change.subject(),
            position: item.position,
            message: 0,
            at,
            outgoing,
        };
        Ok(self.send(target, draft, false).await)
    }

    /// None where the record is no longer held.
    async fn behind(&self, change: &RecordChange) -> Result<Option<Behind>, StoreError> {
        let account = change.account;
        let record = self.store.record(account, change.kind, change.record);
        let Some(record) = record.await? else {
            return Ok(None);
        };
        let warehouse = match warehouse(change, &record) {
            Some(id) => self.store.record(account, Kind::PickupAddress, id).await?,
            None => None,
        };
        let level = match change.warehouse {
            Some(warehouse) => {
                let key = StockKey {
                    item: change.record,
                    warehouse,
                };
                let levels = self.store.levels(account, &[change.record]).await?;
                let found = levels.into_iter().find(|(of, _)| *of == key);
                Some(found.map_or_else(Level::default, |(_, level)| level))
            }
            None => None,
        };
        Ok(Some(Behind {
            record,
            warehouse,
            level,
        }))
    }
}

/// The pickup address that stands for the warehouse.
const fn warehouse(change: &RecordChange, record: &Record) -> Option<RecordId> {
    match &record.body {
        Body::Inbound(inbound) => Some(inbound.warehouse),
        Body::Return(returned) => Some(returned.warehouse),
        _ => change.warehouse,
    }
}
