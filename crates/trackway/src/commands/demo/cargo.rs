//! The bills of lading and air waybills of the show, and what the two aggregators push.

use super::audit::Report;
use super::stage::Addresses;
use crate::commands::simulate;
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use trackway_dialects::{Outgoing, keydelivery, track123};
use trackway_hub::outbound::{Outbound, Policy, Reach};
use trackway_hub::{CreatedConnection, Explanation, Hub, HubError};
use trackway_model::{Certainty, CodeKind, Milestone};
use trackway_simulator::{Outbox, SimulatedDesk, World, air, ocean};

pub const BILLS: u32 = 2;
pub const WAYBILLS: u32 = 2;
/// Messages of one aggregator in one tick.
const SENT_A_TICK: usize = 30;

/// What the aggregators push.
#[derive(Debug)]
pub struct Pushes(Vec<Outbox>);

impl Pushes {
    /// Registers the cargo with the second aggregator, as its client does in its own program.
    pub async fn new(
        hub: &Hub,
        aggregator: &Arc<SimulatedDesk>,
        second: &Arc<SimulatedDesk>,
        connections: &[CreatedConnection],
        addresses: &Addresses,
    ) -> anyhow::Result<Self> {
        let outbound = Outbound::new(Reach::default(), hub.clock().clone());
        let bills = (0..BILLS).map(
            |index| json!({"trackingNo": ocean::bill(index), "type": 2, "carrierCode": "MAEU"}),
        );
        let waybills = (0..WAYBILLS).map(|index| json!({"trackingNo": air::waybill(index)}));
        for (path, items) in [
            ("ocean/track/import", bills.collect::<Vec<_>>()),
            ("aviation/track/import", waybills.collect()),
        ] {
            register(&outbound, second, &addresses.second, path, items).await?;
        }
        let door = connections
            .iter()
            .find(|made| made.dialect == track123::NAME)
            .context("the second aggregator is connected")?;
        let portal = format!("{}{}/{}", addresses.hub, door.webhook_path, track123::NAME);
        Ok(Self(vec![
            Outbox::new(second.clone(), track123::NAME, Some(portal)),
            Outbox::new(aggregator.clone(), keydelivery::NAME, None),
        ]))
    }

    /// Sends some of what is due; at the end of the show all that waits for its next attempt is.
    pub async fn send(&mut self, outbound: &Outbound, is_over: bool) {
        for outbox in &mut self.0 {
            if is_over {
                outbox.hurry();
            }
            simulate::deliver(outbound, outbox, SENT_A_TICK).await;
        }
    }

    /// Messages that were to be sent, and those that were acknowledged.
    pub fn counts(&self) -> (usize, usize) {
        let counts = || self.0.iter().map(Outbox::counts);
        (
            counts().map(|counts| counts.messages).sum(),
            counts().map(|counts| counts.acknowledged).sum(),
        )
    }
}

/// A registration that no fault keeps from arriving: the system is asked until it takes it.
async fn register(
    outbound: &Outbound,
    desk: &SimulatedDesk,
    address: &str,
    path: &str,
    items: Vec<Value>,
) -> anyhow::Result<()> {
    const TRIES: usize = 100;
    let url = format!("{address}/gateway/open-api/tk/v2.1/{path}");
    let headers = [
        ("content-type", "application/json"),
        ("track123-api-secret", &desk.credentials().key),
    ];
    let headers: Vec<_> = headers
        .into_iter()
        .map(|(name, value)| Ok((name.parse()?, value.parse()?)))
        .collect::<anyhow::Result<_>>()?;
    let wanted = items.len();
    let body = Value::from(items).to_string().into_bytes();
    for _ in 0..TRIES {
        let outgoing = Outgoing {
            method: http::Method::POST,
            redacted_url: url.clone(),
            url: url.clone(),
            headers: headers.clone(),
            body: body.clone(),
        };
        let Ok(answer) = outbound
            .send(outgoing, Policy::Operator, super::PATIENCE)
            .await
        else {
            continue;
        };
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        // What an answer that was cut off did not say, the next one refuses as registered.
        let known = |list: &str| told["data"][list].as_array().map_or(0, Vec::len);
        if known("accepted") + known("rejected") == wanted {
            return Ok(());
        }
    }
    ensure!(false, "the simulated system did not register the cargo");
    Ok(())
}

/// Compares the cargo with what the hub holds of it.
pub async fn compare(report: &mut Report, hub: &Hub, world: &World) -> anyhow::Result<()> {
    let now = world.now();
    for index in 0..world.cargo().bills() {
        let bill = world.cargo().bill(index).context("each bill is there")?;
        let happened = bill.steps.iter().filter(|step| step.at <= now);
        let told = happened.flat_map(|step| {
            let own = (step.minute(), milestone(CodeKind::OceanEvent, step.code));
            // A container's end is told by its own status as well.
            let end = step
                .delivers()
                .then(|| (step.minute(), Milestone::Delivered));
            std::iter::once(own).chain(end)
        });
        report.containers += bill.containers.len();
        matched(
            report,
            &ocean::bill(index),
            told,
            &held(hub, &ocean::bill(index)).await?,
        );
    }
    for index in 0..world.cargo().waybills() {
        let script = world
            .cargo()
            .waybill(index)
            .context("each waybill is there")?;
        let happened = script.steps.iter().filter(|step| step.at <= now);
        let told = happened.map(|step| (step.minute(), milestone(CodeKind::AirEvent, step.code)));
        report.waybills += 1;
        matched(
            report,
            &air::waybill(index),
            told,
            &held(hub, &air::waybill(index)).await?,
        );
    }
    Ok(())
}

/// A number's journeys; none while nobody has told of it.
pub async fn held(hub: &Hub, number: &str) -> Result<Vec<Explanation>, HubError> {
    match hub.explain(None, None, number).await {
        Err(HubError::NoShipment { .. }) => Ok(Vec::new()),
        held => held,
    }
}

fn milestone(kind: CodeKind, code: &str) -> Milestone {
    let vocabularies = trackway_dialects::registry::built_in();
    vocabularies.of(track123::NAME).read(kind, code, "").0
}

fn matched(
    report: &mut Report,
    number: &str,
    happened: impl Iterator<Item = (String, Milestone)>,
    held: &[Explanation],
) {
    const MINUTE: usize = "2026-01-01T00:00".len();
    let mut left: BTreeMap<(String, Milestone), usize> = BTreeMap::new();
    for happening in happened {
        report.cargo_happened += 1;
        *left.entry(happening).or_default() += 1;
    }
    for event in held.iter().flat_map(|journey| &journey.events) {
        if event.certainty != Certainty::Actual {
            continue;
        }
        let time = event.time.as_deref().and_then(|time| time.get(..MINUTE));
        let key = (time.unwrap_or_default().to_owned(), event.milestone);
        if let Some(count) = left.get_mut(&key).filter(|count| **count > 0) {
            *count -= 1;
            report.cargo_held_once += 1;
            continue;
        }
        report.cargo_surplus += 1;
        let (time, milestone) = key;
        let milestone = milestone.name();
        report.note(format!("{number}: {milestone} at {time} never happened"));
    }
    if let Some(((time, milestone), _)) = left.iter().find(|(_, count)| **count > 0) {
        report.note(format!(
            "{number}: {} at {time} is missing",
            milestone.name()
        ));
    }
    let withdrawn = held.iter().flat_map(|journey| &journey.withdrawn);
    report.estimates_kept += withdrawn.count();
}
