//! `trackway simulate`: a simulated carrier and aggregator on an address, and the carrier's webhooks.

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
use trackway_dialects::{Outgoing, express247, keydelivery};
use trackway_hub::SystemClock;
use trackway_hub::outbound::{Outbound, Policy, Reach};
use trackway_simulator::{
    Credentials, Plan, SCENARIOS, Scenario, SimulatedDesk, World, http as systems,
};

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
    if ![express247::NAME, keydelivery::NAME].contains(&dialect) {
        let known = format!("{} or {}", express247::NAME, keydelivery::NAME);
        bail!("no simulated `{dialect}`: choose {known}");
    }
    if !simulate.webhooks.is_empty() && dialect != express247::NAME {
        bail!(
            "only {} pushes webhooks here: leave --webhook out",
            express247::NAME
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
    facts["numbers"] = desk.world().numbers().take(10).collect();
    if !simulate.webhooks.is_empty() {
        facts["webhook_apikey"] = simulate.webhook_key.clone().into();
    }
    printer.listening(&address, &facts)?;
    for url in simulate.webhooks {
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
    if dialect == keydelivery::NAME {
        return json!({"key": known.key, "secret": known.secret});
    }
    json!({
        "key": known.key,
        "client_id": known.client_id,
        "user_name": known.user_name,
        "password": known.password,
    })
}
