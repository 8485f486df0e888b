//! The tables of `carriers/*.toml`.

use super::Mode;
use crate::courier::file::FormatFile;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarriersFile {
    #[serde(default)]
    pub carrier: Vec<Spanned<CarrierFile>>,
    #[serde(default)]
    pub standard: Vec<Spanned<StandardFile>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarrierFile {
    /// Ours: lower case, digits, `-` and `_`.
    pub code: String,
    pub names: Names,
    #[serde(default)]
    pub site: Option<String>,
    /// The carrier's page about a parcel, with `{number}` for the number.
    #[serde(default)]
    pub link: Option<String>,
    /// Where it works, as ISO 3166 alpha-2; empty: everywhere.
    #[serde(default)]
    pub countries: Vec<String>,
    #[serde(default = "parcels")]
    pub modes: Vec<Mode>,
    /// The zone in which it writes its local times, if it writes them in one.
    #[serde(default)]
    pub zone: Option<String>,
    /// How many of all numbers that are asked about are its own: between 0 and 1.
    #[serde(default = "small")]
    pub share: f64,
    /// Its codes in the dialects; where one is left out, an aggregator knows it by ours.
    #[serde(default)]
    pub dialects: BTreeMap<String, DialectCode>,
    /// Courier files whose formats are its own.
    #[serde(default)]
    pub couriers: Vec<String>,
    /// Of those formats, by id, how much of its numbers have them.
    #[serde(default)]
    pub shares: BTreeMap<String, f64>,
    #[serde(default)]
    pub formats: Vec<FormatFile>,
    /// Countries for which it gives out S10 numbers.
    #[serde(default)]
    pub s10: Vec<PostFile>,
    /// Prefixes of airlines' waybills.
    #[serde(default)]
    pub awb: Vec<String>,
    #[serde(default)]
    pub scac: Option<String>,
    #[serde(default)]
    pub smdg: Option<String>,
    /// Prefixes of containers that it owns.
    #[serde(default)]
    pub containers: Vec<String>,
}

/// A name in the languages of our pages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    pub en: String,
    #[serde(default)]
    pub vi: Option<String>,
    #[serde(default)]
    pub zh: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum DialectCode {
    /// Inferred.
    Code(String),
    Marked {
        code: String,
        /// Whether the vendor's own pages show it.
        documented: bool,
    },
}

impl DialectCode {
    pub fn code(&self) -> &str {
        match self {
            Self::Code(code) | Self::Marked { code, .. } => code,
        }
    }

    pub const fn is_documented(&self) -> bool {
        matches!(
            self,
            Self::Marked {
                documented: true,
                ..
            }
        )
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostFile {
    pub country: String,
    /// First letters of its service indicators; all where left out.
    #[serde(default)]
    pub services: Option<String>,
}

/// A format that a standard gives to many carriers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardFile {
    pub owner: Standard,
    /// How many of all numbers that are asked about have it.
    pub share: f64,
    /// The courier file that has it, or the format itself.
    #[serde(default)]
    pub courier: Option<String>,
    #[serde(default)]
    pub format: Option<FormatFile>,
}

/// How a standard's number tells whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standard {
    /// By the operator's country and the service.
    Post,
    /// By the owner's prefix; the box may be lent.
    Container,
    /// By the airline's prefix.
    Airline,
}

fn parcels() -> Vec<Mode> {
    vec![Mode::Parcel]
}

const fn small() -> f64 {
    0.001
}
