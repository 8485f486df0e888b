//! Number formats as the public courier files write them, ready to be matched.
//!
//! Contract: [`Format::new`] takes any format of the schema (see [`file`]) or says what is wrong
//! with it. A number is of a format if one of its shapes fits, the check digit holds and every
//! lookup that must find something does. All formats of a table are asked at once ([`index`]); the
//! answer names every one that fits, never only the first.

pub mod checksum;
pub mod file;
pub mod index;
pub mod lookup;
pub mod pattern;
pub mod text;

use checksum::Checksum;
use file::FormatFile;
use lookup::{Entry, Lookup};
use pattern::{Pattern, PatternError, Shape};
use smallvec::SmallVec;
use std::ops::Range;
use text::Text;

/// Why a format can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error("it has a check digit but no group `{0}` in every shape")]
    Group(&'static str),
    #[error("its check digit is worked out modulo zero")]
    Modulus,
    #[error("it needs the lookup `{0}`, which it has not")]
    Lookup(String),
}

/// How much it says that letters and digits change where a format has them change.
const ORDER_GAIN: f64 = 3.0;
/// So many changes say more than fewer do.
const MOST_ORDER: usize = 4;
/// A known value of a lookup says no more than this.
const MOST_LOOKUP_GAIN: f64 = 16.0;
/// What an unknown value leaves, where the lookup need not find something.
const UNKNOWN_VALUE: f64 = 0.2;

/// A format, ready to be matched.
#[derive(Clone, Debug)]
pub struct Format {
    pub id: String,
    pub name: String,
    pub checksum: Option<Checksum>,
    pub lookups: Vec<Lookup>,
    /// Ids of the formats of those who bring its parcels to the door.
    pub last_mile: Vec<String>,
    pattern: Pattern,
    parts: Vec<Parts>,
    prepend: Option<Prepend>,
    /// Which of the lookups must find something.
    required: Vec<usize>,
}

/// What of a shape is looked at.
#[derive(Clone, Debug)]
pub struct Parts {
    serial: Range<usize>,
    check: Range<usize>,
    /// A lookup's group, where the shape has it, and how much rarer the values that it knows are.
    lookups: Vec<Option<(Range<usize>, f64)>>,
    /// What all its numbers begin with.
    pub prefix: String,
    /// How much rarer its numbers are than any of the same letters and digits, check digit apart.
    pub gain: f64,
    /// Of how many random numbers of the form one has a right check digit; 1 where there is none.
    pub one_in: u32,
    /// Whether every number of so many digits has the form.
    pub plain: bool,
}

#[derive(Clone, Debug)]
struct Prepend {
    condition: fancy_regex::Regex,
    /// The same for the usual condition, that the serial does not begin so.
    unless: Option<Pattern>,
    content: Vec<u8>,
}

/// What a number of the format says.
#[derive(Clone, Debug)]
pub struct Fit<'f> {
    pub format: &'f Format,
    pub parts: &'f Parts,
    /// What the lookups found, in their order.
    pub found: SmallVec<[Option<&'f Entry>; 2]>,
}

impl Format {
    pub fn new(file: &FormatFile) -> Result<Self, FormatError> {
        let pattern = Pattern::parse(&file.regex.joined())?;
        let validation = &file.validation;
        let lookups: Vec<Lookup> = file
            .additional
            .iter()
            .map(Lookup::new)
            .collect::<Result<_, _>>()?;
        let required = validation
            .additional
            .iter()
            .flat_map(|needed| &needed.exists);
        let required = required
            .map(|name| {
                let at = lookups.iter().position(|lookup| lookup.name == *name);
                at.ok_or_else(|| FormatError::Lookup(name.clone()))
            })
            .collect::<Result<_, _>>()?;
        let checksum = validation.checksum.clone();
        if checksum
            .as_ref()
            .is_some_and(|checksum| !checksum.is_sound())
        {
            return Err(FormatError::Modulus);
        }
        let parts = pattern
            .shapes
            .iter()
            .map(|shape| Parts::of(shape, checksum.is_some(), &lookups))
            .collect::<Result<_, _>>()?;
        let prepend = validation.serial_number_format.as_ref();
        let prepend = prepend.and_then(|format| format.prepend_if.as_ref());
        let to_the_door = file
            .partners
            .iter()
            .filter(|partner| partner.partner_type == "carrier");
        Ok(Self {
            id: file.id().to_owned(),
            name: file.name.clone(),
            checksum,
            lookups,
            last_mile: to_the_door
                .map(|partner| partner.partner_id.clone())
                .collect(),
            pattern,
            parts,
            prepend: prepend.map(Prepend::new).transpose()?,
            required,
        })
    }

    pub fn shapes(&self) -> &[Shape] {
        &self.pattern.shapes
    }

    /// Its first lookup over the countries' operators, if it is a format of theirs.
    pub fn operators(&self) -> Option<(usize, &Lookup)> {
        self.lookups
            .iter()
            .enumerate()
            .find(|(_, lookup)| lookup.entries.iter().any(|entry| entry.operator.is_some()))
    }

    /// What a number says that has one of its shapes; None where it is not of the format after all.
    pub fn fit(&self, shape: usize, text: &Text) -> Option<Fit<'_>> {
        let parts = self.parts.get(shape)?;
        if let Some(checksum) = &self.checksum {
            let serial = text.bytes().get(parts.serial.clone())?;
            let check = text.bytes().get(parts.check.clone())?;
            let classes = text.classes().get(parts.serial.clone())?;
            let before = self
                .prepend
                .as_ref()
                .filter(|prepend| prepend.applies(serial, classes))
                .map_or(&[][..], |prepend| &prepend.content);
            if !checksum.holds(before, serial, check) {
                return None;
            }
        }
        let found: SmallVec<[Option<&Entry>; 2]> = self
            .lookups
            .iter()
            .zip(&parts.lookups)
            .map(|(lookup, group)| {
                let (group, _) = group.as_ref()?;
                lookup.find(
                    text.bytes().get(group.clone())?,
                    text.classes().get(group.clone())?,
                )
            })
            .collect();
        let complete = self.required.iter().all(|at| found[*at].is_some());
        (complete && self.pattern.verified(text)).then_some(Fit {
            format: self,
            parts,
            found,
        })
    }
}

impl Fit<'_> {
    /// How many times more often the format has such numbers than chance does.
    pub fn gain(&self) -> f64 {
        let values = self.found.iter().zip(&self.parts.lookups);
        let values = values.filter_map(|(found, lookup)| {
            let (_, gain) = lookup.as_ref()?;
            Some(if found.is_some() {
                *gain
            } else {
                UNKNOWN_VALUE
            })
        });
        self.parts.gain * f64::from(self.parts.one_in) * values.product::<f64>()
    }
}

impl Parts {
    /// Of each lookup, whether the shape has its group.
    pub fn groups(&self) -> impl Iterator<Item = bool> {
        self.lookups.iter().map(Option::is_some)
    }

    fn of(shape: &Shape, checked: bool, lookups: &[Lookup]) -> Result<Self, FormatError> {
        let group = |name| match shape.group(name) {
            None if checked => Err(FormatError::Group(name)),
            found => Ok(found.unwrap_or_default()),
        };
        let (serial, check) = (group("SerialNumber")?, group("CheckDigit")?);
        let prefix = shape.cells.iter().map_while(|cells| cells.single());
        let gain: f64 = shape.cells.iter().map(|cells| cells.gain()).product();
        let order = shape
            .cells
            .windows(2)
            .filter(|two| two[0].parts_from(two[1]));
        let order = i32::try_from(order.count().min(MOST_ORDER)).unwrap_or_default();
        let one_in = if checked {
            shape.cells[check.clone()]
                .first()
                .map_or(1, |cells| cells.count())
        } else {
            1
        };
        Ok(Self {
            serial,
            check,
            lookups: lookups
                .iter()
                .map(|lookup| {
                    let group = shape.group(&lookup.group)?;
                    let space = shape.cells[group.clone()].iter();
                    let space: f64 = space.map(|cells| f64::from(cells.count())).product();
                    Some((
                        group,
                        (space / lookup.values()).clamp(1.0, MOST_LOOKUP_GAIN),
                    ))
                })
                .collect(),
            prefix: prefix.map(char::from).collect(),
            plain: shape.cells.iter().all(|cells| cells.is_any_digit()),
            gain: gain * ORDER_GAIN.powi(order),
            one_in,
        })
    }
}

impl Prepend {
    fn new(file: &file::PrependIf) -> Result<Self, PatternError> {
        let syntax = |error: fancy_regex::Error| {
            PatternError::Syntax(file.matches_regex.clone(), error.to_string())
        };
        let condition = fancy_regex::Regex::new(&file.matches_regex).map_err(syntax)?;
        let usual = file.matches_regex.strip_prefix("^(?!");
        let usual = usual.and_then(|rest| rest.trim_end_matches('$').strip_suffix(").+"));
        Ok(Self {
            condition,
            unless: usual.and_then(|expression| Pattern::parse(expression).ok()),
            content: file.content.clone().into_bytes(),
        })
    }

    fn applies(&self, serial: &[u8], classes: &[u8]) -> bool {
        if let Some(unless) = &self.unless {
            return !unless.starts(classes);
        }
        let serial = std::str::from_utf8(serial).unwrap_or_default();
        self.condition.is_match(serial).unwrap_or(false)
    }
}
