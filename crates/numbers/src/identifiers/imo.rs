//! IMO numbers of ships and of shipping companies: seven digits, the last one a check digit, each by
//! its own weights. `IMO` before them is taken.

use super::{IdentifierError, checked, compact, digits, weighted, write_digits};
use std::fmt;

const SHIP: &str = "an IMO ship number";
const COMPANY: &str = "an IMO company number";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ship {
    digits: [u8; 7],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Company {
    digits: [u8; 7],
}

impl Ship {
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let digits = seven(text, SHIP)?;
        let sum = weighted(values(digits), [7, 6, 5, 4, 3, 2]);
        checked(SHIP, sum % 10, digits[6])?;
        Ok(Self { digits })
    }
}

impl Company {
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let digits = seven(text, COMPANY)?;
        let sum = weighted(values(digits), [8, 6, 4, 2, 9, 7]);
        checked(COMPANY, (11 - sum % 11) % 10, digits[6])?;
        Ok(Self { digits })
    }
}

impl fmt::Display for Ship {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_digits(f, &self.digits)
    }
}

impl fmt::Display for Company {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_digits(f, &self.digits)
    }
}

fn seven(text: &str, what: &'static str) -> Result<[u8; 7], IdentifierError> {
    let text = text.trim();
    let bare = text
        .get(..3)
        .filter(|head| head.eq_ignore_ascii_case("imo"))
        .map_or(text, |head| &text[head.len()..]);
    compact::<7>(bare)
        .and_then(|text| digits::<7>(&text))
        .ok_or(IdentifierError::Form {
            what,
            form: "of seven digits",
        })
}

/// Those before the check digit.
fn values([values @ .., _]: [u8; 7]) -> [u8; 6] {
    values
}
