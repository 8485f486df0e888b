//! Everything that the show needs, started and wired over real HTTP on free ports.

use super::WORLD_ENDS_AT;
use super::audit::{self, Report};
use super::subscriber::Subscriber;
use crate::cli::{Demo, Place};
use crate::commands::simulate;
use crate::data::{self, Access, Open};
use crate::printer::Printer;
use anyhow::{Context, bail};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::{Outgoing, express247, keydelivery};
use trackway_hub::outbound::{Outbound, Policy};
use trackway_hub::{NewConnection, NewEndpoint, NewKey, NewTracking};
use trackway_model::change::FeedPosition;
use trackway_model::{AccountId, ConnectionId, TrackId};
use trackway_simulator::express247::webhook;
use trackway_simulator::{Plan, SimulatedDesk, Told, World, journey};
use trackway_store::records::Poll;
use trackway_web::{App, Limits};

/// The key that the simulated carrier knows the hub's webhook by.
const WEBHOOK_KEY: &str = "DEMO-0000-0000-0000-WEBHOOK";
/// Polls that are brought forward in one tick: as many as upstreams answer in that time.
const POLLS_A_TICK: usize = 40;
const DEADLINE: Duration = Duration::from_secs(10);
/// Nobody listens there (the discard service's port).
const DEAD: &str = "http://127.0.0.1:9/webhook";

pub struct Stage {
    upstream: Arc<SimulatedDesk>,
    open: Open,
    subscriber: Subscriber,
    addresses: Addresses,
    began: Vec<FeedPosition>,
    polls: VecDeque<Poll>,
    /// Webhooks that are due and not acknowledged yet, and the virtual instant up to which they are.
    due: VecDeque<Told>,
    told_until: i64,
    taken_in: usize,
    /// The carrier's own way out.
    outbound: Outbound,
}

struct Addresses {
    hub: String,
    upstream: String,
    subscriber: String,
    tracking_key: String,
}

impl Stage {
    pub async fn build(demo: &Demo, data: &Path, printer: &Printer) -> anyhow::Result<Self> {
        let seconds = demo.time.as_secs_f64().max(1.0) * WORLD_ENDS_AT;
        let speed = journey::LONGEST as f64 / 1e6 / seconds;
        let plan = Plan {
            seed: demo.seed,
            shipments: demo.shipments,
            speed,
        };
        let upstream = Arc::new(simulate::desk(plan));
        let world = App::new(&upstream, Limits::default(), simulate::always_well());
        let upstream_address = serve(world).await?;

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
        let open = data::open(&place, lock, printer).await?;
        let hub_address = serve(App::of_hub(&open.hub, Limits::default())).await?;
        let (subscriber, subscriber_address) = Subscriber::start().await?;
        let mut stage = Self {
            began: open.hub.store().head().await?,
            told_until: i64::MIN,
            taken_in: 0,
            polls: VecDeque::new(),
            due: VecDeque::new(),
            addresses: Addresses {
                hub: hub_address,
                upstream: upstream_address,
                subscriber: subscriber_address,
                tracking_key: String::new(),
            },
            outbound: Outbound::new(Vec::new()),
            upstream,
            open,
            subscriber,
        };
        stage.wire().await?;
        stage.open.hub.start();
        Ok(stage)
    }

    fn world(&self) -> &World {
        self.upstream.world()
    }

    /// Connections, subscribers, a key and the numbers.
    async fn wire(&mut self) -> anyhow::Result<()> {
        let hub = self.open.hub.clone();
        let known = self.upstream.credentials();
        let settings = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let upstreams = [
            (
                express247::NAME,
                settings(&[("apikey", &known.key), ("webhook_apikey", WEBHOOK_KEY)]),
            ),
            (
                keydelivery::NAME,
                settings(&[("key", &known.key), ("secret", &known.secret)]),
            ),
        ];
        for (url, is_living) in [(self.addresses.subscriber.as_str(), true), (DEAD, false)] {
            let new = NewEndpoint {
                url: url.to_owned(),
                operator: true,
                ..NewEndpoint::default()
            };
            let made = hub.add_endpoint(new).await?;
            if is_living {
                self.subscriber.set_secret(&made.secret);
            }
        }
        let dialect = Some(express247::NAME.to_owned());
        let key = hub
            .create_key(NewKey {
                dialect,
                ..NewKey::default()
            })
            .await?;
        self.addresses.tracking_key = key.key;
        let account = hub.account(None).await?.id;
        for (dialect, settings) in upstreams {
            let connection = hub
                .connect(NewConnection {
                    dialect: dialect.to_owned(),
                    base_url: self.addresses.upstream.clone(),
                    settings,
                    operator: true,
                    ..NewConnection::default()
                })
                .await?;
            let tracked = hub
                .track(NewTracking {
                    carrier: express247::CARRIER.to_owned(),
                    numbers: self.world().numbers().collect(),
                    connection: Some(connection.name),
                    ..NewTracking::default()
                })
                .await?;
            let polls = tracked
                .into_iter()
                .map(|t| poll(t.track, connection.id, account, t.number));
            self.polls.extend(polls);
        }
        Ok(())
    }

    pub fn introduce(&self, printer: &Printer) {
        let Addresses {
            hub,
            upstream,
            subscriber,
            tracking_key,
        } = &self.addresses;
        let number = World::number(0);
        printer.note(&format!(
            "247Express and KeyDelivery (simulated)  {upstream}"
        ));
        printer.note(&format!("Trackway                                {hub}"));
        printer.note(&format!(
            "a subscriber, and one that is dead      {subscriber}"
        ));
        printer.note(&format!(
            "try: curl '{hub}/api/Order/v1/Tracking?ordercode={number}&apikey={tracking_key}'"
        ));
    }

    /// Sends the webhooks that are due, has the next numbers asked about, and draws the line.
    pub async fn tick(&mut self, printer: &Printer) -> anyhow::Result<()> {
        let now = self.world().now();
        let due = self.world().between(self.told_until, now);
        self.told_until = now;
        self.due.extend(due);
        self.send_due().await?;
        self.ask_again().await?;
        let (verified, ..) = self.subscriber.counts();
        let date = self.world().date();
        printer.live(&format!(
            "{date}  webhooks in {}  statements {}  messages verified {verified}",
            self.taken_in,
            self.open.hub.store().counts().await?.statements,
        ));
        Ok(())
    }

    /// One webhook after the other, as the carrier does; what is not acknowledged is sent again at
    /// the next tick.
    async fn send_due(&mut self) -> anyhow::Result<()> {
        while let Some(told) = self.due.front() {
            if let Some(webhook) = webhook(self.world(), told, WEBHOOK_KEY) {
                if !self.post(serde_json::to_vec(&webhook)?).await? {
                    return Ok(());
                }
                self.taken_in += 1;
            }
            self.due.pop_front();
        }
        Ok(())
    }

    /// Whether the hub acknowledged it.
    async fn post(&self, body: Vec<u8>) -> anyhow::Result<bool> {
        let url = format!("{}/IntergrationAPI", self.addresses.hub);
        let outgoing = Outgoing {
            method: http::Method::POST,
            redacted_url: url.clone(),
            url,
            headers: vec![(
                http::header::CONTENT_TYPE,
                http::HeaderValue::from_static("application/json"),
            )],
            body,
        };
        let answer = self
            .outbound
            .send(outgoing, Policy::of(true), DEADLINE)
            .await;
        let answer = answer.context("the hub took no webhook")?;
        let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        Ok(told["IsError"] == false)
    }

    /// The show runs through days in seconds, and the hub's schedule is one of hours: so the polls
    /// are brought forward, some each tick, in turn.
    async fn ask_again(&mut self) -> anyhow::Result<()> {
        let due = Some(self.open.hub.clock().now());
        for _ in 0..POLLS_A_TICK.min(self.polls.len()) {
            self.polls.rotate_left(1);
            let Some(last) = self.polls.back() else { break };
            self.open
                .hub
                .store()
                .settle_poll(&Poll {
                    due,
                    ..last.clone()
                })
                .await?;
        }
        Ok(())
    }

    pub async fn audit(&self) -> anyhow::Result<Report> {
        let world = self.world();
        let mut report = Report {
            parcels: world.len(),
            ..Report::default()
        };
        for index in 0..world.len() {
            let held = self
                .open
                .hub
                .explain(None, None, &World::number(index))
                .await?;
            report.compare(world, index, &held);
        }
        report.webhooks_taken_in = self.taken_in;
        report.changes_to_tell = audit::changes_after(&self.open.hub, &self.began).await?;
        let (verified, repeated, refused) = self.subscriber.counts();
        report.messages_verified = verified;
        report.messages_repeated = repeated;
        report.messages_refused = refused;
        Ok(report)
    }

    pub async fn end(self) -> anyhow::Result<()> {
        self.open.close().await
    }
}

fn poll(track: TrackId, connection: ConnectionId, account: AccountId, number: String) -> Poll {
    let carrier = express247::CARRIER.to_owned();
    Poll {
        track,
        connection,
        account,
        carrier,
        number,
        due: None,
        failures: 0,
    }
}

/// Serves on a free port until the process ends, and returns the address.
async fn serve(app: App) -> anyhow::Result<String> {
    let listener = simulate::listen(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(trackway_web::serve(listener, app, std::future::pending()));
    Ok(address)
}
