//! A simulated system's orders: the merchant of the world, served through the desk's order management.
//!
//! Contract: as `Trade` says. The shops open when somebody first asks.

use crate::desk::{ACCOUNT, SimulatedDesk};
use crate::house::House;
use async_trait::async_trait;
use parking_lot::{MappedMutexGuard, MutexGuard};
use trackway_dialects::desk::{DeskError, Principal, Trade};
use trackway_model::orders::{
    Command, Kind, Level, Name, Outcome, Record, RecordId, RecordPage, RecordQuery, Refusal, Sort,
    StockKey,
};

impl SimulatedDesk {
    /// The merchant's house, with all that has happened by now.
    pub fn house(&self) -> Result<MappedMutexGuard<'_, House>, DeskError> {
        let mut house = self.house_kept().lock();
        if house.is_none() {
            let opened = House::open(self.world()).map_err(|refusal| {
                DeskError::Failed(format!("the simulated shops can't open: {refusal}"))
            })?;
            *house = Some(opened);
        }
        let mut house =
            MutexGuard::map(house, |house| house.as_mut().expect("it was opened above"));
        house.catch_up(self.world(), self.world().now());
        Ok(house)
    }
}

impl SimulatedDesk {
    /// The first orders of the merchant, as many as there are by now.
    pub fn orders(&self, limit: u32) -> Vec<Record> {
        let query = RecordQuery {
            sort: Sort::OldestFirst,
            limit,
            ..RecordQuery::of(Kind::Order)
        };
        let house = self.house();
        house.map_or_else(
            |_| Vec::new(),
            |house| house.ledger().query(ACCOUNT, &query).records,
        )
    }
}

#[async_trait]
impl Trade for SimulatedDesk {
    async fn carry_out(
        &self,
        principal: &Principal,
        command: Command,
    ) -> Result<Result<Outcome, Refusal>, DeskError> {
        let mut house = self.house()?;
        let now = self.world().now();
        Ok(house.carry_out(self.world(), principal.key.0, now, &command))
    }

    async fn record(
        &self,
        principal: &Principal,
        kind: Kind,
        id: RecordId,
    ) -> Result<Option<Record>, DeskError> {
        let house = self.house()?;
        let found = house.ledger().record(principal.account, kind, id);
        Ok(found.map(|record| Record::clone(record)))
    }

    async fn record_named(
        &self,
        principal: &Principal,
        kind: Kind,
        name: Name,
    ) -> Result<Option<Record>, DeskError> {
        let house = self.house()?;
        let found = house.ledger().named(principal.account, kind, &name);
        Ok(found.map(|record| Record::clone(record)))
    }

    async fn records(
        &self,
        principal: &Principal,
        query: RecordQuery,
    ) -> Result<RecordPage, DeskError> {
        let house = self.house()?;
        Ok(house.ledger().query(principal.account, &query))
    }

    async fn levels(
        &self,
        principal: &Principal,
        items: &[RecordId],
    ) -> Result<Vec<(StockKey, Level)>, DeskError> {
        let house = self.house()?;
        Ok(house.ledger().levels(principal.account, items))
    }
}
