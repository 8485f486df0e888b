//! A client's registration of a number (§7): what it gave is kept as the registration's own members,
//! and read back when the number is told.

use super::request::Registering;
use super::wire;
use serde_json::{Map, Value};

/// The members as they are kept.
pub fn members(asked: &Registering<'_>) -> Value {
    let mut kept = Map::new();
    let mut text = |name: &str, value: &str| kept.insert(name.to_owned(), Value::from(value));
    text(wire::CARRIER_ID, &asked.carrier_id);
    text(wire::TRACKING_NUMBER, &asked.tracking_number);
    text(wire::WEBHOOK_URL, asked.webhook_url.trim());
    for (name, value) in &asked.hints {
        text(name, value);
    }
    kept.insert(
        wire::AREA_SHOW.to_owned(),
        Value::from(u8::from(asked.area)),
    );
    Value::Object(kept)
}

/// Where the client wants to be told of this number.
pub fn address(kept: &Value) -> Option<&str> {
    kept.get(wire::WEBHOOK_URL)?.as_str()
}

/// How the client wants to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told<'a> {
    /// As the client spelt them; None: as they came, or as we know them.
    pub carrier_id: Option<&'a str>,
    pub tracking_number: Option<&'a str>,
    pub area: bool,
}

/// How a registration is told.
pub fn told(kept: &Value) -> Told<'_> {
    let text = |name| kept.get(name).and_then(Value::as_str);
    Told {
        carrier_id: text(wire::CARRIER_ID),
        tracking_number: text(wire::TRACKING_NUMBER),
        area: kept.get(wire::AREA_SHOW).and_then(Value::as_u64) == Some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::Object;

    #[test]
    fn what_is_kept_is_read_back() {
        let json = r#"{"carrier_id":"DHL","tracking_number":"zz1","webhook_url":" https://shop.example/h ","area_show":"1","phone":"0900000000"}"#;
        let members_of = Object::of_text(json).unwrap();
        let kept = members(&Registering::read(&members_of).unwrap());
        assert_eq!(address(&kept), Some("https://shop.example/h"));
        let expected = Told {
            carrier_id: Some("DHL"),
            tracking_number: Some("zz1"),
            area: true,
        };
        assert_eq!(told(&kept), expected);
        assert_eq!(kept["phone"], "0900000000");
        assert_eq!(kept.get("ship_to"), None);
        assert_eq!(told(&Value::Null), Told::default());
    }
}
