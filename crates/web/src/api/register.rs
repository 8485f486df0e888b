//! `POST /v1/shipments`: numbers to be tracked, one or up to 10,000.
//!
//! A batch never fails for one bad item: what is wrong is answered by its place, what is right is
//! registered, all of it in one transaction, and the answer follows the commit. Safe to repeat: a
//! known number keeps its registration and takes the references and members that are given with it
//! again. Recipients are kept after the registrations and before the answer: whoever gets none sends
//! again. Whole requests fail in this order: 405, 401, 403, 429, 415, the idempotency key (400, 409,
//! 422 or the answer kept under it), 400 for broken JSON, 422 for what is no batch or too many; a
//! single shipment that is wrong is 422.

use super::answer::bytes;
use super::failures::{Refusals, failed};
use super::input::check_json;
use super::wanted::{self, SHIPMENTS, ShipmentBatch, Wanted};
use super::wrong::wrong;
use super::{Api, Caller, Problem, Route, Scope};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use trackway_dialects::native::batch::{self, Form, Malformed};
use trackway_dialects::native::idempotency::{Answer, Keyed, once};
use trackway_dialects::native::malformed;
use trackway_dialects::native::told::instant;
use trackway_dialects::native::wire::Rejected;
use trackway_hub::Hub;
use trackway_hub::listing::{Registered, Wish};
use trackway_hub::notices::{Checked, NoticeOutcome};
use utoipa::{OpenApi, ToSchema};

pub fn routes() -> Vec<Route> {
    vec![Route::post("/v1/shipments", Scope::Write, post_shipments)]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(post_shipments),
        components(schemas(ShipmentBatch, Wanted, Known, Outcome, NoticeOutcome)),
        tags((name = "shipments", description = "What you track, and where it is"))
    )]
    struct Document;
    Document::openapi()
}

/// A registered number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegisteredShipment)]
struct Known<'a> {
    /// Its place in the batch, counted from 0.
    index: usize,
    /// The shipment: for `GET /v1/shipments/{id}`.
    id: String,
    carrier: &'a str,
    number: &'a str,
    registration: String,
    /// When it was first registered.
    registered: String,
    /// Whether this call registered it.
    new: bool,
    /// What became of `notices`, in their order; left out where none were named.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notices: &'a [NoticeOutcome],
}

/// What became of a batch. `registered`, `known` and the length of `rejected` add up to its length.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegistrationOutcome)]
struct Outcome<'a> {
    /// New ones.
    registered: usize,
    /// Registered before: what was given with them is added.
    known: usize,
    shipments: Vec<Known<'a>>,
    /// Not registered: mend and send again.
    rejected: Vec<Rejected>,
}

/// Register numbers to be tracked: one shipment, or up to 10,000 as `{"shipments":[…]}`.
///
/// Registering again is harmless: a known number keeps its registration. References that it had not
/// are added, up to 16 in all, and found at once; members of `data` replace those of the same name
/// and stand beside the others, of which those go that have no room in 4 KB. People named in
/// `notices` are added, or told something else from now on; whoever ended it before stays untold.
///
/// A batch is answered with 200 and says what is wrong by place; a single shipment is answered by
/// itself, with 201 where it is new.
#[utoipa::path(
    post,
    path = "/v1/shipments",
    tag = "shipments",
    security(("key" = ["write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is answered as the first time; with another body it is refused with 422, and while the first is at work with 409.")),
    request_body(content = ShipmentBatch, description = "A batch, or one `NewShipment` bare"),
    responses(
        (status = 200, description = "What became of the batch; for a single shipment that was known, the shipment", body = Outcome),
        (status = 201, description = "A single shipment, new", body = Known),
        (status = 400, description = "The body is no JSON, with the place; or the idempotency key can't be read", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "A request with this idempotency key is still at work", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Longer than 16 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No batch, more than 10,000 shipments, a single one that is wrong, or the idempotency key was used for another call", body = Problem, content_type = "application/problem+json"),
        Refusals,
    )
)]
async fn post_shipments(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    check_json(&headers)?;
    let keyed = Keyed {
        principal: &caller,
        headers: &headers,
        call: "/v1/shipments",
        body: &body,
    };
    let work = take(&api.hub, &caller, &body);
    once(&*api.hub, &api.in_flight, keyed, work).await
}

/// A batch's items, the right ones from the wrong.
#[derive(Default)]
struct Sorted {
    /// The places of the wishes.
    places: Vec<usize>,
    wishes: Vec<Wish>,
    /// Whom to tell, beside each wish.
    notices: Vec<Vec<Checked>>,
    rejected: Vec<Rejected>,
}

async fn take(hub: &Hub, caller: &Caller, body: &[u8]) -> Result<Answer, Problem> {
    let askable = hub.askable(caller.account).await.map_err(failed)?;
    let text = std::str::from_utf8(body)
        .map_err(|error| malformed(&Malformed::Text(error.valid_up_to())))?;
    let mut sorted = Sorted::default();
    let form = batch::read(SHIPMENTS, text, |index, raw, item: Option<Wanted<'_>>| {
        let read = item
            .ok_or_else(|| wanted::explain(raw))
            .and_then(|item| wanted::read(&item, &askable));
        match read {
            Ok((wish, notices)) => {
                sorted.places.push(index);
                sorted.wishes.push(wish);
                sorted.notices.push(notices);
            }
            Err(errors) => sorted.rejected.push(Rejected { index, errors }),
        }
    })
    .map_err(|problem| malformed(&problem))?;
    let Sorted {
        places,
        wishes,
        notices,
        mut rejected,
    } = sorted;
    if form == Form::Single
        && let Some(one) = rejected.pop()
    {
        let detail = "The shipment can't be registered: see `errors`.";
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
        return Err(one.errors.into_iter().fold(problem, Problem::with_error));
    }
    let made = if wishes.is_empty() {
        Vec::new()
    } else {
        hub.register(caller.account, wishes).await.map_err(failed)?
    };
    let told = notify(hub, caller, &made, notices).await?;
    Ok(answer(form, &places, &made, &told, rejected))
}

/// Adds whom to tell; returns what became of them, shipment by shipment.
async fn notify(
    hub: &Hub,
    caller: &Caller,
    made: &[Registered],
    notices: Vec<Vec<Checked>>,
) -> Result<Vec<Vec<NoticeOutcome>>, Problem> {
    let counts: Vec<usize> = notices.iter().map(Vec::len).collect();
    let of_each = made.iter().zip(notices);
    let wished = of_each.flat_map(|(made, people)| {
        let of_one = people.into_iter();
        of_one.map(|checked| (made.shipment, checked))
    });
    let kept = hub.notify_all(caller.account, wished.collect()).await;
    let mut kept = kept.map_err(wrong)?.into_iter();
    let told = counts
        .into_iter()
        .map(|count| kept.by_ref().take(count).collect());
    Ok(told.collect())
}

fn answer(
    form: Form,
    places: &[usize],
    made: &[Registered],
    told: &[Vec<NoticeOutcome>],
    rejected: Vec<Rejected>,
) -> Answer {
    let shipments: Vec<Known<'_>> = places
        .iter()
        .zip(made.iter().zip(told))
        .map(|(index, (made, notices))| Known {
            index: *index,
            id: made.shipment.to_string(),
            carrier: &made.carrier,
            number: &made.number,
            registration: made.registration.to_string(),
            registered: instant(made.created),
            new: made.new,
            notices,
        })
        .collect();
    if let (Form::Single, [one]) = (form, shipments.as_slice()) {
        let status = if one.new {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        return (status, bytes(one));
    }
    let registered = shipments.iter().filter(|one| one.new).count();
    let outcome = Outcome {
        registered,
        known: shipments.len() - registered,
        shipments,
        rejected,
    };
    (StatusCode::OK, bytes(&outcome))
}
