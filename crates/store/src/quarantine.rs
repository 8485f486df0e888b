//! What could not be read, and what differs from what dialects know: one row a surprise of a
//! connection, counted, with the bytes where no statement could be made of them.
//!
//! Contract: a surprise is known by its connection, dialect, way, kind and member, an unknown code
//! by the code as well; noting it again counts. What it is about is sealed by the installation's
//! key, and so are the bytes. Everything is bounded: surprises of a connection (`MOST`, the rest is
//! counted under one of no name), bytes of a payload (`LONGEST`; of a longer one the first `HEAD`
//! and the size and hash of the whole), payloads of a surprise (`KEPT`; the oldest stay, the rest
//! is counted). The same bytes are kept once. Erasing a shipment removes the payloads that are known
//! to be its own; whose an unreadable webhook is, nobody knows.

use crate::StoreError;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use trackway_model::strange::{Oddity, Strange, Way};
use trackway_model::{AccountId, ConnectionId, InstallationKey, QuarantineId, TrackId};

/// Surprises of one connection that are told apart.
pub const MOST: usize = 200;
/// Payloads of one surprise.
pub const KEPT: usize = 256;
/// Bytes of a payload that is kept whole.
pub const LONGEST: usize = 1 << 20;
/// What is kept of a longer one.
pub const HEAD: usize = 4 << 10;
/// Characters of each text of a surprise.
const LONGEST_TEXT: usize = 200;

/// A surprise to be noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    pub account: AccountId,
    pub connection: ConnectionId,
    pub dialect: String,
    pub way: Way,
    pub strange: Strange,
    /// When it came last, and how often since it was noted before.
    pub at: i64,
    pub times: u64,
    /// What no statement could be made of.
    pub payload: Option<Payload>,
}

/// Bytes as they came, without a credential that could be found in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Whose it is, where that is known: what was asked about.
    pub about: Option<About>,
    pub received: i64,
    /// HTTP status of an answer; 0 of a webhook.
    pub status: u16,
    /// Of the whole, as far as it was read.
    pub size: u64,
    /// SHA-256 of the whole, in hexadecimal.
    pub hash: String,
    /// Whether `body` is the whole.
    pub whole: bool,
    pub body: Vec<u8>,
}

/// The number that an answer is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub track: TrackId,
    pub carrier: String,
    pub number: String,
}

impl Payload {
    /// A body with its size and hash, cut where it is too long to be kept.
    pub fn of(body: &[u8], received: i64) -> Self {
        let whole = body.len() <= LONGEST;
        Self {
            about: None,
            received,
            status: 0,
            size: body.len() as u64,
            hash: hex::encode(Sha256::digest(body)),
            whole,
            body: body[..if whole { body.len() } else { HEAD }].to_vec(),
        }
    }
}

/// A surprise as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    pub id: QuarantineId,
    pub account: AccountId,
    pub connection: ConnectionId,
    pub dialect: String,
    pub way: Way,
    pub strange: Strange,
    pub times: u64,
    pub first: i64,
    pub last: i64,
    /// Payloads that are kept of it.
    pub kept: u64,
}

/// Which surprises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// All accounts' where none is named.
    pub account: Option<AccountId>,
    pub connection: Option<ConnectionId>,
    pub id: Option<QuarantineId>,
    /// Only what was put aside (`Oddity::stops`), or only what was read in spite of it.
    pub stopped: Option<bool>,
    /// Those behind this one, by id.
    pub after: QuarantineId,
}

/// What is in quarantine.
#[async_trait]
pub trait Quarantine: Send + Sync {
    /// Counts surprises and keeps what is to be kept; all or nothing.
    async fn note_strange(&self, noted: Vec<Noted>) -> Result<(), StoreError>;

    /// Surprises in the order of their ids, at most `limit`.
    async fn quarantined(
        &self,
        wanted: &Wanted,
        limit: usize,
    ) -> Result<Vec<Quarantined>, StoreError>;

    /// The payloads of a surprise behind `after`, oldest first, each with its own number.
    async fn payloads(
        &self,
        id: QuarantineId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, Payload)>, StoreError>;

    /// Removes one payload, and the surprise with its last one.
    async fn release(&self, id: QuarantineId, payload: i64) -> Result<(), StoreError>;

    /// Removes a surprise with its payloads; false where the account has none such.
    async fn drop_quarantined(
        &self,
        account: Option<AccountId>,
        id: QuarantineId,
    ) -> Result<bool, StoreError>;
}

/// Names of sealed columns.
pub(crate) const STRANGE: &str = "quarantine.body";
pub(crate) const PAYLOAD: &str = "quarantine_payload.body";
/// Purposes of blind indexes; no setting's name holds a slash.
const KNOWN_BY: &str = "quarantine/known-by";
const BYTES: &str = "quarantine/bytes";

/// What is sealed of a surprise.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    pub dialect: String,
    pub way: Way,
    #[serde(flatten)]
    pub strange: Strange,
}

impl Told {
    /// What is told of a surprise, each text within its length.
    pub fn of(noted: &Noted) -> Self {
        let Strange {
            oddity,
            member,
            expected,
            found,
        } = &noted.strange;
        Self {
            dialect: noted.dialect.clone(),
            way: noted.way,
            strange: Strange::new(*oddity, short(member), short(expected), short(found)),
        }
    }

    /// The same without a name: what is counted when there are too many to tell apart.
    pub fn nameless(&self) -> Self {
        let oddity = self.strange.oddity;
        Self {
            dialect: self.dialect.clone(),
            way: self.way,
            strange: Strange::new(oddity, "…", "", "more than can be told apart"),
        }
    }

    /// What a surprise is known by within its connection.
    pub fn known_by(&self, installation: &InstallationKey) -> Vec<u8> {
        let Strange {
            oddity,
            member,
            found,
            ..
        } = &self.strange;
        let code = match oddity {
            Oddity::UnknownCode => found.as_str(),
            _ => "",
        };
        let parts = [
            &self.dialect,
            self.way.name(),
            oddity.name(),
            member.as_str(),
            code,
        ];
        installation.blind(KNOWN_BY, &parts.join("\n")).to_vec()
    }

    pub fn sealed(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(self).map_err(StoreError::engine("wrote what was strange"))
    }

    pub fn opened(bytes: &[u8]) -> Result<Self, StoreError> {
        serde_json::from_slice(bytes).map_err(|_| StoreError::Damaged { what: "quarantine" })
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// What stands before a payload's bytes.
#[derive(Serialize, Deserialize)]
struct Head {
    about: Option<About>,
    status: u16,
    size: u64,
    hash: String,
    whole: bool,
}

impl Payload {
    /// The same bytes are kept once.
    pub(crate) fn known_by(&self, installation: &InstallationKey) -> Vec<u8> {
        installation.blind(BYTES, &self.hash).to_vec()
    }

    pub(crate) fn track(&self) -> Option<i64> {
        self.about.as_ref().map(|about| about.track.0)
    }

    /// A line that says what it is, and the bytes.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, StoreError> {
        let head = Head {
            about: self.about.clone(),
            status: self.status,
            size: self.size,
            hash: self.hash.clone(),
            whole: self.whole,
        };
        let mut out = serde_json::to_vec(&head).map_err(StoreError::engine("wrote a payload"))?;
        out.push(b'\n');
        out.extend_from_slice(&self.body);
        Ok(out)
    }

    pub(crate) fn decode(received: i64, bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged {
            what: "payload in quarantine",
        };
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (head, body) = bytes.split_at(end.ok_or_else(damaged)?);
        let head: Head = serde_json::from_slice(head).map_err(|_| damaged())?;
        Ok(Self {
            about: head.about,
            received,
            status: head.status,
            size: head.size,
            hash: head.hash,
            whole: head.whole,
            body: body[1..].to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_comes_back_and_a_long_one_is_cut() {
        for body in [&b""[..], b"{\n}", &[0, 10, 255]] {
            let kept = Payload::of(body, 7);
            let back = Payload::decode(7, &kept.encode().unwrap()).unwrap();
            assert_eq!((&back, back.whole), (&kept, true));
        }
        let long = vec![b'x'; LONGEST + 1];
        let kept = Payload::of(&long, 7);
        assert_eq!((kept.whole, kept.body.len()), (false, HEAD));
        assert_eq!(kept.size, LONGEST as u64 + 1);
        assert_eq!(kept.hash, hex::encode(Sha256::digest(&long)));
    }
}
