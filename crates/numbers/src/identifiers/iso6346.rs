//! ISO 6346: a freight container's number: the owner's three letters, the category (`U` freight
//! container, `J` equipment, `Z` trailer or chassis), a serial of six digits, a check digit.
//!
//! The prefix names the owner, which is often a lessor and not the line that carries the box.

use super::{IdentifierError, ascii, checked, compact, digits};
use std::fmt;

const WHAT: &str = "a container number";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Container {
    text: [u8; 11],
}

impl Container {
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let form = IdentifierError::Form {
            what: WHAT,
            form: "AAAU NNNNNN C: three letters, U, J or Z, seven digits",
        };
        let Some(text) = compact::<11>(text) else {
            return Err(form);
        };
        let owner = text[..3].iter().all(u8::is_ascii_uppercase);
        let category = matches!(text[3], b'U' | b'J' | b'Z');
        let (true, true, Some(_)) = (owner, category, digits::<7>(&text[4..])) else {
            return Err(form);
        };
        checked(WHAT, remainder(&text) % 10, text[10] - b'0')?;
        Ok(Self { text })
    }

    /// The owner's letters with the category, as registered.
    pub fn prefix(&self) -> &str {
        ascii(&self.text[..4])
    }

    /// Whether the remainder was 10, which is written 0 as well: such numbers should not be given
    /// out, since a mistake is found less often in them.
    pub fn is_weak(&self) -> bool {
        remainder(&self.text) == 10
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ascii(&self.text))
    }
}

/// Σ value · 2^position over the ten characters before the check digit, modulo 11.
fn remainder(text: &[u8; 11]) -> u32 {
    let values = text[..10].iter().zip(0..);
    values.map(|(byte, at)| value(*byte) << at).sum::<u32>() % 11
}

/// Digits count as themselves, letters from 10 on without the multiples of 11.
fn value(byte: u8) -> u32 {
    let value = match byte {
        b'0'..=b'9' => byte - b'0',
        b'A' => 10,
        b'B'..=b'K' => byte - b'B' + 12,
        b'L'..=b'U' => byte - b'L' + 23,
        _ => byte - b'V' + 34,
    };
    u32::from(value)
}
