//! UPU S10: `AA NNNNNNNN C CC`, the number of international post: service indicator, serial, check
//! digit, the country of the operator that gave it out. An operator may give a number out again
//! after twelve months.

use super::{IdentifierError, ascii, checked, compact, digits, weighted};
use std::fmt;

const WHAT: &str = "an S10 number";
const WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];

/// A number of international post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct S10 {
    text: [u8; 13],
}

/// What a service indicator says of the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    Ems,
    ExpressLetter,
    Registered,
    Parcel,
    Insured,
    /// An untracked letter with a customs declaration.
    Untracked,
    ECommerce,
    MBag,
    BusinessReply,
    /// By agreement of two operators, or within one country.
    Domestic,
    /// Not given out.
    Reserved,
}

impl Service {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ems => "EMS",
            Self::ExpressLetter => "express letter",
            Self::Registered => "registered",
            Self::Parcel => "parcel",
            Self::Insured => "insured",
            Self::Untracked => "untracked letter with customs declaration",
            Self::ECommerce => "e-commerce parcel",
            Self::MBag => "M-bag",
            Self::BusinessReply => "business reply",
            Self::Domestic => "domestic or bilateral",
            Self::Reserved => "reserved",
        }
    }
}

impl S10 {
    /// Whether the country gives numbers out is not known here: the catalog knows its operators.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let form = IdentifierError::Form {
            what: WHAT,
            form: "AA NNN NNN NNN CC: two letters, nine digits, two letters",
        };
        let Some(text) = compact::<13>(text) else {
            return Err(form);
        };
        let letters = |part: &[u8]| part.iter().all(u8::is_ascii_uppercase);
        let (true, true, Some(serial), true) = (
            letters(&text[..2]),
            letters(&text[11..]),
            digits::<8>(&text[2..10]),
            text[10].is_ascii_digit(),
        ) else {
            return Err(form);
        };
        checked(WHAT, check_digit(serial), text[10] - b'0')?;
        Ok(Self { text })
    }

    /// The two letters that name the service.
    pub fn indicator(&self) -> &str {
        ascii(&self.text[..2])
    }

    pub fn service(&self) -> Service {
        service([self.text[0], self.text[1]])
    }

    /// ISO 3166 alpha-2 code of the operator's country.
    pub fn country(&self) -> &str {
        ascii(&self.text[11..])
    }
}

impl fmt::Display for S10 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ascii(&self.text))
    }
}

/// What two letters say of the item.
pub const fn service(indicator: [u8; 2]) -> Service {
    match indicator {
        [b'E', _] => Service::Ems,
        [b'L', _] => Service::ExpressLetter,
        [b'R', _] => Service::Registered,
        [b'C', _] => Service::Parcel,
        [b'V', _] => Service::Insured,
        [b'U', _] => Service::Untracked,
        [b'H', _] => Service::ECommerce,
        [b'M', _] => Service::MBag,
        [b'Q', b'A'..=b'M'] => Service::BusinessReply,
        [b'A', b'V'..=b'Z'] | [b'G', b'A' | b'D'] | [b'B' | b'D' | b'N' | b'P' | b'Z', _] => {
            Service::Domestic
        }
        _ => Service::Reserved,
    }
}

/// The check digit of a serial number.
pub fn check_digit(serial: [u8; 8]) -> u32 {
    match 11 - weighted(serial, WEIGHTS) % 11 {
        10 => 0,
        11 => 5,
        digit => digit,
    }
}
