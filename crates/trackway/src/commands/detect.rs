//! `trackway detect`: whose number it may be, by this release's tables and the operator's.

use crate::carriers;
use crate::cli::Detect;
use crate::printer::{Output, Printer};
use serde_json::{Value, json};
use trackway_dialects::detection::{self, Detected};
use trackway_numbers::catalog;

pub fn run(asked: &Detect, printer: &Printer) -> anyhow::Result<()> {
    if let Some(data) = &asked.data {
        carriers::install_of(data)?;
    }
    let found = detections(asked)?;
    let told = match printer.output() {
        Output::Json => serde_json::to_value(found)?,
        Output::Table => found.iter().flat_map(for_people).collect(),
    };
    Ok(printer.data(&told)?)
}

fn detections(asked: &Detect) -> anyhow::Result<Vec<Detected>> {
    let hints = detection::hints(
        asked.country.as_deref(),
        asked.mode.as_deref(),
        asked.dialect.as_deref(),
    )?;
    let numbers = asked.numbers.iter();
    Ok(numbers
        .map(|number| {
            let found = catalog::in_force().detect(number, &hints);
            detection::told(number, &found, &hints)
        })
        .collect())
}

/// Lines of the table: one a candidate; one that says so where there is none.
fn for_people(found: &Detected) -> Vec<Value> {
    let problems = found
        .identifiers
        .iter()
        .filter_map(|one| one.problem.clone());
    let problems: Vec<String> = problems.collect();
    if found.candidates.is_empty() {
        let why = if problems.is_empty() {
            "no carrier is known to have such numbers".to_owned()
        } else {
            problems.join("; ")
        };
        return vec![json!({
            "number": found.number, "carrier": null, "name": null, "likely": null,
            "probability": null, "because": why,
        })];
    }
    let line = |one: &detection::DetectedCarrier| {
        let because: Vec<&str> = one.evidence.iter().map(|said| &*said.text).collect();
        json!({
            "number": found.number,
            "carrier": one.code,
            "name": one.name,
            "likely": found.likely.as_ref() == Some(&one.carrier),
            "probability": one.probability,
            "because": because.join("; "),
        })
    };
    found.candidates.iter().map(line).collect()
}
