//! What became of a record: what the feed, the webhooks and the deliveries carry of it. The record
//! itself stands in the store; whoever tells of the change reads it there.

use super::{
    FulfilmentState, InboundState, Kind, OrderState, RecordId, ReturnState, State, state_of,
};
use crate::AccountId;
use crate::bytes::{Reader, Truncated, Writer};
use crate::change::Subject;
use crate::change::flags::{HAS_BEFORE, HAS_CAUSE, HAS_WAREHOUSE, RECORD};

/// A record's state before and after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordChange {
    pub account: AccountId,
    pub kind: Kind,
    pub record: RecordId,
    /// When, microseconds since the epoch.
    pub at: i64,
    /// Numbers of states; None when the record is new. Of an item, stock changed: both are its state.
    pub before: Option<u16>,
    pub after: u16,
    /// Version of the record after it; of stock, the ledger's number.
    pub version: u64,
    /// Of stock: where the level changed.
    pub warehouse: Option<RecordId>,
    /// The record on whose account it changed, where that is another: the order of a reservation, the
    /// fulfilment whose parcel moved an order on.
    pub cause: Option<RecordId>,
}

impl RecordChange {
    pub const fn subject(&self) -> Subject {
        Subject::Record(self.kind, self.record)
    }

    pub(crate) fn encode(&self, out: &mut Writer) {
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        let flags = RECORD
            | flag(self.before.is_some(), HAS_BEFORE)
            | flag(self.warehouse.is_some(), HAS_WAREHOUSE)
            | flag(self.cause.is_some(), HAS_CAUSE);
        out.u8(flags)
            .varint(self.account.0 as u64)
            .u8(self.kind.number())
            .varint(self.record.0 as u64)
            .i64(self.at);
        if let Some(before) = self.before {
            out.varint(u64::from(before));
        }
        out.varint(u64::from(self.after)).varint(self.version);
        for id in [self.warehouse, self.cause].into_iter().flatten() {
            out.varint(id.0 as u64);
        }
    }

    /// Behind its flags.
    pub(crate) fn decode(flags: u8, row: &mut Reader<'_>) -> Result<Self, Truncated> {
        let state = |row: &mut Reader<'_>| u16::try_from(row.varint()?).map_err(|_| Truncated);
        let id = |row: &mut Reader<'_>| row.varint().map(|id| RecordId(id as i64));
        let has = |flag: u8| flags & flag != 0;
        Ok(Self {
            account: AccountId(row.varint()? as i64),
            kind: Kind::from_number(row.u8()?).ok_or(Truncated)?,
            record: id(row)?,
            at: row.i64()?,
            before: has(HAS_BEFORE).then(|| state(row)).transpose()?,
            after: state(row)?,
            version: row.varint()?,
            warehouse: has(HAS_WAREHOUSE).then(|| id(row)).transpose()?,
            cause: has(HAS_CAUSE).then(|| id(row)).transpose()?,
        })
    }
}

/// Whether a warehouse has looked at an item.
const ITEM: [&str; 2] = ["announced", "qualified"];

/// A state's name by its number; None for kinds without states, and for numbers that none has.
pub fn state_name(kind: Kind, number: u16) -> Option<&'static str> {
    match kind {
        Kind::Order => state_of::<OrderState>(number).map(State::name),
        Kind::Fulfilment => state_of::<FulfilmentState>(number).map(State::name),
        Kind::Inbound => state_of::<InboundState>(number).map(State::name),
        Kind::Return => state_of::<ReturnState>(number).map(State::name),
        Kind::Item => ITEM.get(usize::from(number).wrapping_sub(1)).copied(),
        Kind::Shop
        | Kind::PickupAddress
        | Kind::Vendor
        | Kind::BoxSize
        | Kind::Courier
        | Kind::CourierLink
        | Kind::Service
        | Kind::RateCard
        | Kind::Category
        | Kind::Brand
        | Kind::Unit
        | Kind::Product
        | Kind::Customer
        | Kind::File
        | Kind::Report => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_name() {
        assert_eq!(state_name(Kind::Order, 21), Some("completed"));
        assert_eq!(state_name(Kind::Item, 2), Some("qualified"));
        for (kind, number) in [
            (Kind::Item, 0),
            (Kind::Item, 3),
            (Kind::Order, 0),
            (Kind::Shop, 1),
        ] {
            assert_eq!(state_name(kind, number), None, "{kind} {number}");
        }
    }
}
