//! Whose number it is: carriers ranked by probability, with what speaks for each and against it.
//!
//! Contract: of a number, every format of the catalog that fits is weighed, and `chance` beside
//! them: that it is nobody's number, or of somebody whom the catalog does not know. A format's weight
//! is how often it is asked about (its share) times how much more often it has such numbers than
//! chance does: fixed letters, narrow places, known values, and the check digit, each by as much as it
//! is rare. So a format that every string of digits fits weighs no more than its share, and a check
//! digit that one random number in ten passes weighs ten times that and no more. A carrier's
//! probability is its formats' part of the sum. Candidates come with the most likely first; equal
//! ones by code. All that fit are named; [`Detection::likely`] names one only if it is more likely
//! than everything else together, chance included, and otherwise abstains.

mod evidence;

use crate::catalog::{Carrier, Catalog, Listed, Mode, Owner, Standard};
use crate::courier::Fit;
use crate::courier::text::Text;
use crate::identifiers::{Identifier, Reading};
pub use evidence::Evidence;
use smallvec::SmallVec;

/// From this probability on a carrier is likely.
pub const LIKELY: f64 = 0.5;
/// Below this a candidate is named for completeness only.
pub const POSSIBLE: f64 = 0.02;

/// How often a number of any one form is nobody's whom the catalog knows, against all carriers'
/// numbers together. People paste order numbers and telephone numbers, so it is high: what every
/// string of digits fits, with one check digit, stays below even odds.
const CHANCE: f64 = 0.5;
/// How much more a carrier is asked about where it works, and how much less elsewhere.
const IN_COUNTRY: f64 = 5.0;
const ELSEWHERE: f64 = 0.1;
/// The same for what is carried.
const SAME_MODE: f64 = 20.0;
const OTHER_MODE: f64 = 0.02;
/// Part of a line's boxes that it carries itself; the others are lent or sold.
const OWN_BOXES: f64 = 0.85;
/// Prefixes that a waybill could have.
const PREFIXES: f64 = 1_000.0;
/// A number that fits only without its signs is less surely of the format.
const WITHOUT_SIGNS: f64 = 0.5;
/// An operator that is named for a service, against one that is named for all.
const NAMED_SERVICE: f64 = 4.0;

/// What is known of a number besides itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'h> {
    /// Where it was met, as ISO 3166 alpha-2.
    pub country: Option<&'h str>,
    pub mode: Option<Mode>,
    /// Only carriers for whom this dialect has a code.
    pub dialect: Option<&'h str>,
}

/// A carrier whose number it may be.
#[derive(Clone, Debug)]
pub struct Candidate<'c> {
    pub carrier: &'c Carrier,
    /// The carrier's code in the dialect of the hints, else ours.
    pub code: &'c str,
    /// The format of its that fits best.
    pub format: &'c str,
    /// From 0 to 1.
    pub probability: f64,
    pub evidence: SmallVec<[Evidence<'c>; 8]>,
}

/// What was found of a number.
#[derive(Clone, Debug, Default)]
pub struct Detection<'c> {
    /// The number as it was compared; None where no number has such characters or such a length.
    pub number: Option<String>,
    /// Every carrier whose format fits, the most likely first.
    pub candidates: Vec<Candidate<'c>>,
}

impl<'c> Detection<'c> {
    /// The carrier that is more likely than all else together; None: better not to say.
    pub fn likely(&self) -> Option<&Candidate<'c>> {
        self.candidates
            .first()
            .filter(|first| first.probability >= LIKELY)
    }

    /// Those worth showing to somebody who chooses.
    pub fn possible(&self) -> impl Iterator<Item = &Candidate<'c>> {
        self.candidates
            .iter()
            .take_while(|one| one.probability >= POSSIBLE)
    }

    /// The standards' numbers that it may be, check digits right or wrong.
    pub fn identifiers(&self) -> Vec<Reading> {
        self.number
            .as_deref()
            .map(Identifier::all)
            .unwrap_or_default()
    }
}

/// A format that fits.
#[derive(Debug)]
struct Match<'c> {
    listed: Listed,
    fit: Fit<'c>,
    /// Whether signs were left out.
    bare: bool,
}

/// A carrier with its best format so far.
#[derive(Clone, Copy, Debug)]
struct Weighed {
    carrier: u16,
    weight: f64,
    /// Weight and place of the match that weighs most.
    best: (f64, usize),
}

impl Catalog {
    /// Ranks the carriers whose number this may be.
    pub fn detect<'c>(&'c self, number: &str, hints: &Hints<'_>) -> Detection<'c> {
        let Some(text) = Text::read(number) else {
            return Detection::default();
        };
        let matches = self.matches(&text);
        let mut weighed: SmallVec<[Weighed; 8]> = SmallVec::new();
        let mut others = 0.0;
        for (at, one) in matches.iter().enumerate() {
            let weight = one.weight();
            let text = if one.bare { text.bare() } else { Some(text) };
            let mut left = weight;
            self.owners_of(one, text.as_ref(), |carrier, part| {
                left -= weight * part;
                let known = self.hinted(carrier, one.mode(), hints);
                add(&mut weighed, carrier, weight * part * known, at);
            });
            others += left.max(0.0);
        }
        let sum = CHANCE + others + weighed.iter().map(|one| one.weight).sum::<f64>();
        let mut candidates: Vec<Candidate<'c>> = weighed
            .iter()
            .filter_map(|one| {
                let carrier = &self.carriers[usize::from(one.carrier)];
                let code = match hints.dialect {
                    Some(dialect) => self.code(dialect, &carrier.code)?,
                    None => &carrier.code,
                };
                let found = &matches[one.best.1];
                Some(Candidate {
                    carrier,
                    code,
                    format: &found.fit.format.name,
                    probability: one.weight / sum,
                    evidence: evidence::of(found, carrier, &text, hints),
                })
            })
            .collect();
        candidates.sort_by(|a, b| {
            let order = b.probability.total_cmp(&a.probability);
            order.then_with(|| a.code.cmp(b.code))
        });
        Detection {
            number: Some(text.as_str().to_owned()),
            candidates,
        }
    }

    fn matches(&self, text: &Text) -> SmallVec<[Match<'_>; 8]> {
        let mut matches: SmallVec<[Match<'_>; 8]> = SmallVec::new();
        let mut ask = |text: &Text, bare: bool| {
            self.index.fits(&self.formats, text, |at, fit| {
                let same = |one: &Match<'_>| std::ptr::eq(one.fit.format, fit.format);
                // Of a format's shapes the one that says most counts.
                match matches.iter_mut().find(|one| same(one)) {
                    Some(known) if known.bare || known.fit.gain() < fit.gain() => known.fit = fit,
                    Some(_) => {}
                    None => matches.push(Match {
                        listed: self.listed[at],
                        fit,
                        bare,
                    }),
                }
            });
        };
        ask(text, false);
        if let Some(bare) = text.bare() {
            ask(&bare, true);
        }
        matches
    }

    /// The carriers whose a match may be, each with its part.
    fn owners_of(&self, one: &Match<'_>, text: Option<&Text>, mut take: impl FnMut(u16, f64)) {
        let bytes = text.map_or(&[][..], Text::bytes);
        match one.listed.owner {
            Owner::Carrier(carrier) => take(carrier, 1.0),
            Owner::Standard(Standard::Post) => {
                let country = bytes.last_chunk::<2>();
                let posts = country.and_then(|country| self.posts.get(country));
                let service = bytes.first().map(|byte| char::from(*byte));
                let part = |services: &Option<String>| match (services, service) {
                    (None, _) => 1.0,
                    (Some(known), Some(service)) if known.contains(service) => NAMED_SERVICE,
                    _ => 0.0,
                };
                let posts = posts.map(SmallVec::as_slice).unwrap_or_default();
                let sum: f64 = posts.iter().map(|post| part(&post.services)).sum();
                for post in posts {
                    let part = part(&post.services);
                    if part > 0.0 {
                        take(post.carrier, part / sum);
                    }
                }
            }
            Owner::Standard(Standard::Container) => {
                let prefix = bytes.first_chunk::<4>();
                if let Some(line) = prefix.and_then(|prefix| self.owners.get(prefix)) {
                    take(*line, OWN_BOXES);
                }
            }
            Owner::Standard(Standard::Airline) => {
                let prefix = bytes.first_chunk::<3>();
                if let Some(line) = prefix.and_then(|prefix| self.airlines.get(prefix)) {
                    // Of a thousand prefixes few are an airline's.
                    take(*line, PREFIXES / self.airlines.len() as f64);
                }
            }
        }
    }

    /// What the hints make of a carrier.
    fn hinted(&self, carrier: u16, mode: Option<Mode>, hints: &Hints<'_>) -> f64 {
        let carrier = &self.carriers[usize::from(carrier)];
        let by_mode = match (hints.mode, mode) {
            (None, _) => 1.0,
            (Some(asked), Some(mode)) if asked == mode => SAME_MODE,
            (Some(asked), None) if carrier.carries(asked) => SAME_MODE,
            (Some(_), _) => OTHER_MODE,
        };
        // International post is met anywhere, and so are boxes and air freight.
        let by_country = match hints.country {
            Some(country) if mode.is_none() && !carrier.countries.is_empty() => {
                if carrier.works_in(country) {
                    IN_COUNTRY
                } else {
                    ELSEWHERE
                }
            }
            _ => 1.0,
        };
        by_mode * by_country
    }
}

impl Match<'_> {
    /// Share times gain.
    fn weight(&self) -> f64 {
        let signs = if self.bare { WITHOUT_SIGNS } else { 1.0 };
        self.listed.share * self.fit.gain() * signs
    }

    /// What a standard's number is of; a carrier's own formats go by the carrier.
    const fn mode(&self) -> Option<Mode> {
        match self.listed.owner {
            Owner::Carrier(_) => None,
            Owner::Standard(Standard::Post) => Some(Mode::Parcel),
            Owner::Standard(Standard::Container) => Some(Mode::Ocean),
            Owner::Standard(Standard::Airline) => Some(Mode::Air),
        }
    }
}

fn add(weighed: &mut SmallVec<[Weighed; 8]>, carrier: u16, weight: f64, at: usize) {
    match weighed.iter_mut().find(|one| one.carrier == carrier) {
        Some(known) => {
            known.weight += weight;
            if weight > known.best.0 {
                known.best = (weight, at);
            }
        }
        None => weighed.push(Weighed {
            carrier,
            weight,
            best: (weight, at),
        }),
    }
}
