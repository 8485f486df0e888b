//! Stores for the look-up and the disk figure, filled through the product's own doors: answers are
//! parsed by the dialect, webhooks received by it, and all of it committed by the hub.

use super::workload;
use crate::cli::Place;
use crate::data::{self, Access, Open};
use crate::printer::{Output, Printer};
use anyhow::{Context, Result, bail};
use http::HeaderMap;
use std::path::Path;
use trackway_dialects::desk::Desk;
use trackway_dialects::dialect::{Answer, Parcel};
use trackway_dialects::{Call, express247, registry, track123};
use trackway_hub::{Hub, NewConnection};
use trackway_model::intake::{Content, Intake, Verified};
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{AccountId, ConnectionId};
use trackway_store::records::NewRegistration;

/// Intakes a commit.
const STEP: usize = 2_000;

/// An open hub, and the connection that speaks.
pub struct Filling {
    open: Open,
    account: AccountId,
    connection: ConnectionId,
    token: String,
    vocabulary: Vocabulary,
    call: &'static dyn Call,
}

/// One answer of ten statements for each shipment.
pub async fn documents(data: &Path, shipments: usize) -> Result<()> {
    let filling = Filling::open(data, None).await?;
    for from in (0..shipments).step_by(STEP) {
        let intakes = (from..(from + STEP).min(shipments))
            .map(|shipment| filling.answer(shipment, 10, 0))
            .collect::<Result<_>>()?;
        filling.take(intakes).await?;
    }
    filling.open.close().await
}

/// Ten statements a shipment: five by webhook, five by polls, of which nine in ten bring nothing
/// new. Returns how many statements there are.
pub async fn mixed(data: &Path, shipments: usize) -> Result<u64> {
    let filling = Filling::open(data, None).await?;
    let hub = &filling.open.hub;
    for step in 0..5 {
        for poll in 0..10 {
            for from in (0..shipments).step_by(STEP) {
                let range = from..(from + STEP).min(shipments);
                let intakes = range
                    .map(|shipment| filling.scans(shipment, step + 1, step * 10 + poll))
                    .collect::<Result<_>>()?;
                filling.take(intakes).await?;
            }
        }
        for from in (0..shipments).step_by(STEP) {
            let range = from..(from + STEP).min(shipments);
            futures::future::try_join_all(
                range.map(|shipment| filling.webhook(hub, shipment, step)),
            )
            .await?;
        }
    }
    filling.open.close().await?;
    Ok(shipments as u64 * 10)
}

/// Shipments at every step of their journey, a fiftieth of them with a rare carrier, each with a
/// reference.
pub async fn searched(data: &Path, database_url: Option<&str>, shipments: usize) -> Result<()> {
    let filling = Filling::open(data, database_url).await?;
    for from in (0..shipments).step_by(STEP) {
        let range = from..(from + STEP).min(shipments);
        let wishes = wishes(filling.account, range.clone(), filling.hub().now());
        filling.hub().store().register_many(wishes).await?;
        let told = range.map(|shipment| {
            let mut intake = filling.answer(shipment, 1 + shipment * 7 % 10, 0)?;
            if shipment % 50 == 0 {
                "x-bench:rare".clone_into(&mut intake.carrier);
            }
            Ok(intake)
        });
        filling.take(told.collect::<Result<_>>()?).await?;
    }
    filling.close().await
}

/// A registration at Track123 and an answer of its for each number.
pub async fn trackings(data: &Path, shipments: usize) -> Result<()> {
    let filling = Filling::of(track123::NAME, data, None).await?;
    let carrier = workload::tracking_carrier();
    for from in (0..shipments).step_by(STEP) {
        let range = from..(from + STEP).min(shipments);
        let now = filling.hub().now();
        let wishes = wishes(filling.account, range.clone(), now)
            .into_iter()
            .map(|wish| NewRegistration {
                dialect: track123::NAME.to_owned(),
                carrier: carrier.clone(),
                data: serde_json::json!({
                    "trackNo": wish.number,
                    "courierCode": workload::TRACKING_COURIER,
                }),
                ..wish
            });
        let wishes = wishes.collect();
        filling.hub().store().register_many(wishes).await?;
        let told = range.map(|shipment| {
            let body = workload::tracking_answers(shipment..shipment + 1);
            filling.intake(&carrier, shipment, 0, &body)
        });
        filling.take(told.collect::<Result<_>>()?).await?;
    }
    filling.close().await
}

/// Wishes for these numbers, each with an order number.
pub fn wishes(
    account: AccountId,
    numbers: std::ops::Range<usize>,
    now: i64,
) -> Vec<NewRegistration> {
    let wish = |shipment: usize| NewRegistration {
        account,
        dialect: "native".to_owned(),
        carrier: "247express".to_owned(),
        number: workload::number(shipment),
        created: now + shipment as i64,
        data: serde_json::Value::Null,
        key: None,
        references: vec![format!("SO-{shipment:08}")],
        connections: Vec::new(),
        amend: false,
        clock_at: None,
    };
    numbers.map(wish).collect()
}

impl Filling {
    pub fn hub(&self) -> &Hub {
        &self.open.hub
    }

    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// The one that speaks.
    pub const fn connection(&self) -> ConnectionId {
        self.connection
    }

    pub async fn close(self) -> Result<()> {
        self.open.close().await
    }

    /// 247Express speaks.
    pub async fn open(data: &Path, database_url: Option<&str>) -> Result<Self> {
        Self::of(express247::NAME, data, database_url).await
    }

    async fn of(dialect: &'static str, data: &Path, database_url: Option<&str>) -> Result<Self> {
        let place = Place {
            data: data.to_owned(),
            database_url: database_url.map(str::to_owned),
            master_key_file: None,
        };
        let Access::Folder(lock) = data::access(data).await? else {
            bail!("a server holds the bench's folder")
        };
        let open = data::open(&place, lock, &Printer::new(Output::Json)).await?;
        let spoken = registry::find(dialect).context("no such dialect")?;
        let call = spoken.call().context("no such call")?;
        let needed = call.settings().0.iter().copied();
        let connection = open
            .hub
            .connect(NewConnection {
                dialect: dialect.to_owned(),
                base_url: "http://127.0.0.1:9".to_owned(),
                settings: needed
                    .map(|name| (name.to_owned(), "none".to_owned()))
                    .collect(),
                operator: true,
                ..NewConnection::default()
            })
            .await?;
        Ok(Self {
            account: open.hub.account(None).await?.id,
            connection: connection.id,
            token: connection
                .webhook_path
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned(),
            vocabulary: Vocabulary::parse(spoken.codes())?,
            call,
            open,
        })
    }

    /// An answer as the poller would have received it.
    fn answer(&self, shipment: usize, told: usize, poll: usize) -> Result<Intake> {
        let body = workload::tracking_answer(shipment, told);
        self.intake(express247::CARRIER, shipment, poll, &body)
    }

    /// The same with scans only, so that every statement comes by one way.
    fn scans(&self, shipment: usize, told: usize, poll: usize) -> Result<Intake> {
        let body = workload::scans_answer(shipment, told);
        self.intake(express247::CARRIER, shipment, poll, &body)
    }

    fn intake(&self, carrier: &str, shipment: usize, poll: usize, body: &str) -> Result<Intake> {
        let number = workload::number(shipment);
        let parcel = Parcel {
            carrier,
            number: &number,
            ..Parcel::default()
        };
        let answer = Answer {
            status: 200,
            retry_after_s: None,
            body: body.as_bytes(),
        };
        let parsed = self.call.parse(&self.vocabulary, &parcel, &answer)?;
        Ok(Intake {
            account: self.account,
            connection: self.connection,
            carrier: carrier.to_owned(),
            number,
            received: self.open.hub.now() + poll as i64 * 3_600_000_000,
            content: Content::Document(parsed.answer),
        })
    }

    async fn take(&self, intakes: Vec<Intake>) -> Result<()> {
        // This bench is the source that it speaks for.
        self.open.hub.take(Verified::attest(intakes)).await?;
        Ok(())
    }

    async fn webhook(&self, hub: &Hub, shipment: usize, step: usize) -> Result<()> {
        let body = workload::webhook("none", shipment, shipment * 5 + step);
        let answer = express247::hook::receive::receive(
            hub,
            Some(&self.token),
            &HeaderMap::new(),
            body.as_bytes(),
        )
        .await;
        anyhow::ensure!(answer.status().is_success(), "a webhook was refused");
        Ok(())
    }
}
