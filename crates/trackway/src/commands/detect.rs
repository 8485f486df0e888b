//! `trackway detect`: whose number it may be, by this release's tables and the operator's, and where it
//! is asked for by what the account's upstreams say.

use super::Session;
use crate::carriers;
use crate::cli::{Detect, Place};
use crate::printer::{Output, Printer};
use serde_json::{Value, json};
use trackway_dialects::detection::{self, Detected};
use trackway_numbers::catalog;
use trackway_web::admin::AdminRequest;

pub async fn run(asked: Detect, printer: &Printer) -> anyhow::Result<()> {
    let place = asked.place.0.as_ref();
    if let Some(place) = place {
        carriers::install_of(&place.data)?;
    }
    let found = detections(&asked)?;
    let opinions = match place.filter(|_| asked.ask) {
        Some(place) => opinions(&asked, place, printer).await?,
        None => Vec::new(),
    };
    let told: Value = match printer.output() {
        Output::Json => json(&found, &opinions)?,
        Output::Table => {
            let lines = found.iter().enumerate();
            let lines = lines.flat_map(|(at, found)| {
                let heard = opinions.get(at).into_iter().filter_map(Value::as_array);
                let heard = heard.flatten().flat_map(|one| said(&found.number, one));
                for_people(found).into_iter().chain(heard)
            });
            lines.collect()
        }
    };
    Ok(printer.data(&told)?)
}

/// What the upstreams say of each number.
async fn opinions(asked: &Detect, place: &Place, printer: &Printer) -> anyhow::Result<Vec<Value>> {
    let mut session = Session::open(place, printer).await?;
    let mut told = Vec::new();
    let mut failed = None;
    for number in &asked.numbers {
        let request = AdminRequest::AskCarriers {
            account: asked.owner.account.clone(),
            number: number.clone(),
        };
        match session.ask(request).await {
            Ok(one) => told.push(one),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    session.close().await?;
    failed.map_or(Ok(told), Err)
}

fn json(found: &[Detected], opinions: &[Value]) -> anyhow::Result<Value> {
    let mut told = serde_json::to_value(found)?;
    for (one, heard) in told.as_array_mut().into_iter().flatten().zip(opinions) {
        one["opinions"] = heard.clone();
    }
    Ok(told)
}

/// Lines of the table: what one upstream said of a number.
fn said(number: &str, opinion: &Value) -> Vec<Value> {
    let line = |carrier: &Value, name: &Value, because: String| {
        json!({
            "number": number, "carrier": carrier, "name": name, "likely": null,
            "probability": null, "because": because,
        })
    };
    let who = opinion["connection"].as_str().unwrap_or_default();
    let candidates = opinion["candidates"].as_array();
    let candidates = candidates.map(Vec::as_slice).unwrap_or_default();
    match (candidates, opinion["problem"].as_str()) {
        (_, Some(problem)) => {
            let because = format!("{who} could not say: {problem}");
            vec![line(&Value::Null, &Value::Null, because)]
        }
        ([], None) => vec![line(
            &Value::Null,
            &Value::Null,
            format!("{who} knows of none"),
        )],
        (them, None) => {
            let says = |it: &Value| line(&it["carrier"], &it["name"], format!("{who} says so"));
            them.iter().map(says).collect()
        }
    }
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
