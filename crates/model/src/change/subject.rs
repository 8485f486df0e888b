//! What a change is of: a tracked shipment, or a record of order management.

use super::Change;
use crate::ShipmentId;
use crate::orders::{Kind, RecordId};
use serde::{Deserialize, Serialize};

/// A shipment or a record. Changes of one subject are told in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "i64", try_from = "i64")]
pub enum Subject {
    Shipment(ShipmentId),
    Record(Kind, RecordId),
}

/// A stored key that no subject has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no subject has the key {0}")]
pub struct NoSubject(pub i64);

/// Bits of a record's key that hold its kind.
const KIND_BITS: u32 = 8;

impl Subject {
    /// The greatest id of a record that a key holds.
    pub const MOST_RECORDS: i64 = i64::MAX >> KIND_BITS;

    /// As it is stored: a shipment's id is its key, and a record's is negative. Its kind is in it, so
    /// that a list names it without looking it up.
    pub const fn key(self) -> i64 {
        match self {
            Self::Shipment(id) => id.0,
            Self::Record(kind, id) => -((id.0 << KIND_BITS) | kind.number() as i64),
        }
    }

    pub fn of_key(key: i64) -> Result<Self, NoSubject> {
        if key >= 0 {
            return Ok(Self::Shipment(ShipmentId(key)));
        }
        let packed = key.checked_neg().ok_or(NoSubject(key))?;
        let kind = Kind::from_number((packed & ((1 << KIND_BITS) - 1)) as u8);
        let id = RecordId(packed >> KIND_BITS);
        kind.map(|kind| Self::Record(kind, id))
            .ok_or(NoSubject(key))
    }

    pub const fn shipment(self) -> Option<ShipmentId> {
        match self {
            Self::Shipment(id) => Some(id),
            Self::Record(..) => None,
        }
    }

    /// What it is, as the API names it.
    pub const fn kind_name(self) -> &'static str {
        match self {
            Self::Shipment(_) => "shipment",
            Self::Record(kind, _) => kind.name(),
        }
    }

    /// Its number in the API, among those of its kind.
    pub const fn number(self) -> i64 {
        match self {
            Self::Shipment(id) => id.0,
            Self::Record(_, id) => id.0,
        }
    }
}

impl From<Subject> for i64 {
    fn from(subject: Subject) -> Self {
        subject.key()
    }
}

impl TryFrom<i64> for Subject {
    type Error = NoSubject;

    fn try_from(key: i64) -> Result<Self, NoSubject> {
        Self::of_key(key)
    }
}

impl From<ShipmentId> for Subject {
    fn from(id: ShipmentId) -> Self {
        Self::Shipment(id)
    }
}

impl From<&Change> for Subject {
    fn from(change: &Change) -> Self {
        change.subject()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_key_is_of_one_subject(id in 0..=Subject::MOST_RECORDS, kind in 0..Kind::ALL.len()) {
            for subject in [
                Subject::Shipment(ShipmentId(id)),
                Subject::Record(Kind::ALL[kind], RecordId(id)),
            ] {
                prop_assert_eq!(Subject::of_key(subject.key()), Ok(subject));
            }
        }

        #[test]
        fn a_key_that_is_read_is_the_one_that_was_written(key in any::<i64>()) {
            if let Ok(subject) = Subject::of_key(key) {
                prop_assert_eq!(subject.key(), key);
            }
        }
    }

    #[test]
    fn what_no_subject_has_is_refused() {
        for key in [i64::MIN, -1 << KIND_BITS, -255] {
            assert_eq!(Subject::of_key(key), Err(NoSubject(key)), "{key}");
        }
    }
}
