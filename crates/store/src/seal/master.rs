//! The master key and the source of randomness, the two things that come from outside.

use super::{Cipher, NONCE_LEN, WRAPPED_LEN};
use crate::StoreError;
use std::cell::RefCell;
use std::fmt;
use std::io::Write;
use std::path::Path;

/// Where random bytes come from. Injected, so that a seed can replay a run.
pub trait Entropy: Send + Sync {
    fn fill(&self, out: &mut [u8]);
}

/// The operating system's, fetched a page at a time for small wishes: a system call for every key of
/// a new track would be a large part of opening it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

/// Random bytes that nobody was given yet.
struct Pool {
    bytes: [u8; 4096],
    left: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { bytes: [0; 4096], left: 0 }) };
}

impl Pool {
    fn take(&mut self, out: &mut [u8]) {
        if self.left < out.len() {
            from_system(&mut self.bytes);
            self.left = self.bytes.len();
        }
        let given = &mut self.bytes[self.left - out.len()..self.left];
        out.copy_from_slice(given);
        // What was given away is not kept.
        given.fill(0);
        self.left -= out.len();
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) {
        if out.len() <= 64 {
            POOL.with_borrow_mut(|pool| pool.take(out));
        } else {
            from_system(out);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that injects randomness"
)]
fn from_system(out: &mut [u8]) {
    getrandom::fill(out).expect("the operating system gives random bytes");
}

/// Wraps every other key. Kept outside the database, by whoever runs the installation.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

impl MasterKey {
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut key = [0; 32];
        entropy.fill(&mut key);
        Self(key)
    }

    /// Reads 64 hex digits, as the file and the environment hold them, or 32 raw bytes.
    pub fn parse(text: &[u8]) -> Result<Self, StoreError> {
        if let Ok(raw) = text.try_into() {
            return Ok(Self(raw));
        }
        let mut key = [0; 32];
        hex::decode_to_slice(text.trim_ascii(), &mut key).map_err(|_| StoreError::Damaged {
            what: "master key (it must be 64 hex digits or 32 bytes)",
        })?;
        Ok(Self(key))
    }

    pub fn load(path: &Path) -> Result<Self, StoreError> {
        let text = std::fs::read(path).map_err(StoreError::engine("read the master key file"))?;
        Self::parse(&text)
    }

    /// Makes a key and its file.
    pub fn create(path: &Path, entropy: &dyn Entropy) -> Result<Self, StoreError> {
        let key = Self::generate(entropy);
        key.write(path)?;
        Ok(key)
    }

    /// Writes a file of its own, readable by its owner only, and sees it to the disk. Never replaces
    /// a file: what was sealed with the key in it would be lost.
    pub fn write(&self, path: &Path) -> Result<(), StoreError> {
        let failed = || StoreError::engine("made the master key file");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed())?;
        writeln!(file, "{}", hex::encode(self.0)).map_err(failed())?;
        file.sync_all().map_err(failed())?;
        if let Some(folder) = path.parent() {
            std::fs::File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(failed())?;
        }
        Ok(())
    }

    /// Tells this key from others where the key itself may not stand: eight hex digits that follow
    /// from it and give nothing of it away.
    pub fn name(&self) -> String {
        let name = blake3::derive_key("trackway 2026-11 name of a master key", &self.0);
        hex::encode(&name[..4])
    }

    /// Loads the key, or makes it where there is no file. Returns whether it was made.
    pub fn load_or_create(path: &Path, entropy: &dyn Entropy) -> Result<(Self, bool), StoreError> {
        if path.exists() {
            return Ok((Self::load(path)?, false));
        }
        Ok((Self::create(path, entropy)?, true))
    }

    /// Encrypts a key. `context` says what it is; another context does not open it.
    pub(super) fn wrap(&self, entropy: &dyn Entropy, key: &[u8; 32], context: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut out = Vec::with_capacity(WRAPPED_LEN);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(key);
        Cipher::new(&self.0).seal(nonce, context, &mut out, NONCE_LEN);
        out
    }

    pub(super) fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<[u8; 32], StoreError> {
        wrapped
            .split_first_chunk::<NONCE_LEN>()
            .and_then(|(nonce, sealed)| Cipher::new(&self.0).open(*nonce, context, sealed))
            .and_then(|key| key.try_into().ok())
            .ok_or(StoreError::WrongKey)
    }
}
