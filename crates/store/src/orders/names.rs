//! Names as the index of names holds them.

use crate::seal::Sealer;
use trackway_model::AccountId;
use trackway_model::orders::{Name, NameKind, Record};

const PURPOSE: &str = "trackway 2026-11 record name";

/// Bytes of a name in the index. Of a longer one stand its beginning and a hash of all.
const LONGEST: usize = 160;
const HASH: usize = 16;

/// A row of the index of names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameKey {
    pub account: i64,
    pub kind: u8,
    pub name: u8,
    pub text: Vec<u8>,
    pub scope: i64,
    /// Makes names apart that several records may have.
    pub twin: i64,
    pub record: i64,
}

/// The names of a record, each once.
pub fn keys_of(sealer: &Sealer, record: &Record) -> Vec<NameKey> {
    let key = |name: Name| NameKey {
        account: record.account.0,
        kind: record.kind().number(),
        name: name.kind.number(),
        text: text_key(sealer, record.account, name.kind, &name.text),
        scope: name.scope.0,
        twin: if name.kind.is_unique() {
            0
        } else {
            record.id.0
        },
        record: record.id.0,
    };
    let mut keys: Vec<NameKey> = record.names().into_iter().map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// A text as the index holds it: personal ones as their keyed hash in the account, titles in small
/// letters.
pub fn text_key(sealer: &Sealer, account: AccountId, kind: NameKind, text: &str) -> Vec<u8> {
    let text = kind.folded(text);
    if kind.is_personal() {
        blind(sealer, account, kind, &text)
    } else {
        bounded(text.as_bytes())
    }
}

/// What all texts begin with that begin with a keyword; None for names that have no beginning.
pub fn beginning(kind: NameKind, keyword: &str) -> Option<Vec<u8>> {
    if kind.is_personal() {
        return None;
    }
    let mut key = kind.folded(keyword.trim()).into_bytes();
    key.truncate(LONGEST - HASH);
    Some(key)
}

/// The first key behind all that begin with this.
pub fn behind(beginning: &[u8]) -> Vec<u8> {
    let mut end = beginning.to_vec();
    // No byte of a text is 255, and a hash in its place is shorter.
    end.extend_from_slice(&[u8::MAX; HASH + 1]);
    end
}

fn blind(sealer: &Sealer, account: AccountId, kind: NameKind, text: &str) -> Vec<u8> {
    let value = format!("{}/{}/{text}", account.0, kind.number());
    sealer.installation().blind(PURPOSE, &value)[..HASH].to_vec()
}

fn bounded(text: &[u8]) -> Vec<u8> {
    if text.len() <= LONGEST {
        return text.to_vec();
    }
    let mut key = text[..LONGEST - HASH].to_vec();
    key.extend_from_slice(&blake3::hash(text).as_bytes()[..HASH]);
    key
}
