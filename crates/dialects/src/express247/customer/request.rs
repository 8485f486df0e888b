//! What clients send, with the tolerance that published clients need (§14): names of members in any
//! case, strings for numbers and numbers for strings, members that belong into an object and stand
//! beside it, `ExtraServices` as a plain list of codes. What is not asked for is ignored.

use super::errors::{Code, Fault};
use crate::raw::{self, Object, Problem};
use trackway_model::orders::Decimal;

/// The longest text, in characters.
const MAX_TEXT: usize = 2_000;
/// The most elements of a list.
const MAX_ELEMENTS: usize = 1_000;
/// No amount and no measure comes near it.
const MAX_AMOUNT: i64 = 1_000_000_000_000_000;
const MAX_SCALE: u32 = 6;

/// An object of a body, with what stands around it.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    object: Object<'a>,
    /// Where members stand that were put beside the object that they belong into.
    outside: Option<Object<'a>>,
    /// Before the names of its members.
    path: String,
}

impl<'a> Fields<'a> {
    /// A body. An empty one is an empty object.
    pub fn parse(body: &'a [u8]) -> Result<Self, Fault> {
        let body: &[u8] = if body.trim_ascii().is_empty() {
            b"{}"
        } else {
            body
        };
        let object = Object::parse(body).map_err(|problem| {
            let problem = match problem {
                Problem::NotAnObject(_) => "The body is no JSON object.".to_owned(),
                Problem::TooDeep | Problem::NotText => format!("The body is {problem}."),
            };
            Fault::plain(Code::Exception, problem)
        })?;
        Ok(Self {
            object,
            outside: None,
            path: String::new(),
        })
    }

    /// The members of an object in the body; those that are not in it are looked for beside it.
    pub fn wrapped(body: &'a [u8], name: &str) -> Result<Self, Fault> {
        let whole = Self::parse(body)?;
        let Some(value) = whole.given(name) else {
            return Ok(whole);
        };
        let object =
            Object::of_text(value).map_err(|_| Fault::member(name, "must be an object"))?;
        Ok(Self {
            object,
            outside: Some(whole.object),
            path: String::new(),
        })
    }

    fn at(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    pub fn wrong(&self, name: &str, problem: &str) -> Fault {
        Fault::member(&self.at(name), problem)
    }

    /// A member as written; null is "not there".
    fn given(&self, name: &str) -> Option<&'a str> {
        let said = |object: &Object<'a>| object.get_any_case(name).filter(|value| *value != "null");
        said(&self.object).or_else(|| said(self.outside.as_ref()?))
    }

    pub fn has(&self, name: &str) -> bool {
        self.given(name).is_some()
    }

    /// A text, or a number as a text.
    pub fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        let Some(value) = self.given(name) else {
            return Ok(None);
        };
        if value.starts_with(['{', '[']) {
            return Err(self.wrong(name, "must be a text"));
        }
        let Some(said) = raw::scalar(value) else {
            return Ok(None);
        };
        let said = said.trim();
        if said.chars().nth(MAX_TEXT).is_some() {
            return Err(self.wrong(name, "is too long"));
        }
        let blank = |c: char| matches!(c, '\n' | '\r' | '\t');
        if said.chars().any(|c| c.is_control() && !blank(c)) {
            return Err(self.wrong(name, "has control characters"));
        }
        Ok(Some(said.to_owned()).filter(|said| !said.is_empty()))
    }

    pub fn required(&self, name: &str) -> Result<String, Fault> {
        self.text(name)?
            .ok_or_else(|| self.wrong(name, "is required"))
    }

    /// An amount or a measure, not negative.
    pub fn amount(&self, name: &str) -> Result<Option<Decimal>, Fault> {
        let Some(said) = self.text(name)? else {
            return Ok(None);
        };
        let amount = said.parse().or_else(|_| Decimal::from_scientific(&said));
        let amount = amount.map_err(|_| self.wrong(name, "must be a number"))?;
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(self.wrong(name, "must not be negative"));
        }
        let amount = amount.normalize();
        if amount > Decimal::from(MAX_AMOUNT) || amount.scale() > MAX_SCALE {
            return Err(self.wrong(name, "is too large or too fine"));
        }
        Ok(Some(amount))
    }

    /// A whole number, be it written as `7.0`.
    pub fn whole(&self, name: &str) -> Result<Option<i64>, Fault> {
        let Some(amount) = self.amount(name)? else {
            return Ok(None);
        };
        let whole = (amount.scale() == 0).then(|| i64::try_from(amount).ok());
        let whole = whole.flatten();
        whole
            .map(Some)
            .ok_or_else(|| self.wrong(name, "must be a whole number"))
    }

    /// Kilograms as grams; what is finer counts as one.
    pub fn grams(&self, name: &str) -> Result<Option<i64>, Fault> {
        let Some(kilograms) = self.amount(name)? else {
            return Ok(None);
        };
        let grams = (kilograms * Decimal::ONE_THOUSAND).ceil();
        let grams = i64::try_from(grams).map_err(|_| self.wrong(name, "is too large"))?;
        Ok(Some(grams))
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        match self.text(name)?.map(|said| said.to_ascii_lowercase()) {
            None => Ok(None),
            Some(said) => match said.as_str() {
                "true" | "1" => Ok(Some(true)),
                "false" | "0" => Ok(Some(false)),
                _ => Err(self.wrong(name, "must be true or false")),
            },
        }
    }

    pub fn object(&self, name: &str) -> Result<Option<Self>, Fault> {
        let Some(value) = self.given(name) else {
            return Ok(None);
        };
        let object = Object::of_text(value).map_err(|_| self.wrong(name, "must be an object"))?;
        Ok(Some(Self {
            object,
            outside: None,
            path: format!("{}.", self.at(name)),
        }))
    }

    fn elements(&self, name: &str) -> Result<Option<Vec<&'a str>>, Fault> {
        let Some(value) = self.given(name) else {
            return Ok(None);
        };
        let list = raw::elements(value).ok_or_else(|| self.wrong(name, "must be a list"))?;
        if list.len() > MAX_ELEMENTS {
            let problem = format!("has more than {MAX_ELEMENTS} elements");
            return Err(self.wrong(name, &problem));
        }
        Ok(Some(list))
    }

    /// A list of objects; None where it is not there.
    pub fn list(&self, name: &str) -> Result<Option<Vec<Self>>, Fault> {
        let Some(list) = self.elements(name)? else {
            return Ok(None);
        };
        let read = |(nth, text)| {
            let path = format!("{}[{nth}]", self.at(name));
            let object =
                Object::of_text(text).map_err(|_| Fault::member(&path, "must be an object"))?;
            Ok(Self {
                object,
                outside: None,
                path: format!("{path}."),
            })
        };
        let list = list.into_iter().enumerate().map(read);
        list.collect::<Result<_, _>>().map(Some)
    }

    /// A list of codes: each plain, or in an object under `member`.
    pub fn codes(&self, name: &str, member: &str) -> Result<Option<Vec<String>>, Fault> {
        let Some(list) = self.elements(name)? else {
            return Ok(None);
        };
        let mut codes = Vec::with_capacity(list.len());
        for (nth, text) in list.into_iter().enumerate() {
            let held = Object::of_text(text).ok();
            let value = held
                .as_ref()
                .map_or(Some(text), |it| it.get_any_case(member));
            let code = value.and_then(raw::scalar);
            let code = code.filter(|code| !code.trim().is_empty());
            let path = || format!("{}[{nth}]", self.at(name));
            let code = code.ok_or_else(|| Fault::member(&path(), "names no service"))?;
            let code = code.trim().to_owned();
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        Ok(Some(codes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Fields<'_> {
        Fields::wrapped(json.as_bytes(), "OrderInfo").unwrap()
    }

    #[test]
    fn members_are_found_in_any_case_inside_and_beside() {
        let it =
            read(r#"{"orderinfo":{"RECEIVERNAME":"A","codamount":null},"CODAmount":"5","x":1}"#);
        assert_eq!(it.text("ReceiverName"), Ok(Some("A".to_owned())));
        assert_eq!(it.amount("CODAmount"), Ok(Some(Decimal::from(5))));
        assert_eq!(it.text("Note"), Ok(None));
        let bare = read(r#"{"ReceiverName":"B"}"#);
        assert_eq!(bare.text("ReceiverName"), Ok(Some("B".to_owned())));
    }

    #[test]
    fn numbers_and_strings_stand_for_each_other() {
        let it = read(r#"{"a":7,"b":"7","c":"7.0","d":0.0004,"e":"","f":1e2,"g":true}"#);
        for name in ["a", "b", "c"] {
            assert_eq!(it.whole(name), Ok(Some(7)), "{name}");
        }
        assert_eq!(it.text("a"), Ok(Some("7".to_owned())));
        assert_eq!(it.grams("d"), Ok(Some(1)));
        assert_eq!(it.amount("e"), Ok(None));
        assert_eq!(it.whole("f"), Ok(Some(100)));
        assert_eq!(it.flag("g"), Ok(Some(true)));
    }

    #[test]
    fn extra_services_are_codes_in_either_form() {
        for json in [
            r#"{"ExtraServices":["BP","HDL","BP"]}"#,
            r#"{"ExtraServices":[{"ServiceID":"BP","Type":2},{"serviceid":"HDL"}]}"#,
        ] {
            let codes = read(json).codes("ExtraServices", "ServiceID").unwrap();
            assert_eq!(codes.unwrap(), ["BP", "HDL"]);
        }
        let fault = read(r#"{"ExtraServices":[{}]}"#).codes("ExtraServices", "ServiceID");
        let fault = fault.unwrap_err();
        assert_eq!(fault.property.as_deref(), Some("ExtraServices[0]"));
        assert_eq!(fault.code, Code::ServiceType);
    }

    #[test]
    fn absurd_values_are_named() {
        let it =
            read(r#"{"Length":-1,"Width":1e40,"Height":"tall","RealWeight":[],"Note":"a\u0000"}"#);
        for name in ["Length", "Width", "Height", "RealWeight"] {
            let fault = it.amount(name).unwrap_err();
            assert_eq!(fault.property.as_deref(), Some(name));
        }
        assert!(it.text("Note").is_err());
        assert_eq!(Fields::parse(b"[]").unwrap_err().code, Code::Exception);
        assert!(Fields::parse(b" ").is_ok(), "an empty body has no members");
    }
}
