//! Air waybills: the airline's prefix of three digits, a serial of seven, and the serial modulo 7
//! as check digit. Any eleven digits have this form, so it takes more than the form to say that a
//! number is one. (A house waybill is free text and has no check digit.)

use super::{IdentifierError, checked, compact, digits, write_digits};
use std::fmt;

const WHAT: &str = "an air waybill";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AirWaybill {
    digits: [u8; 11],
}

impl AirWaybill {
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let form = IdentifierError::Form {
            what: WHAT,
            form: "NNN-NNNNNNNN: three digits and eight",
        };
        let digits = compact::<11>(text)
            .and_then(|text| digits::<11>(&text))
            .ok_or(form)?;
        let serial = digits[3..10]
            .iter()
            .fold(0, |serial, digit| serial * 10 + u32::from(*digit));
        checked(WHAT, serial % 7, digits[10])?;
        Ok(Self { digits })
    }

    /// The airline's prefix.
    pub fn prefix(&self) -> u16 {
        self.digits[..3]
            .iter()
            .fold(0, |prefix, digit| prefix * 10 + u16::from(*digit))
    }
}

impl fmt::Display for AirWaybill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_digits(f, &self.digits[..3])?;
        f.write_str("-")?;
        write_digits(f, &self.digits[3..])
    }
}
