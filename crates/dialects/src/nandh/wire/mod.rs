//! N&H's JSON, types only: each member in the vendor's order, under the vendor's name.

pub mod catalog;
pub mod inbound;
pub mod order;
pub mod party;
pub mod product;
pub mod returning;
pub mod shipment;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use trackway_model::orders::Decimal;

const SECOND_US: i64 = 1_000_000;

/// Whole Unix seconds of one of our times; 0 has not happened (§3).
pub fn seconds(micros: impl Into<Option<i64>>) -> i64 {
    micros
        .into()
        .map_or(0, |micros| micros.div_euclid(SECOND_US))
}

/// An amount as a number: whole where it is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(pub Decimal);

/// An amount as a string with two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cents(pub Decimal);

/// A number with one place at least, as inventory records have sizes and times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Float(pub Decimal);

impl Float {
    /// A time as inventory records have it.
    pub fn seconds(micros: impl Into<Option<i64>>) -> Self {
        Self(Decimal::from(seconds(micros)))
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        raw(self.0.normalize().to_string()).serialize(serializer)
    }
}

impl Serialize for Cents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.2}", self.0))
    }
}

impl Serialize for Float {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.normalize().to_string();
        let text = if text.contains('.') {
            text
        } else {
            text + ".0"
        };
        raw(text).serialize(serializer)
    }
}

fn raw(number: String) -> Box<RawValue> {
    RawValue::from_string(number).expect("a decimal is a JSON number")
}

/// A record of another kind: its id in lists, itself in details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Linked<T> {
    Id(i64),
    Whole(Box<T>),
}

impl<T> Linked<T> {
    pub fn whole(it: T) -> Self {
        Self::Whole(Box::new(it))
    }
}

/// Centimetres as `LxWxH`.
pub fn volume(length: Decimal, width: Decimal, height: Decimal) -> String {
    let [length, width, height] = [length, width, height].map(|side| side.normalize());
    format!("{length}x{width}x{height}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_exactly_in_each_form() {
        let written = |amount: &str| {
            let amount: Decimal = amount.parse().unwrap();
            serde_json::to_string(&(Number(amount), Cents(amount), Float(amount))).unwrap()
        };
        assert_eq!(written("20000.00"), r#"[20000,"20000.00",20000.0]"#);
        assert_eq!(written("0"), r#"[0,"0.00",0.0]"#);
        assert_eq!(written("10.5"), r#"[10.5,"10.50",10.5]"#);
        assert_eq!(
            written("123456789012345.67"),
            r#"[123456789012345.67,"123456789012345.67",123456789012345.67]"#
        );
    }

    #[test]
    fn a_time_that_has_not_happened_is_zero() {
        assert_eq!(seconds(None), 0);
        assert_eq!(seconds(1_746_522_002_999_999), 1_746_522_002);
        let float = serde_json::to_string(&Float::seconds(1_746_604_422_000_000)).unwrap();
        assert_eq!(float, "1746604422.0");
    }
}
