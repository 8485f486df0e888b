//! Changes: what the feed and the webhooks carry. A change is written in the commit that caused it. It
//! is of a shipment or of a record; both stand in one feed.

mod subject;

pub use crate::orders::RecordChange;
pub use subject::{NoSubject, Subject};

use crate::bytes::{Reader, Truncated, Writer};
use crate::fold::ShipmentState;
use crate::{AccountId, Milestone, Reason, ShipmentId, Track};
use flags::{EXPIRED, HAS_BEFORE, NO_RECORD, RECORD, REGISTERED, REVISED};
use serde::{Deserialize, Serialize, Serializer};
use smallvec::SmallVec;
use std::fmt;

/// What a change tells of. The clocks' name the registration that they are of: nothing was told, and
/// the state is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Somebody told us something.
    Live,
    /// A replay under another mapping: no stock move, no notice, no dialect webhook unless asked.
    Revised,
    /// Nothing was found of a registered number for as long as its system waits.
    NoRecord { registration: i64 },
    /// Nothing new was told of a registered number for as long as its system waits.
    Expired { registration: i64 },
    /// A number was registered of which something was known already: whoever registered it is told how
    /// it stands.
    Registered { registration: i64 },
}

impl ChangeKind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Revised => "revised",
            Self::NoRecord { .. } => "no_record",
            Self::Expired { .. } => "expired",
            Self::Registered { .. } => "registered",
        }
    }

    /// Whether it is news to subscribers.
    pub const fn is_news(self) -> bool {
        match self {
            Self::Live | Self::NoRecord { .. } | Self::Expired { .. } | Self::Registered { .. } => {
                true
            }
            Self::Revised => false,
        }
    }

    /// The registration whose clock it was.
    pub const fn registration(self) -> Option<i64> {
        match self {
            Self::Live | Self::Revised => None,
            Self::NoRecord { registration }
            | Self::Expired { registration }
            | Self::Registered { registration } => Some(registration),
        }
    }

    /// One bit of a change's flags.
    const fn number(self) -> u8 {
        match self {
            Self::Live => 0,
            Self::Revised => REVISED,
            Self::NoRecord { .. } => NO_RECORD,
            Self::Expired { .. } => EXPIRED,
            Self::Registered { .. } => REGISTERED,
        }
    }
}

/// As its name.
impl Serialize for ChangeKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Flags of a change as it is stored: its first byte.
pub(crate) mod flags {
    pub const REVISED: u8 = 1;
    pub const HAS_BEFORE: u8 = 2;
    pub const NO_RECORD: u8 = 4;
    pub const EXPIRED: u8 = 8;
    pub const REGISTERED: u8 = 16;
    /// It is a record's; the ones below stand with it only, and those above but for `HAS_BEFORE`
    /// without it only.
    pub const RECORD: u8 = 32;
    pub const HAS_WAREHOUSE: u8 = 64;
    pub const HAS_CAUSE: u8 = 128;
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

/// What became of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Shipment(ShipmentChange),
    Record(RecordChange),
}

/// A feed of shipments pays nothing for records: they fit into the same room.
const _: () = assert!(size_of::<Change>() == size_of::<ShipmentChange>());

impl Change {
    pub const fn account(&self) -> AccountId {
        match self {
            Self::Shipment(change) => change.account,
            Self::Record(change) => change.account,
        }
    }

    /// When we learned it, microseconds since the epoch.
    pub const fn learned(&self) -> i64 {
        match self {
            Self::Shipment(change) => change.learned,
            Self::Record(change) => change.at,
        }
    }

    pub const fn subject(&self) -> Subject {
        match self {
            Self::Shipment(change) => Subject::Shipment(change.shipment),
            Self::Record(change) => change.subject(),
        }
    }

    /// Whether it is news to subscribers.
    pub const fn is_news(&self) -> bool {
        match self {
            Self::Shipment(change) => change.kind.is_news(),
            Self::Record(_) => true,
        }
    }

    pub const fn as_shipment(&self) -> Option<&ShipmentChange> {
        match self {
            Self::Shipment(change) => Some(change),
            Self::Record(_) => None,
        }
    }

    pub const fn as_record(&self) -> Option<&RecordChange> {
        match self {
            Self::Shipment(_) => None,
            Self::Record(change) => Some(change),
        }
    }

    pub fn encode(&self, out: &mut Writer) {
        match self {
            Self::Shipment(change) => change.encode(out),
            Self::Record(change) => change.encode(out),
        }
    }

    pub fn decode(row: &mut Reader<'_>) -> Result<Self, Truncated> {
        let flags = row.u8()?;
        if flags & RECORD == 0 {
            ShipmentChange::decode(flags, row).map(Self::Shipment)
        } else {
            RecordChange::decode(flags, row).map(Self::Record)
        }
    }
}

impl From<ShipmentChange> for Change {
    fn from(change: ShipmentChange) -> Self {
        Self::Shipment(change)
    }
}

impl From<RecordChange> for Change {
    fn from(change: RecordChange) -> Self {
        Self::Record(change)
    }
}

/// A shipment's state before and after, and the statements between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipmentChange {
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

impl ShipmentChange {
    /// Of the newest journey of a track, which stands as it stood: a clock ran out.
    pub fn of_clock(track: &Track, kind: ChangeKind, learned: i64) -> Self {
        let state = track.states.last();
        let mark = state.map(Mark::of);
        Self {
            account: track.account,
            shipment: ShipmentId::new(track.id, state.map_or(0, |state| state.epoch)),
            kind,
            learned,
            before: mark.filter(|mark| mark.events > 0),
            after: mark.unwrap_or_default(),
            statements: SmallVec::new(),
        }
    }

    fn encode(&self, out: &mut Writer) {
        let before = if self.before.is_some() { HAS_BEFORE } else { 0 };
        out.u8(self.kind.number() | before)
            .varint(self.account.0 as u64)
            .varint(self.shipment.0 as u64)
            .i64(self.learned);
        if let Some(registration) = self.kind.registration() {
            out.varint(registration as u64);
        }
        if let Some(before) = self.before {
            before.encode(out);
        }
        self.after.encode(out);
        out.varint(self.statements.len() as u64);
        for ordinal in &self.statements {
            out.varint(u64::from(*ordinal));
        }
    }

    /// Behind its flags.
    fn decode(flags: u8, row: &mut Reader<'_>) -> Result<Self, Truncated> {
        let account = AccountId(row.varint()? as i64);
        let shipment = ShipmentId(row.varint()? as i64);
        let learned = row.i64()?;
        let kind = match flags & !HAS_BEFORE {
            REVISED => ChangeKind::Revised,
            NO_RECORD => ChangeKind::NoRecord {
                registration: row.varint()? as i64,
            },
            EXPIRED => ChangeKind::Expired {
                registration: row.varint()? as i64,
            },
            REGISTERED => ChangeKind::Registered {
                registration: row.varint()? as i64,
            },
            _ => ChangeKind::Live,
        };
        let before = if flags & HAS_BEFORE == 0 {
            None
        } else {
            Some(Mark::decode(row)?)
        };
        let after = Mark::decode(row)?;
        let length = row.length()?;
        let statements = (0..length)
            .map(|_| Ok(row.varint()? as u16))
            .collect::<Result<_, _>>()?;
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

/// `0:15`: shard and number.
impl fmt::Display for FeedPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.shard, self.number)
    }
}

impl FeedPosition {
    /// A position as it is shown; None for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (shard, number) = text.split_once(':')?;
        let read = Self {
            shard: shard.parse().ok()?,
            number: number.parse().ok()?,
        };
        (read.to_string() == text).then_some(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::{Kind, RecordId};
    use proptest::prelude::*;

    #[test]
    fn positions_are_read_as_they_are_written() {
        for text in ["0:0", "0:15", "63:18446744073709551615"] {
            assert_eq!(FeedPosition::parse(text).unwrap().to_string(), text);
        }
        for wrong in [
            "", "15", "0:", "a:1", "0:1;1:2", "70000:1", "+0:1", "0:01", "0:1 ",
        ] {
            assert_eq!(FeedPosition::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_kind_is_read_as_it_was_written() {
        let registration = 700_001;
        for kind in [
            ChangeKind::Live,
            ChangeKind::Revised,
            ChangeKind::NoRecord { registration },
            ChangeKind::Expired { registration },
            ChangeKind::Registered { registration },
        ] {
            for before in [None, Some(Mark::default())] {
                let change = Change::Shipment(ShipmentChange {
                    account: AccountId(3),
                    shipment: ShipmentId(4_096),
                    kind,
                    learned: 1_715_083_200_000_000,
                    before,
                    after: Mark::default(),
                    statements: SmallVec::from_slice(&[1, 300]),
                });
                let mut out = Writer::default();
                change.encode(&mut out);
                assert_eq!(Change::decode(&mut Reader(&out.0)).unwrap(), change);
                assert_eq!(change.is_news(), kind != ChangeKind::Revised);
            }
        }
    }

    /// As every release wrote them before there were records.
    #[test]
    fn old_rows_are_read() {
        // Flags, account, shipment; then the time, two states and no statement.
        let row = [&[2, 3, 0x80, 0x20][..], &[0; 8 + 2 * 11 + 1]].concat();
        let Change::Shipment(change) = Change::decode(&mut Reader(&row)).unwrap() else {
            panic!("a record");
        };
        assert_eq!(
            (change.account, change.shipment),
            (AccountId(3), ShipmentId(4_096))
        );
        assert_eq!(change.before, Some(Mark::default()));
    }

    fn records() -> impl Strategy<Value = Change> {
        let id = || (0..i64::MAX).prop_map(RecordId);
        let kind = (0..Kind::ALL.len()).prop_map(|at| Kind::ALL[at]);
        let states = (any::<Option<u16>>(), any::<u16>(), any::<u64>());
        let beside = (proptest::option::of(id()), proptest::option::of(id()));
        let who = (0..i64::MAX, kind, id(), any::<i64>());
        (who, states, beside).prop_map(|(who, (before, after, version), (warehouse, cause))| {
            let (account, kind, record, at) = who;
            Change::Record(RecordChange {
                account: AccountId(account),
                kind,
                record,
                at,
                before,
                after,
                version,
                warehouse,
                cause,
            })
        })
    }

    fn shipments() -> impl Strategy<Value = Change> {
        let of = (0..i64::MAX, 0..i64::MAX, any::<i64>(), any::<bool>());
        let statements = proptest::collection::vec(any::<u16>(), 0..9);
        (of, 0..5, statements).prop_map(|((account, shipment, learned, before), kind, told)| {
            let registration = shipment;
            Change::Shipment(ShipmentChange {
                account: AccountId(account),
                shipment: ShipmentId(shipment),
                kind: match kind {
                    0 => ChangeKind::Live,
                    1 => ChangeKind::Revised,
                    2 => ChangeKind::NoRecord { registration },
                    3 => ChangeKind::Expired { registration },
                    _ => ChangeKind::Registered { registration },
                },
                learned,
                before: before.then(Mark::default),
                after: Mark::default(),
                statements: told.into(),
            })
        })
    }

    proptest! {
        /// Both kinds stand in one row, one behind the other.
        #[test]
        fn changes_are_read_as_they_were_written(
            changes in proptest::collection::vec(prop_oneof![records(), shipments()], 0..9),
        ) {
            let mut out = Writer::default();
            for change in &changes {
                change.encode(&mut out);
            }
            let mut row = Reader(&out.0);
            for change in &changes {
                prop_assert_eq!(&Change::decode(&mut row).unwrap(), change);
            }
            prop_assert!(row.is_empty());
        }

        #[test]
        fn damaged_rows_are_told(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            // Whatever it is, it is no panic.
            let mut row = Reader(&bytes);
            while !row.is_empty() && Change::decode(&mut row).is_ok() {}
        }
    }
}
