//! `trackway doctor`: what is wrong with an installation, how bad it is, and what to do.
//!
//! The machine is looked at by this process (folder, key, disk, configuration, PostgreSQL), the rest
//! by whoever holds the data. Fails where something is an error; warnings and notes are only said.

mod machine;

use super::Session;
use crate::admin::{Finding, Severity};
use crate::cli::Doctor;
use crate::config::Config;
use crate::printer::Printer;
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::cmp::Reverse;
use trackway_web::admin::AdminRequest;

pub async fn run(doctor: Doctor, config: &Config, printer: &Printer) -> anyhow::Result<()> {
    let mut findings = machine::examine(&doctor.place, config).await;
    let mut report = match ask(&doctor, printer).await {
        Ok(report) => report,
        Err(error) => {
            let advice = "Do what it says; nothing else about the data can be told before.";
            let problem = format!("{error:#}");
            findings.push(Finding::new(Severity::Error, "data", problem, advice));
            json!({ "ready": false })
        }
    };
    let told: Vec<Finding> = serde_json::from_value(report["findings"].take()).unwrap_or_default();
    findings.extend(told);
    findings.extend(differing(&report["verification"]));
    findings.extend(unbalanced(&report["verification"]));
    findings.sort_by_key(|finding| Reverse(finding.severity));
    report["findings"] = json!(findings);
    report["configuration"] = json!(config.set_otherwise());
    printer.data(&report)?;
    let errors: Vec<String> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| format!("{}: {}", finding.subject, finding.problem))
        .collect();
    if !errors.is_empty() {
        bail!("{}", errors.join("; "));
    }
    if findings.is_empty() {
        printer.note("Nothing is wrong.");
    }
    Ok(())
}

async fn ask(doctor: &Doctor, printer: &Printer) -> anyhow::Result<Value> {
    let request = AdminRequest::Doctor {
        verify: doctor.verify,
    };
    let mut session = Session::open(&doctor.place, printer).await?;
    let report = session
        .follow(request, "rows and pages of the log", printer)
        .await;
    session.close().await.context("after the check")?;
    report
}

fn unbalanced(verification: &Value) -> Option<Finding> {
    let unbalanced = verification["unbalanced"].as_array().map_or(0, Vec::len);
    (unbalanced > 0).then(|| {
        Finding::new(
            Severity::Error,
            "verification",
            format!("{unbalanced} levels of stock or counts are not what their rows come to"),
            "Keep a copy of the data as it is, and of the server's log, before anything else is done.",
        )
    })
}

fn differing(verification: &Value) -> Option<Finding> {
    let differing = verification["differing"].as_array().map_or(0, Vec::len);
    (differing > 0).then(|| {
        Finding::new(
            Severity::Error,
            "verification",
            format!("{differing} tracks differ from what the log says"),
            "Keep a copy of the data as it is, and of the server's log, before anything else is done.",
        )
    })
}
