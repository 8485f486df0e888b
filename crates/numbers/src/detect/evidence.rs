//! What speaks for a candidate and against it.

use super::{Hints, Match, OWN_BOXES};
use crate::catalog::{Carrier, Mode, Owner, Standard};
use crate::courier::text::Text;
use smallvec::SmallVec;
use std::fmt;

/// A reason. `Display` is the reason in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence<'c> {
    /// It has a format of the carrier's.
    Format { name: &'c str },
    /// It begins as the format's numbers do.
    Prefix { prefix: &'c str },
    /// Its check digit is right.
    CheckDigit { rule: &'static str, one_in: u32 },
    /// The format has no check digit.
    NoCheckDigit,
    /// Every number of so many digits has the form.
    PlainDigits { digits: usize },
    /// A part of it has a known meaning.
    Value { part: &'c str, name: &'c str },
    /// A part of it has no known meaning.
    UnknownValue { part: &'c str },
    /// It has the country of the carrier's.
    CountryCode { country: &'c str },
    /// It has the airline's prefix.
    AirlinePrefix { airline: &'c str },
    /// The container's prefix is the line's.
    OwnerPrefix { owner: &'c str },
    /// The form fits without its signs only.
    WithoutSigns,
    /// The carrier works in the country of the hint, or does not.
    WorksThere { country: String, works: bool },
    /// The number is of the kind of transport of the hint, or is not.
    Carries { mode: Mode, carries: bool },
    /// Another carrier brings such parcels to the door.
    LastMile { format: &'c str },
}

impl Evidence<'_> {
    /// What sort of reason it is, for programs.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Format { .. } => "format",
            Self::Prefix { .. } => "prefix",
            Self::CheckDigit { .. } => "check_digit",
            Self::NoCheckDigit => "no_check_digit",
            Self::PlainDigits { .. } => "plain_digits",
            Self::Value { .. } => "value",
            Self::UnknownValue { .. } => "unknown_value",
            Self::CountryCode { .. } => "country_code",
            Self::AirlinePrefix { .. } => "airline_prefix",
            Self::OwnerPrefix { .. } => "owner_prefix",
            Self::WithoutSigns => "without_signs",
            Self::WorksThere { .. } => "works_there",
            Self::Carries { .. } => "carries",
            Self::LastMile { .. } => "last_mile",
        }
    }
}

impl fmt::Display for Evidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format { name } => write!(f, "it has the form of {name}"),
            Self::Prefix { prefix } => write!(f, "such numbers begin with {prefix}"),
            Self::CheckDigit { rule, one_in } => write!(
                f,
                "its check digit ({rule}) is right, as in one of {one_in} random numbers"
            ),
            Self::NoCheckDigit => f.write_str("the form has no check digit"),
            Self::PlainDigits { digits } => {
                write!(f, "every number of {digits} digits has this form")
            }
            Self::Value { part, name } => write!(f, "{part}: {name}"),
            Self::UnknownValue { part } => write!(f, "{part}: no known one"),
            Self::CountryCode { country } => write!(f, "it names the country {country}"),
            Self::AirlinePrefix { airline } => write!(f, "it has the prefix of {airline}"),
            Self::OwnerPrefix { owner } => write!(
                f,
                "the box belongs to {owner}, which carries about {:.0} of 100 of its boxes itself",
                OWN_BOXES * 100.0
            ),
            Self::WithoutSigns => f.write_str("the form fits when dashes and dots are left out"),
            Self::WorksThere { country, works } => {
                let not = if *works { "" } else { "not " };
                write!(f, "the carrier is {not}known to work in {country}")
            }
            Self::Carries { mode, carries } => {
                let not = if *carries { "" } else { "not " };
                write!(f, "it is {not}a number of this kind: {}", mode.name())
            }
            Self::LastMile { format } => {
                write!(f, "another carrier brings it to the door ({format})")
            }
        }
    }
}

/// What there is to say of a match as the carrier's.
pub(super) fn of<'c>(
    found: &Match<'c>,
    carrier: &'c Carrier,
    text: &Text,
    hints: &Hints<'_>,
) -> SmallVec<[Evidence<'c>; 8]> {
    let fit = &found.fit;
    let mut said = SmallVec::new();
    said.push(Evidence::Format {
        name: &fit.format.name,
    });
    if !fit.parts.prefix.is_empty() {
        said.push(Evidence::Prefix {
            prefix: &fit.parts.prefix,
        });
    }
    said.push(match &fit.format.checksum {
        Some(checksum) => Evidence::CheckDigit {
            rule: checksum.title(),
            one_in: fit.parts.one_in,
        },
        None => Evidence::NoCheckDigit,
    });
    if fit.parts.plain {
        let digits = text.bytes().len();
        said.push(Evidence::PlainDigits { digits });
    }
    for ((lookup, entry), group) in fit
        .format
        .lookups
        .iter()
        .zip(&fit.found)
        .zip(fit.parts.groups())
    {
        match entry {
            Some(entry) if entry.operator.is_none() => said.push(Evidence::Value {
                part: &lookup.name,
                name: &entry.name,
            }),
            Some(entry) => said.push(Evidence::CountryCode {
                country: &entry.name,
            }),
            None if group => said.push(Evidence::UnknownValue { part: &lookup.name }),
            None => {}
        }
    }
    let name = &carrier.names.en;
    match found.listed.owner {
        Owner::Standard(Standard::Airline) => said.push(Evidence::AirlinePrefix { airline: name }),
        Owner::Standard(Standard::Container) => said.push(Evidence::OwnerPrefix { owner: name }),
        Owner::Standard(Standard::Post) | Owner::Carrier(_) => {}
    }
    if found.bare {
        said.push(Evidence::WithoutSigns);
    }
    let to_the_door = fit.format.last_mile.iter();
    said.extend(to_the_door.map(|format| Evidence::LastMile { format }));
    let told = found.mode().is_none() && !carrier.countries.is_empty();
    if let Some(country) = hints.country.filter(|_| told) {
        said.push(Evidence::WorksThere {
            country: country.to_owned(),
            works: carrier.works_in(country),
        });
    }
    if let Some(mode) = hints.mode {
        let own = found.mode();
        let carries = own.map_or_else(|| carrier.carries(mode), |own| own == mode);
        said.push(Evidence::Carries { mode, carries });
    }
    said
}
