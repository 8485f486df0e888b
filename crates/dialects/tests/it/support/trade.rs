//! The desk's order management, answered from a ledger in memory.

use super::FakeDesk;
use async_trait::async_trait;
use trackway_dialects::desk::{Desk, DeskError, Principal, Trade, spoken};
use trackway_model::orders::{
    Command, Kind, Level, Name, Outcome, Record, RecordId, RecordPage, RecordQuery, Refusal,
    StockKey,
};

#[async_trait]
impl Trade for FakeDesk {
    async fn carry_out(
        &self,
        principal: &Principal,
        command: Command,
    ) -> Result<Result<Outcome, Refusal>, DeskError> {
        let now = self.now();
        let mut inner = self.inner();
        inner.sound()?;
        let carried = inner
            .orders
            .carry_out(principal.account, principal.key.0, now, &command);
        let outcome = carried.map(|carried| carried.outcome);
        let done = outcome.iter();
        let written = done.flat_map(|it| it.record.iter().chain(&it.others));
        for intake in written.filter_map(spoken) {
            inner.ingest(intake);
        }
        Ok(outcome)
    }

    async fn record(
        &self,
        principal: &Principal,
        kind: Kind,
        id: RecordId,
    ) -> Result<Option<Record>, DeskError> {
        let inner = self.inner();
        inner.sound()?;
        let found = inner.orders.record(principal.account, kind, id);
        Ok(found.map(|record| Record::clone(record)))
    }

    async fn record_named(
        &self,
        principal: &Principal,
        kind: Kind,
        name: Name,
    ) -> Result<Option<Record>, DeskError> {
        let inner = self.inner();
        inner.sound()?;
        let found = inner.orders.named(principal.account, kind, &name);
        Ok(found.map(|record| Record::clone(record)))
    }

    async fn records(
        &self,
        principal: &Principal,
        query: RecordQuery,
    ) -> Result<RecordPage, DeskError> {
        let inner = self.inner();
        inner.sound()?;
        Ok(inner.orders.query(principal.account, &query))
    }

    async fn levels(
        &self,
        principal: &Principal,
        items: &[RecordId],
    ) -> Result<Vec<(StockKey, Level)>, DeskError> {
        let inner = self.inner();
        inner.sound()?;
        Ok(inner.orders.levels(principal.account, items))
    }
}
