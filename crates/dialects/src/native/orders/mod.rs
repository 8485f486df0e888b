//! Order management in our own words: JSON into commands, records into JSON, refusals into problems.
//! What our own API, the command line and its files share.
//!
//! Contract: members have the names that commands and records have. Amounts are decimals, written as
//! strings; times are RFC 3339. A record is named by its id or its code, an item of the warehouse by
//! its id or its SKU. What can't be read or is refused names the member by its JSON Pointer.

mod arrived;
mod calls;
mod catalogue;
mod levels;
mod moved;
mod parts;
mod quotes;
mod refused;
mod reports;
mod told;
mod wanted;

pub use arrived::{InboundTold, ReturnTold};
pub use calls::{Done, carry_out, carry_out_all, commands, named, read, subject};
pub use catalogue::{CATALOGUE, EntryTold, EntryWanted, Segment, entry};
pub use levels::{LevelTold, movement_told};
pub use moved::{
    Adjustment, CancelWanted, ConditionWanted, FulfilmentMove, InboundMove, OrderMove, ReturnMove,
};
pub use parts::{ChoicesTold, DocumentPart, FeePart, PartyPart, PaymentPart, Place};
pub use quotes::{QuoteTold, QuoteWanted, quotes};
pub use refused::Wrong;
pub use reports::ReportTold;
pub use told::{FulfilmentTold, OrderTold, Told};
pub use wanted::{
    FulfilmentWanted, InboundLineWanted, InboundWanted, LineWanted, OrderWanted, ReturnLineWanted,
    ReturnWanted,
};

use super::wire::MemberError;
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use trackway_model::orders::{
    Command, Decimal, InboundType, Kind, Movement, Name, NameKind, OrderType, PaymentMethod,
    PaymentStatus, RecordId, ReturnReason,
};

/// A record as a client names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ref {
    Id(RecordId),
    /// Its code; an item's SKU.
    Name(String),
}

impl Ref {
    /// From a path or a file, where everything is a text: digits alone are an id.
    pub fn parse(text: &str) -> Self {
        let digits = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(id) if digits => Self::Id(RecordId(id)),
            _ => Self::Name(text.to_owned()),
        }
    }

    /// The name that it is found by, where it is no id. Codes never consist of digits alone; SKUs may.
    fn name(&self, kind: Kind) -> Result<RecordId, Name> {
        match self {
            Self::Id(id) => Ok(*id),
            Self::Name(text) if kind == Kind::Item => {
                Err(Name::new(NameKind::Sku, RecordId(0), text.clone()))
            }
            Self::Name(text) => match Self::parse(text) {
                Self::Id(id) => Ok(id),
                Self::Name(code) => Err(Name::code(code)),
            },
        }
    }
}

impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl Visitor<'_> for Either {
            type Value = Ref;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id or a code")
            }

            fn visit_i64<E: Error>(self, id: i64) -> Result<Ref, E> {
                Ok(Ref::Id(RecordId(id)))
            }

            fn visit_u64<E: Error>(self, id: u64) -> Result<Ref, E> {
                let id = i64::try_from(id).map_err(|_| E::custom("no id is so large"))?;
                Ok(Ref::Id(RecordId(id)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Ref, E> {
                if text.is_empty() || text.len() > 200 {
                    return Err(E::custom("a code has 1 to 200 bytes"));
                }
                Ok(Ref::Name(text.to_owned()))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// What a client asks for.
pub trait Ask: Send + Sync {
    /// The command, with `find` for what it names.
    fn command(&self, find: &mut Find<'_>) -> Command;

    /// Where it names a record of this kind, or this SKU; as a JSON Pointer.
    fn place(&self, kind: Kind, sku: Option<&str>) -> String;
}

/// A command about what was looked up already.
#[derive(Clone, Debug)]
pub struct About(pub Command);

impl Ask for About {
    fn command(&self, _: &mut Find<'_>) -> Command {
        self.0.clone()
    }

    /// Members have the names of what they name.
    fn place(&self, kind: Kind, _: Option<&str>) -> String {
        format!("/{}", kind.name())
    }
}

/// What names were found to mean, and those that were not looked up yet.
#[derive(Debug, Default)]
pub struct Known {
    found: HashMap<(Kind, Name), Option<RecordId>>,
    missing: BTreeSet<(Kind, Name)>,
}

/// The look-ups of one thing that is wanted.
#[derive(Debug)]
pub struct Find<'a> {
    known: &'a mut Known,
    errors: Vec<MemberError>,
}

impl<'a> Find<'a> {
    fn new(known: &'a mut Known) -> Self {
        Self {
            known,
            errors: Vec::new(),
        }
    }

    /// The id of what is named; while it is not known, any.
    fn id(&mut self, kind: Kind, named: &Ref, pointer: &str) -> RecordId {
        let name = match named.name(kind) {
            Ok(id) => return id,
            Err(name) => name,
        };
        match self.known.found.get(&(kind, name.clone())) {
            Some(Some(id)) => *id,
            Some(None) => {
                let detail = format!("there is no {} `{}`", words(kind), name.text);
                self.errors
                    .push(MemberError::of(pointer.to_owned(), detail));
                RecordId(0)
            }
            None => {
                self.known.missing.insert((kind, name));
                RecordId(0)
            }
        }
    }

    fn maybe(&mut self, kind: Kind, named: Option<&Ref>, pointer: &str) -> Option<RecordId> {
        named.map(|named| self.id(kind, named, pointer))
    }

    fn wrong(&mut self, pointer: String, detail: impl Into<String>) {
        self.errors.push(MemberError::of(pointer, detail));
    }
}

/// A kind as a text says it.
fn words(kind: Kind) -> String {
    kind.name().replace('_', " ")
}

/// An amount: a string such as `"12.50"`, or a number as it is written.
fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    struct Amount;

    impl Visitor<'_> for Amount {
        type Value = Decimal;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an amount such as \"12.50\"")
        }

        fn visit_i64<E: Error>(self, amount: i64) -> Result<Decimal, E> {
            Ok(amount.into())
        }

        fn visit_u64<E: Error>(self, amount: u64) -> Result<Decimal, E> {
            Ok(amount.into())
        }

        // The shortest text that means the number is what was written: nothing is computed with it.
        fn visit_f64<E: Error>(self, amount: f64) -> Result<Decimal, E> {
            self.visit_str(&amount.to_string())
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Decimal, E> {
            Decimal::from_str_exact(text)
                .map_err(|_| E::custom("it is no amount such as \"12.50\""))
        }
    }

    deserializer.deserialize_any(Amount)
}

fn maybe_amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    #[derive(Deserialize)]
    struct Wrapped(#[serde(deserialize_with = "amount")] Decimal);

    let wrapped = Option::<Wrapped>::deserialize(deserializer)?;
    Ok(wrapped.map(|Wrapped(amount)| amount))
}

/// RFC 3339, in microseconds.
fn maybe_instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let at = trackway_model::time::parse(&text).and_then(trackway_model::time::Occurred::instant);
    let wrong = || D::Error::custom("it must be an RFC 3339 time with its offset");
    at.map(Some).ok_or_else(wrong)
}

/// A value of a closed list, by its name.
macro_rules! by_name {
    ($($function:ident: $type:ty;)*) => {$(
        fn $function<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
            let name = String::deserialize(deserializer)?;
            <$type>::from_name(&name).ok_or_else(|| {
                let known: Vec<&str> = <$type>::ALL.iter().map(|one| one.name()).collect();
                D::Error::custom(format!("choose one of {}", known.join(", ")))
            })
        }
    )*};
}

/// The same told.
macro_rules! tell_by_name {
    ($($told:ident: $type:ty;)*) => {$(
        fn $told<S: serde::Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(value.name())
        }
    )*};
}

by_name! {
    payment_status: PaymentStatus;
    payment_method: PaymentMethod;
    order_type: OrderType;
    inbound_type: InboundType;
    return_reason: ReturnReason;
    movement: Movement;
}

tell_by_name! {
    tell_payment_status: PaymentStatus;
    tell_payment_method: PaymentMethod;
    tell_order_type: OrderType;
    tell_inbound_type: InboundType;
    tell_return_reason: ReturnReason;
}

/// A time as it is told.
#[derive(Clone, Copy, Debug, Serialize)]
struct At(#[serde(serialize_with = "tell_instant")] i64);

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form of a serializer"
)]
fn tell_instant<S: serde::Serializer>(at: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&super::told::instant(*at))
}

#[cfg(test)]
mod tests;
