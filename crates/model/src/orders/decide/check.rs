//! Bounds of what is given, and the refusals that name the member.

use crate::orders::{Decimal, Refusal};
use std::fmt::Display;

/// The most lines of an order, an inbound, a return.
pub const MAX_LINES: usize = 1_000;
/// The most of anything in one line or movement.
pub const MAX_QUANTITY: i64 = 10_000_000;
/// The most parcels of a fulfilment.
pub const MAX_PARCELS: usize = 100;
/// The most of an item in one of a product.
pub const MAX_PARTS: i64 = 10_000;
const MAX_AMOUNT: i64 = 1_000_000_000_000;
/// The most digits after the point.
const MAX_SCALE: u32 = 4;
/// Grams: a hundred tonnes.
const MAX_WEIGHT: i64 = 100_000_000;
/// Centimetres: a kilometre.
const MAX_LENGTH: i64 = 100_000;
/// Cubic centimetres: a thousand cubic metres.
const MAX_VOLUME: i64 = 1_000_000_000;
/// The most characters of a name, and of a text.
pub const NAME: usize = 255;
pub const TEXT: usize = 4_000;
/// The most characters of a carrier's number.
const WAYBILL: usize = 64;

pub fn invalid(field: impl Display, problem: impl Into<String>) -> Refusal {
    Refusal::Invalid {
        field: field.to_string(),
        problem: problem.into(),
    }
}

fn between<T: PartialOrd + Display + Copy>(
    field: impl Display,
    given: T,
    least: T,
    most: T,
) -> Result<(), Refusal> {
    if given < least || given > most {
        return Err(invalid(
            field,
            format!("must be {least} to {most}, not {given}"),
        ));
    }
    Ok(())
}

pub fn quantity(field: impl Display, given: i64) -> Result<(), Refusal> {
    between(field, given, 1, MAX_QUANTITY)
}

/// A quantity that may be none.
pub fn count(field: impl Display, given: i64) -> Result<(), Refusal> {
    between(field, given, 0, MAX_QUANTITY)
}

pub fn parts(field: impl Display, given: i64) -> Result<(), Refusal> {
    between(field, given, 1, MAX_PARTS)
}

/// How many there are of something: some, and no more than the bound.
pub fn some(field: impl Display, given: usize, most: usize) -> Result<(), Refusal> {
    between(field, given, 1, most)
}

pub fn few(field: impl Display, given: usize, most: usize) -> Result<(), Refusal> {
    between(field, given, 0, most)
}

pub fn weight(field: impl Display, given: i64) -> Result<(), Refusal> {
    between(field, given, 0, MAX_WEIGHT)
}

/// What a scale showed.
pub fn weighed(field: impl Display, given: i64) -> Result<(), Refusal> {
    between(field, given, 1, MAX_WEIGHT)
}

pub fn length(field: impl Display, given: Decimal) -> Result<(), Refusal> {
    between(field, given, Decimal::ZERO, Decimal::from(MAX_LENGTH))
}

/// Cubic centimetres.
pub fn volume(field: impl Display, given: Decimal) -> Result<(), Refusal> {
    between(field, given, Decimal::ZERO, Decimal::from(MAX_VOLUME))
}

/// An amount of money: never negative.
pub fn amount(field: impl Display, given: Decimal) -> Result<(), Refusal> {
    between(&field, given, Decimal::ZERO, Decimal::from(MAX_AMOUNT))?;
    if given.normalize().scale() > MAX_SCALE {
        return Err(invalid(
            field,
            format!("must have at most {MAX_SCALE} digits after the point, not {given}"),
        ));
    }
    Ok(())
}

pub fn percent(field: impl Display, given: Decimal) -> Result<(), Refusal> {
    between(field, given, Decimal::ZERO, Decimal::from(1_000))
}

/// A text that may be empty.
pub fn text(field: impl Display, given: &str, most: usize) -> Result<(), Refusal> {
    if given.chars().nth(most).is_some() {
        return Err(invalid(
            field,
            format!("must be at most {most} characters long"),
        ));
    }
    if given.contains('\0') {
        return Err(invalid(field, "must not hold the character NUL"));
    }
    Ok(())
}

/// A text that says something.
pub fn name(field: impl Display, given: &str) -> Result<(), Refusal> {
    if given.trim().is_empty() {
        return Err(invalid(field, "must not be empty"));
    }
    text(field, given, NAME)
}

pub fn waybill(field: impl Display, given: &str) -> Result<(), Refusal> {
    if given.trim().is_empty() || given.chars().any(char::is_control) {
        return Err(invalid(field, "must be a carrier's number"));
    }
    text(field, given, WAYBILL)
}

/// An ISO 4217 code.
pub fn currency(field: impl Display, given: &str) -> Result<(), Refusal> {
    if given.len() != 3 || !given.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(invalid(
            field,
            "must be a currency's three capital letters, such as VND",
        ));
    }
    Ok(())
}

/// Each is there once.
pub fn distinct<T: Ord>(
    field: impl Display,
    given: impl Iterator<Item = T>,
) -> Result<(), Refusal> {
    let mut seen = std::collections::BTreeSet::new();
    for it in given {
        if !seen.insert(it) {
            return Err(invalid(field, "names the same twice"));
        }
    }
    Ok(())
}
