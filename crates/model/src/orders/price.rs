//! Rate cards: what carrying costs, as data, and the quote that follows from one. Exact decimals;
//! rounding only where the card says to what.

use super::Decimal;
use serde::{Deserialize, Serialize};

/// Prices by weight within a zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    pub name: String,
    /// Pairs of provinces by key, from and to; `*` stands for any, `=` for the same as the other.
    pub lanes: Vec<(String, String)>,
    /// Up to so many grams: the price. In order of weight.
    pub steps: Vec<(i64, Decimal)>,
    /// Beyond the last step: for each begun so many grams, so much more.
    pub more: (i64, Decimal),
}

/// A share of an amount: percent, at least so much, and nothing up to a bound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Share {
    pub percent: Decimal,
    pub least: Decimal,
    pub free_up_to: Decimal,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateCard {
    pub name: String,
    pub currency: String,
    /// Cubic centimetres that weigh as a kilogram.
    pub volumetric_divisor: Decimal,
    /// The first whose lane matches.
    pub zones: Vec<Zone>,
    pub cod: Share,
    pub insurance: Share,
    /// Districts by key that cost more, and how much.
    pub remote: Vec<u32>,
    pub remote_fee: Decimal,
    pub fuel_percent: Decimal,
    pub vat_percent: Decimal,
    /// Totals are rounded up to a multiple of this; 0: not at all.
    pub round_to: Decimal,
}
