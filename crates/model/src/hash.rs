//! Keyed hashes. Everything hashed here is keyed by the installation key, so that ids and root
//! hashes tell nothing to somebody who can guess a number or a name.

use crate::ids::{StatementId, TrackId};
use crate::stream::StreamId;

/// A 256-bit digest, such as a root hash.
pub type Digest = [u8; 32];

/// The installation's secret key for identities. Never shown, never stored beside the data.
#[derive(Clone)]
pub struct InstallationKey([u8; 32]);

impl std::fmt::Debug for InstallationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InstallationKey(…)")
    }
}

impl InstallationKey {
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// Identity of a statement. `identity` holds the members that the dialect names, as written;
    /// `occurrence` tells apart equal members within one document, counted from its oldest end.
    pub fn statement_id(
        &self,
        track: TrackId,
        stream: StreamId,
        identity: &[u8],
        occurrence: u16,
    ) -> StatementId {
        let mut head = [0_u8; 12];
        head[..8].copy_from_slice(&track.0.to_le_bytes());
        head[8..10].copy_from_slice(&stream.0.to_le_bytes());
        head[10..].copy_from_slice(&occurrence.to_le_bytes());
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&head).update(identity);
        let mut id = [0; 16];
        id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        StatementId(id)
    }

    /// Hash of all members of a statement as its source sent them: another value is another version.
    pub fn member_hash(&self, raw: &[u8]) -> u64 {
        u64::from_le_bytes(first8(&self.digest(raw)))
    }

    /// A keyed digest of arbitrary bytes.
    pub fn digest(&self, bytes: &[u8]) -> Digest {
        *blake3::keyed_hash(&self.0, bytes).as_bytes()
    }

    /// Blind index of a value that must be found but not read, within one purpose.
    pub fn blind(&self, purpose: &str, value: &str) -> Digest {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher
            .update(purpose.as_bytes())
            .update(&[0])
            .update(value.as_bytes());
        *hasher.finalize().as_bytes()
    }

    /// The root of a set of statements: ids and member hashes in id order, never positions.
    pub fn root(&self, members: &mut [(StatementId, u64)]) -> Digest {
        members.sort_unstable();
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for (id, member_hash) in members.iter() {
            hasher.update(&id.0).update(&member_hash.to_le_bytes());
        }
        *hasher.finalize().as_bytes()
    }
}

fn first8(digest: &Digest) -> [u8; 8] {
    let mut out = [0; 8];
    out.copy_from_slice(&digest[..8]);
    out
}
