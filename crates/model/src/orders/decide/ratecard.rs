//! Rate cards that can be reckoned with: steps that rise, nothing negative, nothing to divide by zero,
//! codes of the card's own epoch.

use super::check::{
    MAX_LINES, amount, currency, distinct, few, invalid, name, percent, some, volume, weighed,
    weight,
};
use crate::address::{self, Level};
use crate::orders::price::Side;
use crate::orders::{Consignment, Decimal, Extra, RateCard, Refusal, Share, Zone};

pub fn sane(card: &RateCard) -> Result<(), Refusal> {
    name("name", &card.name)?;
    currency("currency", &card.currency)?;
    if card.volumetric_divisor < Decimal::ONE {
        return Err(invalid("volumetric_divisor", "must be 1 or more"));
    }
    amount("volumetric_divisor", card.volumetric_divisor)?;
    some("zones", card.zones.len(), MAX_LINES)?;
    for (at, it) in card.zones.iter().enumerate() {
        zone(at, it)?;
        lanes(&format!("zones[{at}].lanes"), it, card)?;
    }
    share("cod", &card.cod)?;
    share("insurance", &card.insurance)?;
    few("remote", card.remote.len(), 100 * MAX_LINES)?;
    for (at, code) in card.remote.iter().enumerate() {
        known(&format!("remote[{at}]"), card, card.far_off(), *code)?;
    }
    amount("remote_fee", card.remote_fee)?;
    percent("fuel_percent", card.fuel_percent)?;
    percent("vat_percent", card.vat_percent)?;
    amount("round_to", card.round_to)?;
    amount("parts_to", card.parts_to)?;
    few("extras", card.extras.len(), MAX_LINES)?;
    for (at, extra) in card.extras.iter().enumerate() {
        name(format!("extras[{at}].code"), &extra.code)?;
        name(format!("extras[{at}].name"), &extra.name)?;
        amount(format!("extras[{at}].price"), extra.price)?;
    }
    distinct("extras", card.extras.iter().map(|extra| &extra.code))
}

/// Those that are asked for, at this card's prices.
pub fn extras(card: &RateCard, asked: &[&str]) -> Result<Vec<Extra>, Refusal> {
    let of = |code: &&str| {
        let found = card.extras.iter().find(|extra| extra.code == **code);
        let unknown = || invalid("extras", format!("`{code}` is not offered"));
        found.cloned().ok_or_else(unknown)
    };
    asked.iter().map(of).collect()
}

fn zone(at: usize, zone: &Zone) -> Result<(), Refusal> {
    name(format!("zones[{at}].name"), &zone.name)?;
    some(
        format!("zones[{at}].lanes"),
        zone.lanes.len(),
        10 * MAX_LINES,
    )?;
    some(format!("zones[{at}].steps"), zone.steps.len(), MAX_LINES)?;
    let mut last = 0;
    for (step, (grams, price)) in zone.steps.iter().enumerate() {
        let field = format!("zones[{at}].steps[{step}]");
        weighed(&field, *grams)?;
        amount(&field, *price)?;
        if *grams <= last {
            return Err(invalid(field, "must be heavier than the one before"));
        }
        last = *grams;
    }
    weighed(format!("zones[{at}].more"), zone.more.0)?;
    amount(format!("zones[{at}].more"), zone.more.1)
}

/// Each side is a province, any, or the same as the other.
fn lanes(field: &str, zone: &Zone, card: &RateCard) -> Result<(), Refusal> {
    for (from, to) in &zone.lanes {
        if from == "=" && to == "=" {
            let problem = "one side must say which province the other is the same as";
            return Err(invalid(field, problem));
        }
        for side in [from, to] {
            match Side::of(side) {
                Some(Side::Any | Side::Same) => {}
                Some(Side::Province(code)) => known(field, card, Level::Province, code)?,
                None => {
                    let problem = format!("`{side}` is neither a province's code, nor `*` or `=`");
                    return Err(invalid(field, problem));
                }
            }
        }
    }
    Ok(())
}

/// A code must be one of the card's epoch.
fn known(field: &str, card: &RateCard, level: Level, code: u32) -> Result<(), Refusal> {
    if address::unit(card.epoch, level, code).is_some() {
        return Ok(());
    }
    let problem = format!(
        "{code} is no {level} in the address directory of {}",
        card.epoch
    );
    Err(invalid(field, problem))
}

fn share(field: &str, share: &Share) -> Result<(), Refusal> {
    percent(format!("{field}.percent"), share.percent)?;
    amount(format!("{field}.least"), share.least)?;
    amount(format!("{field}.free_up_to"), share.free_up_to)
}

/// What can be wrong with a consignment by itself.
pub fn fit(it: &Consignment) -> Result<(), Refusal> {
    weight("weight", it.weight)?;
    volume("volume", it.volume)?;
    amount("cod", it.cod)?;
    amount("insured", it.insured)
}

pub fn unserved(card: &RateCard) -> Refusal {
    invalid(
        "receiver",
        format!("`{}` has no zone for the way there", card.name),
    )
}
