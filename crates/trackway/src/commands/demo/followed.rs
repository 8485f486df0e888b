//! Another order system: a simulated N&H, whose orders are shipped as the world's parcels. The hub follows
//! the first of them, and their shipments, under N&H's own codes.

use super::audit::Report;
use super::cargo::held;
use super::parcels;
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use trackway_dialects::nandh::states;
use trackway_dialects::{nandh, registry};
use trackway_hub::{Explanation, Hub, NewTracking};
use trackway_model::orders::{
    Body, FulfilmentState, Kind, OrderState, Record, RecordId, RecordQuery, State, state_of,
};
use trackway_model::{Certainty, CodeKind, Milestone, TrackId, time};
use trackway_simulator::SimulatedDesk;
use trackway_simulator::desk::ACCOUNT;

/// Orders that are followed.
const ORDERS: u32 = 6;
const SECOND: i64 = 1_000_000;

/// The system, and what is followed of it.
pub struct Followed {
    desk: Arc<SimulatedDesk>,
    connection: String,
    codes: BTreeMap<String, Code>,
}

/// What has a code.
#[derive(Clone, Copy, Debug)]
struct Code {
    kind: Kind,
    record: RecordId,
    track: TrackId,
}

impl Followed {
    pub fn new(desk: Arc<SimulatedDesk>, connection: String) -> Self {
        Self {
            desk,
            connection,
            codes: BTreeMap::new(),
        }
    }

    /// Has what is new followed, and all of it asked about.
    pub async fn go_on(&mut self, hub: &Hub) -> anyhow::Result<()> {
        let new: Vec<(String, Kind, RecordId)> = self.new_codes()?;
        for (code, kind, record) in new {
            let tracked = hub.track(NewTracking {
                carrier: nandh::NAME.to_owned(),
                numbers: vec![code.clone()],
                connection: Some(self.connection.clone()),
                ..NewTracking::default()
            });
            let tracked = tracked.await?;
            let track = tracked.first().context("a number is tracked")?.track;
            let code_of = Code {
                kind,
                record,
                track,
            };
            self.codes.insert(code, code_of);
        }
        // Also what is known: of two questions at once the earlier may have the later answer, and what is
        // passed on is the answer to the later.
        for it in self.codes.values() {
            parcels::ask(hub, it.track).await?;
        }
        Ok(())
    }

    fn new_codes(&self) -> anyhow::Result<Vec<(String, Kind, RecordId)>> {
        let orders = self.desk.orders(ORDERS);
        let house = self.desk.house()?;
        let all = RecordQuery {
            limit: u32::MAX,
            ..RecordQuery::of(Kind::Fulfilment)
        };
        let shipments = house.ledger().query(ACCOUNT, &all).records;
        let is_theirs = |record: &Record| match &record.body {
            Body::Fulfilment(it) => orders.iter().any(|order| order.id == it.order),
            _ => false,
        };
        let shipments = shipments.into_iter().filter(is_theirs);
        let all = orders.iter().cloned().chain(shipments);
        let new = all.filter(|record| !self.codes.contains_key(&record.code));
        Ok(new
            .map(|record| (record.code.clone(), record.kind(), record.id))
            .collect())
    }

    /// The codes that are followed.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.codes.keys().map(String::as_str)
    }

    /// The path of its detail in N&H's API.
    pub fn paths(&self) -> impl Iterator<Item = (&str, CodeKind, String)> {
        self.codes.iter().map(|(code, it)| {
            let (kind, path) = match it.kind {
                Kind::Order => (CodeKind::Order, "orders"),
                _ => (CodeKind::Event, "shipments"),
            };
            (code.as_str(), kind, format!("/{path}/detail/{code}"))
        })
    }

    /// Compares what the hub holds with what happened there.
    pub async fn audit(&self, report: &mut Report, hub: &Hub) -> anyhow::Result<()> {
        for (code, it) in &self.codes {
            let is_alike = self.is_as_there(*it, &held(hub, code).await?)?;
            report.followed += 1;
            report.followed_as_there += usize::from(is_alike);
            if !is_alike {
                report.note(format!("{code}: not as it stands at N&H"));
            }
        }
        Ok(())
    }

    /// Whether a journey is one of what happened there, each at most once, up to how it stands now. An
    /// answer tells how it stands, so that what was over between two of them is not known.
    fn is_as_there(&self, it: Code, journeys: &[Explanation]) -> anyhow::Result<bool> {
        let [journey] = journeys else {
            return Ok(false);
        };
        let there = self.there(it)?;
        let events = journey.events.iter();
        let events = events.filter(|event| event.certainty == Certainty::Actual);
        let mut known = BTreeSet::new();
        for event in events {
            let at = event.time.as_deref().and_then(time::parse);
            let told = (
                at.map(|at| at.assumed().div_euclid(SECOND)),
                event.milestone,
            );
            let happened = told
                .0
                .is_some_and(|at| there.happened.contains(&(at, told.1)));
            if !happened || !known.insert(told) {
                return Ok(false);
            }
        }
        let (at, milestone) = there.present;
        Ok(known.contains(&(Some(at), milestone)))
    }

    /// What happened to a record there.
    fn there(&self, it: Code) -> anyhow::Result<There> {
        let house = self.desk.house()?;
        let second = |at: i64| at.div_euclid(SECOND);
        let means = |status: u16| milestone(it.kind, status);
        let changes = house.changes().iter();
        let changes = changes.filter(|change| (change.kind, change.record) == (it.kind, it.record));
        let mut happened: BTreeSet<(i64, Milestone)> = changes
            .map(|change| (second(change.at), means(change.after)))
            .collect();
        let record = house.ledger().record(ACCOUNT, it.kind, it.record);
        let record = record.context("what is followed is there")?;
        let since = match &record.body {
            Body::Order(order) => {
                let left = order.shipped.map(|at| (at, OrderState::Shipped as u16));
                happened.extend(left.map(|(at, status)| (second(at), means(status))));
                order.state_since
            }
            Body::Fulfilment(parcel) => {
                let left = parcel
                    .shipped
                    .map(|at| (at, FulfilmentState::Shipped as u16));
                happened.extend(left.map(|(at, status)| (second(at), means(status))));
                parcel.state_since
            }
            _ => anyhow::bail!("{} has no journey", record.code),
        };
        Ok(There {
            happened,
            present: (second(since), means(record.status())),
        })
    }
}

/// What happened to a record, to the second, and how it stands.
struct There {
    happened: BTreeSet<(i64, Milestone)>,
    present: (i64, Milestone),
}

/// What N&H's code of a state means.
fn milestone(kind: Kind, status: u16) -> Milestone {
    let (subject, kind, name) = if kind == Kind::Order {
        let state = state_of::<OrderState>(status).map(State::name);
        (states::ORDER, CodeKind::Order, state)
    } else {
        let state = state_of::<FulfilmentState>(status).map(State::name);
        (states::SHIPMENT, CodeKind::Event, state)
    };
    let Some(name) = name else {
        return Milestone::Unknown;
    };
    let code = states::of(subject, name).code.to_string();
    let vocabularies = registry::built_in();
    vocabularies.of(nandh::NAME).read(kind, &code, "").0
}
