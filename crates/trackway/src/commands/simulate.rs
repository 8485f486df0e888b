//! `trackway simulate`: a simulated carrier or aggregator on an address, and its webhooks: the
//! carrier's and N&H's to every address given, Track123's likewise for the numbers that were registered,
//! and KeyDelivery's to the addresses that came with the numbers.

use super::serve::asked_to_end;
use crate::cli::Simulate;
use crate::printer::Printer;
use crate::system;
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use trackway_dialects::{Outgoing, express247, keydelivery, nandh, track123};
use trackway_hub::SystemClock;
use trackway_hub::outbound::{Outbound, Policy, Reach};
use trackway_simulator::{
    Credentials, Notices, Outbox, Plan, SCENARIOS, Scenario, SimulatedDesk, World, http as systems,
};

/// The systems that can be simulated.
const SYSTEMS: [&str; 4] = [
    express247::NAME,
    keydelivery::NAME,
    track123::NAME,
    nandh::NAME,
];
/// What is named where the table of scenarios is wanted.
const LIST: &str = "list";
/// Slow answers take this long at most: longer than clients wait.
const SLOWEST: Duration = Duration::from_secs(30);
/// How often webhooks that came due are looked for.
const TICK: Duration = Duration::from_millis(200);
/// A webhook that is not acknowledged is sent so many times, each after a wait twice as long.
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const DEADLINE: Duration = Duration::from_secs(10);

pub async fn run(simulate: Simulate, printer: &Printer) -> anyhow::Result<()> {
    if simulate.scenario == LIST {
        return Ok(printer.data(&scenarios())?);
    }
    let dialect = simulate.dialect.as_str();
    if !SYSTEMS.contains(&dialect) {
        bail!(
            "no simulated `{dialect}`: choose one of {}",
            SYSTEMS.join(", ")
        );
    }
    if !simulate.webhooks.is_empty() && dialect == keydelivery::NAME {
        bail!(
            "{dialect} pushes to the addresses that its clients name: leave --webhook out, or choose {} or {}",
            express247::NAME,
            track123::NAME
        );
    }
    let desk = Arc::new(SimulatedDesk::new(
        World::new(plan(&simulate)?, system::real_clock()),
        BTreeMap::new(),
    ));
    let outbound = Arc::new(Outbound::new(
        Reach::default(),
        Arc::new(SystemClock::new()),
    ));
    for url in &simulate.webhooks {
        outbound
            .check(url, Policy::Operator)
            .with_context(|| format!("webhooks can't be sent to {url}"))?;
    }
    let asked = asked_to_end()?;
    let listener = listen(simulate.listen).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let mut facts = credentials(desk.credentials(), dialect);
    facts["numbers"] = if dialect == nandh::NAME {
        first_orders(&desk)
    } else {
        desk.world().all_numbers().take(10).collect()
    };
    let is_carrier = dialect == express247::NAME;
    if is_carrier && !simulate.webhooks.is_empty() {
        facts["webhook_apikey"] = simulate.webhook_key.clone().into();
    }
    printer.listening(&address, &facts)?;
    let is_order_system = dialect == nandh::NAME;
    let portals = simulate.webhooks.iter();
    let portals = portals.filter(|_| !is_carrier && !is_order_system);
    let mut portals: Vec<Option<String>> = portals.cloned().map(Some).collect();
    if dialect == keydelivery::NAME {
        portals.push(None);
    }
    for portal in portals {
        let system = SYSTEMS.into_iter().find(|known| *known == dialect);
        let outbox = Outbox::new(desk.clone(), system.unwrap_or_default(), portal);
        tokio::spawn(push_all(outbound.clone(), outbox));
    }
    for url in simulate.webhooks.iter().filter(|_| is_order_system) {
        let token = Some(simulate.webhook_key.as_str());
        let notices = Notices::new(desk.clone(), url.clone(), token);
        tokio::spawn(notify_all(outbound.clone(), notices));
    }
    for url in simulate.webhooks.into_iter().filter(|_| is_carrier) {
        let pusher = Pusher {
            outbound: outbound.clone(),
            url,
            key: simulate.webhook_key.clone(),
        };
        tokio::spawn(pusher.push_all(desk.world().clone()));
    }
    axum::serve(listener, systems::router(&desk, SLOWEST))
        .with_graceful_shutdown(asked)
        .await?;
    Ok(())
}

/// The codes of the first orders.
fn first_orders(desk: &SimulatedDesk) -> Value {
    let orders = desk.orders(10).into_iter();
    orders.map(|order| order.code).collect()
}

fn plan(simulate: &Simulate) -> anyhow::Result<Plan> {
    if !(simulate.speed.is_finite() && simulate.speed > 0.0) {
        bail!(
            "time can't pass {} times as fast: --speed takes a number above 0",
            simulate.speed
        );
    }
    let Some(scenario) = Scenario::find(&simulate.scenario) else {
        bail!(
            "no scenario `{}`: `trackway simulate --scenario {LIST}` tells which there are",
            simulate.scenario
        );
    };
    let mut faults = scenario.faults;
    for (name, percent) in &simulate.faults {
        faults.set(name, *percent).map_err(anyhow::Error::msg)?;
    }
    Ok(Plan {
        seed: simulate.seed,
        shipments: simulate.shipments,
        speed: simulate.speed,
        scenario,
        faults: Some(faults),
        ..Plan::default()
    })
}

/// The table, one line each.
fn scenarios() -> Value {
    let rows = SCENARIOS.iter();
    rows.map(|scenario| json!({"name": scenario.name, "text": scenario.does}))
        .collect()
}

/// Sends what an aggregator has to push until the process ends.
async fn push_all(outbound: Arc<Outbound>, mut outbox: Outbox) {
    loop {
        deliver(&outbound, &mut outbox, usize::MAX).await;
        tokio::time::sleep(TICK).await;
    }
}

/// Sends what an order system has to tell until the process ends.
async fn notify_all(outbound: Arc<Outbound>, mut notices: Notices) {
    loop {
        notices.collect();
        while let Some(notice) = notices.next_due() {
            let sent = outbound.send(notice.outgoing.clone(), Policy::Operator, DEADLINE);
            let answered = sent.await.inspect_err(|error| {
                tracing::warn!(%error, "a message could not be sent");
            });
            let answer = answered.as_ref().ok().map(|answered| answered.as_answer());
            notices.judge(&notice, answer.as_ref());
        }
        tokio::time::sleep(TICK).await;
    }
}

/// Sends what is due of an aggregator's messages, at most so many.
pub async fn deliver(outbound: &Outbound, outbox: &mut Outbox, most: usize) {
    outbox.collect();
    for _ in 0..most {
        let Some(letter) = outbox.next_due() else {
            return;
        };
        let sent = outbound.send(letter.outgoing.clone(), Policy::Operator, DEADLINE);
        let answered = sent.await.inspect_err(|error| {
            tracing::warn!(%error, "a message could not be sent");
        });
        let answer = answered.as_ref().ok().map(|answered| answered.as_answer());
        outbox.judge(letter, answer.as_ref());
    }
}

/// The carrier's way to one receiver of its webhooks.
#[derive(Clone, Debug)]
pub struct Pusher {
    pub outbound: Arc<Outbound>,
    pub url: String,
    /// What the receiver knows the carrier by.
    pub key: String,
}

impl Pusher {
    /// Sends every webhook in its turn until the process ends. One that is refused again and again
    /// is left, as the carrier leaves it.
    async fn push_all(self, world: World) {
        let mut told_until = i64::MIN;
        loop {
            let now = world.now();
            for push in world.pushes(told_until, now) {
                self.insist(world.body(&push, &self.key)).await;
            }
            told_until = now;
            tokio::time::sleep(TICK).await;
        }
    }

    async fn insist(&self, body: Vec<u8>) {
        let mut wait = FIRST_WAIT;
        for attempt in 1..=TRIES {
            if self.post(body.clone()).await || attempt == TRIES {
                return;
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
    }

    /// Whether the receiver acknowledged it.
    pub async fn post(&self, body: Vec<u8>) -> bool {
        let outgoing = Outgoing {
            method: http::Method::POST,
            redacted_url: self.url.clone(),
            url: self.url.clone(),
            headers: vec![(
                http::header::CONTENT_TYPE,
                http::HeaderValue::from_static("application/json"),
            )],
            body,
        };
        let sent = self.outbound.send(outgoing, Policy::Operator, DEADLINE);
        let told: Value = match sent.await {
            Ok(answer) => serde_json::from_slice(&answer.body).unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, "a webhook could not be sent");
                return false;
            }
        };
        told["IsError"] == false
    }
}

pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("{address} can't be listened on: is it taken, or not this machine's?")
    })
}

/// What a client of the simulated system needs.
fn credentials(known: &Credentials, dialect: &str) -> Value {
    match dialect {
        keydelivery::NAME => return json!({"key": known.key, "secret": known.secret}),
        track123::NAME => return json!({"key": known.key}),
        nandh::NAME => {
            return json!({"key": known.key, "webhook_secret": known.secret});
        }
        _ => {}
    }
    json!({
        "key": known.key,
        "client_id": known.client_id,
        "user_name": known.user_name,
        "password": known.password,
    })
}
