//! What a client asks in a real-time look-up, with the checks of its parameters.

use super::item::{code, string};
use super::wire;
use crate::raw::Object;
use std::borrow::Cow;

/// A look-up whose parameters are in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Echoed as sent.
    pub carrier_id: Cow<'a, str>,
    /// Echoed as sent.
    pub tracking_number: Cow<'a, str>,
    /// `area_show` 1: items with status and place.
    pub area: bool,
    /// `order` asc: the oldest item first.
    pub ascending: bool,
}

/// Which parameter is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong(pub &'static str);

/// Longer than any carrier's number. No length is documented.
const MAX_LENGTH: usize = 200;

impl<'a> Asked<'a> {
    pub fn read(members: &Object<'a>) -> Result<Self, Wrong> {
        let asked = Self {
            carrier_id: required(members, wire::CARRIER_ID)?,
            tracking_number: required(members, wire::TRACKING_NUMBER)?,
            area: area_show(given(members, wire::AREA_SHOW))?,
            ascending: ascending(given(members, wire::ORDER))?,
        };
        let is_no_string = |name| given(members, name).is_some_and(|value| string(value).is_none());
        match wire::HINTS.into_iter().find(|name| is_no_string(name)) {
            Some(name) => Err(Wrong(name)),
            None => Ok(asked),
        }
    }
}

/// A member that is there and not `null`.
fn given<'a>(members: &Object<'a>, name: &str) -> Option<&'a str> {
    members.get(name).filter(|value| *value != "null")
}

fn required<'a>(members: &Object<'a>, name: &'static str) -> Result<Cow<'a, str>, Wrong> {
    given(members, name)
        .and_then(string)
        .filter(|text| !text.trim().is_empty() && text.len() <= MAX_LENGTH)
        .filter(|text| !text.chars().any(char::is_control))
        .ok_or(Wrong(name))
}

/// A number or, as the vendor's own demos send it, a string.
fn area_show(value: Option<&str>) -> Result<bool, Wrong> {
    let Some(value) = value else { return Ok(false) };
    match code(value).as_deref() {
        Some("0") => Ok(false),
        Some("1") => Ok(true),
        None if string(value).is_some_and(|text| text.is_empty()) => Ok(false),
        _ => Err(Wrong(wire::AREA_SHOW)),
    }
}

fn ascending(value: Option<&str>) -> Result<bool, Wrong> {
    let Some(value) = value else { return Ok(false) };
    match string(value).as_deref() {
        Some("" | "desc") => Ok(false),
        Some("asc") => Ok(true),
        _ => Err(Wrong(wire::ORDER)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<(bool, bool), Wrong> {
        let members = Object::of_text(json).unwrap();
        Asked::read(&members).map(|asked| (asked.area, asked.ascending))
    }

    #[test]
    fn numbers_come_as_numbers_or_strings_and_defaults_hold() {
        let with = |more: &str| {
            read(&format!(
                r#"{{"carrier_id":"gls","tracking_number":"Z1"{more}}}"#
            ))
        };
        assert_eq!(with(""), Ok((false, false)));
        for one in ["1", "\"1\"", "1.0", "1e0"] {
            assert_eq!(
                with(&format!(r#","area_show":{one},"order":"asc""#)),
                Ok((true, true)),
                "{one}"
            );
        }
        for none in ["0", "\"0\"", "null", "\"\""] {
            assert_eq!(
                with(&format!(r#","area_show":{none},"order":"desc""#)),
                Ok((false, false))
            );
        }
        for wrong in ["2", "true", "\"yes\"", "[]", "{}", "-1"] {
            assert_eq!(
                with(&format!(r#","area_show":{wrong}"#)),
                Err(Wrong("area_show")),
                "{wrong}"
            );
        }
        assert_eq!(with(r#","order":"up""#), Err(Wrong("order")));
        assert_eq!(with(r#","phone":5"#), Err(Wrong("phone")));
        assert_eq!(with(r#","ship_to":null,"more":[{}]"#), Ok((false, false)));
        assert_eq!(
            read(r#"{"carrier_id":" ","tracking_number":"Z1"}"#),
            Err(Wrong("carrier_id"))
        );
        assert_eq!(
            read(r#"{"carrier_id":"gls","tracking_number":"Z\u0000"}"#),
            Err(Wrong("tracking_number"))
        );
        assert_eq!(
            read(r#"{"carrier_id":"gls","tracking_number":1}"#),
            Err(Wrong("tracking_number"))
        );
    }
}
