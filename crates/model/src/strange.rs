//! What a source sent that nobody expected: bytes that no statement could be made of, and whatever
//! differs from what its dialect knows although it was read.
//!
//! Contract: nothing here holds what a person wrote. A strange thing names the member, what was
//! expected and what came: its type and length, or the code itself, which is the source's own word.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of surprise it is. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Oddity {
    /// Bytes that are not even of the format.
    Unreadable = 1,
    /// A member that nothing can be read without is missing or of another type.
    Shape = 2,
    /// More bytes than are taken.
    TooLarge = 3,
    /// A code in no table.
    UnknownCode = 4,
    /// A member that the dialect does not know.
    NewMember = 5,
    /// A member that was always there is not.
    MissingMember = 6,
    /// A member has another type.
    OtherType = 7,
    /// A time that can't be read.
    UnreadableTime = 8,
    /// A time that had not come when it was told as done.
    TimeAhead = 9,
}

impl Oddity {
    pub const ALL: [Self; 9] = [
        Self::Unreadable,
        Self::Shape,
        Self::TooLarge,
        Self::UnknownCode,
        Self::NewMember,
        Self::MissingMember,
        Self::OtherType,
        Self::UnreadableTime,
        Self::TimeAhead,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Shape => "shape",
            Self::TooLarge => "too_large",
            Self::UnknownCode => "unknown_code",
            Self::NewMember => "new_member",
            Self::MissingMember => "missing_member",
            Self::OtherType => "other_type",
            Self::UnreadableTime => "unreadable_time",
            Self::TimeAhead => "time_ahead",
        }
    }

    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as i16 == number)
    }

    /// Whether nothing could be read, so that the bytes are put aside. Of anything else the
    /// statements are kept as every statement is.
    pub const fn stops(self) -> bool {
        matches!(self, Self::Unreadable | Self::Shape | Self::TooLarge)
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which way it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// An answer to a question of ours.
    Poll,
    Webhook,
}

impl Way {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Webhook => "webhook",
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One surprise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Strange {
    pub oddity: Oddity,
    /// Where, such as `statuses[].status`; empty for the whole.
    pub member: String,
    pub expected: String,
    /// What came: a type and a length, or a code. Never a value that a person wrote.
    pub found: String,
}

impl Strange {
    pub fn new(
        oddity: Oddity,
        member: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            oddity,
            member: member.into(),
            expected: expected.into(),
            found: found.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_comes_back_by_its_number() {
        for kind in Oddity::ALL {
            assert_eq!(Oddity::from_number(kind as i16), Some(kind));
        }
        assert_eq!(Oddity::from_number(0), None);
        assert_eq!(Oddity::from_number(10), None);
    }
}
