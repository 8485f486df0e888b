//! The failures that every guarded call shares, for the document.

use std::collections::BTreeMap;
use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

const SHARED: [Failure; 4] = [
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

/// Names what a group of calls may answer besides their success, each group once.
macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident: $($failures:expr),*;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                all(&[$($failures),*])
            }
        }
    )*};
}

/// A status and what it means.
pub type Failure = (&'static str, &'static str);

/// The account has no such thing.
pub const MISSING: Failure = ("404", "The account has nothing of this id");
const NO_JSON: Failure = ("400", "The body is no JSON");
const NO_TYPE: Failure = ("415", "Not application/json");
const UNUSABLE: Failure = ("422", "A member can't be used");
const NOT_THERE: Failure = (
    "422",
    "A member can't be used, or something that it names is not there",
);

refusals! {
    /// What the guard and the store may answer: 401, 403, 429 and 503.
    Refusals: ;
    /// The same, and 404 for what the account does not have.
    RefusalsOfOne: MISSING;
    /// Of a call with a JSON body.
    RefusalsOfBody: NO_JSON, NO_TYPE, UNUSABLE;
    /// Of a call with a JSON body about one thing of the account's.
    RefusalsOfBodyOfOne: NO_JSON, MISSING, NO_TYPE, UNUSABLE;
    /// Of a call that moves a record from a state to another.
    RefusalsOfMove:
        NO_JSON,
        MISSING,
        ("409", "It can't be done from the state that it is in: `detail` names both"),
        NO_TYPE,
        ("422", "A member can't be used, or the quantities are not there");
    /// Of a call that changes a record's members.
    RefusalsOfChange:
        NO_JSON,
        MISSING,
        ("409", "A name is given already: `existing` has the id; or others use it, so that it can't change in this way"),
        NO_TYPE,
        NOT_THERE;
    /// Of a call that makes one record or a batch of them.
    RefusalsOfMaking:
        ("400", "The body is no JSON, with the place; or the idempotency key can't be read"),
        ("409", "A name is given already: `existing` has the id; or a request with this idempotency key is still at work"),
        ("413", "Too long"),
        NO_TYPE,
        NOT_THERE;
    /// Of a call that lists what the filters leave.
    RefusalsOfList: ("400", "A filter can't be read");
    /// The same, page by page.
    RefusalsOfPages: ("400", "A filter can't be read, or the cursor is of other filters");
}

fn all(more: &[Failure]) -> BTreeMap<String, RefOr<Response>> {
    let failures = SHARED.iter().chain(more);
    failures
        .map(|(status, description)| ((*status).to_owned(), problem(description)))
        .collect()
}

/// A store's or the hub's failure, as a caller is told.
pub fn failed(error: trackway_hub::HubError) -> super::Problem {
    trackway_dialects::DeskError::from(error).into()
}
