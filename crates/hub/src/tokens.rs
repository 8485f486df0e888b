//! Sealed tokens for addresses: what a link says, readable by this installation alone.
//!
//! Guarantee: authenticated and sealed (AES-256-GCM under a key that serves nothing else), so that
//! nobody can make one, change one, or read what it says. There is one way to write each.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const VERSION: u8 = 1;
pub(crate) const NONCE: usize = NONCE_LEN;
/// Bytes that a token has beside what it says: version, nonce, tag.
pub(crate) const AROUND: usize = 1 + NONCE_LEN + 16;

/// Seals and opens tokens.
pub(crate) struct Tokens(LessSafeKey);

impl Tokens {
    pub fn new(key: &[u8; 32]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("a 256-bit key is what AES-256 takes");
        Self(LessSafeKey::new(key))
    }

    pub fn seal<const N: usize>(&self, plain: &[u8; N], nonce: [u8; NONCE]) -> String {
        let mut sealed = *plain;
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from([VERSION]),
                &mut sealed,
            )
            .expect("a token's few bytes are within the cipher's limit");
        URL_SAFE_NO_PAD.encode([&[VERSION][..], &nonce, &sealed, tag.as_ref()].concat())
    }

    /// None of what this installation did not make for this purpose.
    pub fn open<const N: usize>(&self, token: &str) -> Option<[u8; N]> {
        if token.len() != (4 * (AROUND + N)).div_ceil(3) {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (version, sealed) = bytes.split_first().filter(|(it, _)| **it == VERSION)?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut sealed = sealed.to_vec();
        let plain = self
            .0
            .open_in_place(nonce, Aad::from([*version]), &mut sealed)
            .ok()?;
        (&*plain).try_into().ok()
    }
}
