//! The failures that every guarded call shares, for the document.

use std::collections::BTreeMap;
use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

/// What the guard and the store may answer: 401, 403, 429 and 503.
#[derive(Debug)]
pub struct Refusals;

/// The same, and 404 for what the account does not have.
#[derive(Debug)]
pub struct RefusalsOfOne;

const SHARED: [(&str, &str); 4] = [
    ("401", "No key, or one that is not in force"),
    ("403", "The key lacks the scope"),
    ("429", "The key calls too fast: see Retry-After"),
    ("503", "Too much to do: see Retry-After"),
];

/// A failure as the document shows it.
pub fn problem(description: &str) -> RefOr<Response> {
    let content = ContentBuilder::new()
        .schema(Some(RefOr::Ref(Ref::from_schema_name("Problem"))))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build()
        .into()
}

fn all(more: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let failures = SHARED.iter().chain(more);
    failures
        .map(|(status, description)| ((*status).to_owned(), problem(description)))
        .collect()
}

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        all(&[])
    }
}

impl IntoResponses for RefusalsOfOne {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        all(&[("404", "The account has nothing of this id")])
    }
}

/// A store's or the hub's failure, as a caller is told.
pub fn failed(error: trackway_hub::HubError) -> super::Problem {
    trackway_dialects::DeskError::from(error).into()
}
