//! The check digits that courier files name, over a serial's characters.

use serde::Deserialize;

/// A check digit's rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum Checksum {
    /// Places count from 0 at the left, or at the right where `reverse`.
    Mod10 {
        evens_multiplier: u32,
        odds_multiplier: u32,
        #[serde(default)]
        reverse: bool,
    },
    Mod7 {},
    #[serde(rename = "sum_product_with_weightings_and_modulo")]
    SumProduct {
        weightings: Vec<u32>,
        modulo1: u32,
        modulo2: u32,
    },
    S10 {},
    Luhn {},
    /// ISO 7064, letters and digits.
    #[serde(rename = "mod_37_36")]
    Mod3736 {},
    /// ISO 6346, over owner and serial together.
    Iso6346 {},
}

impl Checksum {
    /// How it is called among people.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Mod10 { .. } => "modulo 10",
            Self::Mod7 {} => "modulo 7",
            Self::SumProduct { .. } => "weighted sum",
            Self::S10 {} => "UPU S10",
            Self::Luhn {} => "Luhn",
            Self::Mod3736 {} => "ISO 7064 modulo 37,36",
            Self::Iso6346 {} => "ISO 6346",
        }
    }

    /// Whether it can be worked out at all: no modulus is zero.
    pub fn is_sound(&self) -> bool {
        match self {
            Self::SumProduct {
                modulo1, modulo2, ..
            } => *modulo1 > 0 && *modulo2 > 0,
            _ => true,
        }
    }

    /// Whether the check digit fits the serial. `before` is what the serial is prefixed with.
    pub fn holds(&self, before: &[u8], serial: &[u8], check: &[u8]) -> bool {
        let [check] = check else { return false };
        let length = before.len() + serial.len();
        let serial = || before.iter().chain(serial).copied();
        let found = match self {
            Self::Mod3736 {} => return mod_37_36(serial()).is_some_and(|byte| byte == *check),
            Self::Mod10 {
                evens_multiplier,
                odds_multiplier,
                reverse,
            } => {
                let weights = (*evens_multiplier, *odds_multiplier);
                Some(mod_10(serial(), length, weights, *reverse))
            }
            Self::Mod7 {} => serial()
                .map(digit)
                .try_fold(0, |rest, digit| Some((rest * 10 + digit?) % 7)),
            Self::SumProduct {
                weightings,
                modulo1,
                modulo2,
            } => weighted(serial(), weightings).map(|sum| sum % modulo1 % modulo2),
            Self::S10 {} => {
                weighted(serial(), &[8, 6, 4, 2, 3, 5, 9, 7]).map(|sum| match 11 - sum % 11 {
                    10 => 0,
                    11 => 5,
                    digit => digit,
                })
            }
            Self::Luhn {} => luhn(serial()),
            Self::Iso6346 {} => {
                return crate::identifiers::Container::parse(
                    &serial().chain([*check]).map(char::from).collect::<String>(),
                )
                .is_ok();
            }
        };
        found.is_some() && found == digit(*check)
    }
}

fn digit(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

/// Letters count as the courier files say: their character's number less 3, modulo 10.
fn mod_10(
    serial: impl Iterator<Item = u8>,
    length: usize,
    (evens, odds): (u32, u32),
    reverse: bool,
) -> u32 {
    let sum: u32 = serial
        .enumerate()
        .map(|(at, byte)| {
            let value = digit(byte).unwrap_or_else(|| u32::from(byte).saturating_sub(3) % 10);
            let at = if reverse { length - 1 - at } else { at };
            let weight = if at.is_multiple_of(2) { evens } else { odds };
            value * (weight % 10)
        })
        .sum();
    (10 - sum % 10) % 10
}

fn weighted(serial: impl Iterator<Item = u8>, weights: &[u32]) -> Option<u32> {
    let mut weights = weights.iter();
    let mut sum = 0_u32;
    for byte in serial {
        sum = sum.checked_add(digit(byte)?.checked_mul(*weights.next()?)?)?;
    }
    weights.next().is_none().then_some(sum)
}

fn luhn(serial: impl DoubleEndedIterator<Item = u8>) -> Option<u32> {
    let mut sum = 0;
    for (at, byte) in serial.rev().enumerate() {
        let value = digit(byte)? * if at.is_multiple_of(2) { 2 } else { 1 };
        sum += value / 10 + value % 10;
    }
    Some((10 - sum % 10) % 10)
}

/// ISO 7064 modulo 37,36: the check character.
fn mod_37_36(serial: impl Iterator<Item = u8>) -> Option<u8> {
    let mut product = 36;
    for byte in serial {
        let value = char::from(byte).to_digit(36)?;
        let sum = (product + value) % 36;
        product = (if sum == 0 { 36 } else { sum }) * 2 % 37;
    }
    let check = (37 - product) % 36;
    char::from_digit(check, 36).map(|found| found.to_ascii_uppercase() as u8)
}
