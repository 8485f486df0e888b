//! Carrier detection (§9): the carriers that a number may be of, most likely first; 406 where it is
//! more likely nobody's than one of theirs.

use super::super::request::number_to_detect;
use super::super::response::Code;
use super::super::{NAME, wire};
use super::Stop;
use crate::desk::Desk;
use crate::raw::Object;
use trackway_numbers::Hints;
use trackway_numbers::detect::LIKELY;

/// The vendor's names are English.
const LANGUAGE: &str = "en";

pub fn detect(desk: &impl Desk, members: &Object<'_>) -> Result<String, Stop> {
    let number = number_to_detect(members)?;
    let hints = Hints {
        dialect: Some(NAME),
        ..Hints::default()
    };
    let detected = desk.detect(number.trim(), &hints);
    let together: f64 = detected.possible().map(|one| one.probability).sum();
    if together < LIKELY {
        return Err(Code::NoCarrier.into());
    }
    let told: Vec<wire::Detected<'_>> = detected
        .possible()
        .map(|one| wire::Detected {
            carrier_id: one.code,
            carrier_name: one.carrier.name(LANGUAGE),
        })
        .collect();
    let list = serde_json::to_string(&told).expect("strings are always JSON");
    Ok(format!(r#"{{"code":200,"message":"OK","data":{list}}}"#))
}
