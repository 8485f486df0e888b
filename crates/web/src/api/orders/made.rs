//! Things to be made, one or many in a call.

use super::super::answer::bytes;
use super::super::input::check_json;
use super::super::{Api, Caller, Problem};
use axum::body::Bytes;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde::de::IgnoredAny;
use trackway_dialects::desk::Trade;
use trackway_dialects::native::batch::{self, Form, Malformed};
use trackway_dialects::native::idempotency::{Answer, Keyed, once};
use trackway_dialects::native::malformed;
use trackway_dialects::native::orders::{Ask, Done, Told, Wrong, carry_out_all};
use trackway_dialects::native::wire::MemberError;
use utoipa::ToSchema;

/// Things that one call makes at most.
pub const MOST: usize = 1_000;

/// A thing that was made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MadeRecord)]
pub struct Made<'a> {
    /// Its place in the batch, counted from 0.
    index: usize,
    /// As it stands.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    record: Told<'a>,
}

/// A thing that was not made: mend it and send it again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefusedRecord)]
pub struct Refused {
    /// Its place in the batch, counted from 0.
    pub index: usize,
    /// What a call with this thing alone would be answered with.
    pub status: u16,
    pub detail: String,
    pub errors: Vec<MemberError>,
    /// The id of the record that has the name already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing: Option<i64>,
}

/// What became of a batch. `made` and the length of `refused` add up to its length.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchOfRecords)]
pub struct Outcome<'a> {
    made: usize,
    records: Vec<Made<'a>>,
    refused: Vec<Refused>,
}

impl Refused {
    fn of(index: usize, wrong: Wrong) -> Self {
        Self {
            index,
            status: wrong.status.as_u16(),
            detail: wrong.detail,
            errors: wrong.errors,
            existing: wrong.existing.map(|id| id.0),
        }
    }
}

/// What a call makes.
#[derive(Clone, Copy, Debug)]
pub struct Making {
    /// The call, and the member that lists things in its body.
    pub call: &'static str,
    pub member: &'static str,
}

/// Takes one thing or a batch, read by `read`; answered as before where the idempotency key was used.
pub async fn make<W: Ask>(
    api: &Api,
    caller: &Caller,
    headers: &HeaderMap,
    body: &Bytes,
    making: Making,
    read: impl Fn(&str) -> Result<W, Vec<MemberError>> + Send + Sync,
) -> Result<Response, Problem> {
    check_json(headers)?;
    let keyed = Keyed {
        principal: caller,
        headers,
        call: making.call,
        body,
    };
    let work = take(&*api.hub, caller, body, making, read);
    once(&*api.hub, &api.in_flight, keyed, work).await
}

async fn take<T: Trade, W: Ask>(
    desk: &T,
    caller: &Caller,
    body: &[u8],
    making: Making,
    read: impl Fn(&str) -> Result<W, Vec<MemberError>>,
) -> Result<Answer, Problem> {
    let text = std::str::from_utf8(body)
        .map_err(|error| malformed(&Malformed::Text(error.valid_up_to())))?;
    let kind = batch::Kind {
        member: making.member,
        most: MOST,
        single: true,
    };
    let (mut wanted, mut places, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let form = batch::read(kind, text, |index, raw, _: Option<IgnoredAny>| {
        match read(raw) {
            Ok(one) => {
                places.push(index);
                wanted.push(one);
            }
            Err(errors) => refused.push(Refused::of(index, Wrong::members(errors))),
        }
    })
    .map_err(|problem| malformed(&problem))?;
    let done = carry_out_all(desk, caller, &wanted).await?;
    if form == Form::Single {
        return single(done, refused);
    }
    let mut records = Vec::with_capacity(done.len());
    for (index, done) in places.into_iter().zip(done) {
        match done {
            Ok(record) => records.push((index, record)),
            Err(wrong) => refused.push(Refused::of(index, wrong)),
        }
    }
    refused.sort_by_key(|one| one.index);
    let records: Vec<Made<'_>> = records
        .iter()
        .filter_map(|(index, record)| {
            let record = Told::of(record.as_ref()?);
            let index = *index;
            Some(Made { index, record })
        })
        .collect();
    let outcome = Outcome {
        made: records.len(),
        records,
        refused,
    };
    Ok((StatusCode::OK, bytes(&outcome)))
}

fn single(mut done: Vec<Done>, mut refused: Vec<Refused>) -> Result<Answer, Problem> {
    if let Some(one) = refused.pop() {
        return Err(Wrong::members(one.errors).into());
    }
    match done.pop() {
        Some(Ok(Some(record))) => Ok((StatusCode::CREATED, bytes(&Told::of(&record)))),
        Some(Err(wrong)) => Err(wrong.into()),
        Some(Ok(None)) | None => Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The command had no outcome.",
        )),
    }
}
