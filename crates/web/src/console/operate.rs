//! Connections, endpoints and what was put aside: how each stands, and what can be done about it.

use super::ask::Trouble;
use super::overview::Age;
use super::session::Session;
use super::text::{Chip, minute, query, words};
use super::{Console, Frame, page};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use trackway_dialects::native::Problem;

const CONNECTIONS: &str = "/console/connections";
const ENDPOINTS: &str = "/console/endpoints";
const QUARANTINE: &str = "/console/quarantine";

/// What a form did before a page, by the word in its address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

impl Done {
    fn text(&self) -> Option<&'static str> {
        const SAID: &[(&str, &str)] = &[
            ("pause", "It is paused."),
            ("resume", "It goes on."),
            ("works", "It works."),
            (
                "fails",
                "It was asked and does not work: its last failure says why.",
            ),
            ("accepted", "The test message was accepted."),
            ("refused", "The test message was not accepted."),
            ("resend", "It is sent again."),
            ("retry", "What was put aside was read again."),
            ("drop", "It is dropped."),
        ];
        let found = SAID.iter().find(|(word, _)| *word == self.done);
        found.map(|(_, text)| *text)
    }
}

fn frame(place: &'static str, title: &str, done: &Done) -> Frame {
    Frame {
        done: done.text(),
        ..Frame::new(place, title)
    }
}

fn back(place: &str, done: &str) -> Response {
    Redirect::to(&query(place, &[("done", done)])).into_response()
}

fn no_such_deed() -> Trouble {
    Problem::new(
        StatusCode::NOT_FOUND,
        "There is nothing of that name to do.",
    )
    .into()
}

#[derive(Clone, Debug, Deserialize)]
pub struct Connection {
    pub id: i64,
    pub dialect: String,
    pub name: String,
    pub base_url: String,
    pub paused: bool,
    pub state: ConnectionState,
}

#[derive(Clone, Debug, Deserialize)]
pub struct ConnectionState {
    numbers: Followed,
    pub age: Age,
    heard: Option<String>,
    pub failure: Option<String>,
    failed: Option<String>,
    pub calls_today: u64,
    quota: Quota,
    rest: Rest,
}

#[derive(Clone, Debug, Deserialize)]
struct Followed {
    active: u64,
}

#[derive(Clone, Debug, Deserialize)]
struct Quota {
    limits: Vec<Limit>,
}

#[derive(Clone, Debug, Deserialize)]
struct Limit {
    window: String,
    calls: u64,
    left: u64,
    resets_at: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Rest {
    breaker: String,
    because: Option<String>,
    until: Option<String>,
}

impl Connection {
    pub fn is_failing(&self) -> bool {
        self.state.rest.breaker != "closed"
    }

    pub fn chip(&self) -> Chip {
        let (tone, text) = match (self.paused, self.is_failing()) {
            (true, _) => ("quiet", "paused"),
            (_, true) => ("bad", "failing"),
            _ => ("good", "asked"),
        };
        Chip {
            tone,
            text: text.into(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
struct Connections {
    connections: Vec<Connection>,
}

#[derive(Template)]
#[template(path = "console/connections.html", whitespace = "minimize")]
struct ConnectionsPage {
    frame: Frame,
    connections: Vec<Connection>,
}

pub async fn connections(
    State(console): State<Console>,
    session: Session,
    Query(done): Query<Done>,
    asked: HeaderMap,
) -> Result<Response, Trouble> {
    let told: Connections = console.get(&session, "/v1/connections").await?;
    let shown = ConnectionsPage {
        frame: frame(CONNECTIONS, "Connections", &done),
        connections: told.connections,
    };
    Ok(page(StatusCode::OK, &shown, &asked))
}

#[derive(Deserialize)]
struct Tested {
    works: bool,
}

/// Pauses, resumes or tests a connection.
pub async fn to_connection(
    State(console): State<Console>,
    session: Session,
    Path((id, deed)): Path<(i64, String)>,
) -> Result<Response, Trouble> {
    let path = format!("/v1/connections/{id}/{deed}");
    let done = match deed.as_str() {
        "pause" | "resume" => {
            console.put(&session, Method::POST, &path, None).await?;
            deed.as_str()
        }
        "test" => {
            let told: Tested = console.post(&session, &path, &json!({})).await?;
            if told.works { "works" } else { "fails" }
        }
        _ => return Err(no_such_deed()),
    };
    Ok(back(CONNECTIONS, done))
}

#[derive(Clone, Debug, Deserialize)]
pub struct Endpoint {
    pub id: i64,
    pub dialect: String,
    pub url: String,
    pub paused: bool,
    pub behind: u64,
    pub state: EndpointState,
}

#[derive(Clone, Debug, Deserialize)]
pub struct EndpointState {
    breaker: String,
    failures: u64,
    rests_until: Option<String>,
    pub waiting: u64,
    pub parked: u64,
    oldest: Option<String>,
    last: Option<Last>,
    gone: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Last {
    at: String,
    status: Option<u16>,
    accepted: bool,
}

impl Endpoint {
    pub fn is_failing(&self) -> bool {
        self.state.breaker != "closed" || self.state.parked > 0 || self.state.gone.is_some()
    }

    pub fn chip(&self) -> Chip {
        let (tone, text) = match (self.paused, self.is_failing()) {
            (true, _) => ("quiet", "paused"),
            (_, true) => ("bad", "failing"),
            _ => ("good", "told"),
        };
        Chip {
            tone,
            text: text.into(),
        }
    }

    pub fn last(&self) -> String {
        let Some(last) = &self.state.last else {
            return "nothing was sent yet".to_owned();
        };
        let outcome = match (last.accepted, last.status) {
            (true, _) => "accepted".to_owned(),
            (false, Some(status)) => format!("answered {status}"),
            (false, None) => "no answer".to_owned(),
        };
        format!("{outcome}, {}", minute(&last.at))
    }
}

#[derive(Clone, Debug, Deserialize)]
struct Endpoints {
    endpoints: Vec<Endpoint>,
}

#[derive(Template)]
#[template(path = "console/endpoints.html", whitespace = "minimize")]
struct EndpointsPage {
    frame: Frame,
    endpoints: Vec<Endpoint>,
}

pub async fn endpoints(
    State(console): State<Console>,
    session: Session,
    Query(done): Query<Done>,
    asked: HeaderMap,
) -> Result<Response, Trouble> {
    let told: Endpoints = console.get(&session, "/v1/endpoints").await?;
    let shown = EndpointsPage {
        frame: frame(ENDPOINTS, "Endpoints", &done),
        endpoints: told.endpoints,
    };
    Ok(page(StatusCode::OK, &shown, &asked))
}

#[derive(Clone, Debug, Deserialize)]
struct Deliveries {
    deliveries: Vec<Delivery>,
    next: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Delivery {
    id: String,
    number: Option<String>,
    shipment: Option<String>,
    record: Option<Record>,
    state: String,
    next_attempt: Option<String>,
    failures: u64,
    attempts: Vec<Attempt>,
}

#[derive(Clone, Debug, Deserialize)]
struct Record {
    kind: String,
    id: i64,
}

#[derive(Clone, Debug, Deserialize)]
struct Attempt {
    at: String,
    took_ms: u64,
    outcome: String,
    status: Option<u16>,
    error: Option<String>,
    answer: String,
}

impl Delivery {
    fn chip(&self) -> Chip {
        Chip::of_state(&self.state)
    }

    /// What the message tells of.
    fn subject(&self) -> String {
        match (&self.number, &self.record) {
            (Some(number), _) => number.clone(),
            (None, Some(record)) => format!("{} {}", words(&record.kind), record.id),
            (None, None) => self.id.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "console/endpoint.html", whitespace = "minimize")]
struct EndpointPage {
    frame: Frame,
    endpoint: Endpoint,
    deliveries: Deliveries,
    next: Option<String>,
}

/// Where a list goes on, and what was done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Onwards {
    cursor: String,
    done: String,
}

pub async fn endpoint(
    State(console): State<Console>,
    session: Session,
    Path(id): Path<i64>,
    Query(onwards): Query<Onwards>,
    asked: HeaderMap,
) -> Result<Response, Trouble> {
    let endpoint: Endpoint = console
        .get(&session, &format!("/v1/endpoints/{id}"))
        .await?;
    let of = id.to_string();
    let pairs = [("endpoint", of.as_str()), ("cursor", &onwards.cursor)];
    let deliveries: Deliveries = console
        .get(&session, &query("/v1/deliveries", &pairs))
        .await?;
    let here = format!("{ENDPOINTS}/{id}");
    let next = deliveries
        .next
        .as_deref()
        .map(|next| query(&here, &[("cursor", next)]));
    let done = Done { done: onwards.done };
    let shown = EndpointPage {
        frame: frame(ENDPOINTS, &endpoint.url, &done),
        endpoint,
        deliveries,
        next,
    };
    Ok(page(StatusCode::OK, &shown, &asked))
}

#[derive(Deserialize)]
struct Tried {
    accepted: bool,
}

/// Pauses, resumes or tests an endpoint.
pub async fn to_endpoint(
    State(console): State<Console>,
    session: Session,
    Path((id, deed)): Path<(i64, String)>,
) -> Result<Response, Trouble> {
    let path = format!("/v1/endpoints/{id}");
    let done = match deed.as_str() {
        "pause" | "resume" => {
            let change = json!({ "paused": deed == "pause" });
            console
                .put(&session, Method::PATCH, &path, Some(&change))
                .await?;
            deed.as_str()
        }
        "test" => {
            let told: Tried = console
                .post(&session, &format!("{path}/test"), &Value::Null)
                .await?;
            if told.accepted { "accepted" } else { "refused" }
        }
        _ => return Err(no_such_deed()),
    };
    Ok(back(&format!("{ENDPOINTS}/{id}"), done))
}

/// Sends a message again, and leads back to its endpoint, which its id begins with.
pub async fn resend_delivery(
    State(console): State<Console>,
    session: Session,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let plain = id.bytes().all(|it| it.is_ascii_digit() || it == b'-');
    let endpoint = id.split('-').next().filter(|_| plain);
    let endpoint = endpoint.ok_or_else(no_such_deed)?;
    let path = format!("/v1/deliveries/{id}/resend");
    console.put(&session, Method::POST, &path, None).await?;
    Ok(back(&format!("{ENDPOINTS}/{endpoint}"), "resend"))
}

#[derive(Clone, Debug, Deserialize)]
struct Put {
    surprises: Vec<Surprise>,
    next: Option<String>,
}

/// Something that a source sent and that could not be read as it is documented.
#[derive(Clone, Debug, Deserialize)]
struct Surprise {
    id: i64,
    name: String,
    kind: String,
    member: String,
    expected: String,
    found: String,
    first: String,
    last: String,
    times: u64,
    kept: u64,
}

#[derive(Template)]
#[template(path = "console/quarantine.html", whitespace = "minimize")]
struct QuarantinePage {
    frame: Frame,
    put: Put,
    next: Option<String>,
}

pub async fn quarantine(
    State(console): State<Console>,
    session: Session,
    Query(onwards): Query<Onwards>,
    asked: HeaderMap,
) -> Result<Response, Trouble> {
    let path = query("/v1/quarantine", &[("cursor", &onwards.cursor)]);
    let put: Put = console.get(&session, &path).await?;
    let next = put
        .next
        .as_deref()
        .map(|next| query(QUARANTINE, &[("cursor", next)]));
    let done = Done { done: onwards.done };
    let shown = QuarantinePage {
        frame: frame(QUARANTINE, "Quarantine", &done),
        put,
        next,
    };
    Ok(page(StatusCode::OK, &shown, &asked))
}

/// Reads again what was put aside, or drops it.
pub async fn to_surprise(
    State(console): State<Console>,
    session: Session,
    Path((id, deed)): Path<(i64, String)>,
) -> Result<Response, Trouble> {
    let path = format!("/v1/quarantine/{id}");
    match deed.as_str() {
        "retry" => {
            let path = format!("{path}/retry");
            console.put(&session, Method::POST, &path, None).await?;
        }
        "drop" => console.put(&session, Method::DELETE, &path, None).await?,
        _ => return Err(no_such_deed()),
    }
    Ok(back(QUARANTINE, &deed))
}
