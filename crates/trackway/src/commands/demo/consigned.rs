//! A sender of the show: gives parcels to the hub as to 247Express, through its customer API, hears of them by
//! its status webhook, and says what becomes of those that can't be delivered. A courier carries them and
//! says so through our own API.

use super::api::Api;
use super::audit::Report;
use super::cargo::held;
use super::updates::{KEY, Updates};
use anyhow::{Context, ensure};
use http::{HeaderName, Method};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use trackway_dialects::{express247, nandh};
use trackway_hub::explain::ExplainedEvent;
use trackway_hub::{Hub, NewEndpoint, NewKey};
use trackway_model::orders::{FulfilmentState, State, Wish};
use trackway_simulator::merchant::Merchant;

/// Parcels that are given.
const GIVEN: usize = 8;

/// Where one goes next.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Its courier carries it there.
    Moves(FulfilmentState),
    /// Its sender wishes this.
    Wishes(Wish),
    /// Its sender cancels it.
    Cancels,
}

use FulfilmentState as F;
use Step::{Cancels, Moves, Wishes};

/// What becomes of a parcel, each step with 247Express's number for it.
type Course = &'static [(Step, &'static str)];

/// What the carrier says when it is given.
const ACCEPTED: &str = "21";
const COURSES: [Course; 4] = [
    &[
        (Moves(F::Shipped), "23"),
        (Moves(F::InTransit), "24"),
        (Moves(F::OutForDelivery), "25"),
        (Moves(F::Delivered), "30"),
    ],
    &[
        (Moves(F::Shipped), "23"),
        (Moves(F::InTransit), "24"),
        (Moves(F::OutForDelivery), "25"),
        (Moves(F::AttemptFailed), "16"),
        (Wishes(Wish::DeliverAgain), "25"),
        (Moves(F::Delivered), "30"),
    ],
    &[
        (Moves(F::Shipped), "23"),
        (Moves(F::OutForDelivery), "25"),
        (Moves(F::AttemptFailed), "16"),
        (Wishes(Wish::Return), "27"),
        (Moves(F::Returned), "28"),
    ],
    &[(Cancels, "18")],
];

/// A parcel of the sender's.
#[derive(Debug)]
struct Given {
    /// 247Express's code of it.
    code: String,
    /// N&H's number of the same shipment.
    shipment: i64,
    course: Course,
    done: usize,
}

impl Given {
    /// What it was said to be so far.
    fn statuses(&self) -> Vec<&'static str> {
        let done = self.course[..self.done].iter().map(|(_, status)| *status);
        std::iter::once(ACCEPTED).chain(done).collect()
    }
}

/// The sender, its courier, and what it gave.
pub struct Sender {
    api: Api,
    /// Of the sender's session: its number and its token.
    session: (String, String),
    /// The courier's key of our own API, and the key of N&H's.
    courier: String,
    merchants: String,
    receiver: Updates,
    given: Vec<Given>,
    /// Whose turn it is.
    turn: usize,
}

impl Sender {
    /// Logs in and gives the parcels.
    pub async fn open(hub: &Hub, merchant: &Merchant, address: &str) -> anyhow::Result<Self> {
        let (receiver, url) = Updates::start().await?;
        hub.add_endpoint(NewEndpoint {
            dialect: Some(express247::NAME.to_owned()),
            url,
            settings: BTreeMap::from([("apikey".to_owned(), KEY.to_owned())]),
            operator: true,
            ..NewEndpoint::default()
        })
        .await?;
        let key = |dialect: &str, scopes: &[&str]| {
            hub.create_key(NewKey {
                dialect: Some(dialect.to_owned()),
                name: "the show's sender".to_owned(),
                scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
                ..NewKey::default()
            })
        };
        let senders = key(express247::NAME, &[]).await?;
        let courier = key("native", &["read", "warehouse"]).await?.key;
        let merchants = key(nandh::NAME, &[]).await?.key;
        let api = Api::new(hub, address);
        let body = json!({"UserName": senders.user_name, "Password": senders.password});
        let path = "/api/Client/ClientLogin";
        let (_, opened) = api.call(Method::POST, path, &[], &body).await?;
        let token = opened["Token"].as_str().context("the sender logs in")?;
        let mut sender = Self {
            session: (opened["ClientID"].to_string(), token.to_owned()),
            courier: format!("Bearer {courier}"),
            api,
            merchants,
            receiver,
            given: Vec::new(),
            turn: 0,
        };
        for nth in 0..GIVEN {
            sender.give(nth, merchant).await?;
        }
        Ok(sender)
    }

    /// 247Express's customer API, as the sender's program calls it.
    async fn call(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let (client, token) = &self.session;
        let headers = [
            (HeaderName::from_static("clientid"), client.as_str()),
            (HeaderName::from_static("token"), token.as_str()),
        ];
        let (_, told) = self.api.call(Method::POST, path, &headers, body).await?;
        ensure!(told["IsError"] == false, "{path}: {told}");
        Ok(told)
    }

    async fn give(&mut self, nth: usize, merchant: &Merchant) -> anyhow::Result<()> {
        let body = json!({"OrderInfo": {
            "ClientHubID": merchant.warehouse,
            "ExternalCode": format!("PARCEL-{}", nth + 1),
            "ReceiverName": "NGUYEN VAN VI DU",
            "ReceiverPhone": format!("0900000{nth:03}"),
            "ReceiverAddress": format!("{} Sample St", nth + 1),
            "ReceiverProvinceName": "Hà Nội",
            "ReceiverDistrictName": "Quận Hoàn Kiếm",
            "ReceiverWardName": "Phường Hàng Bạc",
            "RealWeight": 0.8,
            "ServiceTypeID": "DE",
            "MailerType": "HH",
            "InformFee": 250_000,
        }});
        let path = "/Api/Customer/CustomerAPICreateOrder";
        let told = self.call(path, &body).await?;
        let code = told["OrderInfo"]["OrderCode"].as_str();
        let code = code
            .context("an order that was made has a code")?
            .to_owned();
        let shipment = self.of_nandh(&code).await?["id"].as_i64();
        self.given.push(Given {
            shipment: shipment
                .context("a client of N&H sees what a client of 247Express ordered")?,
            code,
            course: COURSES[nth % COURSES.len()],
            done: 0,
        });
        Ok(())
    }

    /// The same shipment in N&H's list.
    async fn of_nandh(&self, code: &str) -> anyhow::Result<Value> {
        let path = format!("/shipments/list?courier_tracking_code={code}");
        let listed = self
            .api
            .nandh(&self.merchants, Method::GET, &path, &Value::Null);
        Ok(listed.await?[0].take())
    }

    /// One parcel's next step; at the end of the show those of all.
    pub async fn go_on(&mut self, is_over: bool) -> anyhow::Result<()> {
        let turns = if is_over { self.given.len() } else { 1 };
        for _ in 0..turns {
            let at = self.turn % self.given.len();
            self.turn += 1;
            let given = &self.given[at];
            if let Some((step, _)) = given.course.get(given.done)
                && self.take(given, *step).await?
            {
                self.given[at].done += 1;
            }
        }
        Ok(())
    }

    /// Whether a step was done.
    async fn take(&self, given: &Given, step: Step) -> anyhow::Result<bool> {
        let code = &given.code;
        match step {
            Moves(to) => {
                let path = format!("/v1/fulfilments/{}/move", given.shipment);
                let to = json!({"to": to.name()});
                let moved = self.api.own(&self.courier, &path, &to).await?;
                return Ok(moved.is_some());
            }
            Wishes(wish) => {
                let path = "/api/Customer/CustomerConfirmDelivery";
                let body = json!({"OrderCode": code, "ConfirmID": wish as u8, "Notes": ""});
                self.call(path, &body).await?;
            }
            Cancels => {
                let body = json!({"OrderCode": code, "Reason": "Ordered twice"});
                self.call("/Api/Customer/CancelOrder", &body).await?;
            }
        }
        Ok(true)
    }

    /// The numbers that 247Express gave.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.given.iter().map(|given| given.code.as_str())
    }

    /// The status of each in N&H's own codes, as a client of that system sees it.
    pub async fn seen(&self) -> anyhow::Result<Vec<(String, String)>> {
        let mut seen = Vec::new();
        for given in &self.given {
            let status = self.of_nandh(&given.code).await?["status"].to_string();
            seen.push((given.code.clone(), status));
        }
        Ok(seen)
    }

    /// Compares what was done with each parcel with what the hub holds of it and what its sender was told.
    pub async fn audit(&self, report: &mut Report, hub: &Hub) -> anyhow::Result<()> {
        for given in &self.given {
            let wanted = given.statuses();
            let journeys = held(hub, &given.code).await?;
            let events = journeys.iter().flat_map(|journey| &journey.events);
            let codes: Vec<&str> = events.filter_map(code).collect();
            let is_over = given.done == given.course.len();
            let is_held = is_over && codes == wanted;
            let told = self.receiver.of(&given.code);
            report.consigned += 1;
            report.consigned_held += usize::from(is_held);
            report.status_updates_to_tell += wanted.len();
            let right = told.iter().zip(&wanted).filter(|(a, b)| a == b).count();
            report.status_updates_told += right;
            report.status_updates_surplus += told.len() - right;
            if !is_held {
                let number = &given.code;
                report.note(format!("{number}: {wanted:?} happened, {codes:?} is held"));
            } else if told != wanted {
                let number = &given.code;
                report.note(format!("{number}: {wanted:?} happened, {told:?} was told"));
            }
        }
        let (verified, refused) = self.receiver.counts();
        report.status_messages_verified = verified;
        report.status_messages_refused = refused;
        Ok(())
    }
}

/// What an event was told in, by the one who told it.
fn code(event: &ExplainedEvent) -> Option<&str> {
    event.witnesses.first().map(|told| told.code.code.as_str())
}
