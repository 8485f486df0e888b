//! What an answer is known again by: sixteen bytes of what it says, without the members that move though
//! nothing was told. An answer with the fingerprint of the one before is kept as one short entry.
//!
//! Not a cryptographic hash, on purpose: it is taken of every answer, and who could make two answers
//! collide is the very upstream whose answers they are.

use crate::raw::Object;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// Of all of it.
pub fn of(bytes: impl AsRef<[u8]>) -> [u8; 16] {
    xxh3_128(bytes.as_ref()).to_le_bytes()
}

/// Of an object's members but those that only move.
pub fn of_members(object: &Object<'_>, moves: impl Fn(&str) -> bool) -> [u8; 16] {
    let mut hasher = Xxh3::new();
    for member in object.members().filter(|member| !moves(&member.name)) {
        for part in [&*member.name, member.value] {
            hasher.update(part.as_bytes());
            hasher.update(&[0]);
        }
    }
    hasher.digest128().to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_only_move_do_not_count() {
        let read = |text: &str| of_members(&Object::of_text(text).unwrap(), |name| name == "days");
        let told = read(r#"{"days":1,"a":"x","b":[1]}"#);
        assert_eq!(told, read(r#"{"a":"x", "days":2 ,"b":[1]}"#));
        assert_ne!(told, read(r#"{"a":"x","b":[2]}"#));
        assert_ne!(told, read(r#"{"b":[1],"a":"x"}"#));
        assert_ne!(read(r#"{"a":"x","b":1}"#), read(r#"{"a":"xb","":1}"#));
        assert_ne!(of("{}"), of("{ }"));
    }
}
