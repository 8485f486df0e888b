//! Everything that the show needs, started and wired over real HTTP on free ports.

use super::audit::{Changes, Report};
use super::board::Scene;
use super::cargo::{self, Pushes};
use super::clients::Clients;
use super::consigned::Sender;
use super::elapsed;
use super::followed::Followed;
use super::orders::Orders;
use super::parcels::Parcels;
use super::subscriber::Subscriber;
use super::wiring::{connect, free_port, serve, serve_hub, setup, subscribe, unhurried};
use crate::cli::{Demo, Place};
use crate::commands::simulate::Pusher;
use crate::data::{self, Access, Open};
use crate::printer::Printer;
use anyhow::bail;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use trackway_hub::ages::Age;
use trackway_hub::clock::{Clock, SystemClock};
use trackway_hub::outbound::{Outbound, Reach};
use trackway_hub::{CreatedConnection, Hub};
use trackway_model::Stage as Standing;
use trackway_simulator::world::BIRTHS;
use trackway_simulator::{Plan, Push, Scenario, SimulatedDesk, World, http as systems};
use trackway_store::{MasterKey, SystemEntropy};

/// All that can go wrong, at once.
const SCENARIO: &str = "everything";
/// The world has ended after this part of a show of given length.
const WORLD_ENDS_AT: f64 = 0.8;
/// A show without an end: an hour a second for a year, a parcel every hour.
const ENDLESS_SPEED: f64 = 3_600.0;
const ENDLESS_BIRTHS: i64 = 365 * 24 * 3_600 * 1_000_000;
const ENDLESS_PARCELS: u32 = 365 * 24;
/// Parcels of a show of given length, unless a number is given.
const PARCELS: u32 = 60;
/// Slow answers take so long: a part of what the show has.
const SLOWEST: Duration = Duration::from_millis(300);
/// The failing subscriber is down for this part of a show of given length.
const DOWN: f64 = 0.5;
/// In a show without an end it is down for as long, and then up for as long.
const DOWN_FOR: Duration = Duration::from_secs(45);
/// How long the first parcel may take to be known.
const CURTAIN: Duration = Duration::from_secs(10);

pub struct Stage {
    clock: SystemClock,
    carrier: Arc<SimulatedDesk>,
    aggregator: Arc<SimulatedDesk>,
    /// A second aggregator, which tells of bills of lading and air waybills as well.
    second: Arc<SimulatedDesk>,
    /// Another order system, whose orders are shipped as the carrier's parcels.
    merchant: Arc<SimulatedDesk>,
    pushes: Pushes,
    /// The instant at which the world's clock was stopped; 0 while it runs.
    frozen: Arc<AtomicI64>,
    open: Open,
    /// Those that are asked about parcels.
    connections: Vec<CreatedConnection>,
    subscriber: Subscriber,
    failing: Subscriber,
    /// How long the show is.
    time: Option<Duration>,
    addresses: Addresses,
    changes: Changes,
    parcels: Parcels,
    orders: Orders,
    sender: Sender,
    followed: Followed,
    clients: Clients,
    pusher: Pusher,
    /// Webhooks that are due and not acknowledged yet, and the virtual instant up to which they are.
    due: VecDeque<Push>,
    told_until: i64,
    sent: Sent,
    first_delivery: Option<Duration>,
    /// As it was last while the world went on.
    age: Age,
}

/// Webhooks that were sent.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    all: usize,
    repeated: usize,
    torn: usize,
}

#[derive(Debug)]
pub struct Addresses {
    pub hub: String,
    pub carrier: String,
    pub aggregator: String,
    pub second: String,
    pub merchant: String,
    pub subscriber: String,
    pub failing: String,
}

impl Stage {
    pub async fn build(
        demo: &Demo,
        data: &Path,
        clock: SystemClock,
        printer: &Printer,
    ) -> anyhow::Result<Self> {
        let frozen = Arc::new(AtomicI64::new(0));
        let world = world(demo, clock, frozen.clone());
        let [carrier, aggregator, second, merchant] =
            [(); 4].map(|()| Arc::new(SimulatedDesk::new(world.clone(), unhurried())));
        let place = Place {
            data: data.to_owned(),
            database_url: None,
            master_key_file: None,
        };
        let Access::Folder(lock) = data::access(data).await? else {
            bail!(
                "a server runs on {}: give the demo another --data",
                data.display()
            );
        };
        if demo.data.is_none() {
            // Nobody is to keep a copy of a key to what is gone with the show.
            MasterKey::load_or_create(&data.join("master.key"), &SystemEntropy)?;
        }
        let (door, address) = free_port().await?;
        let open = data::open_with(&place, lock, setup(&address), printer).await?;
        let hub = open.hub.clone();
        serve_hub(door, &hub);
        let (subscriber, subscriber_address) = Subscriber::start().await?;
        let (failing, failing_address) = Subscriber::start().await?;
        failing.set_down(true);
        let addresses = Addresses {
            hub: address,
            carrier: serve(systems::router(&carrier, SLOWEST)).await?,
            aggregator: serve(systems::router(&aggregator, SLOWEST)).await?,
            second: serve(systems::router(&second, SLOWEST)).await?,
            merchant: serve(systems::router(&merchant, SLOWEST)).await?,
            subscriber: subscriber_address,
            failing: failing_address,
        };
        let desks = [&*carrier, &*aggregator, &*second, &*merchant];
        let connections = connect(&hub, desks, &addresses).await?;
        let pushes = Pushes::new(&hub, &aggregator, &second, &connections, &addresses).await?;
        let began = hub.store().head().await?;
        subscribe(&hub, &subscriber, &addresses.subscriber).await?;
        subscribe(&hub, &failing, &addresses.failing).await?;
        let orders = Orders::open(&hub, &world, &addresses.hub).await?;
        let sender = Sender::open(&hub, orders.merchant(), &addresses.hub).await?;
        let [parcels @ .., orders_of] = &connections[..] else {
            bail!("the show's systems are connected");
        };
        let followed = Followed::new(merchant.clone(), orders_of.name.clone());
        let clients = Clients::open(&hub, &addresses.hub).await?;
        let door = connections.first().map_or("", |made| &made.webhook_path);
        let stage = Self {
            pusher: Pusher {
                outbound: Arc::new(Outbound::new(Reach::default(), hub.clock().clone())),
                url: format!("{}{door}/IntergrationAPI", addresses.hub),
                key: carrier.credentials().key.clone(),
            },
            changes: Changes::since(began),
            parcels: Parcels::default(),
            orders,
            sender,
            followed,
            clients,
            due: VecDeque::new(),
            told_until: i64::MIN,
            sent: Sent::default(),
            first_delivery: None,
            age: Age::default(),
            clock,
            carrier,
            aggregator,
            second,
            merchant,
            pushes,
            frozen,
            open,
            connections: parcels.to_vec(),
            subscriber,
            failing,
            time: demo.time,
            addresses,
        };
        stage.open.hub.start();
        Ok(stage)
    }

    pub fn world(&self) -> &World {
        self.carrier.world()
    }

    pub const fn parcels(&self) -> &Parcels {
        &self.parcels
    }

    pub const fn sender(&self) -> &Sender {
        &self.sender
    }

    pub fn hub(&self) -> &Arc<Hub> {
        &self.open.hub
    }

    pub fn outbound(&self) -> &Outbound {
        &self.pusher.outbound
    }

    pub const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Since the command began.
    pub fn elapsed(&self) -> Duration {
        elapsed(self.clock)
    }

    /// Waits for the first parcel to be known, so that there is something to look at.
    pub async fn curtain(&mut self) -> anyhow::Result<()> {
        let began = self.elapsed();
        while self.parcels.events() == 0 && self.elapsed() < began + CURTAIN {
            self.tick().await?;
            tokio::time::sleep(super::TICK).await;
        }
        Ok(())
    }

    /// Breaks the failing subscriber, or mends it.
    fn break_or_mend(&self) {
        let elapsed = self.elapsed();
        let is_down = match self.time {
            Some(time) => elapsed < time.mul_f64(DOWN),
            None => (elapsed.as_secs() / DOWN_FOR.as_secs()).is_multiple_of(2),
        };
        self.failing
            .set_down(is_down && self.frozen.load(Ordering::Relaxed) == 0);
    }

    /// Sends the webhooks that are due and has the next parcels asked about.
    pub async fn tick(&mut self) -> anyhow::Result<()> {
        self.break_or_mend();
        let world = self.world().clone();
        let hub = self.hub().clone();
        self.parcels
            .take_in(&hub, &world, &self.connections)
            .await?;
        let now = world.now();
        self.due.extend(world.pushes(self.told_until, now));
        self.told_until = now;
        self.send_due(&world).await;
        let is_over = self.frozen.load(Ordering::Relaxed) != 0;
        self.pushes.send(&self.pusher.outbound, is_over).await;
        self.parcels.go_on(&hub, &world).await?;
        self.orders.go_on(&hub).await?;
        self.sender.go_on(is_over).await?;
        self.followed.go_on(&hub).await?;
        if self.first_delivery.is_none() && self.parcels.any_delivered(&hub, &world).await? {
            self.first_delivery = Some(self.elapsed());
        }
        self.changes.count_on(&hub).await
    }

    /// One webhook after the other, as the carrier does; what is not acknowledged is sent again at
    /// the next tick. A torn one is refused, and a whole one follows it.
    async fn send_due(&mut self, world: &World) {
        while let Some(push) = self.due.front() {
            let body = world.body(push, &self.pusher.key);
            if !self.pusher.post(body).await && !push.torn {
                return;
            }
            self.sent.all += 1;
            self.sent.torn += usize::from(push.torn);
            self.sent.repeated += usize::from(push.copy > 0);
            self.due.pop_front();
        }
    }

    /// Stops the world's clock.
    pub fn freeze(&self) {
        self.frozen.store(self.clock.now(), Ordering::Relaxed);
    }

    fn calls(&self) -> (u64, u64) {
        let all = [
            &self.carrier,
            &self.aggregator,
            &self.second,
            &self.merchant,
        ];
        let all = all.map(|desk| desk.calls());
        let sum = |of: fn(&(u64, u64)) -> u64| all.iter().map(of).sum();
        (sum(|calls| calls.0), sum(|calls| calls.1))
    }

    /// How the failing subscriber's breaker stands.
    async fn breaker(&self) -> anyhow::Result<String> {
        let endpoints = self.hub().endpoints(None).await?;
        let url = &self.addresses.failing;
        let found = endpoints.into_iter().find(|endpoint| endpoint.url == *url);
        Ok(found
            .map(|endpoint| endpoint.state.breaker)
            .unwrap_or_default())
    }

    /// The age of what is known of the parcels on the road, by the system that knows least.
    async fn age(&self) -> anyhow::Result<Age> {
        let connections = self.hub().connections(None).await?;
        let ages = connections
            .into_iter()
            .map(|connection| connection.state.age);
        Ok(ages.max_by_key(|age| age.p50_s).unwrap_or_default())
    }

    pub async fn scene(&mut self) -> anyhow::Result<Scene> {
        let (calls, failed_calls) = self.calls();
        let (verified, ..) = self.subscriber.counts();
        let ended = |stage: Standing| stage.is_final() && stage != Standing::Delivered;
        let caught_up = self.failing.counts().0;
        let age = self.age().await?;
        if self.frozen.load(Ordering::Relaxed) == 0 {
            self.age = age;
        }
        Ok(Scene {
            date: self.world().date(),
            parcels: self.parcels.indexes().count(),
            delivered: self.parcels.count(|stage| stage == Standing::Delivered),
            ended_otherwise: self.parcels.count(ended),
            webhooks: self.sent.all,
            spoilt_webhooks: self.sent.repeated + self.sent.torn,
            calls,
            failed_calls,
            statements: self.hub().store().counts().await?.statements,
            events: self.parcels.events(),
            verified,
            age,
            down: self.failing.is_down(),
            breaker: self.breaker().await?,
            waiting: self.changes.count.saturating_sub(caught_up),
            caught_up,
        })
    }

    pub async fn audit(&mut self) -> anyhow::Result<Report> {
        let hub = self.hub().clone();
        self.changes.count_on(&hub).await?;
        let (calls, calls_failed) = self.calls();
        let (verified, repeated, refused) = self.subscriber.counts();
        let (recovered_verified, recovered_repeated, recovered_refused) = self.failing.counts();
        let mut report = Report {
            webhooks_sent: self.sent.all,
            webhooks_repeated: self.sent.repeated,
            webhooks_torn_and_kept_apart: self.sent.torn,
            calls,
            calls_failed,
            changes_to_tell: self.changes.count,
            order_changes_to_tell: self.changes.of_orders,
            messages_verified: verified,
            messages_repeated: repeated,
            messages_refused: refused + recovered_refused,
            recovered_verified,
            recovered_repeated,
            recovered_waiting: self.changes.count.saturating_sub(recovered_verified),
            age_p50_s: self.age.p50_s,
            age_p95_s: self.age.p95_s,
            seconds_to_the_first_delivery: self
                .first_delivery
                .map(|took| (took.as_secs_f64() * 10.0).round() / 10.0),
            ..Report::default()
        };
        for index in self.parcels.indexes() {
            let held = hub.explain(None, None, &World::number(index)).await?;
            report.compare(self.world(), index, &held);
        }
        (report.pushes_sent, report.pushes_acknowledged) = self.pushes.counts();
        cargo::compare(&mut report, &hub, self.world()).await?;
        self.orders.audit(&mut report, &hub, self.world()).await?;
        self.sender.audit(&mut report, &hub).await?;
        self.followed.audit(&mut report, &hub).await?;
        if report.is_settled() {
            let parcels = self.parcels.indexes();
            let clients = &self.clients;
            let others = (&self.orders, &self.sender, &self.followed);
            clients.audit(&mut report, &hub, parcels, others).await?;
        }
        Ok(report)
    }

    pub async fn end(self) -> anyhow::Result<()> {
        self.open.close().await
    }
}

fn world(demo: &Demo, clock: SystemClock, frozen: Arc<AtomicI64>) -> World {
    let scenario = Scenario::find(SCENARIO).unwrap_or_else(|| Scenario::usual());
    let plan = Plan {
        seed: demo.seed,
        scenario,
        bills: cargo::BILLS,
        waybills: cargo::WAYBILLS,
        ..Plan::default()
    };
    let plan = match demo.time {
        Some(time) => {
            let seconds = time.as_secs_f64().max(1.0) * WORLD_ENDS_AT;
            Plan {
                shipments: demo.shipments.unwrap_or(PARCELS),
                speed: scenario.longest(BIRTHS) as f64 / 1e6 / seconds,
                ..plan
            }
        }
        None => Plan {
            shipments: demo.shipments.unwrap_or(ENDLESS_PARCELS),
            speed: ENDLESS_SPEED,
            births: ENDLESS_BIRTHS,
            ..plan
        },
    };
    let now = move || match frozen.load(Ordering::Relaxed) {
        0 => clock.now(),
        stopped => stopped,
    };
    World::new(plan, Arc::new(now))
}
