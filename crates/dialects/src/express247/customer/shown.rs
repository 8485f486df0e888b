//! What a tracking answer says of an order that was consigned here (§4.2): its codes, measures and price
//! are as they were asked for and quoted, whoever carries it.
//!
//! Chosen here [inferred]: `priceFR` is 0 until somebody charges it; `extraServiceName` are the names of
//! the extras, one after the other; what no rate card priced is null.

use super::price::{DIVISOR, GRAMS, Line, lines};
use crate::express247::wire::{Number, PriceLine};
use crate::raw::quoted;
use serde::Serialize;
use trackway_model::orders::{Consigned, Decimal, Fulfilment};

/// Decimals of prices and of the cash, as printed.
const PRICE: u32 = 4;
const CASH: u32 = 3;
const NULL: &str = "null";

/// The customer's own code of an order; None: it gave none.
pub fn external(it: &Fulfilment) -> Option<&str> {
    let code = it.order_number.as_str();
    (code != it.order_code).then_some(code)
}

/// Members of the answer by name, as JSON.
pub fn members(it: &Fulfilment) -> Vec<(&'static str, String)> {
    let Some(asked) = it.made_by_carrier() else {
        return Vec::new();
    };
    let number = it.parcels.first().map(|parcel| parcel.waybill.as_str());
    let mut members = vec![
        ("orderCode", text(number)),
        ("externalCode", text(external(it))),
        ("serviceTypeID", text(Some(&asked.service))),
        (
            "mailerTypeID",
            text(Some(if asked.document { "TL" } else { "HH" })),
        ),
        ("extraServiceName", text(extras(asked).as_deref())),
    ];
    members.extend(measures(asked));
    members.push(("codAmount", fixed(it.cod, CASH)));
    members.extend(price(asked));
    members
}

fn text(said: Option<&str>) -> String {
    said.map_or_else(|| NULL.to_owned(), quoted)
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("wire types are plain data")
}

fn fixed(amount: Decimal, decimals: u32) -> String {
    json(&Number::fixed(amount, decimals))
}

fn extras(asked: &Consigned) -> Option<String> {
    let priced = asked.quote.iter().flat_map(|quote| &quote.extras);
    let name = |code: &String| {
        let mut known = priced.clone();
        let known = known.find(|extra| extra.code == *code);
        known.map_or_else(|| code.clone(), |extra| extra.name.clone())
    };
    let names: Vec<String> = asked.extras.iter().map(name).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn measures(asked: &Consigned) -> [(&'static str, String); 7] {
    let plain = |amount: Decimal| json(&Number::plain(amount));
    let kilograms = |grams: i64| Decimal::from(grams) / Decimal::from(GRAMS);
    let [length, width, height] = asked.sides;
    let quote = asked.quote.as_ref();
    let charged = quote.map_or(asked.weight, |quote| quote.charged_weight);
    let bulk = (length * width * height / Decimal::from(DIVISOR)).round_dp(3);
    [
        ("length", plain(length)),
        ("width", plain(width)),
        ("height", plain(height)),
        ("realWeight", plain(kilograms(asked.weight))),
        ("calWeight", plain(bulk)),
        ("weight", plain(kilograms(charged))),
        ("quantity", asked.pieces.to_string()),
    ]
}

fn price(asked: &Consigned) -> [(&'static str, String); 7] {
    let quote = asked.quote.as_ref();
    let of = |amount: Option<Decimal>| {
        amount.map_or_else(|| NULL.to_owned(), |amount| fixed(amount, PRICE))
    };
    let line = |line: Line| PriceLine {
        service_name: line.name,
        service_id: line.code,
        cost: Number::fixed(line.cost, PRICE),
    };
    let lines = quote.map(|quote| lines(&asked.service, &asked.service_name, quote));
    let lines: Option<Vec<PriceLine>> = lines.map(|all| all.into_iter().map(line).collect());
    [
        ("price", of(quote.map(|it| it.freight))),
        ("priceFR", of(quote.map(|_| Decimal::ZERO))),
        ("farRegionFeeAmount", of(quote.map(|it| it.remote))),
        ("fuelFeeAmount", of(quote.map(|it| it.fuel))),
        ("vatAmount", of(quote.map(|it| it.vat))),
        ("totalServiceCost", of(quote.map(|it| it.total))),
        ("priceInfo", json(&lines)),
    ]
}
