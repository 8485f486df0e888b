//! Changes: what the feed and the webhooks carry. A change is written in the commit that caused it.

use crate::bytes::{Reader, Truncated, Writer};
use crate::fold::ShipmentState;
use crate::{AccountId, Milestone, Reason, ShipmentId};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Somebody told us something.
    Live,
    /// A replay under another mapping: no stock move, no notice, no dialect webhook unless asked.
    Revised,
}

/// What a consumer sees of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mark {
    pub milestone: Milestone,
    pub reason: Reason,
    /// Assumed instant of the last happening.
    pub at: i64,
    pub events: u16,
}

impl Mark {
    pub const fn of(state: &ShipmentState) -> Self {
        Self {
            milestone: state.milestone,
            reason: state.reason,
            at: state.last,
            events: state.events,
        }
    }

    fn encode(self, out: &mut Writer) {
        out.u8(self.milestone as u8)
            .u8(self.reason as u8)
            .i64(self.at)
            .varint(u64::from(self.events));
    }

    fn decode(row: &mut Reader<'_>) -> Result<Self, Truncated> {
        Ok(Self {
            milestone: Milestone::from_number(row.u8()?),
            reason: Reason::from_number(row.u8()?),
            at: row.i64()?,
            events: row.varint()? as u16,
        })
    }
}

/// One subject's state before and after, and the statements between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub account: AccountId,
    pub shipment: ShipmentId,
    pub kind: ChangeKind,
    /// When we learned it, microseconds since the epoch.
    pub learned: i64,
    /// None when the shipment is new.
    pub before: Option<Mark>,
    pub after: Mark,
    /// Ordinals, in the track's spine, of the statements that are new or have a new version.
    pub statements: SmallVec<[u16; 6]>,
}

impl Change {
    pub fn encode(&self, out: &mut Writer) {
        let flags =
            u8::from(self.kind == ChangeKind::Revised) | u8::from(self.before.is_some()) << 1;
        out.u8(flags)
            .varint(self.account.0 as u64)
            .varint(self.shipment.0 as u64)
            .i64(self.learned);
        if let Some(before) = self.before {
            before.encode(out);
        }
        self.after.encode(out);
        out.varint(self.statements.len() as u64);
        for ordinal in &self.statements {
            out.varint(u64::from(*ordinal));
        }
    }

    pub fn decode(row: &mut Reader<'_>) -> Result<Self, Truncated> {
        let flags = row.u8()?;
        let account = AccountId(row.varint()? as i64);
        let shipment = ShipmentId(row.varint()? as i64);
        let learned = row.i64()?;
        let before = if flags & 2 == 0 {
            None
        } else {
            Some(Mark::decode(row)?)
        };
        let after = Mark::decode(row)?;
        let length = row.length()?;
        let statements = (0..length)
            .map(|_| Ok(row.varint()? as u16))
            .collect::<Result<_, _>>()?;
        let kind = if flags & 1 == 1 {
            ChangeKind::Revised
        } else {
            ChangeKind::Live
        };
        Ok(Self {
            account,
            shipment,
            kind,
            learned,
            before,
            after,
            statements,
        })
    }
}

/// A position in the feed: a number per shard. SQLite has one shard.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
pub struct FeedPosition {
    pub shard: u16,
    pub number: u64,
}
