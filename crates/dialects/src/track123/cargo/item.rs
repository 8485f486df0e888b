//! An item of a request: the number that it names, and what else the client said.

use super::super::envelope::Refused;
use super::super::own::is_number;
use super::own::Own;
use super::read::{count, said};
use super::{Mode, wire};
use crate::raw::{Object, quoted};

/// Registrations of ocean numbers, by type: a booking and a bill of lading may have the same number.
const OCEAN_BOOKS: [&str; 3] = [
    "track123.ocean.booking",
    "track123.ocean.bill",
    "track123.ocean.container",
];
const AIR_BOOK: &str = "track123.air";

/// Every book of cargo.
pub fn books() -> impl Iterator<Item = &'static str> {
    OCEAN_BOOKS.into_iter().chain([AIR_BOOK])
}

/// `type`, of an ocean number.
const TYPE: &str = "type";

const LONGEST_EMAIL: usize = 254;

/// What an item says, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    pub number: Option<String>,
    /// None: not said; 0: no type that there is.
    pub r#type: Option<u8>,
    /// The same as it was said, as JSON.
    pub said_type: Option<String>,
    pub order_no: Option<String>,
    /// Track123's code.
    pub carrier: Option<String>,
    pub email: Option<String>,
}

impl Item {
    /// Reads an item. What is no object has nothing.
    pub fn read(text: &str) -> Result<Self, Refused> {
        let object =
            Object::of_text(text).map_err(|_| Refused::wrong("the item must be a JSON object"))?;
        let text = |name| said(&object, name).map(|text| text.trim().to_owned());
        let kind = object.get(TYPE).filter(|value| *value != "null");
        Ok(Self {
            number: text(wire::TRACKING_NO),
            r#type: kind.map(|_| {
                let known = count(&object, TYPE).filter(|kind| (1..=3).contains(kind));
                known.unwrap_or_default() as u8
            }),
            said_type: kind
                .filter(|value| !value.starts_with(['{', '[']))
                .map(str::to_owned),
            order_no: text(wire::ORDER_NO),
            carrier: text(wire::CARRIER_CODE),
            email: text(wire::CUSTOMER_EMAIL),
        })
    }

    /// The book that its number is registered in.
    pub fn book(&self, mode: Mode) -> Result<&'static str, Refused> {
        match (mode, self.r#type) {
            (Mode::Air, _) => Ok(AIR_BOOK),
            (Mode::Ocean, None) => Err(Refused::missing(TYPE)),
            (Mode::Ocean, Some(kind)) => usize::from(kind)
                .checked_sub(1)
                .and_then(|at| OCEAN_BOOKS.get(at).copied())
                .ok_or_else(|| Refused::wrong("type must be 1, 2 or 3")),
        }
    }

    /// Its number, as it is kept.
    pub fn number(&self, mode: Mode) -> Result<String, Refused> {
        let missing = || Refused::missing(wire::TRACKING_NO);
        let number = self.number.as_deref().ok_or_else(missing)?;
        Ok(kept_number(mode, number))
    }

    /// The same of an ocean number, with its order number.
    pub fn order_no(&self) -> Result<&str, Refused> {
        let missing = || Refused::missing(wire::ORDER_NO);
        self.order_no.as_deref().ok_or_else(missing)
    }

    /// Whether its members have the form that they must have to be registered.
    pub fn check(&self, number: &str) -> Result<(), Refused> {
        let wrong = |msg: &str| Err(Refused::wrong(msg));
        let is_address = |email: &str| {
            email.len() <= LONGEST_EMAIL
                && email.contains('@')
                && !email.contains(|c: char| c.is_whitespace() || c.is_control())
        };
        if !is_number(number) {
            return wrong("trackingNo must be 4 to 64 letters, digits and dashes");
        }
        match &self.email {
            Some(email) if !is_address(email) => wrong("customerEmail is no e-mail address"),
            _ => Ok(()),
        }
    }

    /// What the client's registration keeps of it.
    pub fn own(&self, mode: Mode, order_no: String) -> Own {
        Own {
            cargo: mode.name().to_owned(),
            order_no,
            r#type: self.r#type.unwrap_or_default(),
            customer_email: self.email.clone(),
        }
    }

    /// The type as it is told back: a number, or what was said where that is none.
    fn json_type(&self) -> String {
        let known = self.r#type.filter(|kind| *kind > 0);
        let known = known.map(|kind| kind.to_string());
        let told = known.or_else(|| self.said_type.clone());
        told.unwrap_or_else(|| "null".to_owned())
    }

    /// A member as JSON.
    pub fn json(member: Option<&str>) -> String {
        member.map_or_else(|| "null".to_owned(), quoted)
    }

    /// The members that say which item it was, where one is refused: the type of an ocean number is
    /// told where `typed` says so.
    pub fn named(&self, names: &[&'static str]) -> Vec<(&'static str, String)> {
        let json = |name: &str| match name {
            TYPE => self.json_type(),
            wire::ORDER_NO => Self::json(self.order_no.as_deref()),
            wire::CARRIER_CODE => Self::json(self.carrier.as_deref()),
            _ => Self::json(self.number.as_deref()),
        };
        names.iter().map(|name| (*name, json(name))).collect()
    }
}

/// A number as it is kept: of eleven bare digits the waybill that they are.
pub fn kept_number(mode: Mode, number: &str) -> String {
    let number = number.trim();
    if mode == Mode::Air
        && let Some((prefix, serial)) = waybill(number)
    {
        return format!("{prefix}-{serial}");
    }
    number.to_owned()
}

/// Prefix and serial of a waybill's number, written `NNN-NNNNNNNN`, with spaces or bare.
pub fn waybill(number: &str) -> Option<(String, String)> {
    let digits: String = number.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let is_waybill = digits.len() == 11 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_waybill.then(|| (digits[..3].to_owned(), digits[3..].to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::super::service::Code;
    use super::*;

    #[test]
    fn a_waybill_is_one_number_however_it_is_written() {
        for text in [
            "999-12345675",
            "99912345675",
            "999 1234 5675",
            " 999-12345675 ",
        ] {
            assert_eq!(kept_number(Mode::Air, text), "999-12345675", "{text}");
        }
        assert_eq!(kept_number(Mode::Air, "999-1234"), "999-1234");
        assert_eq!(kept_number(Mode::Ocean, "99912345675"), "99912345675");
    }

    #[test]
    fn a_type_is_a_number_from_one_to_three() {
        let book = |kind: &str| {
            let item = Item::read(&format!(r#"{{"trackingNo":"BL-1","type":{kind}}}"#)).unwrap();
            item.book(Mode::Ocean).map_err(|refused| refused.code)
        };
        assert_eq!(book("3"), Ok("track123.ocean.container"));
        assert_eq!(book(r#""2""#), Ok("track123.ocean.bill"));
        assert_eq!(book("null"), Err(Code::ParameterMissing));
        for kind in ["0", "4", "-1", "1.5", r#""x""#, r#""""#, "[1]", "70000"] {
            assert_eq!(book(kind), Err(Code::Parameter), "{kind}");
        }
    }
}
