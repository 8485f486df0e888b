//! What a hub can tell of its own health: what is wrong, how bad it is, and what to do.
//!
//! Executed by the process that holds the data, so that a running server is asked about itself.
//! Upstreams are tried with one call each; whatever else is looked at is in the store.

use super::store;
use futures::stream::{self, StreamExt, TryStreamExt};
use rustix::process::{Resource, getrlimit};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use trackway_hub::listing::{LONGEST_PAGE, ShipmentQuery};
use trackway_hub::{Headway, Hub, HubError, clock};
use trackway_model::{AccountId, ConnectionId, TrackId};
use trackway_store::records::{Account, Connection, OpenDeliveries};
use trackway_web::Limits;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Note,
    /// It works, and will not for long, or not well.
    Warning,
    /// It does not work, or what is acknowledged can be lost.
    Error,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub severity: Severity,
    pub subject: String,
    pub problem: String,
    pub advice: String,
}

impl Finding {
    pub fn new(
        severity: Severity,
        subject: impl Into<String>,
        problem: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            subject: subject.into(),
            problem: problem.into(),
            advice: advice.into(),
        }
    }
}

const DAY_US: i64 = 86_400_000_000;
const HOUR_US: i64 = 3_600_000_000;
/// A key that ends so soon is said.
const ENDS_SOON_US: i64 = 14 * DAY_US;
/// How far ahead of our clock something stored may be.
const SKEW_US: i64 = 300_000_000;
/// An upstream may take so long to be tried.
const TRIAL: Duration = Duration::from_secs(20);
/// Trials at once: those that hang are not waited for one after the other.
const TRIALS: usize = 16;
/// An endpoint that has so much before it does not keep up.
const FAR_BEHIND: u64 = 100_000;
/// Files that are open besides connections: the store's, logs, upstreams.
const OTHER_FILES: u64 = 256;

/// Everything that is found; also by the log, where it is to be told how far that is. Fails only if the
/// store can't be read.
pub async fn examine(hub: &Hub, verify: Option<&Headway>) -> anyhow::Result<Value> {
    let mut findings = Vec::new();
    let ready = hub.ready().await;
    if let Err(why) = &ready {
        let advice =
            "If the disk is full, make room; otherwise start the server anew and read its log.";
        findings.push(Finding::new(
            Severity::Error,
            "store",
            why.to_string(),
            advice,
        ));
    }
    findings.extend(open_files(&Limits::default()));
    let accounts = store(hub).accounts().await?;
    findings.extend(clock_behind(hub.clock().now(), &accounts));
    for account in &accounts {
        keys(hub, account, &mut findings).await?;
        endpoints(hub, account, &mut findings).await?;
    }
    let connections = store(hub).connections().await?;
    let trials: Vec<_> = connections
        .iter()
        .filter_map(|connection| {
            let of = |account: &&Account| account.id == connection.account;
            Some(upstream(hub, accounts.iter().find(of)?, connection))
        })
        .collect();
    let told: Vec<Option<Finding>> = stream::iter(trials).buffered(TRIALS).try_collect().await?;
    findings.extend(told.into_iter().flatten());
    let mut found = json!({
        "ready": ready.is_ok(),
        "counts": store(hub).counts().await?,
        "findings": findings,
    });
    if let Some(headway) = verify {
        found["verification"] = json!(store(hub).verify_with(headway).await?);
    }
    Ok(found)
}

fn open_files(limits: &Limits) -> Option<Finding> {
    let allowed = getrlimit(Resource::Nofile).current?;
    let wanted = limits.connections as u64 + OTHER_FILES;
    (allowed < wanted).then(|| {
        Finding::new(
            Severity::Warning,
            "open files",
            format!("this process may open {allowed} files; {} connections need {wanted}", limits.connections),
            "Raise the limit (LimitNOFILE= in the systemd unit, `ulimit -n` in a shell), or lower limits.connections.",
        )
    })
}

fn clock_behind(now: i64, accounts: &[Account]) -> Option<Finding> {
    let newest = accounts.iter().map(|account| account.created).max()?;
    (newest > now.saturating_add(SKEW_US)).then(|| {
        Finding::new(
            Severity::Error,
            "clock",
            format!(
                "it shows {}, and an account was made at {}",
                clock::text(now),
                clock::text(newest)
            ),
            "Set the clock, and keep it with NTP: statements are ordered and keys expire by it.",
        )
    })
}

async fn keys(hub: &Hub, account: &Account, findings: &mut Vec<Finding>) -> anyhow::Result<()> {
    let now = hub.clock().now();
    for key in store(hub).keys(account.id).await? {
        let Some(expires) = key.expires.filter(|_| !key.disabled) else {
            continue;
        };
        let subject = format!("key {} of account {}", key.id, account.name);
        if (now..now.saturating_add(ENDS_SOON_US)).contains(&expires) {
            findings.push(Finding::new(
                Severity::Warning,
                subject,
                format!("it expires at {}", clock::text(expires)),
                "Give its user a new one (`trackway key create`), or let it hold longer (`trackway key expire`).",
            ));
        }
    }
    Ok(())
}

async fn endpoints(
    hub: &Hub,
    account: &Account,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<()> {
    for endpoint in hub.endpoints(Some(&account.name)).await? {
        let subject = format!("endpoint {} of account {}", endpoint.id, account.name);
        if endpoint.paused {
            let advice = format!(
                "Resume it with `trackway endpoint resume {}`, or remove it.",
                endpoint.id
            );
            findings.push(Finding::new(
                Severity::Note,
                subject,
                "it is paused",
                advice,
            ));
            continue;
        }
        let open = |parked| OpenDeliveries {
            endpoint: Some(endpoint.id),
            parked: Some(parked),
            ..OpenDeliveries::default()
        };
        let parked = store(hub)
            .open_deliveries(account.id, &open(true), LONGEST_PAGE)
            .await?;
        let failing = store(hub)
            .open_deliveries(account.id, &open(false), LONGEST_PAGE)
            .await?;
        if !parked.is_empty() {
            findings.push(Finding::new(
                Severity::Warning,
                subject.clone(),
                format!("{} messages were given up after their last attempt", count(parked.len())),
                "See /v1/deliveries for what the receiver answered; it can read the feed from where it stopped.",
            ));
        }
        if failing.iter().any(|delivery| delivery.attempts > 1) {
            findings.push(Finding::new(
                Severity::Warning,
                subject.clone(),
                format!("{} messages fail and are tried again", count(failing.len())),
                "See /v1/deliveries for what the receiver answers. Pause the endpoint while it is down for long.",
            ));
        }
        if endpoint.behind > FAR_BEHIND {
            findings.push(Finding::new(
                Severity::Warning,
                subject,
                format!("it is {} changes behind", endpoint.behind),
                "Its receiver answers too slowly for what happens: make it acknowledge first and work later.",
            ));
        }
    }
    Ok(())
}

fn count(n: usize) -> String {
    if n < LONGEST_PAGE {
        n.to_string()
    } else {
        format!("{n} or more")
    }
}

async fn upstream(
    hub: &Hub,
    account: &Account,
    connection: &Connection,
) -> anyhow::Result<Option<Finding>> {
    let subject = format!("connection {} of account {}", connection.name, account.name);
    if connection.paused {
        let advice = format!(
            "Resume it with `trackway connection resume {}`.",
            connection.name
        );
        return Ok(Some(Finding::new(
            Severity::Note,
            subject,
            "it is paused",
            advice,
        )));
    }
    let trial = hub.test_connection(Some(&account.name), connection.id, None, None);
    let works = match tokio::time::timeout(TRIAL, trial).await {
        Err(_) => Err(format!(
            "it did not answer within {} seconds",
            TRIAL.as_secs()
        )),
        Ok(Ok(test)) if test.works => Ok(()),
        Ok(Ok(test)) => Err(test.detail),
        // Several carriers, and none to try it with: what it told is looked at instead.
        Ok(Err(HubError::CarrierUnnamed { .. })) => Ok(()),
        Ok(Err(error)) => return Err(error.into()),
    };
    if let Err(problem) = works {
        let advice = "Check its address and credentials, and whether this machine may connect out.";
        return Ok(Some(Finding::new(
            Severity::Warning,
            subject,
            problem,
            advice,
        )));
    }
    let is_old = connection.created < hub.clock().now().saturating_sub(HOUR_US);
    if is_old && never_answered(hub, account.id, connection.id).await? {
        return Ok(Some(Finding::new(
            Severity::Warning,
            subject,
            format!("it told nothing of the newest {LONGEST_PAGE} shipments"),
            "Follow a number that it knows (`trackway track`), and see whether it is the right system for them.",
        )));
    }
    Ok(None)
}

/// Whether there are shipments, and none of the newest was told of by a connection.
async fn never_answered(
    hub: &Hub,
    account: AccountId,
    connection: ConnectionId,
) -> anyhow::Result<bool> {
    let newest = store(hub)
        .shipments(&ShipmentQuery::of(account), None, LONGEST_PAGE)
        .await?;
    let mut tracks: Vec<TrackId> = newest.rows.iter().map(|row| row.track).collect();
    tracks.dedup();
    for id in &tracks {
        let track = store(hub).track(*id).await?;
        let heard = track.is_some_and(|track| {
            track
                .sources
                .iter()
                .any(|source| source.connection == connection)
        });
        if heard {
            return Ok(false);
        }
    }
    Ok(!tracks.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_behind_what_is_stored_is_wrong() {
        let account = |created| Account {
            id: AccountId(1),
            name: "default".to_owned(),
            created,
        };
        assert_eq!(clock_behind(0, &[]), None);
        assert_eq!(clock_behind(DAY_US, &[account(DAY_US + 1)]), None);
        let found = clock_behind(DAY_US, &[account(2 * DAY_US)]).unwrap();
        assert_eq!(found.severity, Severity::Error);
    }

    #[test]
    fn more_connections_than_files_are_told() {
        let allowed = getrlimit(Resource::Nofile).current.unwrap();
        let with = |connections| Limits {
            connections,
            ..Limits::default()
        };
        assert_eq!(open_files(&with(1)), None);
        let found = open_files(&with(allowed as usize)).unwrap();
        assert!(found.advice.contains("LimitNOFILE"), "{found:?}");
    }
}
