//! What was found of a number, as our API and the command line tell it.

use crate::{Desk, registry};
use serde::Serialize;
use trackway_numbers::detect::LIKELY;
use trackway_numbers::{Candidate, Detection, Evidence, Hints, Mode, Reading};
use utoipa::ToSchema;

/// Why hints can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HintError {
    #[error("`{0}` is no country's code: two letters such as VN")]
    Country(String),
    #[error("`{0}` is no kind of transport: parcel, ocean or air")]
    Mode(String),
    #[error("no dialect `{0}`")]
    Dialect(String),
}

/// Hints as people give them.
pub fn hints<'h>(
    country: Option<&'h str>,
    mode: Option<&str>,
    dialect: Option<&'h str>,
) -> Result<Hints<'h>, HintError> {
    let is_country = |code: &str| code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic());
    if let Some(code) = country.filter(|code| !is_country(code)) {
        return Err(HintError::Country(code.to_owned()));
    }
    if let Some(name) = dialect.filter(|name| registry::find(name).is_none()) {
        return Err(HintError::Dialect(name.to_owned()));
    }
    let mode = mode
        .map(|name| Mode::parse(name).ok_or_else(|| HintError::Mode(name.to_owned())))
        .transpose()?;
    Ok(Hints {
        country,
        mode,
        dialect,
    })
}

/// What was found of a number.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Detection)]
pub struct Detected {
    /// The number as it was asked about.
    pub number: String,
    /// The carrier that is more likely than everything else together; null: better not to say.
    pub likely: Option<String>,
    /// Every carrier that has such numbers, the most likely first.
    pub candidates: Vec<DetectedCarrier>,
    /// Numbers of a standard that it may be.
    pub identifiers: Vec<DetectedIdentifier>,
}

/// A carrier whose number it may be.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DetectedCarrier {
    /// Trackway's code.
    #[schema(example = "vnpost")]
    pub carrier: String,
    pub name: String,
    /// The code in the dialect that was asked for; Trackway's where none was.
    pub code: String,
    /// What such numbers are called.
    pub format: String,
    /// From 0 to 1; what is missing to 1 in the sum is that it is nobody's.
    #[schema(minimum = 0, maximum = 1)]
    pub probability: f64,
    /// What speaks for it, and against.
    pub evidence: Vec<DetectedReason>,
}

/// A reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DetectedReason {
    /// For programs, such as `check_digit` or `plain_digits`.
    pub kind: &'static str,
    /// For people.
    pub text: String,
}

/// A number of a standard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DetectedIdentifier {
    /// `s10`, `container`, `sscc`, `air_waybill` or `imo_ship`.
    pub kind: &'static str,
    /// As the standard writes it; null where something is wrong with it.
    pub number: Option<String>,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// Asks a desk about a number.
pub fn detect(desk: &(impl Desk + ?Sized), number: &str, hints: &Hints<'_>) -> Detected {
    told(number, &desk.detect(number, hints), hints)
}

/// A detection, told. Of a dialect that is one carrier's own, only that carrier is.
pub fn told(number: &str, found: &Detection<'_>, hints: &Hints<'_>) -> Detected {
    let dialect = hints.dialect.and_then(registry::find);
    let speaks = |one: &&Candidate<'_>| dialect.is_none_or(|it| it.carrier(one.code).is_some());
    let candidates: Vec<_> = found.candidates.iter().filter(speaks).collect();
    let likely = candidates
        .first()
        .filter(|first| first.probability >= LIKELY);
    Detected {
        number: number.to_owned(),
        likely: likely.map(|one| one.carrier.code.clone()),
        candidates: candidates.into_iter().map(candidate).collect(),
        identifiers: found.identifiers().iter().map(identifier).collect(),
    }
}

fn candidate(one: &Candidate<'_>) -> DetectedCarrier {
    DetectedCarrier {
        carrier: one.carrier.code.clone(),
        name: one.carrier.names.en.clone(),
        code: one.code.to_owned(),
        format: one.format.to_owned(),
        // Four places: more would promise what nobody knows.
        probability: (one.probability * 1e4).round() / 1e4,
        evidence: one.evidence.iter().map(reason).collect(),
    }
}

fn reason(said: &Evidence<'_>) -> DetectedReason {
    DetectedReason {
        kind: said.kind(),
        text: said.to_string(),
    }
}

fn identifier(reading: &Reading) -> DetectedIdentifier {
    DetectedIdentifier {
        kind: reading.kind,
        number: reading.read.as_ref().ok().map(ToString::to_string),
        problem: reading.read.as_ref().err().map(ToString::to_string),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_numbers::catalog;

    fn asked(number: &str, dialect: Option<&str>) -> Detected {
        let hints = hints(None, None, dialect).expect("the dialect is one");
        told(number, &catalog::in_force().detect(number, &hints), &hints)
    }

    #[test]
    fn a_dialect_tells_of_carriers_that_it_knows() {
        let container = "MSKU0000080";
        assert_eq!(asked(container, None).candidates[0].code, "maersk");
        assert_eq!(
            asked(container, Some("native")).candidates[0].code,
            "maersk"
        );
        assert!(asked(container, Some("247express")).candidates.is_empty());
        let own = asked("VD0000001", Some("247express"));
        assert_eq!(own.likely.as_deref(), Some("247express"));
    }

    #[test]
    fn hints_that_are_none_are_told() {
        let wrong = |country, mode, dialect| hints(country, mode, dialect).unwrap_err().to_string();
        assert!(wrong(Some("Vietnam"), None, None).contains("Vietnam"));
        assert!(wrong(None, Some("camel"), None).contains("ocean"));
        assert!(wrong(None, None, Some("nobody")).contains("nobody"));
        assert!(hints(Some("vn"), Some("air"), Some("native")).is_ok());
    }
}
