//! Typed identifiers. All are surrogates: none carries meaning but `ShipmentId`, which packs the
//! track and the epoch so that an epoch opening moves no row.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! surrogate {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

surrogate! {
    /// A tenant. Everything an account owns is invisible to every other account.
    AccountId,
    /// A configured upstream of an account.
    ConnectionId,
    /// A subscriber's address.
    EndpointId,
    /// A credential of an account in one dialect.
    KeyId,
    /// A kind of surprise at a connection.
    QuarantineId,
    /// (account, carrier, number): what ids, log, spine, shard and sealing key hang on.
    TrackId,
    /// (track, epoch): one journey under a number that carriers may use again.
    ShipmentId,
}

/// Bits of a `ShipmentId` that hold the epoch.
const EPOCH_BITS: u32 = 10;
/// The most journeys that one number can have.
pub const MAX_EPOCHS: usize = 1 << EPOCH_BITS;

impl ShipmentId {
    pub const fn new(track: TrackId, epoch: u16) -> Self {
        Self((track.0 << EPOCH_BITS) | epoch as i64)
    }

    pub const fn track(self) -> TrackId {
        TrackId(self.0 >> EPOCH_BITS)
    }

    pub const fn epoch(self) -> u16 {
        (self.0 & ((1 << EPOCH_BITS) - 1)) as u16
    }
}

/// A statement's identity: a keyed hash of track, stream and the members its dialect names in its
/// identity list, as written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct StatementId(pub [u8; 16]);

impl fmt::Display for StatementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 32];
        for (byte, two) in self.0.iter().zip(text.chunks_exact_mut(2)) {
            two[0] = DIGITS[usize::from(byte >> 4)];
            two[1] = DIGITS[usize::from(byte & 15)];
        }
        f.write_str(std::str::from_utf8(&text).expect("digits are ASCII"))
    }
}

impl fmt::Debug for StatementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
