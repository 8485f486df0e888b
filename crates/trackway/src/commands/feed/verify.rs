//! `trackway feed verify`: whether a consumer's copy of the feed is whole.

use super::compare::{Comparison, Fault, Finding};
use super::remote::Remote;
use super::{NO_PLACE, copy};
use crate::cli::Feed;
use crate::commands::Session;
use crate::config::Config;
use crate::printer::{Output, Printer};
use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use trackway_model::Digest;
use trackway_model::change::FeedPosition;
use trackway_web::admin::AdminRequest;

/// Findings that are listed; all are counted.
const MOST_LISTED: usize = 1_000;

/// Who proves.
enum Prover<'a> {
    /// Whoever holds the data.
    Data(Session, &'a str),
    /// A server that is asked as any of its clients.
    Server(Remote),
}

impl<'a> Prover<'a> {
    async fn open(feed: &'a Feed, config: Config, printer: &Printer) -> anyhow::Result<Self> {
        if let (Some(url), Some(key)) = (&feed.url, &feed.key) {
            let reach = config.outbound.reach()?;
            return Ok(Self::Server(Remote::new(url, key, reach)?));
        }
        let place = feed.place.0.as_ref().context(NO_PLACE)?;
        let session = Session::open(place, printer).await?;
        Ok(Self::Data(session, &feed.owner.account))
    }

    async fn slice(
        &mut self,
        after: Option<String>,
        since: Option<String>,
    ) -> anyhow::Result<Value> {
        match self {
            Self::Server(remote) => remote.slice(after.as_deref(), since.as_deref()).await,
            Self::Data(session, account) => {
                let account = (*account).to_owned();
                let request = AdminRequest::FeedProof {
                    account,
                    after,
                    since,
                };
                session.ask(request).await
            }
        }
    }

    async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Server(_) => Ok(()),
            Self::Data(session, _) => session.close().await,
        }
    }
}

pub async fn run(
    feed: &Feed,
    file: &Path,
    config: Config,
    printer: &Printer,
) -> anyhow::Result<()> {
    let copy = if file == Path::new("-") {
        copy::read(&mut io::stdin().lock())?
    } else {
        let opened = File::open(file);
        let opened = opened.with_context(|| format!("{} can't be read", file.display()))?;
        copy::read(&mut BufReader::new(opened))?
    };
    let mut comparison = Comparison::of(copy);
    let mut prover = Prover::open(feed, config, printer).await?;
    let compared = compare(&mut prover, feed, &mut comparison, printer).await;
    prover.close().await?;
    compared?;
    tell(&comparison, feed.since.as_deref(), printer)
}

/// Has the feed told slice by slice, to its end.
async fn compare(
    prover: &mut Prover<'_>,
    feed: &Feed,
    comparison: &mut Comparison,
    printer: &Printer,
) -> anyhow::Result<()> {
    let bar = printer.progress(None, "changes");
    let mut since = feed.since.clone();
    let mut after = None;
    loop {
        let slice = prover.slice(after.take(), since.take()).await?;
        let changes = slice["changes"].as_array().map_or(&[][..], Vec::as_slice);
        for change in changes {
            let (position, hash) = proved(change).context("the server's proof can't be read")?;
            comparison.tell(position, &hash);
        }
        bar.inc(changes.len() as u64);
        let window = &slice["window"];
        if comparison.behind == 0 {
            ensure!(
                window["count"] == comparison.count
                    && window["hash"] == hex::encode(comparison.hash),
                "the server's proof does not agree with itself: is the server of another release?"
            );
        }
        if slice["more"] != true {
            break;
        }
        after = Some(slice["cursor"].as_str().unwrap_or_default().to_owned());
    }
    bar.finish_and_clear();
    comparison.end();
    Ok(())
}

fn proved(change: &Value) -> Option<(FeedPosition, Digest)> {
    let position = FeedPosition::parse(change["position"].as_str()?)?;
    let mut hash = [0; 32];
    hex::decode_to_slice(change["hash"].as_str()?, &mut hash).ok()?;
    Some((position, hash))
}

/// Says what was found; an error where the copy is not whole.
fn tell(comparison: &Comparison, since: Option<&str>, printer: &Printer) -> anyhow::Result<()> {
    let findings = &comparison.findings;
    let listed: Vec<Value> = findings.iter().take(MOST_LISTED).map(row).collect();
    let counts: Vec<(Fault, usize)> = Fault::ALL
        .iter()
        .map(|fault| {
            (
                *fault,
                findings.iter().filter(|one| one.fault == *fault).count(),
            )
        })
        .filter(|(_, count)| *count > 0)
        .collect();
    match printer.output() {
        Output::Json => printer.data(&json!({
            "whole": findings.is_empty(),
            "since": since,
            "up_to": comparison.up_to(),
            "count": comparison.count,
            "hash": hex::encode(comparison.hash),
            "behind": comparison.behind,
            "faults": findings.len(),
            "findings": listed,
        }))?,
        Output::Table if listed.is_empty() => {}
        Output::Table => printer.data(&Value::Array(listed))?,
    }
    if findings.len() > MOST_LISTED {
        printer.note(&format!("The first {MOST_LISTED} are listed."));
    }
    if !counts.is_empty() {
        let counts: Vec<String> = counts
            .iter()
            .map(|(fault, count)| format!("{count} {}", fault.name()))
            .collect();
        bail!("the copy is not whole: {}", counts.join(", "));
    }
    let behind = match comparison.behind {
        0 => "the feed has no more".to_owned(),
        more => format!("the feed has {more} more since"),
    };
    printer.note(&match comparison.up_to() {
        Some(up_to) => format!(
            "Whole up to {up_to}: {} changes, running hash {}; {behind}.",
            comparison.count,
            hex::encode(comparison.hash)
        ),
        None => format!("The copy is empty; {behind}."),
    });
    Ok(())
}

fn row(finding: &Finding) -> Value {
    json!({
        "fault": finding.fault,
        "position": finding.position.map(|position| position.to_string()),
        "line": finding.line,
    })
}
