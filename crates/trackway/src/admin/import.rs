//! Takes in the lines of an export.
//!
//! Guarantee: idempotent, since every fact is told as its source told it and is known again by its
//! identity; a second run, or one that was cut short and begun anew, adds nothing. What is already
//! here stays: facts are joined. Afterwards every shipment is compared with what the export says of
//! its state, and those that differ are named. Lines that one answer listed twice, and later answers
//! otherwise, may change places: the state is the same, which of them carries what is not.
//!
//! A connection that is not here is made without its secrets, and paused. Subscribers are told of
//! what is new here: import before they are added.

mod intakes;

use super::lines::{ConnectionLine, FORMAT, Line, ShipmentLine};
use super::store;
use anyhow::{Context, bail};
use intakes::Told;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use trackway_dialects::registry;
use trackway_hub::{Hub, clocks};
use trackway_model::change::Mark;
use trackway_model::intake::{Intake, Verified};
use trackway_model::{AccountId, ConnectionId};
use trackway_store::records::{Connection, NewRegistration};
use trackway_store::{Entropy, SystemEntropy};

/// Numbers that are named of those that differ.
const MOST_NAMED: usize = 100;

/// What became of a page.
#[derive(Debug, Default, Serialize)]
pub struct Imported {
    pub shipments: u64,
    pub statements_new: u64,
    pub statements_known: u64,
    /// Made here, paused and without secrets.
    pub connections_made: Vec<String>,
    /// Shipments whose state is not the exported one; normal where more was known here before.
    pub differing: Vec<String>,
}

/// Ids for names.
#[derive(Default)]
struct Ids {
    accounts: HashMap<String, AccountId>,
    connections: HashMap<(AccountId, String), ConnectionId>,
}

/// Takes a page of lines in.
pub async fn take(hub: &Hub, lines: Vec<Value>) -> anyhow::Result<Imported> {
    let mut imported = Imported::default();
    let mut ids = Ids::default();
    for known in store(hub).connections().await? {
        ids.connections
            .insert((known.account, known.name.clone()), known.id);
    }
    let mut shipments = Vec::new();
    for line in lines {
        let line: Line = serde_json::from_value(line).context("it is no line of an export")?;
        match line {
            Line::Export { format: FORMAT } => {}
            Line::Export { format } => {
                bail!(
                    "the export has format {format}, this release reads {FORMAT}: use the release that wrote it or a later one"
                )
            }
            Line::Connection(line) => connect(hub, &mut ids, line, &mut imported).await?,
            Line::Shipment(line) => {
                let account = ids.account(hub, &line.account).await?;
                shipments.push((account, line));
            }
        }
    }
    tell(hub, &ids, &shipments, &mut imported).await?;
    register(hub, &ids, &shipments).await?;
    for (account, line) in &shipments {
        imported.shipments += 1;
        if !stands(hub, *account, line).await? && imported.differing.len() < MOST_NAMED {
            imported
                .differing
                .push(format!("{}/{}", line.carrier, line.number));
        }
    }
    Ok(imported)
}

impl Ids {
    async fn account(&mut self, hub: &Hub, name: &str) -> anyhow::Result<AccountId> {
        if let Some(known) = self.accounts.get(name) {
            return Ok(*known);
        }
        let account = hub.account(Some(name)).await?.id;
        self.accounts.insert(name.to_owned(), account);
        Ok(account)
    }
}

/// Makes a connection that is not here, without its secrets: it is paused until somebody sets them.
async fn connect(
    hub: &Hub,
    ids: &mut Ids,
    line: ConnectionLine,
    imported: &mut Imported,
) -> anyhow::Result<()> {
    let account = ids.account(hub, &line.account).await?;
    let key = (account, line.name.clone());
    if ids.connections.contains_key(&key) {
        return Ok(());
    }
    registry::find(&line.dialect).with_context(|| {
        format!(
            "no dialect `{}`: is the export of a later release?",
            line.dialect
        )
    })?;
    let mut token = [0; 32];
    SystemEntropy.fill(&mut token);
    let token: SecretString = hex::encode(token).into();
    let made = store(hub)
        .create_connection(Connection {
            id: ConnectionId::default(),
            account,
            dialect: line.dialect,
            name: line.name.clone(),
            base_url: line.base_url,
            operator: true,
            zone: line.zone,
            paused: true,
            settings: BTreeMap::new(),
            token,
            created: hub.clock().now(),
        })
        .await?;
    ids.connections.insert(key, made.id);
    imported.connections_made.push(line.name);
    Ok(())
}

type Shipment = (AccountId, Box<ShipmentLine>);

/// Commits what was told: first what was erased, whose words are destroyed here as well, then what
/// still has its words.
async fn tell(
    hub: &Hub,
    ids: &Ids,
    shipments: &[Shipment],
    imported: &mut Imported,
) -> anyhow::Result<()> {
    let mut erased = Vec::new();
    let mut whole = Vec::new();
    for (account, line) in shipments {
        let connection = |name: &str| ids.connections.get(&(*account, name.to_owned())).copied();
        let told = Told::of(*account, line, &connection)
            .with_context(|| format!("shipment {}", line.number))?;
        if !told.erased.is_empty() {
            erased.push(told.erased);
        }
        whole.extend(told.whole);
    }
    for intakes in erased {
        let (account, carrier, number) = named(&intakes);
        let (new, known) = ingest(hub, intakes).await?;
        imported.statements_known += known;
        imported.statements_new += new;
        if new > 0 {
            for track in store(hub).find(account, Some(&carrier), &number).await? {
                store(hub).erase(track.id).await?;
            }
        }
    }
    let (new, known) = ingest(hub, whole).await?;
    imported.statements_new += new;
    imported.statements_known += known;
    Ok(())
}

fn named(intakes: &[Intake]) -> (AccountId, String, String) {
    let first = &intakes[0];
    (first.account, first.carrier.clone(), first.number.clone())
}

/// Statements that are new here, and known. Zones are facts of the export and are not looked up
/// again, so that this goes past the hub's own way in.
async fn ingest(hub: &Hub, intakes: Vec<Intake>) -> anyhow::Result<(u64, u64)> {
    if intakes.is_empty() {
        return Ok((0, 0));
    }
    // The operator brought the file.
    let receipts = store(hub).ingest(Verified::attest(intakes)).await?;
    let sum = |of: fn(&trackway_model::intake::Receipt) -> u32| -> u64 {
        receipts.iter().map(|receipt| u64::from(of(receipt))).sum()
    };
    Ok((sum(|r| r.new) + sum(|r| r.versions), sum(|r| r.repeats)))
}

/// Registers what was registered; the connections that spoke are asked again when they are resumed.
async fn register(hub: &Hub, ids: &Ids, shipments: &[Shipment]) -> anyhow::Result<()> {
    let mut wishes = Vec::new();
    for (account, line) in shipments {
        let mut connections: Vec<ConnectionId> = line
            .sources
            .iter()
            .filter_map(|source| source.connection.clone())
            .filter_map(|name| ids.connections.get(&(*account, name)).copied())
            .collect();
        connections.sort_unstable();
        connections.dedup();
        wishes.extend(line.registrations.iter().map(|one| NewRegistration {
            account: *account,
            dialect: one.dialect.clone(),
            carrier: line.carrier.clone(),
            number: line.number.clone(),
            created: one.created,
            data: one.data.clone(),
            key: hub.key_from(*account, &one.dialect, &one.data),
            references: line.references.clone(),
            connections: connections.clone(),
            clock_at: clocks::first_look(&one.dialect, one.created),
            // What stands here may be newer than the export.
            amend: false,
        }));
    }
    if !wishes.is_empty() {
        store(hub).register_many(wishes).await?;
    }
    Ok(())
}

/// Whether a shipment stands here as the export says.
async fn stands(hub: &Hub, account: AccountId, line: &ShipmentLine) -> anyhow::Result<bool> {
    let tracks = store(hub)
        .find(account, Some(&line.carrier), &line.number)
        .await?;
    let states = tracks
        .first()
        .map(|track| track.states.iter().map(Mark::of).collect::<Vec<_>>());
    Ok(states.unwrap_or_default() == line.states)
}

#[cfg(test)]
mod tests;
