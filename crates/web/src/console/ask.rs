//! The console's calls to our own API, within the process.

use super::Console;
use super::session::Session;
use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use http::{Method, Request, StatusCode, header};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tower::ServiceExt;
use trackway_dialects::native::Problem;

/// The longest answer that a page is made of.
const LONGEST: usize = 8 << 20;

/// Why a call told nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The session is over, or its key is in force no longer.
    SignedOut,
    Refused {
        status: StatusCode,
        detail: String,
    },
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self::Refused {
            status: StatusCode::from_u16(problem.status)
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            detail: problem.detail,
        }
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        super::trouble(&self)
    }
}

impl Console {
    /// What a path of the API tells.
    pub async fn get<T: DeserializeOwned>(
        &self,
        session: &Session,
        path: &str,
    ) -> Result<T, Trouble> {
        let answer = self.call(session, Method::GET, path, None).await?;
        serde_json::from_slice(&answer).map_err(|error| {
            tracing::error!(%error, path, "the console can't read an answer of the API");
            fault("The API answered something that this page can't show.")
        })
    }

    /// Has something done; what is answered is let go.
    pub async fn put(
        &self,
        session: &Session,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(), Trouble> {
        self.call(session, method, path, body).await.map(|_| ())
    }

    /// Has something done, and reads what came of it.
    pub async fn post<T: DeserializeOwned>(
        &self,
        session: &Session,
        path: &str,
        body: &Value,
    ) -> Result<T, Trouble> {
        let answer = self.call(session, Method::POST, path, Some(body)).await?;
        serde_json::from_slice(&answer)
            .map_err(|_| fault("It was done, but what came of it can't be shown."))
    }

    async fn call(
        &self,
        session: &Session,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Vec<u8>, Trouble> {
        let key = format!("Bearer {}", session.key().expose_secret());
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, key);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let sent = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = request
            .body(sent)
            .map_err(|_| fault("This address can't be asked for."))?;
        let Ok(response) = self.api.clone().oneshot(request).await;
        let status = response.status();
        let answer = to_bytes(response.into_body(), LONGEST)
            .await
            .map_err(|_| fault("The answer is longer than a page can be."))?;
        if status.is_success() {
            return Ok(answer.to_vec());
        }
        if status == StatusCode::UNAUTHORIZED {
            return Err(Trouble::SignedOut);
        }
        let told: Told = serde_json::from_slice(&answer).unwrap_or_default();
        Err(Trouble::Refused {
            status,
            detail: told.detail,
        })
    }
}

/// A problem, as the API writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Told {
    detail: String,
}

fn fault(detail: &str) -> Trouble {
    Trouble::Refused {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        detail: detail.to_owned(),
    }
}
