//! The couriers (§5.1), and which of them a number may be of (§5.2).

use super::super::envelope::{Refused, Stop};
use super::super::{carriers, own, wire};
use super::object;
use crate::raw::quoted;

/// Every courier.
pub fn list() -> String {
    let couriers = carriers::couriers();
    let couriers = couriers.map(|courier| {
        let members = carriers::info(&courier.code, None);
        super::super::synthesis::object(&members)
    });
    format!("[{}]", couriers.collect::<Vec<_>>().join(","))
}

/// Older clients name the number otherwise.
const NUMBERS: [&str; 3] = [wire::TRACKING_NUMBER, wire::TRACK_NO, "number"];

/// Ranked candidates; the recommended one is more likely than all others together. `score` is ours.
pub fn detect(body: &[u8]) -> Result<String, Stop> {
    let object = object(body)?;
    let number = NUMBERS.iter().find_map(|name| own::said(&object, name));
    let number = number.ok_or_else(|| Refused::missing(wire::TRACKING_NUMBER))?;
    let number = number.trim();
    let detected = carriers::detect(number, None);
    let candidate =
        |code: &str, score: f64| format!(r#"{{"carrier":{},"score":{score:.4}}}"#, quoted(code));
    let recommended = detected.likely().map_or_else(
        || "null".to_owned(),
        |likely| candidate(likely.code, likely.probability),
    );
    let candidates = detected.possible();
    let candidates = candidates.map(|one| candidate(one.code, one.probability));
    Ok(format!(
        r#"{{"tracking_number":{},"recommended_carrier":{recommended},"candidates":[{}]}}"#,
        quoted(number),
        candidates.collect::<Vec<_>>().join(",")
    ))
}
