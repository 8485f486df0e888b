//! What belongs to a client's own registration of a number (track123.md §5.3): read from a request with
//! its checks, kept as the registration's data, and put into every tracking of the number.

use super::envelope::Refused;
use super::wire;
use crate::raw::{Object, scalar};
use serde_json::{Map, Value};
use std::borrow::Cow;
use trackway_model::time;

/// Texts that a client may give.
pub const TEXTS: [&str; 8] = [
    wire::ORDER_NO,
    wire::COUNTRY,
    wire::SHIP_TIME,
    wire::CUSTOMER_EMAIL,
    wire::POSTAL_CODE,
    wire::REMARK,
    wire::CUSTOM_1,
    wire::CUSTOM_2,
];
/// The longest text, in characters.
const LONGEST: usize = 1_000;
/// The longest order number.
const LONGEST_ORDER: usize = 100;
/// §4: 4 to 64 of letters, digits and hyphens.
const NUMBER: std::ops::RangeInclusive<usize> = 4..=64;
/// The longest post code.
const LONGEST_POSTAL_CODE: usize = 15;
/// Members of `extendFieldMap`, and the length of one's text.
const MOST_EXTRAS: usize = 16;

/// An item of a request: which tracking, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    pub number: Cow<'a, str>,
    /// As the client spelt it; None where it named none.
    pub courier: Option<Cow<'a, str>>,
}

/// A text that is there and says something; a number passes as its digits.
pub fn said<'a>(object: &Object<'a>, name: &str) -> Option<Cow<'a, str>> {
    told(object.get(name))
}

/// The same of a member at hand.
pub fn told(value: Option<&str>) -> Option<Cow<'_, str>> {
    let text = scalar(value.filter(|value| !value.starts_with(['{', '[']))?)?;
    (!matches!(text.trim(), "" | "null")).then_some(text)
}

/// The same with blanks around it taken away.
fn trimmed<'a>(object: &Object<'a>, name: &str) -> Option<Cow<'a, str>> {
    said(object, name).map(|text| match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    })
}

/// Whether a number has the form of one.
pub fn is_number(number: &str) -> bool {
    NUMBER.contains(&number.len())
        && number
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Which tracking an item names.
pub fn item<'a>(object: &Object<'a>) -> Result<Item<'a>, Refused> {
    let number = trimmed(object, wire::TRACK_NO).ok_or_else(|| Refused::missing(wire::TRACK_NO))?;
    if !is_number(&number) {
        return Err(wrong(wire::TRACK_NO, "4 to 64 letters, digits and hyphens"));
    }
    Ok(Item {
        number,
        courier: trimmed(object, wire::COURIER_CODE),
    })
}

/// The same where the courier must be named.
pub fn full_item<'a>(object: &Object<'a>) -> Result<(Cow<'a, str>, Cow<'a, str>), Refused> {
    let Item { number, courier } = item(object)?;
    let courier = courier.ok_or_else(|| Refused::missing(wire::COURIER_CODE))?;
    Ok((number, courier))
}

/// The members that a request gives. A member that is there and says nothing stands as null: it clears
/// what was given before.
pub fn members(object: &Object<'_>) -> Result<Map<String, Value>, Refused> {
    let mut given = Map::new();
    for name in TEXTS {
        if object.get(name).is_some() {
            given.insert(name.to_owned(), text(object, name)?);
        }
    }
    if let Some(value) = object.get(wire::EXTEND_FIELD_MAP) {
        given.insert(wire::EXTEND_FIELD_MAP.to_owned(), extras(value)?);
    }
    Ok(given)
}

fn text(object: &Object<'_>, name: &'static str) -> Result<Value, Refused> {
    let value = object.get(name).unwrap_or("null");
    if value.starts_with(['{', '[', 't', 'f']) {
        return Err(wrong(name, "a text"));
    }
    let Some(text) = said(object, name) else {
        return Ok(Value::Null);
    };
    let fits = match name {
        wire::COUNTRY => text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()),
        wire::SHIP_TIME => time::parse(text.trim()).is_some(),
        wire::POSTAL_CODE => is_postal_code(text.trim()),
        wire::ORDER_NO => text.chars().count() <= LONGEST_ORDER,
        _ => text.chars().count() <= LONGEST,
    };
    if !fits {
        return Err(wrong(name, wanted(name)));
    }
    Ok(Value::from(if name == wire::COUNTRY {
        text.to_ascii_uppercase()
    } else {
        text.into_owned()
    }))
}

fn wanted(name: &str) -> &'static str {
    match name {
        wire::COUNTRY => "a country of two letters",
        wire::SHIP_TIME => "a time as yyyy-MM-dd HH:mm:ss",
        wire::POSTAL_CODE => "up to 15 letters or digits, +, - and spaces",
        wire::ORDER_NO => "a text of up to 100 characters",
        _ => "a text of up to 1000 characters",
    }
}

fn is_postal_code(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | ' ');
    text.len() <= LONGEST_POSTAL_CODE && text.chars().all(fits)
}

/// `extendFieldMap`: texts by name.
fn extras(value: &str) -> Result<Value, Refused> {
    if value == "null" {
        return Ok(Value::Null);
    }
    let wrong = || wrong(wire::EXTEND_FIELD_MAP, "an object of texts");
    let object = Object::of_text(value).map_err(|_| wrong())?;
    if object.members().len() > MOST_EXTRAS {
        return Err(wrong());
    }
    let mut kept = Map::new();
    for member in object.members() {
        if member.value.starts_with(['{', '[']) || member.value.len() > LONGEST {
            return Err(wrong());
        }
        let text = scalar(member.value).map(Cow::into_owned);
        kept.insert(member.name.clone().into_owned(), text.into());
    }
    let suffix = kept.get(wire::PHONE_SUFFIX).and_then(Value::as_str);
    let is_suffix = |text: &str| text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    if suffix.is_some_and(|suffix| !is_suffix(suffix)) {
        let problem = format!("{} must be 4 digits", wire::PHONE_SUFFIX);
        return Err(Refused::wrong(problem));
    }
    Ok(Value::Object(kept))
}

fn wrong(name: &str, wanted: &str) -> Refused {
    Refused::wrong(format!("{name} must be {wanted}"))
}

/// A registration's data with what an edit gives: a member that is given as null is taken away.
pub fn amended(kept: &Value, given: Map<String, Value>) -> Value {
    let mut data = kept.as_object().cloned().unwrap_or_default();
    for (name, value) in given {
        if value.is_null() {
            data.remove(&name);
        } else {
            data.insert(name, value);
        }
    }
    Value::Object(data)
}

/// What the dialect finds a registration again by: its order number.
pub fn key(data: &Value) -> Option<String> {
    let order = data.get(wire::ORDER_NO)?.as_str()?;
    Some(order.to_owned())
}

/// A member of a registration's data as JSON: null where it was not given.
pub fn json(data: &Value, name: &str) -> String {
    data.get(name).unwrap_or(&Value::Null).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::service::Code;
    use super::*;
    use serde_json::json;

    fn read(json: &str) -> Result<Map<String, Value>, Refused> {
        members(&Object::of_text(json).unwrap())
    }

    #[test]
    fn members_are_checked_one_by_one() {
        let given = read(
            r#"{"trackNo":"x","orderNo":7,"country":"us","shipTime":"2025-02-01 09:00:00","remark":"null",
                "postalCode":"EC1A 1BB","extendFieldMap":{"phoneSuffix":"0042"},"custom1":null,"other":{}}"#,
        );
        let expected = json!({
            "orderNo": "7", "country": "US", "shipTime": "2025-02-01 09:00:00", "remark": null,
            "postalCode": "EC1A 1BB", "extendFieldMap": { "phoneSuffix": "0042" }, "custom1": null,
        });
        assert_eq!(Value::Object(given.unwrap()), expected);
        for (name, value) in [
            ("orderNo", "{}"),
            ("country", "\"USA\""),
            ("shipTime", "\"soon\""),
            ("postalCode", "\"ABCDEFGHIJKLMNOP\""),
            ("postalCode", "\"a/b\""),
            ("remark", "[]"),
            ("custom2", "true"),
            ("extendFieldMap", "\"x\""),
            ("extendFieldMap", r#"{"phoneSuffix":"123"}"#),
            ("extendFieldMap", r#"{"more":{}}"#),
        ] {
            let told = read(&format!(r#"{{"{name}":{value}}}"#)).unwrap_err();
            assert_eq!(told.code, Code::Parameter, "{name}={value}");
        }
    }

    #[test]
    fn an_edit_changes_what_it_names() {
        let kept = json!({ "orderNo": "SO-1", "remark": "gift" });
        let given = read(r#"{"remark":"","custom1":"a"}"#).unwrap();
        let data = amended(&kept, given);
        assert_eq!(data, json!({ "orderNo": "SO-1", "custom1": "a" }));
        assert_eq!(key(&data).as_deref(), Some("SO-1"));
        assert_eq!(key(&Value::Null), None);
    }

    #[test]
    fn numbers_have_a_form() {
        for number in ["ZX0000001CN", "a-1b", "1234"] {
            assert!(is_number(number), "{number}");
        }
        for number in ["", "123", "a b c d", "Ünicode", &"9".repeat(65)] {
            assert!(!is_number(number), "{number}");
        }
    }
}
