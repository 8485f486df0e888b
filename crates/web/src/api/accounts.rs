//! `/v1/accounts`: the tenants of the installation, for keys that may see them all.

use super::answer::{created, ok};
use super::failures::Refusals;
use super::input::Json;
use super::wrong::wrong;
use super::{Problem, Route, Scope};
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_hub::Hub;
use trackway_hub::manage::AccountInfo;
use utoipa::{OpenApi, ToSchema};

const PATH: &str = "/v1/accounts";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Scope::Admin, get_accounts),
        Route::post(PATH, Scope::Admin, post_accounts),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(get_accounts, post_accounts),
        components(schemas(AccountInfo, Accounts, NewAccount)),
        tags((name = "accounts", description = "The tenants of the installation"))
    )]
    struct Document;
    Document::openapi()
}

/// Every account.
#[derive(Debug, Serialize, ToSchema)]
struct Accounts {
    accounts: Vec<AccountInfo>,
}

/// An account to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    /// 1 to 64 letters, digits, `-`, `_` or `.`.
    name: String,
}

/// List the accounts, oldest first.
#[utoipa::path(
    get,
    path = "/v1/accounts",
    tag = "accounts",
    security(("key" = ["admin"])),
    responses((status = 200, description = "All of them", body = Accounts), Refusals)
)]
async fn get_accounts(State(hub): State<Arc<Hub>>) -> Result<Response, Problem> {
    let accounts = hub.accounts().await.map_err(wrong)?;
    Ok(ok(&Accounts { accounts }))
}

/// Make an account. It has nothing yet: make it a key with `POST /v1/keys`.
#[utoipa::path(
    post,
    path = "/v1/accounts",
    tag = "accounts",
    security(("key" = ["admin"])),
    request_body = NewAccount,
    responses(
        (status = 201, description = "Made", body = AccountInfo),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is one of this name", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The name can't be used", body = Problem, content_type = "application/problem+json"),
        Refusals,
    )
)]
async fn post_accounts(
    State(hub): State<Arc<Hub>>,
    Json(new): Json<NewAccount>,
) -> Result<Response, Problem> {
    let made = hub.create_account(&new.name).await.map_err(wrong)?;
    Ok(created(&made))
}
