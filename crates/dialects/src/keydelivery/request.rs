//! What a client asks in a call, with the checks of its parameters: a real-time look-up (§6), a
//! registration (§7), a question about a number's carrier (§9).

use super::item::{code, string};
use super::wire;
use crate::raw::Object;
use std::borrow::Cow;
use std::collections::BTreeMap;

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

/// A registration whose parameters are in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registering<'a> {
    pub carrier_id: Cow<'a, str>,
    pub tracking_number: Cow<'a, str>,
    /// `area_show` 1: pushed items with status and place.
    pub area: bool,
    /// An http or https address; whether anybody may be sent there is for the desk to say.
    pub webhook_url: Cow<'a, str>,
    /// Of `wire::HINTS` those that say something.
    pub hints: BTreeMap<&'static str, Cow<'a, str>>,
}

/// Which parameter is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong(pub &'static str);

/// Longer than any carrier's number. No length is documented.
const MAX_LENGTH: usize = 200;
/// The longest number that is followed, in characters.
pub const MAX_FOLLOWED: usize = 100;
/// The longest address.
const MAX_URL: usize = 2_048;

impl<'a> Asked<'a> {
    pub fn read(members: &Object<'a>) -> Result<Self, Wrong> {
        let asked = Self {
            carrier_id: required(members, wire::CARRIER_ID)?,
            tracking_number: required(members, wire::TRACKING_NUMBER)?,
            area: area_show(given(members, wire::AREA_SHOW))?,
            ascending: ascending(given(members, wire::ORDER))?,
        };
        hints(members).map(|_| asked)
    }
}

impl<'a> Registering<'a> {
    pub fn read(members: &Object<'a>) -> Result<Self, Wrong> {
        let asked = Self {
            carrier_id: required(members, wire::CARRIER_ID)?,
            tracking_number: required(members, wire::TRACKING_NUMBER)?,
            area: area_show(given(members, wire::AREA_SHOW))?,
            webhook_url: address(members)?,
            hints: hints(members)?,
        };
        if asked.tracking_number.trim().chars().count() > MAX_FOLLOWED {
            return Err(Wrong(wire::TRACKING_NUMBER));
        }
        Ok(asked)
    }
}

/// The number of which the carrier is asked. The vendor's table calls it optional; nothing could be
/// said without it.
pub fn number_to_detect<'a>(members: &Object<'a>) -> Result<Cow<'a, str>, Wrong> {
    required(members, wire::TRACKING_NUMBER)
}

/// The optional strings that say something.
fn hints<'a>(members: &Object<'a>) -> Result<BTreeMap<&'static str, Cow<'a, str>>, Wrong> {
    let mut said = BTreeMap::new();
    for name in wire::HINTS {
        let Some(value) = given(members, name) else {
            continue;
        };
        let text = string(value)
            .filter(|text| text.len() <= MAX_LENGTH)
            .ok_or(Wrong(name))?;
        if !text.trim().is_empty() {
            said.insert(name, text);
        }
    }
    Ok(said)
}

/// Where pushes shall go.
fn address<'a>(members: &Object<'a>) -> Result<Cow<'a, str>, Wrong> {
    let wrong = Wrong(wire::WEBHOOK_URL);
    let text = given(members, wire::WEBHOOK_URL)
        .and_then(string)
        .filter(|text| text.len() <= MAX_URL)
        .ok_or(wrong)?;
    let is_web = |url: &http::Uri| {
        matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some()
    };
    let url: http::Uri = text.trim().parse().map_err(|_| wrong)?;
    if is_web(&url) { Ok(text) } else { Err(wrong) }
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
    fn a_registration_names_a_web_address() {
        let read = |more: &str| {
            let json = format!(r#"{{"carrier_id":"gls","tracking_number":"Z1"{more}}}"#);
            let members = Object::of_text(&json).unwrap();
            Registering::read(&members).map(|asked| {
                (
                    asked.area,
                    asked.webhook_url.into_owned(),
                    asked.hints.len(),
                )
            })
        };
        let at = |url: &str| format!(r#","webhook_url":"{url}""#);
        let url = "https://shop.example:8443/hook?of=1";
        assert_eq!(read(&at(url)), Ok((false, url.to_owned(), 0)));
        let all = r#","area_show":"1","phone":"0900000000","ship_from":"","ship_to":"Z\u00fcrich""#;
        assert_eq!(read(&(at(url) + all)), Ok((true, url.to_owned(), 2)));
        for wrong in [
            "",
            "shop.example",
            "ftp://shop.example/",
            "/hook",
            "https://",
            "mailto:a@b",
        ] {
            assert_eq!(read(&at(wrong)), Err(Wrong("webhook_url")), "{wrong}");
        }
        for wrong in ["", r#","webhook_url":null"#, r#","webhook_url":7"#] {
            assert_eq!(read(wrong), Err(Wrong("webhook_url")), "{wrong}");
        }
        let long = at(&format!("https://shop.example/{}", "x".repeat(2_048)));
        assert_eq!(read(&long), Err(Wrong("webhook_url")));
        assert_eq!(read(&(at(url) + r#","phone":{}"#)), Err(Wrong("phone")));
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
