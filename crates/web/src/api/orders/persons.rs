//! `/v1/persons/erase`: whoever is known by a telephone number or an e-mail address is taken away.

use super::super::answer::ok;
use super::super::failures::{RefusalsOfOne, failed};
use super::super::{Caller, Problem, Route, Scope};
use super::{needed, wrong};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_dialects::native::wire::MemberError;
use trackway_hub::Hub;
use trackway_hub::erasing::{ErasedPerson, Person};
use utoipa::{OpenApi, ToSchema};

const ERASE: &str = "/v1/persons/erase";
/// Of what a person is known by: what no address and no number is longer than.
const LONGEST: usize = 320;

pub fn routes() -> Vec<Route> {
    vec![Route::post(ERASE, Scope::Manage, erase_person)]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(erase_person),
        components(schemas(PersonWanted, Erasure)),
        tags((name = "persons", description = "People that records tell of"))
    )]
    struct Document;
    Document::openapi()
}

/// By what a person is known: one of the two.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[schema(as = Person)]
#[serde(deny_unknown_fields)]
pub struct PersonWanted {
    /// With or without the country's code, with or without spaces.
    #[serde(default)]
    #[schema(example = "0900000001")]
    pub phone: Option<String>,
    #[serde(default)]
    pub email: Option<String>,
}

impl PersonWanted {
    pub fn person(self) -> Result<Person, MemberError> {
        let (member, text) = match (self.phone, self.email) {
            (Some(phone), None) => ("/phone", phone),
            (None, Some(email)) => ("/email", email),
            (Some(_), Some(_)) => {
                return Err(MemberError::new("", "give one of `phone` and `email`"));
            }
            (None, None) => return Err(MemberError::new("", "`phone` or `email` is required")),
        };
        if text.trim().is_empty() || text.len() > LONGEST {
            let problem = format!("must be 1 to {LONGEST} characters");
            return Err(MemberError::of(member.to_owned(), problem));
        }
        Ok(if member == "/phone" {
            Person::Phone(text)
        } else {
            Person::Email(text)
        })
    }
}

/// A person of whom nothing is told any more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErasedPerson)]
struct Erasure {
    /// Orders that were for them.
    orders: u64,
    /// How many records told of them until now: these orders, their fulfilments and returns, customers,
    /// vendors, pickup addresses.
    records: u64,
    /// Of how many parcels the words were destroyed.
    parcels: u64,
    erased: bool,
}

/// Take a person away who is known by a telephone number or an e-mail address, wherever your records name
/// them: orders that were for them as `/v1/orders/{id}/erase` does, and their names, numbers and
/// addresses in all else. Codes, states, goods, money and times stay. Nobody of that number or address is
/// answered with zeros. Parcels that no order sent are erased by themselves. It can't be undone.
#[utoipa::path(
    post,
    path = "/v1/persons/erase",
    tag = "persons",
    security(("key" = ["manage"])),
    request_body = PersonWanted,
    responses(
        (status = 200, description = "Nothing tells of them any more", body = Erasure),
        (status = 422, description = "It does not say of whom", body = Problem, content_type = "application/problem+json"),
        RefusalsOfOne,
    )
)]
async fn erase_person(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    let wanted: PersonWanted = needed(&headers, &sent)?;
    let person = wanted.person().map_err(wrong)?;
    let erased = hub.erase_person(caller.account, &person).await;
    let ErasedPerson {
        orders,
        records,
        parcels,
    } = erased.map_err(failed)?;
    Ok(ok(&Erasure {
        orders,
        records,
        parcels,
        erased: true,
    }))
}
