//! `trackway simulate`: a simulated carrier and aggregator on an address.

use super::serve::asked_to_end;
use crate::cli::Simulate;
use crate::printer::Printer;
use crate::system;
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use trackway_dialects::{express247, keydelivery};
use trackway_simulator::{Credentials, Plan, SimulatedDesk, World};
use trackway_web::app::Health;
use trackway_web::{App, Limits};

pub async fn run(simulate: Simulate, printer: &Printer) -> anyhow::Result<()> {
    let dialect = simulate.dialect.as_str();
    if ![express247::NAME, keydelivery::NAME].contains(&dialect) {
        let known = format!("{} or {}", express247::NAME, keydelivery::NAME);
        bail!("no simulated `{dialect}`: choose {known}");
    }
    if !(simulate.speed.is_finite() && simulate.speed > 0.0) {
        bail!(
            "time can't pass {} times as fast: --speed takes a number above 0",
            simulate.speed
        );
    }
    let plan = Plan {
        seed: simulate.seed,
        shipments: simulate.shipments,
        speed: simulate.speed,
    };
    let desk = Arc::new(desk(plan));
    let asked = asked_to_end()?;
    let listener = listen(simulate.listen).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let mut facts = credentials(desk.credentials(), dialect);
    facts["numbers"] = desk.world().numbers().take(10).collect();
    printer.listening(&address, &facts)?;
    let app = App::new(&desk, Limits::default(), always_well());
    trackway_web::serve(listener, app, asked).await;
    Ok(())
}

/// A world that begins now.
pub fn desk(plan: Plan) -> SimulatedDesk {
    SimulatedDesk::new(World::new(plan, system::real_clock()), BTreeMap::new())
}

/// A simulated system has nothing that could fail.
pub fn always_well() -> Health {
    Arc::new(|| Box::pin(async { Ok(()) }))
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
