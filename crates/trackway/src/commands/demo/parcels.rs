//! The parcels of the show: who is on the road, and where the hub has them.
//!
//! The show runs through days in seconds, and the hub's schedule is one of hours: so the look-ups of
//! parcels on the road are brought forward, some each tick, in turn.

use super::audit::Report;
use anyhow::Context;
use std::collections::{BTreeMap, VecDeque};
use trackway_dialects::express247;
use trackway_hub::{CreatedConnection, Hub, NewTracking};
use trackway_model::{Stage, TrackId};
use trackway_simulator::World;
use trackway_store::records::PollKind;

/// Parcels whose look-ups are brought forward in one tick: as many as upstreams answer in that time.
const ASKED_A_TICK: usize = 20;
/// Parcels that are looked at in the hub in one tick.
const SEEN_A_TICK: usize = 8;

/// A parcel on the road.
struct Parcel {
    index: u32,
    track: Option<TrackId>,
}

#[derive(Default)]
pub struct Parcels {
    road: VecDeque<Parcel>,
    /// The next one that is not born yet.
    next: u32,
    /// Where the hub has each, as it was last seen, and how many events it holds.
    stages: BTreeMap<u32, (Stage, usize)>,
}

impl Parcels {
    /// Registers what was born by now with both connections.
    pub async fn take_in(
        &mut self,
        hub: &Hub,
        world: &World,
        connections: &[CreatedConnection],
    ) -> anyhow::Result<()> {
        let begin = self.next;
        while self.next < world.len() && world.born(self.next) <= world.now() {
            self.next += 1;
        }
        if begin == self.next {
            return Ok(());
        }
        let mut born: Vec<Parcel> = (begin..self.next)
            .map(|index| Parcel { index, track: None })
            .collect();
        for connection in connections {
            let new = NewTracking {
                carrier: express247::CARRIER.to_owned(),
                numbers: (begin..self.next).map(World::number).collect(),
                connection: Some(connection.name.clone()),
                ..NewTracking::default()
            };
            for (parcel, tracked) in born.iter_mut().zip(hub.track(new).await?) {
                parcel.track = Some(tracked.track);
            }
        }
        self.road.extend(born);
        Ok(())
    }

    /// Has the next parcels on the road asked about, and looks where the hub has some of them.
    pub async fn go_on(&mut self, hub: &Hub, world: &World) -> anyhow::Result<()> {
        for nth in 0..ASKED_A_TICK.min(self.road.len()) {
            let Some(parcel) = self.road.pop_front() else {
                break;
            };
            if let Some(track) = parcel.track {
                ask(hub, track).await?;
            }
            let is_over = nth < SEEN_A_TICK && self.look(hub, world, parcel.index).await?;
            if !is_over {
                self.road.push_back(parcel);
            }
        }
        Ok(())
    }

    /// Looks at a parcel in the hub; whether its journey is over and all of it is held.
    async fn look(&mut self, hub: &Hub, world: &World, index: u32) -> anyhow::Result<bool> {
        let held = hub.explain(None, None, &World::number(index)).await?;
        let newest = held.first().context("a number that is tracked is known")?;
        self.stages
            .insert(index, (newest.stage, newest.events.len()));
        let script = world.until(index, world.now());
        let ended = script.len() == world.script(index).len();
        Ok(Report::default().compare(world, index, &held) && ended)
    }

    /// Whether the hub knows a parcel as delivered: asks about those that are in the world.
    pub async fn any_delivered(&mut self, hub: &Hub, world: &World) -> anyhow::Result<bool> {
        let now = world.now();
        let arrived = (0..self.next).find(|index| {
            let script = world.script(*index);
            world.until(*index, now).len() == script.len()
        });
        if let Some(index) = arrived {
            self.look(hub, world, index).await?;
        }
        Ok(self.count(|stage| stage == Stage::Delivered) > 0)
    }

    pub fn indexes(&self) -> impl Iterator<Item = u32> {
        0..self.next
    }

    /// Parcels that the hub has in such a stage.
    pub fn count(&self, of: impl Fn(Stage) -> bool) -> usize {
        self.stages.values().filter(|(stage, _)| of(*stage)).count()
    }

    pub fn events(&self) -> usize {
        self.stages.values().map(|(_, events)| events).sum()
    }
}

/// Has a number asked about now, unless somebody is being asked: who asks again and again before an answer
/// came gives the upstreams more to do than they can.
pub async fn ask(hub: &Hub, track: TrackId) -> anyhow::Result<()> {
    let polls = hub.store().polls_of(track).await?;
    let mut polls = polls.iter().filter(|poll| poll.due.is_some());
    if polls.all(|poll| poll.kind != PollKind::Manual) {
        let now = hub.clock().now();
        hub.store().ask_polls(track, PollKind::Manual, now).await?;
    }
    Ok(())
}
