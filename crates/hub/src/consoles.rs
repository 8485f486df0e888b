//! Sessions of the console: what a browser keeps in place of the key that somebody signed in with.
//!
//! Guarantee: a token is authenticated and sealed (AES-256-GCM under a key of the installation that
//! serves nothing else): nobody can make one, change one, or read the key in it. It says nothing but
//! which key it stands for and when it ends; what the key may do is asked of the key at each call, so
//! that a key that is disabled ends its sessions at once. Nothing is stored, and every node opens what
//! any other one made.

use crate::Hub;
use crate::clock::SECOND;
use crate::tokens::Tokens;
use secrecy::{ExposeSecret, SecretString};

/// What the key is for.
const PURPOSE: &str = "console sessions";
/// How long a session lasts, in seconds: a working day.
pub const LASTS: i64 = 12 * 60 * 60;
const EXPIRES: usize = 8;
/// The longest key that fits; it is followed by zeros.
const KEY: usize = 88;

impl Hub {
    /// A session for a key; None where this is longer than any key is.
    pub fn open_console(&self, key: &SecretString) -> Option<String> {
        let key = key.expose_secret().as_bytes();
        if key.is_empty() || key.len() > KEY {
            return None;
        }
        let expires = self.clock.now().saturating_add(LASTS * SECOND);
        let mut plain = [0; EXPIRES + KEY];
        plain[..EXPIRES].copy_from_slice(&expires.to_be_bytes());
        plain[EXPIRES..EXPIRES + key.len()].copy_from_slice(key);
        Some(self.console_tokens().seal(&plain, self.random()))
    }

    /// The key of a session that still lasts.
    pub fn console_key(&self, token: &str) -> Option<SecretString> {
        let plain: [u8; EXPIRES + KEY] = self.console_tokens().open(token)?;
        let (expires, key) = plain.split_first_chunk::<EXPIRES>()?;
        if i64::from_be_bytes(*expires) <= self.clock.now() {
            return None;
        }
        let end = key.iter().position(|byte| *byte == 0).unwrap_or(KEY);
        Some(std::str::from_utf8(&key[..end]).ok()?.into())
    }

    fn console_tokens(&self) -> Tokens {
        Tokens::new(&self.store.secret(PURPOSE))
    }
}
