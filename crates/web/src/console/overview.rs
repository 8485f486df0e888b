//! The first page: what needs somebody's attention, and how things stand.

use super::ask::Trouble;
use super::operate::{Connection, Endpoint};
use super::session::Session;
use super::text::span;
use super::{Console, Frame, ROOT, page};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

/// How the account stands, as `GET /v1/status` tells it.
#[derive(Clone, Debug, Deserialize)]
struct Status {
    version: String,
    uptime_s: u64,
    problems: Vec<String>,
    numbers: Numbers,
    age: Age,
    unregistered: Count,
    quarantine: Surprises,
    /// By lane.
    feed_head: Vec<u64>,
    connections: Vec<Connection>,
    endpoints: Vec<Endpoint>,
}

#[derive(Clone, Debug, Deserialize)]
struct Numbers {
    active: u64,
    waiting: u64,
    ended: u64,
}

/// How long ago sources were heard, in seconds.
#[derive(Clone, Debug, Deserialize)]
pub struct Age {
    p50_s: Option<u64>,
    p95_s: Option<u64>,
}

impl Age {
    pub fn text(&self) -> String {
        match (self.p50_s, self.p95_s) {
            (Some(half), Some(most)) => {
                format!("half within {}, 95 % within {}", span(half), span(most))
            }
            _ => "nothing heard yet".to_owned(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
struct Count {
    count: u64,
    exact: bool,
}

#[derive(Clone, Debug, Deserialize)]
struct Surprises {
    kinds: u64,
    times: u64,
}

/// Something to look at, and where.
#[derive(Debug)]
struct Concern {
    tone: &'static str,
    text: String,
    path: String,
}

impl Status {
    /// How many changes the feed holds, over its lanes.
    fn changes(&self) -> u64 {
        self.feed_head.iter().sum()
    }

    /// The gravest first.
    fn concerns(&self) -> Vec<Concern> {
        let mut found = Vec::new();
        let mut say = |tone, text: String, path: &str| {
            found.push(Concern {
                tone,
                text,
                path: path.to_owned(),
            });
        };
        for problem in &self.problems {
            say("bad", problem.clone(), ROOT);
        }
        for it in self.connections.iter().filter(|it| it.is_failing()) {
            let why = it.state.failure.as_deref().unwrap_or("it is left alone");
            say("bad", format!("{}: {why}", it.name), "/console/connections");
        }
        for it in self.endpoints.iter().filter(|it| it.is_failing()) {
            let path = format!("/console/endpoints/{}", it.id);
            say("bad", format!("{} does not accept messages", it.url), &path);
        }
        if self.quarantine.kinds > 0 {
            let text = format!(
                "{} kinds of answers could not be read, {} times",
                self.quarantine.kinds, self.quarantine.times
            );
            say("wait", text, "/console/quarantine");
        }
        for it in self.connections.iter().filter(|it| it.paused) {
            let text = format!("{} is paused", it.name);
            say("wait", text, "/console/connections");
        }
        for it in self.endpoints.iter().filter(|it| it.paused) {
            let path = format!("/console/endpoints/{}", it.id);
            say("wait", format!("{} is paused", it.url), &path);
        }
        found
    }
}

#[derive(Template)]
#[template(path = "console/overview.html", whitespace = "minimize")]
struct OverviewPage {
    frame: Frame,
    status: Status,
    concerns: Vec<Concern>,
}

pub async fn show(
    State(console): State<Console>,
    session: Session,
    asked: HeaderMap,
) -> Result<Response, Trouble> {
    let status: Status = console.get(&session, "/v1/status").await?;
    let shown = OverviewPage {
        frame: Frame::new(ROOT, "Overview"),
        concerns: status.concerns(),
        status,
    };
    Ok(page(StatusCode::OK, &shown, &asked))
}
