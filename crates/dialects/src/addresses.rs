//! The address directory as our API and the command line tell it.

use serde::Serialize;
use trackway_model::address::{self, Conversion, Epoch, Found, LONGEST, Level, Sureness, Unit};
use utoipa::ToSchema;

/// Why the directory can't be asked so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Unasked {
    /// The parameter.
    pub name: &'static str,
    pub problem: String,
}

impl Unasked {
    fn new(name: &'static str, problem: impl Into<String>) -> Self {
        Self {
            name,
            problem: problem.into(),
        }
    }
}

/// Units that are wanted, as people say it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listing<'a> {
    pub epoch: Option<&'a str>,
    pub level: Option<&'a str>,
    pub province: Option<&'a str>,
    pub district: Option<&'a str>,
    pub name: Option<&'a str>,
}

/// A division.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AddressUnit)]
pub struct UnitTold {
    /// The time in which the code means this unit: `2024`, `2025-01` or `2025-07`.
    #[schema(example = "2024")]
    pub epoch: &'static str,
    /// `province`, `district` or `ward`.
    #[schema(example = "ward")]
    pub level: &'static str,
    /// As the national directory prints it.
    #[schema(example = "26965")]
    pub code: String,
    /// Without its kind.
    #[schema(example = "02")]
    pub name: String,
    #[schema(example = "Phường 02")]
    pub full_name: String,
    /// Of a province: its letters, such as `HCM`.
    pub short_name: Option<String>,
    /// Of a district or ward: the province's code.
    #[schema(example = "79")]
    pub province: Option<String>,
    /// Of a ward that lies in a district: the district's code.
    #[schema(example = "766")]
    pub district: Option<String>,
}

impl UnitTold {
    pub fn of(unit: &'static Unit) -> Self {
        let above = |level| {
            let mut up = unit.parent();
            while let Some(it) = up.filter(|it| it.level() != level) {
                up = it.parent();
            }
            up.map(Unit::code_text)
        };
        Self {
            epoch: unit.epoch().as_str(),
            level: unit.level().as_str(),
            code: unit.code_text(),
            name: unit.name().to_owned(),
            full_name: unit.full_name().to_owned(),
            short_name: unit.short_name().map(str::to_owned),
            province: above(Level::Province),
            district: above(Level::District),
        }
    }
}

/// What a unit is in another epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AddressConversion)]
pub struct Converted {
    pub from: UnitTold,
    /// The epoch that was asked for.
    #[schema(example = "2025-07")]
    pub to: &'static str,
    /// `exact`: all of it lies in the one unit; `split`: it was divided among these; `unknown`: the
    /// directory does not tell, or there is no such level there.
    #[schema(example = "exact")]
    pub result: &'static str,
    pub units: Vec<UnitTold>,
}

/// The epoch of a name; the one in force where none is given.
pub fn epoch(name: &'static str, text: Option<&str>) -> Result<Epoch, Unasked> {
    let Some(text) = text else {
        return Ok(Epoch::LATEST);
    };
    text.parse()
        .map_err(|error| Unasked::new(name, format!("`{name}` {error}")))
}

fn level(text: &str) -> Result<Level, Unasked> {
    text.parse()
        .map_err(|error| Unasked::new("level", format!("`level` {error}")))
}

/// A code as a number, with its zeros or without.
pub fn code(text: &str) -> Result<u32, Unasked> {
    let number = text.trim().parse().ok();
    number.ok_or_else(|| Unasked::new("after", "`after` must be a unit's code"))
}

/// The unit of a code, with its zeros or without.
fn unit(
    name: &'static str,
    epoch: Epoch,
    level: Level,
    code: &str,
) -> Result<&'static Unit, Unasked> {
    let number = code.trim().parse().ok();
    let found = number.and_then(|number| address::unit(epoch, level, number));
    found.ok_or_else(|| {
        let shown: String = code.chars().take(20).collect();
        Unasked::new(name, format!("`{shown}` is no {level} of {epoch}"))
    })
}

/// The units of a level that lie in what is named and whose name fits, by code.
pub fn list(asked: &Listing<'_>) -> Result<Vec<&'static Unit>, Unasked> {
    let epoch = epoch("epoch", asked.epoch)?;
    let wanted = asked.level.map_or(Ok(Level::Province), level)?;
    let of = |name, level, code: Option<&str>| {
        code.map(|code| unit(name, epoch, level, code)).transpose()
    };
    let province = of("province", Level::Province, asked.province)?;
    let district = of("district", Level::District, asked.district)?;
    if let (Some(district), Some(province)) = (district, province)
        && !district.lies_in(province)
    {
        let problem = format!(
            "{} does not lie in {}",
            district.full_name(),
            province.full_name()
        );
        return Err(Unasked::new("district", problem));
    }
    let within = district.or(province);
    let mut units = match asked.name {
        Some(name) => named(epoch, wanted, within, name),
        None => all(epoch, wanted, within),
    };
    units.sort_unstable_by_key(|unit| unit.code());
    Ok(units)
}

/// Those whose name is meant, however it is spelt; where it is none's, those whose name has it within.
fn named(
    epoch: Epoch,
    level: Level,
    within: Option<&'static Unit>,
    name: &str,
) -> Vec<&'static Unit> {
    match address::find(epoch, level, within, name) {
        Found::One(unit) => vec![unit],
        Found::Several(units) => units,
        Found::None => {
            let wanted = address::slug(name);
            let mut units = all(epoch, level, within);
            units.retain(|unit| !wanted.is_empty() && unit.slug().contains(&wanted));
            units
        }
    }
}

fn all(epoch: Epoch, level: Level, within: Option<&'static Unit>) -> Vec<&'static Unit> {
    let mut units = Vec::new();
    match within {
        Some(unit) => gather(unit, level, &mut units),
        None => {
            for province in address::provinces(epoch) {
                gather(province, level, &mut units);
            }
        }
    }
    units
}

fn gather(unit: &'static Unit, level: Level, units: &mut Vec<&'static Unit>) {
    if unit.level() == level {
        units.push(unit);
        return;
    }
    for child in unit.children() {
        gather(child, level, units);
    }
}

/// What the unit of a code is in another epoch.
pub fn convert(
    from: &str,
    level_name: &str,
    code: &str,
    to: Option<&str>,
) -> Result<Converted, Unasked> {
    let from = epoch("from", Some(from))?;
    let to = epoch("to", to)?;
    let unit = unit("code", from, level(level_name)?, code)?;
    let found = unit.convert(to);
    let units = found.candidates().iter().map(|unit| UnitTold::of(unit));
    Ok(Converted {
        from: UnitTold::of(unit),
        to: to.as_str(),
        result: match &found {
            Conversion::Exact(_) => "exact",
            Conversion::Split(_) => "split",
            Conversion::Unknown => "unknown",
        },
        units: units.collect(),
    })
}

/// An address as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ParsedAddress)]
pub struct ParsedTold {
    /// As it was written.
    pub text: String,
    /// What is left without the divisions, the country and the postal code.
    #[schema(example = "12/3 Lý Thường Kiệt")]
    pub street: String,
    pub province: Option<UnitTold>,
    pub district: Option<UnitTold>,
    pub ward: Option<UnitTold>,
    pub postcode: Option<String>,
    /// The epoch of the units.
    pub epoch: Option<&'static str>,
    /// Every epoch that explains the text as well.
    pub epochs: Vec<&'static str>,
    /// `certain`: every level is there; `likely`: the best reading by far, of a text that leaves out
    /// something or writes it loosely; `guess`: something else is nearly as likely, or fits alike;
    /// `nothing`: nothing was recognised.
    #[schema(value_type = String, example = "likely")]
    pub sureness: Sureness,
    /// What fits alike; the units above are what all of these lie in.
    pub ambiguous: Option<AmbiguityTold>,
}

/// Units of one level that a text fits alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AddressAmbiguity)]
pub struct AmbiguityTold {
    pub level: &'static str,
    /// By code, the first twenty.
    pub candidates: Vec<UnitTold>,
}

/// Reads a text as of an epoch, or of the one that explains it best.
pub fn parse(text: &str, epoch_name: Option<&str>) -> Result<ParsedTold, Unasked> {
    let epoch = epoch_name
        .map(|name| epoch("epoch", Some(name)))
        .transpose()?;
    if text.trim().is_empty() || text.len() > LONGEST {
        let problem = format!("`text` must have 1 to {LONGEST} bytes");
        return Err(Unasked::new("text", problem));
    }
    let read = address::parse(text, epoch);
    let ambiguous = read.ambiguous.map(|it| AmbiguityTold {
        level: it.level.as_str(),
        candidates: it.candidates.into_iter().map(UnitTold::of).collect(),
    });
    Ok(ParsedTold {
        text: text.to_owned(),
        street: read.street,
        province: read.province.map(UnitTold::of),
        district: read.district.map(UnitTold::of),
        ward: read.ward.map(UnitTold::of),
        postcode: read.postcode,
        epoch: read.epoch.map(Epoch::as_str),
        epochs: read.epochs.into_iter().map(Epoch::as_str).collect(),
        sureness: read.sureness,
        ambiguous,
    })
}
