//! `trackway address`: Vietnam's administrative divisions, before 2025 and since, as this release has
//! them.

use crate::cli::{Address, AddressConvert, AddressList, AddressParse};
use crate::printer::{Output, Printer};
use serde_json::{Value, json};
use trackway_dialects::addresses::{self, Listing, UnitTold};

pub fn run(asked: &Address, printer: &Printer) -> anyhow::Result<()> {
    let told = match asked {
        Address::List(asked) => list(asked)?,
        Address::Parse(asked) => parse(asked, printer.output())?,
        Address::Convert(asked) => convert(asked, printer.output())?,
    };
    Ok(printer.data(&told)?)
}

fn list(asked: &AddressList) -> anyhow::Result<Value> {
    let listing = Listing {
        epoch: asked.epoch.as_deref(),
        level: asked.level.as_deref(),
        province: asked.province.as_deref(),
        district: asked.district.as_deref(),
        name: asked.name.as_deref(),
    };
    let units = addresses::list(&listing)?;
    let units: Vec<UnitTold> = units.into_iter().map(UnitTold::of).collect();
    Ok(serde_json::to_value(units)?)
}

fn parse(asked: &AddressParse, output: Output) -> anyhow::Result<Value> {
    let texts = asked.texts.iter();
    let read = texts.map(|text| addresses::parse(text, asked.epoch.as_deref()));
    let read = read.collect::<Result<Vec<_>, _>>()?;
    if output == Output::Json {
        return Ok(serde_json::to_value(read)?);
    }
    let unit = |unit: Option<&UnitTold>| unit.map(|it| format!("{} ({})", it.full_name, it.code));
    let line = |read: &addresses::ParsedTold| {
        json!({
            "text": read.text,
            "street": read.street,
            "ward": unit(read.ward.as_ref()),
            "district": unit(read.district.as_ref()),
            "province": unit(read.province.as_ref()),
            "epoch": read.epoch,
            "sureness": read.sureness,
        })
    };
    Ok(read.iter().map(line).collect())
}

fn convert(asked: &AddressConvert, output: Output) -> anyhow::Result<Value> {
    let told = addresses::convert(&asked.from, &asked.level, &asked.code, asked.to.as_deref())?;
    if output == Output::Json {
        return Ok(serde_json::to_value(told)?);
    }
    let from = format!("{} ({})", told.from.full_name, told.from.code);
    let line = |unit: Option<&UnitTold>| {
        json!({
            "from": from,
            "result": told.result,
            "code": unit.map(|it| &it.code),
            "name": unit.map(|it| &it.full_name),
            "epoch": told.to,
        })
    };
    Ok(if told.units.is_empty() {
        json!([line(None)])
    } else {
        told.units.iter().map(|unit| line(Some(unit))).collect()
    })
}
