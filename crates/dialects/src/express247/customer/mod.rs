//! 247Express's customer API by us (§8 to §14): orders, prices, services, hubs, feedback, pictures.
//!
//! It keeps nothing of its own: orders are the account's records (`desk::Trade`), whichever API made
//! them, and hubs its pickup addresses. Checks in their order: session (12), right to write (12), the
//! body, then what it names. What is refused has written nothing; every answer comes under HTTP 200 with
//! the whole envelope, unless the desk is busy.

mod address;
mod describe;
pub mod errors;
mod hubs;
pub(super) mod orders;
mod price;
mod refused;
mod request;
pub mod shown;
mod voice;
pub mod wire;

pub use describe::Described;
pub use errors::{Code, Fault, Stop};
pub use hubs::APPROVE;
pub use orders::TERMS;
pub use voice::spoken;

use super::NAME;
use super::serve::{answer, customer_failed};
use crate::desk::{Desk, DeskError, Principal, Proof, Trade};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use refused::Words;
use request::Fields;
use serde::Serialize;
use trackway_model::orders::{Command, Record};

/// The calls served here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Create,
    Update,
    Cancel,
    Price,
    ServiceTypes,
    Services,
    Hubs,
    InsertHub,
    UpdateHub,
    Images,
    Feedback,
}

impl Call {
    const fn writes(self) -> bool {
        match self {
            Self::Create
            | Self::Update
            | Self::Cancel
            | Self::InsertHub
            | Self::UpdateHub
            | Self::Feedback => true,
            Self::Price | Self::ServiceTypes | Self::Services | Self::Hubs | Self::Images => false,
        }
    }
}

/// A request of somebody who was proved.
pub struct Asked<'r, D> {
    pub desk: &'r D,
    pub principal: Principal,
    pub body: &'r [u8],
}

impl<D> Asked<'_, D> {
    pub fn fields(&self) -> Result<Fields<'_>, Fault> {
        Fields::parse(self.body)
    }

    /// The members of an object in the body, or beside it.
    pub fn wrapped(&self, name: &str) -> Result<Fields<'_>, Fault> {
        Fields::wrapped(self.body, name)
    }
}

/// Whose session the headers are of.
pub async fn prove<D: Desk>(desk: &D, headers: &HeaderMap) -> Result<Principal, Stop> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let client = header("ClientID").and_then(|id| id.trim().parse().ok());
    let client_id = client.ok_or_else(|| Fault::of(Code::Account, "ClientID"))?;
    let stranger = || Fault::of(Code::Account, "Token");
    let token = header("Token").map(str::trim).ok_or_else(stranger)?;
    let proof = Proof::Session { client_id, token };
    Ok(desk.prove(NAME, proof).await?.ok_or_else(stranger)?)
}

/// Serves a call.
pub async fn serve<D: Desk + Trade>(
    desk: &D,
    call: Call,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    match worked(desk, call, headers, body).await {
        Ok(response) => response,
        Err(stop) => customer_failed(stop),
    }
}

async fn worked<D: Desk + Trade>(
    desk: &D,
    call: Call,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Stop> {
    let principal = prove(desk, headers).await?;
    if !principal.may(call.writes()) {
        return Err(Code::Account.into());
    }
    let asked = &Asked {
        desk,
        principal,
        body,
    };
    Ok(match call {
        Call::Create => done(&orders::create(asked).await?),
        Call::Update => done(&orders::update(asked).await?),
        Call::Cancel => done(&orders::cancel(asked).await?),
        Call::Price => done(&price::price(asked).await?),
        Call::ServiceTypes => done(&price::service_types(asked).await?),
        Call::Services => done(&price::services(asked).await?),
        Call::Hubs => done(&hubs::list(asked).await?),
        Call::InsertHub => done(&hubs::insert(asked).await?),
        Call::UpdateHub => done(&hubs::update(asked).await?),
        Call::Images => done(&orders::images(asked).await?),
        Call::Feedback => done(&orders::feedback(asked).await?),
    })
}

fn done(body: &impl Serialize) -> Response {
    answer(StatusCode::OK, body)
}

/// Has a command done that is about one record; a refusal is told in this system's words.
async fn carried_out<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    command: Command,
    words: Words,
) -> Result<Record, Stop> {
    let done = asked.desk.carry_out(&asked.principal, command).await?;
    let outcome = done.map_err(|refusal| words.told(&refusal))?;
    let nothing = || DeskError::Failed("a command gave no record back".to_owned());
    Ok(outcome.record.ok_or_else(nothing)?)
}
