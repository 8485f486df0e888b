//! `trackway status`, and how people are shown what is connected.

use crate::cli::Status;
use crate::printer::{Output, Printer};
use indicatif::HumanBytes;
use serde_json::{Value, json};
use trackway_web::admin::AdminRequest;

pub async fn status(status: Status, printer: &Printer) -> anyhow::Result<()> {
    let request = AdminRequest::Status {
        account: status.account,
    };
    let told = super::ask(&status.place, request, printer).await?;
    match printer.output() {
        Output::Json => printer.data(&told)?,
        Output::Table => printer.data(&for_people(&told))?,
    }
    Ok(())
}

/// The same with what people look for, each thing on a line of its own.
fn for_people(told: &Value) -> Value {
    let connections = lines(&told["connections"], connection);
    let endpoints = lines(&told["endpoints"], endpoint);
    let (numbers, age, store) = (&told["numbers"], &told["age"], &told["store"]);
    let unregistered = &told["unregistered"];
    let mut all = json!({
        "version": told["version"],
        "uptime": time(&told["uptime_s"]),
        "ready": told["ready"],
        "numbers": format!("{} active, {} waiting, {} ended", numbers["active"], numbers["waiting"], numbers["ended"]),
        "age_of_data": ages(age),
        "unregistered": if unregistered["exact"] == false {
            format!("more than {}", unregistered["count"])
        } else {
            unregistered["count"].to_string()
        },
        "quarantine": surprises(&told["quarantine"]),
        "drift": surprises(&told["drift"]),
        "feed_head": told["feed_head"],
        "connections": connections,
        "endpoints": endpoints,
    });
    if told["problems"].as_array().is_some_and(|p| !p.is_empty()) {
        all["problems"] = told["problems"].clone();
    }
    if !store.is_null() {
        all["store"] = json!(format!(
            "{} numbers, {} statements, {}",
            store["tracks"],
            store["statements"],
            size(&store["bytes"])
        ));
        if !store["disk_free"].is_null() {
            all["disk_free"] = json!(size(&store["disk_free"]));
        }
    }
    all
}

pub fn lines(list: &Value, line: fn(&Value) -> Value) -> Vec<Value> {
    list.as_array().into_iter().flatten().map(line).collect()
}

fn connection(one: &Value) -> Value {
    let state = &one["state"];
    json!({
        "account": one["account"],
        "name": one["name"],
        "paused": one["paused"] == true,
        "active": state["numbers"]["active"],
        "waiting": state["numbers"]["waiting"],
        "age": ages(&state["age"]),
        "heard": state["heard"],
        "calls_today": state["calls_today"],
        "quota_left": quota(&state["quota"]),
        "breaker": state["rest"]["breaker"],
        "left_alone": left_alone(&state["rest"]),
        "last_failure": state["failure"],
    })
}

/// An upstream as a list shows it to people: what it is, and whether it works.
pub fn listed(one: &Value) -> Value {
    let state = &one["state"];
    json!({
        "id": one["id"],
        "dialect": one["dialect"],
        "name": one["name"],
        "base_url": one["base_url"],
        "settings": one["settings"],
        "paused": one["paused"] == true,
        "numbers": state["numbers"]["active"],
        "heard": state["heard"],
        "left_alone": left_alone(&state["rest"]),
        "last_failure": state["failure"],
    })
}

/// Why a connection is not asked, and until when; nothing where it is.
fn left_alone(rest: &Value) -> Option<String> {
    let (because, until) = (rest["because"].as_str()?, rest["until"].as_str()?);
    Some(format!("{because}, until {until}"))
}

fn endpoint(one: &Value) -> Value {
    let state = &one["state"];
    json!({
        "id": one["id"],
        "account": one["account"],
        "url": one["url"],
        "paused": one["paused"] == true,
        "breaker": state["breaker"],
        "behind": one["behind"],
        "waiting": state["waiting"],
        "parked": state["parked"],
    })
}

/// Half of the numbers, 95 % of them, and the oldest.
fn ages(age: &Value) -> String {
    if age["p50_s"].is_null() {
        return "nothing heard yet".to_owned();
    }
    format!(
        "p50 {}, p95 {}, oldest {}",
        time(&age["p50_s"]),
        time(&age["p95_s"]),
        time(&age["max_s"])
    )
}

fn quota(quota: &Value) -> String {
    let limits = quota["limits"].as_array().map(Vec::as_slice);
    let told = limits.unwrap_or_default().iter().map(|limit| {
        let window = limit["window"].as_str().unwrap_or_default();
        let resets = limit["resets_at"]
            .as_str()
            .map_or_else(String::new, |at| format!(", resets {at}"));
        format!("{} of {} a {window}{resets}", limit["left"], limit["calls"])
    });
    told.collect::<Vec<_>>().join("; ")
}

fn surprises(counted: &Value) -> String {
    let (kinds, times) = (&counted["kinds"], &counted["times"]);
    if *kinds == 0 {
        return "nothing".to_owned();
    }
    format!("{kinds} kinds, {times} times")
}

/// Bytes as people say them.
fn size(bytes: &Value) -> String {
    HumanBytes(bytes.as_u64().unwrap_or(0)).to_string()
}

/// Seconds as people say them.
fn time(seconds: &Value) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let seconds = seconds.as_u64().unwrap_or(0);
    UNITS
        .into_iter()
        .find(|(length, _)| seconds >= 2 * length)
        .map_or_else(
            || format!("{seconds} s"),
            |(length, unit)| format!("{} {unit}", seconds / length),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_rests_says_why() {
        let asked = json!({"breaker": "closed", "because": null, "until": null});
        assert_eq!(left_alone(&asked), None);
        let rests = json!({"breaker": "open", "because": "fault", "until": "2026-05-07T12:00:30Z"});
        let said = left_alone(&rests).unwrap();
        assert_eq!(said, "fault, until 2026-05-07T12:00:30Z");
    }

    #[test]
    fn times_are_said_in_their_largest_unit() {
        for (seconds, said) in [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_199, "119 min"),
            (7_200, "2 h"),
            (172_800, "2 d"),
        ] {
            assert_eq!(time(&json!(seconds)), said);
        }
    }
}
