//! `GET /v1/feed`: every change of the account's shipments and records, in order, page by page, by long poll or
//! as a stream (see `stream`).
//!
//! Guarantee: whoever reads on from the cursor of the last page has every change exactly once. A long
//! poll answers as soon as something came, at the end of its wait with no change and a cursor that is
//! good to go on from, and at once when the server is to end.

pub use super::change::as_json;
use super::change::{Change, EventTold, OfRecord, OfShipment, Standing, words_of};
use super::failures::{Refusals, failed};
use super::input::{Asked, bad_query, duration, limit};
use super::kept::{self, ToldPage};
use super::listeners::Seat;
use super::told::InBrief;
use super::window::{Place, Window};
use super::{Api, Caller, Problem, Route, Scope, stream};
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use trackway_dialects::http::json;
use trackway_dialects::native::record::{About, Stood};
use trackway_dialects::native::told::Told;
use trackway_hub::following::FeedPage;
use trackway_model::change::FeedPosition;
use utoipa::{IntoParams, OpenApi, ToSchema};

/// Changes on a page.
const USUAL: usize = 100;
const MOST: usize = 1_000;
/// Bytes of a change in brief, mostly.
const USUAL_BYTES: usize = 768;
/// What a long poll leaves of a request's time to answer in.
const TO_ANSWER: Duration = Duration::from_secs(5);

pub fn routes() -> Vec<Route> {
    vec![Route::get("/v1/feed", Scope::Read, get_feed)]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(get_feed),
        components(schemas(
            Page, End, Change, OfShipment, OfRecord, Window, Standing, EventTold, InBrief, Told,
            About, Stood
        )),
        tags((name = "feed", description = "Every change, in order, none left out"))
    )]
    struct Document;
    Document::openapi()
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FeedAsked {
    /// The cursor of the page before; `now` for what comes from now on. The beginning where it is
    /// left out.
    after: Option<String>,
    /// Changes on the page, 1 to 1,000; 100 where it is left out.
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
    /// How long to wait where there is nothing yet: such as `20s`. Longer than the server waits is
    /// cut to what it does, some 25 s.
    wait: Option<String>,
    /// `true`: with every statement's own words (text, place, code, time as written).
    words: Option<bool>,
}

/// A part of the feed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedPage)]
struct Page<'a> {
    changes: Vec<Change<'a>>,
    #[serde(flatten)]
    end: End,
}

/// What stands behind a page's changes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EndOfFeedPage)]
struct End {
    window: Window,
    /// Where to read on, also where nothing came.
    cursor: String,
    /// There may be more at once.
    more: bool,
}

/// Every change of your shipments, orders, inbounds, returns and stock after a cursor, in order.
///
/// Read on from `cursor` and you have every change exactly once, changes of one shipment or record in
/// their order. With `Accept: text/event-stream` the answer is a stream of events named `change`, each
/// under the cursor behind it as its id, so that `Last-Event-ID` goes on where a stream broke off.
#[utoipa::path(
    get,
    path = "/v1/feed",
    tag = "feed",
    security(("key" = ["read"])),
    params(
        FeedAsked,
        ("Last-Event-ID" = Option<String>, Header, description = "For streams: as `after`, and before it"),
    ),
    responses(
        (status = 200, description = "A page, or a stream", body = Page),
        (status = 400, description = "The query can't be read, or the cursor is none of this feed", body = Problem, content_type = "application/problem+json"),
        (status = 410, description = "The cursor is ahead of the feed: it is of another installation, or this one was restored from an older backup. Begin again", body = Problem, content_type = "application/problem+json"),
        Refusals,
    )
)]
async fn get_feed(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    Asked(asked): Asked<FeedAsked>,
) -> Result<Response, Problem> {
    let limit = limit(asked.limit.as_deref(), USUAL, MOST)?;
    let wait = asked.wait.as_deref().map(wait).transpose()?;
    let words = asked.words.unwrap_or(false);
    let streamed = wants_stream(&headers);
    let resumed = headers.get("last-event-id").filter(|_| streamed);
    let after = match resumed {
        Some(id) => Some(id.to_str().unwrap_or("-")),
        None => asked.after.as_deref(),
    };
    let mut place = Place::of(&api.hub, after).await?;
    if streamed {
        let seat = api.listeners.sit(caller.account)?;
        return Ok(stream::open(api, caller, headers, place, words, seat));
    }
    let asked = (caller.account, place.positions(), limit);
    let kept = api.pages.get(&asked).filter(|_| !words);
    let page = if let Some(page) = kept {
        page
    } else {
        let page = page(&api, &caller, &asked.1, limit, wait, words).await?;
        if !words {
            api.pages.keep(asked, &page);
        }
        page
    };
    Ok(told(&page, &mut place))
}

/// A page as it stands now.
async fn page(
    api: &Api,
    caller: &Caller,
    after: &[FeedPosition],
    limit: usize,
    wait: Option<Duration>,
    words: bool,
) -> Result<Arc<ToldPage>, Problem> {
    let page = match wait.filter(|wait| !wait.is_zero()) {
        None => follow(api, caller, after, limit).await?,
        Some(wait) => waited(api, caller, after, limit, wait).await?,
    };
    let told = words_of(&api.hub, &page, words).await?;
    let told = told.as_ref();
    let changes = page.changes.iter().enumerate().map(|(at, followed)| {
        let words = told.map(|told| told[at].as_slice());
        Change::of(followed, words)
    });
    let changes: Vec<Change<'_>> = changes.collect();
    let hashes = page.changes.iter().zip(&changes);
    let hashes = hashes.map(|(followed, change)| (followed.position, change.hash()));
    let mut body = Vec::with_capacity(changes.len() * USUAL_BYTES);
    serde_json::to_writer(&mut body, &changes).expect("strings and numbers are always JSON");
    Ok(Arc::new(ToldPage {
        changes: body.into(),
        hashes: hashes.collect(),
        cursor: page.cursor,
        more: page.more,
    }))
}

/// A page as a reader at this place is told it.
fn told(page: &ToldPage, place: &mut Place) -> Response {
    page.move_on(place);
    let end = End {
        window: place.window(),
        cursor: place.cursor(),
        more: page.more,
    };
    let end = serde_json::to_string(&end).expect("strings and numbers are always JSON");
    let rest = format!(",{}", &end[1..]);
    let pieces = [
        Bytes::from_static(br#"{"changes":"#),
        page.changes.clone(),
        rest.into(),
    ];
    json(StatusCode::OK, kept::body_of(pieces))
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|kind| kind.split(';').next())
        .any(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
}

fn wait(text: &str) -> Result<Duration, Problem> {
    let wrong = || bad_query("`wait` must be a duration such as `20s`.");
    let micros = duration(text).ok_or_else(wrong)?;
    Ok(Duration::from_micros(micros.unsigned_abs()))
}

async fn follow(
    api: &Api,
    caller: &Caller,
    after: &[FeedPosition],
    limit: usize,
) -> Result<FeedPage, Problem> {
    let page = api.hub.follow(caller.account, after, limit).await;
    page.map_err(failed)
}

/// The first page that holds a change, or the last one before the wait ended.
async fn waited(
    api: &Api,
    caller: &Caller,
    after: &[FeedPosition],
    limit: usize,
    wait: Duration,
) -> Result<FeedPage, Problem> {
    let most = api.limits.request.saturating_sub(TO_ANSWER);
    let until = Instant::now() + wait.min(most);
    let mut seat: Option<Seat> = None;
    let mut bell = api.hub.feed_bell();
    let mut page = follow(api, caller, after, limit).await?;
    while page.changes.is_empty() {
        if !page.more {
            if seat.is_none() {
                seat = Some(api.listeners.sit(caller.account)?);
            }
            let look = (Instant::now() + api.hub.look_every()).min(until);
            tokio::select! {
                () = api.closing.cancelled() => break,
                // An error: the store is closed, which the next read tells.
                _ = timeout_at(look, bell.changed()) => {}
            }
            bell.borrow_and_update();
        }
        if Instant::now() >= until {
            break;
        }
        page = follow(api, caller, &page.cursor, limit).await?;
    }
    drop(seat);
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_asked_for_by_name() {
        let wants = |text: &'static str| {
            let value = http::HeaderValue::from_static(text);
            wants_stream(&HeaderMap::from_iter([(header::ACCEPT, value)]))
        };
        assert!(wants("text/event-stream"));
        assert!(wants("application/json;q=0.5, Text/Event-Stream;q=1"));
        assert!(!wants("application/json") && !wants("*/*"));
    }
}
