//! `trackway pull CONNECTION`: what an upstream has becomes the account's, some hundred calls at a time,
//! until all is pulled or the upstream has no more calls for us.

use super::Session;
use crate::cli::Pull;
use crate::printer::Printer;
use anyhow::bail;
use serde_json::{Value, json};
use trackway_dialects::dialect::pulls::Wanted;
use trackway_hub::pull::MOST_CALLS;
use trackway_web::admin::AdminRequest;

/// Calls of one request.
const STEP: u64 = 200;
/// The members of a part's sums.
const SUMS: [&str; 5] = ["made", "changed", "unchanged", "wrong", "differs"];
/// Wrong rows and differences that are printed.
const MOST_TOLD: usize = 1_000;

pub async fn run(pull: Pull, printer: &Printer) -> anyhow::Result<()> {
    let mut session = Session::open(&pull.whose.place, printer).await?;
    let outcome = walk(&mut session, &pull, printer).await;
    session.close().await?;
    let sum = outcome?;
    printer.data(&sum)?;
    if pull.dry_run {
        printer.note("Nothing was written.");
    }
    let next = sum["next"].as_str();
    if let Some(why) = sum["stopped"]["why"].as_str() {
        match next {
            Some(next) => bail!("it ended early: {why}; go on with `--from {next}`"),
            None => bail!("it ended early: {why}"),
        }
    }
    if let Some(next) = next {
        printer.note(&format!("There is more: go on with `--from {next}`."));
    }
    match sum["wrong"].as_array().map_or(0, Vec::len) {
        0 => Ok(()),
        wrong => bail!("{wrong} rows were not taken: see `wrong`; the rest is here"),
    }
}

async fn walk(session: &mut Session, pull: &Pull, printer: &Printer) -> anyhow::Result<Value> {
    let bar = printer.progress(None, "calls");
    let mut left = pull.calls.unwrap_or(u64::MAX);
    let mut from = pull.from.clone();
    let mut sum = json!({ "parts": [], "wrong": [], "differs": [], "calls": 0 });
    loop {
        // What a dry run would make is known to one walk only.
        let step = if pull.dry_run { MOST_CALLS } else { STEP };
        let request = AdminRequest::ConnectionPull {
            account: pull.whose.owner.account.clone(),
            name: pull.name.clone(),
            wanted: Wanted {
                parts: pull.what.clone(),
                one: pull.one.clone(),
                from: from.clone(),
            },
            dry_run: pull.dry_run,
            calls: step.min(left),
        };
        let done = session.ask(request).await?;
        let calls = done["calls"].as_u64().unwrap_or_default();
        bar.inc(calls);
        left = left.saturating_sub(calls);
        add(&mut sum, &done);
        from = done["next"].as_str().map(str::to_owned);
        let ends = from.is_none() || !done["stopped"].is_null() || left == 0 || pull.dry_run;
        if ends || calls == 0 || pull.one.is_some() {
            bar.finish_and_clear();
            return Ok(sum);
        }
    }
}

/// Adds what came of a request to what came of those before it.
fn add(sum: &mut Value, done: &Value) {
    sum["calls"] = json!(number(sum, "calls") + number(done, "calls"));
    for member in ["next", "stopped"] {
        sum[member] = done[member].clone();
    }
    for member in ["wrong", "differs"] {
        let more = done[member].as_array().cloned().unwrap_or_default();
        if let Some(told) = sum[member].as_array_mut() {
            told.extend(more);
            told.truncate(MOST_TOLD);
        }
    }
    let parts = done["parts"].as_array().cloned().unwrap_or_default();
    let Some(sums) = sum["parts"].as_array_mut() else {
        return;
    };
    for part in parts {
        match sums.iter_mut().find(|it| it["part"] == part["part"]) {
            Some(known) => {
                for member in SUMS {
                    known[member] = json!(number(known, member) + number(&part, member));
                }
            }
            None => sums.push(part),
        }
    }
}

fn number(of: &Value, member: &str) -> u64 {
    of[member].as_u64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_several_requests_is_one_sum() {
        let done = |next: Value| {
            json!({
                "parts": [{ "part": "items", "made": 2, "changed": 0, "unchanged": 1, "wrong": 1, "differs": 0 }],
                "wrong": [{ "part": "items", "id": "7", "problem": "sku: is required" }],
                "differs": [], "calls": 3, "next": next, "stopped": null,
            })
        };
        let mut sum = json!({ "parts": [], "wrong": [], "differs": [], "calls": 0 });
        add(&mut sum, &done(json!("items:0:2")));
        assert_eq!(sum["next"], "items:0:2");
        add(&mut sum, &done(Value::Null));
        assert_eq!((number(&sum, "calls"), &sum["next"]), (6, &Value::Null));
        assert_eq!(sum["parts"][0]["made"], 4);
        assert_eq!(sum["wrong"].as_array().unwrap().len(), 2);
    }
}
