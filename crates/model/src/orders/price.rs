//! Rate cards: what carrying costs, as data, and the quote that follows from one. Exact decimals;
//! rounding only where the card says to what.
//!
//! A card's codes mean what they meant in the card's epoch, and places of other epochs are looked up as
//! what they are in that one. Of a place that was divided every part is looked at: a price is certain
//! where it is the same for all of them; else it is that of the part that kept the name, and without one
//! the place is as one that was not recognised.

use super::decide::ratecard;
use super::{Decimal, Refusal};
use crate::address::{Epoch, Level, Unit};
use rust_decimal::RoundingStrategy;
use serde::{Deserialize, Serialize};

/// Prices by weight within a zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    pub name: String,
    /// Pairs of provinces by code, from and to; `*` stands for any, `=` for the same as the other.
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
    /// Of which time its codes are. Codes without an epoch are of the time before 2025, here as in
    /// addresses.
    #[serde(default = "first_epoch")]
    pub epoch: Epoch,
    /// Cubic centimetres that weigh as a kilogram.
    pub volumetric_divisor: Decimal,
    /// The first whose lane matches.
    pub zones: Vec<Zone>,
    pub cod: Share,
    pub insurance: Share,
    /// Districts by code that cost more, and how much; wards where the epoch has no districts.
    pub remote: Vec<u32>,
    pub remote_fee: Decimal,
    pub fuel_percent: Decimal,
    pub vat_percent: Decimal,
    /// Totals are rounded up to a multiple of this; 0: not at all.
    pub round_to: Decimal,
    /// What can be asked for beside, at a price of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<Extra>,
    /// Each part of a price is rounded to the nearest multiple of this; 0: not at all.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub parts_to: Decimal,
}

/// An extra service, such as a notice of the delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extra {
    pub code: String,
    pub name: String,
    pub price: Decimal,
}

/// What is to be carried, as far as its price depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Consignment {
    /// The narrowest divisions that are known of where it starts and where it goes, each of its own
    /// epoch.
    pub from: Option<&'static Unit>,
    pub to: Option<&'static Unit>,
    /// Grams, as on a scale.
    pub weight: i64,
    /// Cubic centimetres.
    pub volume: Decimal,
    /// Cash to be collected; 0: none.
    pub cod: Decimal,
    /// What it is insured for; 0: not at all.
    pub insured: Decimal,
}

/// A price with its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub zone: String,
    pub currency: String,
    /// Grams that are charged: of weight and volume what is more.
    pub charged_weight: i64,
    pub freight: Decimal,
    /// For a district that is far off.
    pub remote: Decimal,
    pub fuel: Decimal,
    pub cod: Decimal,
    pub insurance: Decimal,
    /// Those that were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<Extra>,
    pub vat: Decimal,
    /// What rounding added.
    pub rounding: Decimal,
    pub total: Decimal,
}

impl Quote {
    /// All but what cash and insurance cost.
    pub fn shipping(&self) -> Decimal {
        self.total - self.cod - self.insurance
    }
}

impl Share {
    pub fn of(&self, amount: Decimal) -> Decimal {
        if amount <= self.free_up_to {
            return Decimal::ZERO;
        }
        percent(amount, self.percent).max(self.least)
    }
}

fn percent(amount: Decimal, percent: Decimal) -> Decimal {
    amount * percent / Decimal::ONE_HUNDRED
}

const fn first_epoch() -> Epoch {
    Epoch::Y2024
}

/// One side of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Any,
    /// The same province as the other side.
    Same,
    Province(u32),
}

impl Side {
    /// None for what is none.
    pub(super) fn of(text: &str) -> Option<Self> {
        match text {
            "*" => Some(Self::Any),
            "=" => Some(Self::Same),
            code => code.parse().ok().map(Self::Province),
        }
    }

    fn holds(self, own: Option<u32>, other: Option<u32>) -> bool {
        match self {
            Self::Any => true,
            Self::Same => own.is_some() && own == other,
            Self::Province(code) => own == Some(code),
        }
    }
}

impl Zone {
    fn serves(&self, from: Option<u32>, to: Option<u32>) -> bool {
        let side = |text: &str, own, other| Side::of(text).is_some_and(|it| it.holds(own, other));
        let mut lanes = self.lanes.iter();
        lanes.any(|(of, at)| side(of, from, to) && side(at, to, from))
    }

    fn freight(&self, grams: i64) -> Decimal {
        if let Some((_, price)) = self.steps.iter().find(|(most, _)| grams <= *most) {
            return *price;
        }
        let (last, price) = self.steps.last().copied().unwrap_or_default();
        let (each, more) = self.more;
        let beyond = u64::try_from(grams - last).unwrap_or(0);
        let begun = beyond.div_ceil(u64::try_from(each).unwrap_or(1).max(1));
        price + Decimal::from(begun) * more
    }
}

impl RateCard {
    /// What it costs to carry this; refused where the card has no price for it.
    pub fn quote(&self, of: &Consignment) -> Result<Quote, Refusal> {
        self.quote_with(of, &[])
    }

    /// The same with extras, by code.
    pub fn quote_with(&self, of: &Consignment, extras: &[&str]) -> Result<Quote, Refusal> {
        ratecard::fit(of)?;
        let extras = ratecard::extras(self, extras)?;
        let zone = self.zone(of).ok_or_else(|| ratecard::unserved(self))?;
        let charged_weight = of.weight.max(self.volumetric(of.volume));
        let freight = self.part(zone.freight(charged_weight));
        let remote = if self.is_remote(of.to) {
            self.remote_fee
        } else {
            Decimal::ZERO
        };
        let fuel = self.part(percent(freight + remote, self.fuel_percent));
        let cod = self.part(self.cod.of(of.cod));
        let insurance = self.part(self.insurance.of(of.insured));
        let more: Decimal = extras.iter().map(|extra| extra.price).sum();
        let net = freight + remote + fuel + cod + insurance + more;
        let vat = self.part(percent(net, self.vat_percent));
        let total = self.rounded(net + vat);
        Ok(Quote {
            zone: zone.name.clone(),
            currency: self.currency.clone(),
            charged_weight,
            freight,
            remote,
            fuel,
            cod,
            insurance,
            extras,
            vat,
            rounding: total - net - vat,
            total,
        })
    }

    /// Every province of its epoch in which a place may be; one that is not known where there is none.
    fn provinces(&self, place: Option<&'static Unit>) -> Vec<Option<u32>> {
        let all = place.map(|unit| unit.within(self.epoch, Level::Province));
        let all = all.unwrap_or_default();
        if all.is_empty() {
            return vec![None];
        }
        all.iter().map(|unit| Some(unit.code())).collect()
    }

    fn zone(&self, of: &Consignment) -> Option<&Zone> {
        let (from, to) = (self.provinces(of.from), self.provinces(of.to));
        let serving = |from, to| self.zones.iter().position(|zone| zone.serves(from, to));
        let each = from
            .iter()
            .flat_map(|from| to.iter().map(move |to| (*from, *to)));
        let mut zones: Vec<_> = each.map(|(from, to)| serving(from, to)).collect();
        zones.dedup();
        let namesake = |place: Option<&'static Unit>| {
            let province = place?.province();
            let parts = province.within(self.epoch, Level::Province).into_iter();
            let mut same = parts.filter(|part| part.name() == province.name());
            same.next().map(Unit::code)
        };
        let certain = |all: &[Option<u32>], place| match all {
            [one] => *one,
            several => namesake(place).filter(|code| several.contains(&Some(*code))),
        };
        let zone = match zones[..] {
            [one] => one,
            _ => serving(certain(&from, of.from), certain(&to, of.to)),
        };
        zone.map(|at| &self.zones[at])
    }

    /// Whether all that a place may be costs more.
    fn is_remote(&self, place: Option<&'static Unit>) -> bool {
        if self.remote.is_empty() {
            return false;
        }
        let all = place.map(|unit| unit.within(self.epoch, self.far_off()));
        all.is_some_and(|all| {
            let is_remote = |unit: &&Unit| self.remote.contains(&unit.code());
            !all.is_empty() && all.iter().all(is_remote)
        })
    }

    /// The level of what costs more.
    pub(super) const fn far_off(&self) -> Level {
        if self.epoch.has_districts() {
            Level::District
        } else {
            Level::Ward
        }
    }

    fn part(&self, amount: Decimal) -> Decimal {
        if self.parts_to <= Decimal::ZERO {
            return amount;
        }
        let strategy = RoundingStrategy::MidpointAwayFromZero;
        (amount / self.parts_to).round_dp_with_strategy(0, strategy) * self.parts_to
    }

    /// Grams that a volume is charged as.
    fn volumetric(&self, volume: Decimal) -> i64 {
        if self.volumetric_divisor <= Decimal::ZERO {
            return 0;
        }
        let grams = volume * Decimal::ONE_THOUSAND / self.volumetric_divisor;
        i64::try_from(grams.ceil()).unwrap_or(i64::MAX)
    }

    fn rounded(&self, amount: Decimal) -> Decimal {
        if self.round_to <= Decimal::ZERO {
            return amount;
        }
        let over = amount % self.round_to;
        if over.is_zero() {
            amount
        } else {
            amount - over + self.round_to
        }
    }
}
