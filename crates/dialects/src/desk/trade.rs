//! The desk's order management: what a facade of an order system asks for, and asks of.
//!
//! Contract: every answer concerns the principal's own account only; a record of another account is
//! no record. A command is done in whole or not at all, and is committed when it is answered. Which
//! API made a record does not matter to who reads it.

use super::{DeskError, Principal};
use crate::registry::DIALECTS;
use async_trait::async_trait;
use std::sync::Arc;
use trackway_model::intake::Intake;
use trackway_model::orders::{
    Command, Kind, Level, Name, Outcome, Record, RecordId, RecordPage, RecordQuery, Refusal,
    StockKey,
};

/// What a facade asks of orders, stock and what they are made of.
#[async_trait]
pub trait Trade: Send + Sync + 'static {
    /// Has a command done. The outer error: it could not be tried; the inner: it was refused, and
    /// nothing was written.
    async fn carry_out(
        &self,
        principal: &Principal,
        command: Command,
    ) -> Result<Result<Outcome, Refusal>, DeskError>;

    /// Has many commands done, each for itself; what became of them, in their order.
    async fn carry_out_all(
        &self,
        principal: &Principal,
        commands: Vec<Command>,
    ) -> Result<Vec<Result<Outcome, Refusal>>, DeskError> {
        let mut done = Vec::with_capacity(commands.len());
        for command in commands {
            done.push(self.carry_out(principal, command).await?);
        }
        Ok(done)
    }

    /// A record with its personal members.
    async fn record(
        &self,
        principal: &Principal,
        kind: Kind,
        id: RecordId,
    ) -> Result<Option<Record>, DeskError>;

    /// Those of these records that there are, in any order. A desk may share them with others whom it
    /// shows them to.
    async fn several(
        &self,
        principal: &Principal,
        wanted: &[(Kind, RecordId)],
    ) -> Result<Vec<Arc<Record>>, DeskError> {
        let mut found = Vec::with_capacity(wanted.len());
        for (kind, id) in wanted {
            found.extend(self.record(principal, *kind, *id).await?.map(Arc::new));
        }
        Ok(found)
    }

    /// The record of a name that is unique (`NameKind::is_unique`).
    async fn record_named(
        &self,
        principal: &Principal,
        kind: Kind,
        name: Name,
    ) -> Result<Option<Record>, DeskError>;

    /// A page of the records to which the query applies.
    async fn records(
        &self,
        principal: &Principal,
        query: RecordQuery,
    ) -> Result<RecordPage, DeskError>;

    /// What there is of these items, in every warehouse where they ever moved.
    async fn levels(
        &self,
        principal: &Principal,
        items: &[RecordId],
    ) -> Result<Vec<(StockKey, Level)>, DeskError>;
}

/// What a system tells of a record of its own that a command wrote: to be taken in with it.
pub fn spoken(record: &Record) -> Option<Intake> {
    DIALECTS.iter().find_map(|dialect| dialect.speaks(record))
}
