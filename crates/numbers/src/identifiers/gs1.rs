//! GS1: the serial shipping container code (SSCC), the check digit that all its numeric keys share,
//! and the element strings of a GS1-128 barcode as scanners give them.

use super::{IdentifierError, compact, digits, write_digits};
use std::fmt;

const WHAT: &str = "an SSCC";

/// A logistic unit's number: extension digit, company prefix with serial reference, check digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sscc {
    digits: [u8; 18],
}

impl Sscc {
    /// Eighteen digits; the application identifier `00` before them is taken as well.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let bare = || compact::<18>(text);
        let marked = || compact::<20>(text).filter(|text| text.starts_with(b"00"));
        let found = match (bare(), marked()) {
            (Some(text), _) => digits::<18>(&text),
            (None, Some(text)) => digits::<18>(&text[2..]),
            (None, None) => None,
        };
        let digits = found.ok_or(IdentifierError::Form {
            what: WHAT,
            form: "of 18 digits",
        })?;
        check(WHAT, &digits)?;
        Ok(Self { digits })
    }

    pub const fn extension(&self) -> u8 {
        self.digits[0]
    }
}

impl fmt::Display for Sscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_digits(f, &self.digits)
    }
}

/// The check digit of the digits before it: of an SSCC, GTIN, GLN, GSRN or GSIN alike.
pub fn check_digit(values: &[u8]) -> u32 {
    let weights = [3, 1].into_iter().cycle();
    let sum: u32 = values
        .iter()
        .rev()
        .zip(weights)
        .map(|(value, weight)| u32::from(*value) * weight)
        .sum();
    (10 - sum % 10) % 10
}

fn check(what: &'static str, digits: &[u8]) -> Result<(), IdentifierError> {
    let Some((last, values)) = digits.split_last() else {
        return Ok(());
    };
    super::checked(what, check_digit(values), *last)
}

/// An element of a GS1-128 barcode.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Element {
    /// Application identifier.
    pub identifier: &'static str,
    /// What it says.
    pub name: &'static str,
    pub value: String,
}

/// How long an element's value may be, and of what.
#[derive(Clone, Copy, Debug)]
struct Definition {
    identifier: &'static str,
    name: &'static str,
    least: usize,
    most: usize,
    /// Only digits.
    numeric: bool,
    /// Its last digit is a check digit.
    checked: bool,
}

const fn fixed(identifier: &'static str, name: &'static str, length: usize) -> Definition {
    Definition {
        identifier,
        name,
        least: length,
        most: length,
        numeric: true,
        checked: true,
    }
}

const fn variable(
    identifier: &'static str,
    name: &'static str,
    least: usize,
    most: usize,
    numeric: bool,
) -> Definition {
    Definition {
        identifier,
        name,
        least,
        most,
        numeric,
        checked: false,
    }
}

/// The elements of transport labels.
const ELEMENTS: [Definition; 10] = [
    fixed("00", "SSCC", 18),
    fixed("01", "GTIN", 14),
    variable("400", "customer's purchase order number", 1, 30, false),
    variable("401", "consignment number (GINC)", 1, 30, false),
    fixed("402", "shipment identification number (GSIN)", 17),
    variable("403", "routing code", 1, 30, false),
    fixed("410", "ship to location (GLN)", 13),
    variable("420", "ship to postal code", 1, 20, false),
    variable("421", "ship to country and postal code", 4, 12, false),
    variable("37", "count", 1, 8, true),
];

/// The character that ends an element of variable length.
const FNC1: char = '\u{1d}';
/// What a scanner says before a GS1-128 barcode.
const SYMBOLOGY: &str = "]C1";

/// The elements of a scanned barcode, in their order.
pub fn elements(scanned: &str) -> Result<Vec<Element>, IdentifierError> {
    let mut rest = scanned.strip_prefix(SYMBOLOGY).unwrap_or(scanned);
    rest = rest.trim_start_matches(FNC1);
    let mut found = Vec::new();
    while !rest.is_empty() {
        let definition = ELEMENTS
            .iter()
            .find(|known| rest.starts_with(known.identifier))
            .ok_or_else(|| unknown(rest))?;
        let body = &rest[definition.identifier.len()..];
        let value = value(definition, body)?;
        rest = body[value.len()..].trim_start_matches(FNC1);
        found.push(Element {
            identifier: definition.identifier,
            name: definition.name,
            value: value.to_owned(),
        });
    }
    Ok(found)
}

fn value<'t>(definition: &Definition, body: &'t str) -> Result<&'t str, IdentifierError> {
    let wrong = || IdentifierError::Part {
        what: "a GS1-128 barcode",
        part: definition.name,
        value: body.chars().take(definition.most).collect(),
    };
    let fixed = definition.least == definition.most;
    let end = if fixed {
        definition.most
    } else {
        body.find(FNC1).unwrap_or(body.len())
    };
    let value = body.get(..end).ok_or_else(wrong)?;
    let fits = (definition.least..=definition.most).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_graphic())
        && (!definition.numeric || value.bytes().all(|byte| byte.is_ascii_digit()));
    if !fits {
        return Err(wrong());
    }
    if definition.checked {
        let values: Vec<u8> = value.bytes().map(|digit| digit - b'0').collect();
        check(definition.name, &values)?;
    }
    Ok(value)
}

fn unknown(rest: &str) -> IdentifierError {
    IdentifierError::Part {
        what: "a GS1-128 barcode",
        part: "known element at",
        value: rest.chars().take(4).collect(),
    }
}
