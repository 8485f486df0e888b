//! The standards' own numbers: UPU S10, SSCC and GS1-128, ISO 6346, air waybills, IMO.
//!
//! Each type is made by `parse`, which takes the number as people write it (spaces, dashes, either
//! case) and proves its check digit; so a value of the type holds. A number of the right form whose
//! check digit is wrong is [`IdentifierError::CheckDigit`], which names the right one: who would
//! keep such a number with a warning can.

pub mod awb;
pub mod gs1;
pub mod imo;
pub mod iso6346;
pub mod s10;

pub use awb::AirWaybill;
pub use gs1::{Element, Sscc};
pub use imo::{Company, Ship};
pub use iso6346::Container;
pub use s10::S10;

use std::fmt;

/// Why a text is not such a number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// It has not the form.
    #[error("{what} has the form {form}")]
    Form {
        what: &'static str,
        form: &'static str,
    },
    /// It has the form, but another check digit.
    #[error("{what} with the check digit {found} can't be: it would be {expected}")]
    CheckDigit {
        what: &'static str,
        expected: u8,
        found: u8,
    },
    /// A part of it has a value that is not given out.
    #[error("{what} has no {part} `{value}`")]
    Part {
        what: &'static str,
        part: &'static str,
        value: String,
    },
}

/// A number that a standard defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identifier {
    S10(S10),
    Sscc(Sscc),
    Container(Container),
    AirWaybill(AirWaybill),
    Ship(Ship),
}

/// A text read as a number of a standard whose form it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// `s10`, `container`, `sscc`, `air_waybill` or `imo_ship`.
    pub kind: &'static str,
    /// The number, or what is wrong with it otherwise.
    pub read: Result<Identifier, IdentifierError>,
}

type Read = fn(&str) -> Result<Identifier, IdentifierError>;

/// The readers, those first whose form says most.
const READERS: [(&str, Read); 5] = [
    ("s10", |text| S10::parse(text).map(Identifier::S10)),
    ("container", |text| {
        Container::parse(text).map(Identifier::Container)
    }),
    ("sscc", |text| Sscc::parse(text).map(Identifier::Sscc)),
    ("air_waybill", |text| {
        AirWaybill::parse(text).map(Identifier::AirWaybill)
    }),
    ("imo_ship", |text| Ship::parse(text).map(Identifier::Ship)),
];

impl Identifier {
    /// What a text may be: every number of a standard whose form it has, with its check digit right
    /// or wrong. Plain digits are several things at once.
    pub fn all(text: &str) -> Vec<Reading> {
        let readings = READERS.iter().map(|(kind, read)| Reading {
            kind,
            read: read(text),
        });
        readings
            .filter(|found| !matches!(found.read, Err(IdentifierError::Form { .. })))
            .collect()
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::S10(number) => number.fmt(f),
            Self::Sscc(number) => number.fmt(f),
            Self::Container(number) => number.fmt(f),
            Self::AirWaybill(number) => number.fmt(f),
            Self::Ship(number) => number.fmt(f),
        }
    }
}

/// A text without the characters that people group numbers with, in capitals, if it has exactly
/// `N` others, all of them ASCII letters and digits.
fn compact<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    let mut length = 0;
    for byte in text.bytes() {
        match byte {
            b' ' | b'\t' | b'-' | b'.' | b'/' => continue,
            byte if byte.is_ascii_alphanumeric() => {
                *out.get_mut(length)? = byte.to_ascii_uppercase();
            }
            _ => return None,
        }
        length += 1;
    }
    (length == N).then_some(out)
}

/// The digits' values.
fn digits<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let text: &[u8; N] = text.try_into().ok()?;
    text.iter()
        .all(u8::is_ascii_digit)
        .then(|| text.map(|digit| digit - b'0'))
}

/// Σ value · weight.
fn weighted<const N: usize>(values: [u8; N], weights: [u32; N]) -> u32 {
    values
        .iter()
        .zip(weights)
        .map(|(value, weight)| u32::from(*value) * weight)
        .sum()
}

/// Fails where the check digits differ.
const fn checked(what: &'static str, expected: u32, found: u8) -> Result<(), IdentifierError> {
    if expected == found as u32 {
        Ok(())
    } else {
        Err(IdentifierError::CheckDigit {
            what,
            expected: expected as u8,
            found,
        })
    }
}

/// Letters and digits as text; what is held was proved to be nothing else.
fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn write_digits(f: &mut fmt::Formatter<'_>, digits: &[u8]) -> fmt::Result {
    digits.iter().try_for_each(|digit| write!(f, "{digit}"))
}
