//! Cursors: opaque texts that say where a reader is.
//!
//! A cursor is bound to what it is a place in (the call, the account, the filters) by a check, so
//! that one that was cut, mixed up or carried to another question is refused, not misread. It holds
//! no secret and gives no right: whoever makes one up reads what the key may read anyway.

use super::Problem;
use super::input::bad_query;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use trackway_model::AccountId;
use trackway_model::bytes::{Reader, Truncated};

const CONTEXT: &str = "trackway 2026-11 cursors of our own API";
const CHECK: usize = 8;
/// Longer than any that we write.
const LONGEST: usize = 2_048;

fn check(bound_to: &[&[u8]], place: &[u8]) -> [u8; CHECK] {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    for part in bound_to.iter().chain(&[place]) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut check = [0; CHECK];
    check.copy_from_slice(&hasher.finalize().as_bytes()[..CHECK]);
    check
}

/// What a cursor of a list is bound to: the call, the account and the filters as they were written,
/// without those that say which page.
pub fn of_list(call: &str, account: AccountId, filters: &impl Serialize) -> Vec<u8> {
    let filters = serde_json::to_vec(filters).expect("strings are always JSON");
    [call.as_bytes(), &account.0.to_le_bytes(), &filters].concat()
}

/// A cursor for a place.
pub fn write(bound_to: &[&[u8]], place: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode([&check(bound_to, place), place].concat())
}

/// The place that a cursor says, if it was written for the same question.
pub fn read(bound_to: &[&[u8]], text: &str) -> Result<Vec<u8>, Problem> {
    let refused =
        || bad_query("This cursor is not one of this call with these filters: begin without one.");
    if text.len() > LONGEST {
        return Err(refused());
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| refused())?;
    let (given, place) = bytes.split_at_checked(CHECK).ok_or_else(refused)?;
    if given != check(bound_to, place) {
        return Err(refused());
    }
    Ok(place.to_vec())
}

/// The place that a cursor says, if there is one.
pub fn place<T>(
    bound_to: &[&[u8]],
    text: Option<&str>,
    decode: impl FnOnce(Reader<'_>) -> Result<T, Truncated>,
) -> Result<Option<T>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let place = read(bound_to, text)?;
    decode(Reader(&place))
        .map(Some)
        .map_err(|_| bad_query("This cursor can't be read: begin without one."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_holds_for_its_own_question_only() {
        let text = write(&[b"list", b"1"], b"place");
        assert_eq!(read(&[b"list", b"1"], &text).unwrap(), b"place");
        for bound_to in [&[&b"list"[..], b"2"][..], &[b"list1", b""], &[b"list"]] {
            assert_eq!(read(bound_to, &text).unwrap_err().status, 400);
        }
    }

    #[test]
    fn no_changed_cursor_is_read() {
        let text = write(&[b"feed"], &[1, 2, 3, 4, 5, 6, 7]);
        for at in 0..text.len() {
            let digit = if &text[at..=at] == "A" { "B" } else { "A" };
            let changed = format!("{}{digit}{}", &text[..at], &text[at + 1..]);
            assert!(read(&[b"feed"], &changed).is_err(), "{at}");
            assert!(read(&[b"feed"], &text[..at]).is_err(), "{at}");
        }
        for text in ["", "=", "ä", "....", &"A".repeat(100_000)] {
            assert!(read(&[b"feed"], text).is_err());
        }
    }
}
