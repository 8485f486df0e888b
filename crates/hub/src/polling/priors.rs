//! How likely it is that something new happens to a parcel: hazard rates by stage, by the time since
//! its last change, by the local hour and by carrier. A table, not code: `priors.csv`.
//!
//! These are *priors*: reasoned from how parcel networks work (vans leave in the morning, lines
//! between hubs run at night, offices close, what has not moved for a week hardly moves), not counted.
//! They decide only *when* a number is asked, never what is told of it: wrong ones cost calls or
//! hours, no truth.
//!
//! A row is `carrier,what,stage,values`; carrier `*` is every carrier without a row of its own, an
//! empty stage is every stage without one. `age` names where the bins of age begin, in hours; `rate`
//! gives happenings an hour for each bin; `hour` weighs the 24 hours of the carrier's day, and is
//! scaled to a mean of 1 when it is read.
//!
//! [`Profile::hazard`] is the table as it stands; [`Profile::belief`] is what the schedule works with:
//! it leaves a fifth of its belief to happenings that know neither hour nor age, so that a wrong table
//! costs little.

use std::collections::HashMap;
use trackway_model::Stage;

const TABLE: &str = include_str!("priors.csv");
/// Every carrier without a row of its own.
const ANY: &str = "*";
const HOURS: usize = 24;
const STAGES: usize = Stage::ALL.len();
/// The part of belief that is not the table's, and what it believes of a living parcel: happenings
/// an hour.
const DOUBT: f64 = 0.2;
const DOUBTED: f64 = 0.05;

/// The table, by carrier.
#[derive(Clone, Debug)]
pub struct Priors {
    any: Profile,
    carriers: HashMap<String, Profile>,
}

/// Of one carrier.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Where the bins of age begin, in hours, ascending from 0.
    ages: Vec<f64>,
    /// Happenings an hour, by stage and bin.
    rates: Vec<Vec<f64>>,
    /// By stage and local hour, with a mean of 1.
    hours: Vec<[f64; HOURS]>,
}

/// Why a table can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {problem}")]
pub struct PriorsError {
    /// Counted from 1, the header left out.
    pub row: usize,
    pub problem: &'static str,
}

impl Priors {
    pub fn built_in() -> Result<Self, PriorsError> {
        Self::parse(TABLE)
    }

    /// Rows of a carrier come after those for all.
    pub fn parse(table: &str) -> Result<Self, PriorsError> {
        let mut priors = Self {
            any: Profile::unset(),
            carriers: HashMap::new(),
        };
        let rows = table.lines().skip(1).filter(|line| !line.is_empty());
        for (row, line) in (1..).zip(rows) {
            let told = |problem| PriorsError { row, problem };
            priors.read(line).map_err(told)?;
        }
        Ok(priors)
    }

    fn read(&mut self, line: &str) -> Result<(), &'static str> {
        let mut cells = line.split(',');
        let (Some(carrier), Some(what), Some(stage), Some(values), None) = (
            cells.next(),
            cells.next(),
            cells.next(),
            cells.next(),
            cells.next(),
        ) else {
            return Err("it has not four cells");
        };
        let values: Vec<f64> = values
            .split(' ')
            .map(|text| {
                text.parse()
                    .ok()
                    .filter(|v: &f64| v.is_finite() && *v >= 0.0)
            })
            .collect::<Option<_>>()
            .ok_or("a value is no number from 0 on")?;
        let stage = match stage {
            "" => None,
            name => Some(stage_of(name).ok_or("there is no such stage")?),
        };
        let profile = if carrier == ANY {
            if !self.carriers.is_empty() {
                return Err("a row for all carriers comes after one carrier's");
            }
            &mut self.any
        } else {
            let any = &self.any;
            self.carriers
                .entry(carrier.to_owned())
                .or_insert_with(|| any.clone())
        };
        profile.set(what, stage, values)
    }

    /// Of a carrier, by our code.
    pub fn of(&self, carrier: &str) -> &Profile {
        self.carriers.get(carrier).unwrap_or(&self.any)
    }
}

impl Profile {
    fn unset() -> Self {
        Self {
            ages: vec![0.0],
            rates: vec![vec![0.0]; STAGES],
            hours: vec![[1.0; HOURS]; STAGES],
        }
    }

    fn set(
        &mut self,
        what: &str,
        stage: Option<Stage>,
        values: Vec<f64>,
    ) -> Result<(), &'static str> {
        let stages = stage.map_or(0..STAGES, |stage| stage as usize..stage as usize + 1);
        match what {
            "age" if values.first() != Some(&0.0) || !values.is_sorted() => {
                return Err("ages do not begin with 0 or do not ascend");
            }
            "age" => self.ages = values,
            "rate" if values.len() != self.ages.len() => {
                return Err("there are not as many rates as ages");
            }
            "rate" => {
                for rates in &mut self.rates[stages] {
                    rates.clone_from(&values);
                }
            }
            "hour" => {
                let mean = values.iter().sum::<f64>() / HOURS as f64;
                let mut day: [f64; HOURS] = values.try_into().map_err(|_| "a day has 24 hours")?;
                if mean <= 0.0 {
                    return Err("no hour has any weight");
                }
                for weight in &mut day {
                    *weight /= mean;
                }
                self.hours[stages].fill(day);
            }
            _ => return Err("it is neither age, rate nor hour"),
        }
        Ok(())
    }

    /// Happenings an hour, at an age in hours; `hour`: the carrier's, where its zone is known.
    pub fn hazard(&self, stage: Stage, age: f64, hour: Option<usize>) -> f64 {
        let bin = self.ages.partition_point(|from| *from <= age).max(1) - 1;
        let weight = hour.map_or(1.0, |hour| self.hours[stage as usize][hour % HOURS]);
        self.rates[stage as usize][bin] * weight
    }

    /// The same, mixed with doubt.
    pub fn belief(&self, stage: Stage, age: f64, hour: Option<usize>) -> f64 {
        let flat = self.hazard(stage, age, None);
        let flat = if stage.is_final() {
            flat
        } else {
            flat.max(DOUBTED)
        };
        (1.0 - DOUBT) * self.hazard(stage, age, hour) + DOUBT * flat
    }

    /// When, in hours of age, the bin of an age ends.
    pub(super) fn bin_end(&self, age: f64) -> f64 {
        let next = self.ages.partition_point(|from| *from <= age);
        self.ages.get(next).copied().unwrap_or(f64::INFINITY)
    }
}

fn stage_of(name: &str) -> Option<Stage> {
    Stage::ALL
        .iter()
        .copied()
        .find(|stage| stage.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        let priors = Priors::built_in().unwrap();
        for carrier in ["dhl", "247express"] {
            let profile = priors.of(carrier);
            for stage in Stage::ALL {
                let day: f64 = profile.hours[*stage as usize].iter().sum();
                assert!((day / 24.0 - 1.0).abs() < 1e-9, "{stage}");
                for age in [0.0, 0.5, 30.0, 5_000.0] {
                    for hour in (0..24).map(Some).chain([None]) {
                        let hazard = profile.hazard(*stage, age, hour);
                        assert!(
                            hazard > 0.0 && hazard < 3.0,
                            "{stage} {age} {hour:?}: {hazard}"
                        );
                        assert!(profile.belief(*stage, age, hour) > 0.0);
                    }
                }
                // What has not moved for a month hardly moves.
                let hazard = |age| profile.hazard(*stage, age, None);
                assert!(hazard(800.0) < hazard(6.0), "{stage}");
            }
            let ofd = |hour| profile.hazard(Stage::OutForDelivery, 1.0, Some(hour));
            assert!(ofd(3) * 20.0 < ofd(10), "vans rest at night");
        }
        assert_ne!(priors.of("dhl"), priors.of("247express"));
    }

    #[test]
    fn a_wrong_table_is_told_with_its_row() {
        let told = |rows: &str| Priors::parse(&format!("carrier,what,stage,values\n{rows}"));
        for (row, rows) in [
            (1, "*,age,,1 2"),
            (1, "*,age,,0 2 1"),
            (2, "*,age,,0 1\n*,rate,,1"),
            (1, "*,rate,nowhere,1"),
            (1, "*,hour,,1 2 3"),
            (1, "*,rate,,-1"),
            (1, "*,rate,,NaN"),
            (1, "*,colour,,1"),
            (1, "*,rate,"),
            (2, "x,rate,,1\n*,rate,,1"),
        ] {
            assert_eq!(told(rows).unwrap_err().row, row, "{rows}");
        }
        assert!(told(&format!("*,hour,,{}", ["0"; 24].join(" "))).is_err());
    }
}
