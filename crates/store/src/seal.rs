//! Keys and sealing: what is personal or secret is stored encrypted, from the first day.
//!
//! - The *master key* wraps everything else; it lives outside the database. Lost means lost.
//! - The *installation secret* is random, stored wrapped; ids, blind indexes, nonces and the key for
//!   records' secrets are derived from it, so that changing the master key re-wraps and re-hashes
//!   nothing.
//! - Each track has a random key of its own, stored wrapped in one row. Deleting that row makes the
//!   track's words unreadable for ever.
//!
//! Guarantee: no nonce is used twice under one key with other bytes. Wraps, records and documents
//! draw theirs; a statement's is a keyed hash of all that decides its bytes.

mod master;
mod pack;
mod rewrap;

pub use master::{Entropy, MasterKey, SystemEntropy};
pub use pack::Dictionary;
pub use rewrap::Rewrap;

use crate::StoreError;
use crate::records::Settings;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use pack::{PLAIN, Packer};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use trackway_model::bytes::{Reader, Writer};
use trackway_model::{Digest, InstallationKey, StatementId, StreamId, StreamTable};

const TAG_LEN: usize = 16;
/// Bytes of a wrapped key: nonce, key, tag.
pub const WRAPPED_LEN: usize = NONCE_LEN + 32 + TAG_LEN;

/// A 256-bit key in memory. Shown never.
#[derive(Clone, PartialEq, Eq)]
pub struct TrackKey([u8; 32]);

impl std::fmt::Debug for TrackKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TrackKey(…)")
    }
}

impl TrackKey {
    /// The cipher, set up once for all statements of an intake.
    pub fn cipher(&self) -> Cipher {
        Cipher::new(&self.0)
    }
}

/// AES-256-GCM under one key.
pub struct Cipher(LessSafeKey);

impl Cipher {
    fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("a 256-bit key is what AES-256 takes");
        Self(LessSafeKey::new(key))
    }

    /// Encrypts what `out` holds from `start` on, and appends the tag.
    fn seal(&self, nonce: [u8; NONCE_LEN], context: &[u8], out: &mut Vec<u8>, start: usize) {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, Aad::from(context), &mut out[start..])
            .expect("nothing stored comes near the cipher's limit of 64 GB");
        out.extend_from_slice(tag.as_ref());
    }

    fn open(&self, nonce: [u8; NONCE_LEN], context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let length = self
            .0
            .open_in_place(nonce, Aad::from(context), &mut bytes)
            .ok()?
            .len();
        bytes.truncate(length);
        Some(bytes)
    }
}

/// A statement's bytes, packed but not yet sealed; made before its track is known.
#[derive(Clone, Copy, Debug)]
pub struct Packed<'a> {
    pub codec: u8,
    pub bytes: &'a [u8],
}

impl<'a> Packed<'a> {
    /// Bytes that are sealed as they are.
    pub const fn plain(bytes: &'a [u8]) -> Self {
        Self {
            codec: PLAIN,
            bytes,
        }
    }
}

/// What decides a statement's sealed bytes, and so its nonce.
#[derive(Clone, Copy, Debug)]
pub struct SealedAs {
    pub id: StatementId,
    pub member_hash: u64,
    pub received: i64,
}

/// Everything that an open store seals and opens with.
pub struct Sealer {
    master: MasterKey,
    entropy: Arc<dyn Entropy>,
    installation: InstallationKey,
    nonces: [u8; 32],
    records: Cipher,
    packer: Packer,
    wrapped: Arc<str>,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(…)")
    }
}

/// Says what a wrapped installation secret is, so that no other wrapped key passes for it.
const INSTALLATION: &[u8] = b"installation";
/// The same of a track's key.
const TRACK: &[u8] = b"track";

impl Sealer {
    /// A new installation: returns its sealer and the wrapped secret to store.
    pub fn create(
        master: MasterKey,
        entropy: Arc<dyn Entropy>,
        streams: StreamTable,
        dictionaries: &[Dictionary],
    ) -> (Self, Vec<u8>) {
        let mut secret = [0; 32];
        entropy.fill(&mut secret);
        let wrapped = master.wrap(entropy.as_ref(), &secret, INSTALLATION);
        (
            Self::of(master, entropy, (&secret, &wrapped), streams, dictionaries),
            wrapped,
        )
    }

    /// Opens an installation by the wrapped secret that `create` returned.
    pub fn open(
        master: MasterKey,
        entropy: Arc<dyn Entropy>,
        wrapped: &[u8],
        streams: StreamTable,
        dictionaries: &[Dictionary],
    ) -> Result<Self, StoreError> {
        let secret = master.unwrap(wrapped, INSTALLATION)?;
        let secret = (&secret, wrapped);
        Ok(Self::of(master, entropy, secret, streams, dictionaries))
    }

    fn of(
        master: MasterKey,
        entropy: Arc<dyn Entropy>,
        (secret, wrapped): (&[u8; 32], &[u8]),
        streams: StreamTable,
        dictionaries: &[Dictionary],
    ) -> Self {
        let derive = |purpose| blake3::derive_key(purpose, secret);
        Self {
            master,
            entropy,
            installation: InstallationKey::new(derive("trackway 2026-11 identities")),
            nonces: derive("trackway 2026-11 statement nonces"),
            records: Cipher::new(&derive("trackway 2026-11 record secrets")),
            packer: Packer::new(streams, dictionaries),
            wrapped: hex::encode(wrapped).into(),
        }
    }

    /// The installation's secret as it was stored when this was opened, in hex: another one means
    /// that the master key was changed meanwhile.
    pub const fn wrapped(&self) -> &Arc<str> {
        &self.wrapped
    }

    pub const fn installation(&self) -> &InstallationKey {
        &self.installation
    }

    /// A secret for one purpose, apart from every other key.
    pub fn secret(&self, purpose: &str) -> Digest {
        self.installation
            .blind("trackway 2026-11 secret for", purpose)
    }

    pub fn entropy(&self) -> &dyn Entropy {
        self.entropy.as_ref()
    }

    /// A key for a new track, and its wrapped form to store.
    pub fn new_track_key(&self) -> (TrackKey, Vec<u8>) {
        let mut key = [0; 32];
        self.entropy.fill(&mut key);
        let wrapped = self.master.wrap(self.entropy.as_ref(), &key, TRACK);
        (TrackKey(key), wrapped)
    }

    pub fn track_key(&self, wrapped: &[u8]) -> Result<TrackKey, StoreError> {
        self.master.unwrap(wrapped, TRACK).map(TrackKey)
    }

    /// Packs a statement's bytes behind what `out` holds and returns the codec.
    pub fn pack(&self, stream: StreamId, raw: &[u8], out: &mut Vec<u8>) -> u8 {
        self.packer.pack_statement(stream, raw, out)
    }

    /// Appends a statement's sealed bytes: codec, ciphertext, tag.
    pub fn seal_statement(
        &self,
        cipher: &Cipher,
        what: SealedAs,
        packed: Packed<'_>,
        out: &mut Vec<u8>,
    ) {
        out.push(packed.codec);
        let start = out.len();
        out.extend_from_slice(packed.bytes);
        cipher.seal(self.nonce(what, packed.codec), b"", out, start);
    }

    /// A statement's bytes as sent; None under another key, which is what an erasure leaves.
    pub fn open_statement(
        &self,
        cipher: &Cipher,
        what: SealedAs,
        sealed: &[u8],
    ) -> Option<Vec<u8>> {
        let (codec, sealed) = sealed.split_first()?;
        let packed = cipher.open(self.nonce(what, *codec), b"", sealed)?;
        self.packer.unpack(*codec, packed)
    }

    /// A document's body, packed and sealed, as the archive keeps it.
    pub fn seal_document(&self, key: &TrackKey, stream: StreamId, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(NONCE_LEN + 1 + TAG_LEN + body.len() / 2);
        let nonce = self.draw_nonce();
        out.extend_from_slice(&nonce);
        out.push(PLAIN);
        out[NONCE_LEN] = self.packer.pack_document(stream, body, &mut out);
        let codec = [out[NONCE_LEN]];
        key.cipher().seal(nonce, &codec, &mut out, NONCE_LEN + 1);
        out
    }

    /// None under another key, which is what an erasure leaves.
    pub fn open_document(&self, key: &TrackKey, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let (codec, sealed) = sealed.split_first()?;
        let packed = key.cipher().open(*nonce, &[*codec], sealed)?;
        self.packer.unpack(*codec, packed)
    }

    /// Seals a personal text under its track's key. `context` says what it is: moved elsewhere it does
    /// not open.
    pub fn seal_personal(&self, key: &TrackKey, context: &[u8], text: &SecretString) -> Vec<u8> {
        let nonce = self.draw_nonce();
        let text = text.expose_secret().as_bytes();
        let mut out = Vec::with_capacity(NONCE_LEN + text.len() + TAG_LEN);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(text);
        key.cipher().seal(nonce, context, &mut out, NONCE_LEN);
        out
    }

    /// None under another key, which is what an erasure leaves.
    pub fn open_personal(
        &self,
        key: &TrackKey,
        context: &[u8],
        sealed: &[u8],
    ) -> Option<SecretString> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let text = key.cipher().open(*nonce, context, sealed)?;
        String::from_utf8(text).ok().map(SecretString::from)
    }

    /// Seals a record's secret. `context` names the column: a value moved elsewhere does not open.
    pub fn seal_secret(&self, context: &str, secret: &[u8]) -> Vec<u8> {
        let nonce = self.draw_nonce();
        let mut out = Vec::with_capacity(NONCE_LEN + secret.len() + TAG_LEN);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(secret);
        self.records
            .seal(nonce, context.as_bytes(), &mut out, NONCE_LEN);
        out
    }

    pub fn open_secret(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        sealed
            .split_first_chunk::<NONCE_LEN>()
            .and_then(|(nonce, sealed)| self.records.open(*nonce, context.as_bytes(), sealed))
            .ok_or(StoreError::Damaged {
                what: "sealed secret",
            })
    }

    pub fn seal_text(&self, context: &str, secret: &SecretString) -> Vec<u8> {
        self.seal_secret(context, secret.expose_secret().as_bytes())
    }

    pub fn open_text(&self, context: &str, sealed: &[u8]) -> Result<SecretString, StoreError> {
        String::from_utf8(self.open_secret(context, sealed)?)
            .map(SecretString::from)
            .map_err(|_| StoreError::Damaged {
                what: "sealed text",
            })
    }

    /// Settings are sealed as a whole.
    pub fn seal_settings(&self, context: &str, settings: &Settings) -> Vec<u8> {
        let mut plain = Writer::default();
        plain.varint(settings.len() as u64);
        for (name, value) in settings {
            plain.text(name).text(value);
        }
        self.seal_secret(context, &plain.0)
    }

    pub fn open_settings(&self, context: &str, sealed: &[u8]) -> Result<Settings, StoreError> {
        let plain = self.open_secret(context, sealed)?;
        let mut row = Reader(&plain);
        let length = row.length()?;
        (0..length)
            .map(|_| Ok((row.text()?.to_owned(), row.text()?.to_owned())))
            .collect()
    }

    fn draw_nonce(&self) -> [u8; NONCE_LEN] {
        let mut nonce = [0; NONCE_LEN];
        self.entropy.fill(&mut nonce);
        nonce
    }

    /// The codec is hashed too: the same statement packed another way is other bytes. So is when it
    /// was received, since a later release may pack the same bytes otherwise.
    fn nonce(&self, what: SealedAs, codec: u8) -> [u8; NONCE_LEN] {
        let mut input = [0; 33];
        input[..16].copy_from_slice(&what.id.0);
        input[16..24].copy_from_slice(&what.member_hash.to_le_bytes());
        input[24..32].copy_from_slice(&what.received.to_le_bytes());
        input[32] = codec;
        let digest = blake3::keyed_hash(&self.nonces, &input);
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&digest.as_bytes()[..NONCE_LEN]);
        nonce
    }
}

#[cfg(test)]
mod tests;
