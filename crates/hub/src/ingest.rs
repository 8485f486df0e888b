//! The way in: from a verified intake to a committed statement.
//!
//! Guarantee: what a source wrote without a zone gets the zone of its connection, else the zone
//! ruled for the carrier, else none, before the commit; so the offset is a stored fact and every
//! node folds alike. A receipt follows the commit. Safe to repeat.

use crate::metrics::Name;
use crate::{Hub, polling};
use jiff::tz::TimeZone;
use trackway_model::intake::{Content, Intake, Receipt, Verified};
use trackway_model::time::offset_at;
use trackway_model::{ConnectionId, OffsetSource, Statement};
use trackway_store::StoreError;

impl Hub {
    /// Commits intakes; receipts come in their order.
    pub async fn ingest(&self, intakes: Verified<Vec<Intake>>) -> Result<Vec<Receipt>, StoreError> {
        let mut intakes = intakes.into_inner();
        for intake in &mut intakes {
            self.settle_zone(intake).await?;
            self.settle_late(intake).await?;
        }
        let pushed = polling::pushed(&intakes);
        let noted = self.observed(&intakes);
        let told_by: Vec<_> = intakes
            .iter()
            .map(|intake| (intake.connection, intake.received))
            .collect();
        // The senders were authenticated by whoever made the value that came in.
        let began = self.clock.monotonic();
        let receipts = self.store.ingest(Verified::attest(intakes)).await?;
        let took = self.clock.monotonic().saturating_sub(began);
        self.metrics.observe(Name::IngestSeconds, &[], took);
        self.count(&receipts);
        self.note_heard(&told_by, &receipts);
        if !noted.is_empty() {
            self.note_strange(noted);
        }
        if let Err(error) = self.wake_ended(&pushed, &receipts).await {
            // What was told is kept; the next webhook wakes it.
            tracing::warn!(%error, "ended numbers could not be woken");
        }
        Ok(receipts)
    }

    fn count(&self, receipts: &[Receipt]) {
        let (mut new, mut versions, mut repeats) = (0, 0, 0);
        for receipt in receipts {
            new += u64::from(receipt.new);
            versions += u64::from(receipt.versions);
            repeats += u64::from(receipt.repeats);
        }
        for (what, count) in [("new", new), ("version", versions), ("repeat", repeats)] {
            if count > 0 {
                self.metrics.count(Name::Statements, &[what.into()], count);
            }
        }
    }

    async fn settle_zone(&self, intake: &mut Intake) -> Result<(), StoreError> {
        if !lacks_zone(&intake.content) {
            return Ok(());
        }
        let of_connection = self.zone_of(intake.connection).await?;
        let Some(zone) = of_connection
            .as_ref()
            .or_else(|| self.carriers.zone(&intake.carrier))
        else {
            return Ok(());
        };
        for statement in statements_mut(&mut intake.content) {
            statement.occurred =
                statement
                    .occurred
                    .map(|occurred| match offset_at(zone, occurred.wall) {
                        Some(minutes) => occurred.with_offset(minutes, OffsetSource::Connection),
                        None => occurred,
                    });
        }
        Ok(())
    }

    /// The zone set on a connection. A connection's zone never changes, so what was found is kept.
    async fn zone_of(&self, id: ConnectionId) -> Result<Option<TimeZone>, StoreError> {
        if id == ConnectionId::default() {
            return Ok(None);
        }
        if let Some(known) = self.zones.read().get(&id) {
            return Ok(known.clone());
        }
        let Some(connection) = self.store.connection(id).await? else {
            return Ok(None);
        };
        let zone = connection
            .zone
            .as_deref()
            .and_then(|name| crate::carriers::zone(name).ok());
        self.zones.write().insert(id, zone.clone());
        Ok(zone)
    }
}

fn lacks_zone(content: &Content) -> bool {
    let bare = |statement: &Statement| {
        statement
            .occurred
            .is_some_and(|time| time.offset_source == OffsetSource::Unknown)
    };
    match content {
        Content::Document(answer) => answer
            .parts
            .iter()
            .any(|part| part.statements.iter().any(bare)),
        Content::News(statements) => statements.iter().any(bare),
        Content::Opening(_) => false,
    }
}

fn statements_mut(content: &mut Content) -> Box<dyn Iterator<Item = &mut Statement> + '_> {
    match content {
        Content::Document(answer) => Box::new(
            answer
                .parts
                .iter_mut()
                .flat_map(|part| &mut part.statements),
        ),
        Content::News(statements) => Box::new(statements.iter_mut()),
        Content::Opening(_) => Box::new(std::iter::empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_model::time::parse;

    fn offset(zone: &str, text: &str) -> Option<i16> {
        offset_at(&TimeZone::get(zone).unwrap(), parse(text).unwrap().wall)
    }

    #[test]
    fn a_wall_clock_gets_the_offset_of_its_day() {
        assert_eq!(offset("Asia/Ho_Chi_Minh", "2024-05-06 15:36:56"), Some(420));
        assert_eq!(offset("Europe/Berlin", "2024-01-15 12:00:00"), Some(60));
        assert_eq!(offset("Europe/Berlin", "2024-07-15 12:00:00"), Some(120));
        // The repeated hour of autumn: the first one. The skipped hour of spring: as before it.
        assert_eq!(offset("Europe/Berlin", "2024-10-27 02:30:00"), Some(120));
        assert_eq!(
            offset("America/St_Johns", "2024-07-15 12:00:00"),
            Some(-150)
        );
    }
}
