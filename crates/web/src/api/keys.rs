//! `/v1/keys`: an account's keys, without what they prove themselves with.
//!
//! Contract: a key gives no right that it has not itself. It makes, enables and prolongs only keys
//! whose every right is its own, and never prolongs itself; whoever may manage every account may name
//! another one. A key's secret is in the answer to its making and nowhere else.

use super::answer::{created, ok};
use super::failures::{Refusals, RefusalsOfBodyOfOne};
use super::input::Json;
use super::wrong::{OfRecord, member, no_record, wrong};
use super::{Caller, Problem, Route, Scope};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::Arc;
use trackway_dialects::native;
use trackway_dialects::native::caller::TEST_MARK;
use trackway_hub::manage::{KeyChange, KeyInfo};
use trackway_hub::{CreatedKey, Hub, NewKey};
use trackway_model::{KeyId, Occurred, time};
use utoipa::{OpenApi, ToSchema};

const PATH: &str = "/v1/keys";
const ONE: &str = "/v1/keys/{id}";

/// What a key of another system's API opens, in our own words.
const FACADE: [Scope; 2] = [Scope::Read, Scope::Write];

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Scope::Manage, get_keys),
        Route::post(PATH, Scope::Manage, post_keys),
        Route::patch(ONE, Scope::Manage, patch_key),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(get_keys, post_keys, patch_key),
        components(schemas(KeyInfo, Keys, KeyWish, MadeKey, ChangedKey)),
        tags((name = "keys", description = "Who may call, and what they may do"))
    )]
    struct Document;
    Document::openapi()
}

/// The account's keys.
#[derive(Debug, Serialize, ToSchema)]
struct Keys {
    /// Oldest first.
    keys: Vec<KeyInfo>,
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewKey)]
#[serde(deny_unknown_fields)]
struct KeyWish {
    /// What it is for, up to 100 characters.
    #[serde(default)]
    name: String,
    /// Whose API it opens: `native` (our own, where it is left out), `247express`, `keydelivery`.
    dialect: Option<String>,
    /// What it may do in our own API: `events`, `read`, `write`, `payloads`, `manage`, `admin`.
    /// None: all but `payloads` and `admin`.
    #[serde(default)]
    scopes: Vec<String>,
    /// A key for the account's sandbox, in which every number has a simulated journey.
    #[serde(default)]
    test: bool,
    /// RFC 3339 with its offset; never where it is left out.
    expires: Option<String>,
    /// Another account than the caller's own: needs `admin`.
    account: Option<String>,
}

/// A key as it is shown once.
#[derive(Debug, Serialize, ToSchema)]
struct MadeKey {
    id: i64,
    account: String,
    dialect: String,
    name: String,
    /// The key itself. It is shown only here.
    key: String,
    /// What requests are signed with, where the system signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// 247Express's `ClientID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
}

/// What is to change of a key; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = KeyChange)]
#[serde(deny_unknown_fields)]
struct ChangedKey {
    /// A disabled key is refused from this moment on.
    disabled: Option<bool>,
    /// RFC 3339 with its offset; null: never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[expect(
        clippy::option_option,
        reason = "null says never, nothing says as it is"
    )]
    expires: Option<Option<String>>,
}

/// Tells null from nothing.
#[expect(clippy::option_option, reason = "it tells them apart")]
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// List the account's keys in every system, without what they prove themselves with.
#[utoipa::path(
    get,
    path = "/v1/keys",
    tag = "keys",
    security(("key" = ["manage"])),
    responses((status = 200, description = "All of them", body = Keys), Refusals)
)]
async fn get_keys(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Response, Problem> {
    let keys = hub.keys(Some(&caller.account_name)).await.map_err(wrong)?;
    Ok(ok(&Keys { keys }))
}

/// Make a key. What proves it is shown only in this answer.
///
/// A key gives no right that it has not itself.
#[utoipa::path(
    post,
    path = "/v1/keys",
    tag = "keys",
    security(("key" = ["manage"])),
    request_body = KeyWish,
    responses(
        (status = 201, description = "Made", body = MadeKey),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The account has as many keys as it may", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A member can't be used", body = Problem, content_type = "application/problem+json"),
        Refusals,
    )
)]
async fn post_keys(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Json(wish): Json<KeyWish>,
) -> Result<Response, Problem> {
    let dialect = wish.dialect.as_deref().unwrap_or(native::NAME);
    may_give(&caller, dialect, &wish.scopes)?;
    let account = account_of(&hub, &caller, wish.account).await?;
    let expires_at = wish.expires.as_deref().map(instant).transpose()?;
    let new = NewKey {
        account: Some(account),
        dialect: Some(dialect.to_owned()),
        name: wish.name,
        // What is in a sandbox stays in it.
        test: wish.test || is_test(&caller),
        expires_at,
        scopes: wish.scopes,
        ..NewKey::default()
    };
    let made = hub.create_key(new).await.map_err(wrong)?;
    Ok(created(&MadeKey::from(made)))
}

/// Disable or enable a key, or set when it expires. It is in force for the next request.
#[utoipa::path(
    patch,
    path = "/v1/keys/{id}",
    tag = "keys",
    security(("key" = ["manage"])),
    params(("id" = i64, Path, description = "The key's id")),
    request_body = ChangedKey,
    responses((status = 200, description = "The key as it is now", body = KeyInfo), RefusalsOfBodyOfOne)
)]
async fn patch_key(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfRecord(id): OfRecord,
    Json(change): Json<ChangedKey>,
) -> Result<Response, Problem> {
    let account = Some(&*caller.account_name);
    let keys = hub.keys(account).await.map_err(wrong)?;
    let known = keys.into_iter().find(|key| key.id == KeyId(id));
    let known = known.ok_or_else(|| no_record("key"))?;
    let expires = match &change.expires {
        Some(Some(text)) => Some(Some(instant(text)?)),
        Some(None) => Some(None),
        None => None,
    };
    let disables_only = change.disabled != Some(false) && expires.is_none();
    if !disables_only {
        may_give(&caller, &known.dialect, &known.scopes)?;
        if known.id == caller.key && expires.is_some() {
            let detail = "A key can't set when it expires itself: use another one.";
            return Err(Problem::new(StatusCode::FORBIDDEN, detail));
        }
    }
    let change = KeyChange {
        disabled: change.disabled,
        expires,
    };
    let changed = hub.change_key(account, KeyId(id), change).await;
    Ok(ok(&changed.map_err(wrong)?))
}

/// Whether the caller has every right that a key of these scopes would have.
fn may_give(caller: &Caller, dialect: &str, scopes: &[String]) -> Result<(), Problem> {
    let given: Vec<Scope> = if dialect == native::NAME {
        let all = Scope::ALL.into_iter();
        all.filter(|scope| scope.is_in(scopes)).collect()
    } else {
        FACADE.to_vec()
    };
    let lacking = given.iter().find(|scope| !scope.is_in(&caller.scopes));
    lacking.map_or(Ok(()), |scope| {
        let detail = format!(
            "This key lacks the scope `{}`, so it can't give it: name the scopes that the other key needs.",
            scope.name()
        );
        Err(Problem::new(StatusCode::FORBIDDEN, detail))
    })
}

/// The account that is to have the key: the caller's own, or a known one for who may see all.
async fn account_of(hub: &Hub, caller: &Caller, named: Option<String>) -> Result<String, Problem> {
    let own = caller.account_name.to_string();
    let Some(named) = named.filter(|named| *named != own) else {
        return Ok(own);
    };
    if !Scope::Admin.is_in(&caller.scopes) {
        let detail = "This key lacks the scope `admin`: it makes keys of its own account only.";
        return Err(Problem::new(StatusCode::FORBIDDEN, detail));
    }
    let accounts = hub.accounts().await.map_err(wrong)?;
    if accounts.iter().any(|account| account.name == named) {
        return Ok(named);
    }
    let detail = "There is no account of this name: make it with `POST /v1/accounts`.";
    Err(member("/account", detail))
}

fn is_test(caller: &Caller) -> bool {
    caller.scopes.iter().any(|scope| scope == TEST_MARK)
}

fn instant(text: &str) -> Result<i64, Problem> {
    let instant = time::parse(text).and_then(Occurred::instant);
    instant.ok_or_else(|| {
        member(
            "/expires",
            "`expires` must be an RFC 3339 time with its offset, such as `2030-01-31T00:00:00Z`.",
        )
    })
}

impl From<CreatedKey> for MadeKey {
    fn from(key: CreatedKey) -> Self {
        Self {
            id: key.id.0,
            account: key.account,
            dialect: key.dialect,
            name: key.name,
            key: key.key,
            secret: key.secret,
            client_id: key.client_id,
            user_name: key.user_name,
            password: key.password,
        }
    }
}
