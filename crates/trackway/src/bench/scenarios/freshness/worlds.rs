//! Three worlds in which parcels move: one like the priors, one with other parameters, and one without
//! any memory, in which no schedule can know better than the clock.

use crate::bench::workload::Seeded;
use trackway_hub::polling::life::DAY;
use trackway_hub::polling::priors::Priors;
use trackway_model::Stage;

/// How long a world is watched; its parcels are born in the first three weeks.
pub const DAYS: usize = 28;
pub const END: i64 = DAYS as i64 * DAY;
const BORN: u64 = 21 * DAY as u64;
const HOUR: i64 = DAY / 24;
/// Where the worlds are: so far east of UTC.
pub const OFFSET: i64 = 7 * HOUR;
/// No hazard is higher, in happenings an hour.
const MOST: f64 = 3.0;
/// The memoryless world's.
const STEADY: f64 = 0.08;

/// A number and what really happens.
#[derive(Debug)]
pub struct Number {
    /// When it is registered: at its first happening.
    pub born: i64,
    pub happenings: Vec<(i64, Stage)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    LikePriors,
    OtherParameters,
    Memoryless,
}

impl World {
    pub const ALL: [Self; 3] = [Self::LikePriors, Self::OtherParameters, Self::Memoryless];

    pub const fn name(self) -> &'static str {
        match self {
            Self::LikePriors => "a world like the priors",
            Self::OtherParameters => "a world with other parameters",
            Self::Memoryless => "a memoryless world",
        }
    }

    /// At most this part of the fixed interval's age.
    pub const fn bound(self) -> (f64, &'static str) {
        match self {
            Self::LikePriors => (0.5, "50 %"),
            Self::OtherParameters => (0.8, "80 %"),
            Self::Memoryless => (1.05, "105 %"),
        }
    }

    /// Draws numbers with their happenings.
    pub fn draw(self, priors: &Priors, numbers: usize, seed: u64) -> Vec<Number> {
        let mut dice = Dice(Seeded(seed));
        (0..numbers)
            .map(|_| self.number(priors, &mut dice))
            .collect()
    }

    fn number(self, priors: &Priors, dice: &mut Dice) -> Number {
        let born = (dice.0.below(BORN)) as i64;
        let (mut at, mut stage, mut hops) = (born, Stage::InfoReceived, 0);
        let mut happenings = vec![(born, stage)];
        while !stage.is_final() {
            let changed = at;
            // Thinning: candidates at the highest hazard, each kept with its own hazard's part.
            loop {
                at += (dice.wait() / MOST * HOUR as f64) as i64;
                if at >= END || dice.share() * MOST < self.hazard(priors, stage, changed, at) {
                    break;
                }
            }
            if at >= END {
                break;
            }
            hops += u32::from(stage == Stage::InTransit);
            stage = self.next(stage, hops, dice);
            happenings.push((at, stage));
        }
        Number { born, happenings }
    }

    fn hazard(self, priors: &Priors, stage: Stage, changed: i64, at: i64) -> f64 {
        let age = (at - changed) as f64 / HOUR as f64;
        let hour = ((at + OFFSET) / HOUR % 24) as usize;
        match self {
            Self::LikePriors => priors.of("simulated").hazard(stage, age, Some(hour)),
            Self::OtherParameters => other(stage, age, hour),
            Self::Memoryless => STEADY,
        }
    }

    fn next(self, stage: Stage, hops: u32, dice: &mut Dice) -> Stage {
        match self {
            Self::LikePriors | Self::OtherParameters => onward(stage, hops, dice),
            // It goes on for ever, and no stage tells anything.
            Self::Memoryless => ANY[dice.0.below(ANY.len() as u64) as usize],
        }
    }
}

const ANY: [Stage; 10] = [
    Stage::InfoReceived,
    Stage::Accepted,
    Stage::InTransit,
    Stage::InTransit,
    Stage::InTransit,
    Stage::Customs,
    Stage::OutForDelivery,
    Stage::ReadyForPickup,
    Stage::AttemptFailed,
    Stage::Exception,
];

/// Slower and flatter stages, later days, another decline, and nothing in the first hours.
fn other(stage: Stage, age: f64, hour: usize) -> f64 {
    let rate = match stage {
        Stage::InfoReceived | Stage::Returning => 0.03,
        Stage::Accepted => 0.06,
        Stage::InTransit => 0.09,
        Stage::OutForDelivery => 0.12,
        Stage::Customs => 0.015,
        Stage::ReadyForPickup => 0.02,
        _ => 0.04,
    };
    let declined = match age {
        age if age > 240.0 => 0.05,
        age if age > 72.0 => 0.3,
        age if age < 2.0 => 0.5,
        _ => 1.0,
    };
    let by_day = if (9..22).contains(&hour) { 1.6 } else { 0.3 };
    rate * declined * by_day
}

/// Where a parcel goes from a stage.
fn onward(stage: Stage, hops: u32, dice: &mut Dice) -> Stage {
    let drawn = dice.0.below(100);
    match stage {
        Stage::InfoReceived => Stage::Accepted,
        Stage::Accepted | Stage::Customs | Stage::Exception => Stage::InTransit,
        Stage::InTransit => match drawn {
            _ if hops < 3 => Stage::InTransit,
            0..35 => Stage::InTransit,
            35..45 => Stage::Customs,
            45..50 => Stage::Exception,
            _ => Stage::OutForDelivery,
        },
        Stage::OutForDelivery => match drawn {
            0..80 => Stage::Delivered,
            80..92 => Stage::AttemptFailed,
            _ => Stage::ReadyForPickup,
        },
        Stage::AttemptFailed if drawn < 80 => Stage::OutForDelivery,
        Stage::AttemptFailed => Stage::Returning,
        Stage::Returning if drawn < 60 => Stage::Returning,
        Stage::Returning => Stage::Returned,
        _ => Stage::Delivered,
    }
}

struct Dice(Seeded);

impl Dice {
    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        (self.0.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Until the next of what happens once in a while, on average 1.
    fn wait(&mut self) -> f64 {
        -(1.0 - self.share()).ln()
    }
}
