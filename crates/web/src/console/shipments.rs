//! Shipments: found by number, stage and carrier; one with its history and why it says what it says.

use super::ask::Trouble;
use super::session::Session;
use super::text::{Chip, Clock, query};
use super::{Console, Frame, page};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use serde_json::json;
use std::borrow::Cow;
use trackway_model::Stage;

const PLACE: &str = "/console/shipments";

/// What the form asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    number: String,
    reference: String,
    carrier: String,
    stage: String,
    cursor: String,
}

impl Wanted {
    fn pairs<'a>(&'a self, cursor: &'a str) -> [(&'static str, &'a str); 5] {
        [
            ("number", self.number.trim()),
            ("reference", self.reference.trim()),
            ("carrier", self.carrier.trim()),
            ("stage", &self.stage),
            ("cursor", cursor),
        ]
    }
}

#[derive(Clone, Debug, Deserialize)]
struct Listed {
    shipments: Vec<Row>,
    total: u64,
    total_exact: bool,
    next: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Row {
    id: String,
    carrier: String,
    number: String,
    stage: String,
    milestone: String,
    occurred: Option<Clock>,
    created: String,
    events: u64,
    references: Vec<String>,
}

impl Row {
    fn chip(&self) -> Chip {
        Chip::of_stage(&self.stage)
    }
}

#[derive(Template)]
#[template(path = "console/shipments.html", whitespace = "minimize")]
struct ListPage {
    frame: Frame,
    wanted: Wanted,
    listed: Listed,
    /// Where the next page is.
    next: Option<String>,
}

impl ListPage {
    fn stages() -> impl Iterator<Item = (&'static str, Cow<'static, str>)> {
        let stages = Stage::ALL.iter();
        stages.map(|stage| (stage.name(), Chip::of_stage(stage.name()).text))
    }
}

pub async fn list(
    State(console): State<Console>,
    session: Session,
    Query(wanted): Query<Wanted>,
    asked: HeaderMap,
) -> Result<Response, Trouble> {
    let path = query("/v1/shipments", &wanted.pairs(&wanted.cursor));
    let listed: Listed = console.get(&session, &path).await?;
    let next = listed
        .next
        .as_deref()
        .map(|next| query(PLACE, &wanted.pairs(next)));
    let frame = Frame::new(PLACE, "Shipments");
    let shown = ListPage {
        frame,
        wanted,
        listed,
        next,
    };
    Ok(page(StatusCode::OK, &shown, &asked))
}

#[derive(Clone, Debug, Deserialize)]
struct Shipment {
    id: String,
    carrier: String,
    number: String,
    stage: String,
    milestone: String,
    reason: Option<String>,
    direction: String,
    occurred: Option<Clock>,
    delivered: Option<Clock>,
    attempts_failed: u32,
    created: String,
    references: Vec<String>,
    registration: Option<Registration>,
    sources: Vec<Source>,
    journeys: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Registration {
    standing: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Source {
    dialect: String,
    stream: String,
    connection: Option<String>,
    last_heard: String,
    statements: u64,
}

#[derive(Clone, Debug, Deserialize)]
struct Explained {
    /// Oldest first.
    events: Vec<Event>,
    root: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Event {
    time: Option<String>,
    offset_source: Option<String>,
    milestone: String,
    stage: String,
    reason: String,
    certainty: String,
    verdict: Verdict,
    because: String,
    witnesses: Vec<Witness>,
}

#[derive(Clone, Debug, Deserialize)]
struct Verdict {
    verdict: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Witness {
    dialect: String,
    connection: Option<String>,
    code: Code,
    rule: String,
    time_text: String,
    text: Option<String>,
    place: Option<String>,
    first_seen: String,
    withdrawn: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Code {
    code: String,
    sub: Option<String>,
}

impl Event {
    fn is_current(&self) -> bool {
        self.verdict.verdict == "current"
    }

    fn place(&self) -> Option<&str> {
        self.witnesses.iter().find_map(|it| it.place.as_deref())
    }
}

#[derive(Template)]
#[template(path = "console/shipment.html", whitespace = "minimize")]
struct ShipmentPage {
    frame: Frame,
    shipment: Shipment,
    explained: Explained,
    /// A link to the tracking page, where one was just made.
    link: Option<Link>,
}

/// A link to the page of whoever waits for the parcel.
#[derive(Clone, Debug, Deserialize)]
struct Link {
    path: String,
    url: Option<String>,
    expires: String,
}

impl Link {
    fn address(&self) -> &str {
        self.url.as_deref().unwrap_or(&self.path)
    }
}

/// What a form did before this page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    asked: Option<String>,
}

pub async fn show(
    State(console): State<Console>,
    session: Session,
    Path(id): Path<u64>,
    Query(done): Query<Done>,
    asked: HeaderMap,
) -> Result<Response, Trouble> {
    let mut shown = about(&console, &session, id).await?;
    shown.frame.done = done.asked.map(|_| "Its sources are being asked again.");
    Ok(page(StatusCode::OK, &shown, &asked))
}

async fn about(console: &Console, session: &Session, id: u64) -> Result<ShipmentPage, Trouble> {
    let path = format!("/v1/shipments/{id}");
    let shipment: Shipment = console.get(session, &path).await?;
    let mut explained: Explained = console.get(session, &format!("{path}/explain")).await?;
    explained.events.reverse();
    Ok(ShipmentPage {
        frame: Frame::new(PLACE, shipment.number.clone()),
        shipment,
        explained,
        link: None,
    })
}

/// Has its sources asked again now.
pub async fn refresh(
    State(console): State<Console>,
    session: Session,
    Path(id): Path<u64>,
) -> Result<Response, Trouble> {
    let path = format!("/v1/shipments/{id}/refresh");
    console.put(&session, Method::POST, &path, None).await?;
    Ok(Redirect::to(&format!("{PLACE}/{id}?asked=1")).into_response())
}

/// Makes a link to the tracking page and shows it.
pub async fn link(
    State(console): State<Console>,
    session: Session,
    Path(id): Path<u64>,
    asked: HeaderMap,
) -> Result<Response, Trouble> {
    let path = format!("/v1/shipments/{id}/link");
    let made = console.post(&session, &path, &json!({})).await?;
    let mut shown = about(&console, &session, id).await?;
    shown.link = Some(made);
    Ok(page(StatusCode::OK, &shown, &asked))
}
