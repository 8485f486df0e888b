//! A route as data: method, path and scope, from which the router is built. So no route is served
//! without its guard, and a test that walks the table walks all that is served.
//!
//! Requests fail in this order: 404, 405, 401, 403, 429, then what the handler finds.

use super::{Api, Problem, Scope, authenticate};
use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::handler::Handler;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use http::request::Parts;
use http::{Method, StatusCode};
use std::collections::BTreeMap;
use trackway_dialects::desk::Principal;

/// One method on one path.
#[derive(Clone, Debug)]
pub struct Route {
    pub method: Method,
    /// With `{name}` for a segment that varies.
    pub path: &'static str,
    /// What the caller's key must be allowed to; None: anybody may call.
    pub scope: Option<Scope>,
    handler: MethodRouter<Api>,
}

impl Route {
    pub fn get<H, T>(path: &'static str, scope: Scope, handler: H) -> Self
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        Self::guarded(Method::GET, MethodFilter::GET, path, scope, handler)
    }

    pub fn post<H, T>(path: &'static str, scope: Scope, handler: H) -> Self
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        Self::guarded(Method::POST, MethodFilter::POST, path, scope, handler)
    }

    pub fn put<H, T>(path: &'static str, scope: Scope, handler: H) -> Self
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        Self::guarded(Method::PUT, MethodFilter::PUT, path, scope, handler)
    }

    pub fn patch<H, T>(path: &'static str, scope: Scope, handler: H) -> Self
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        Self::guarded(Method::PATCH, MethodFilter::PATCH, path, scope, handler)
    }

    pub fn delete<H, T>(path: &'static str, scope: Scope, handler: H) -> Self
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        Self::guarded(Method::DELETE, MethodFilter::DELETE, path, scope, handler)
    }

    /// A page or document that anybody may read.
    pub fn open<H, T>(path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        Self {
            method: Method::GET,
            path,
            scope: None,
            handler: on(MethodFilter::GET, handler),
        }
    }

    fn guarded<H, T>(
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        scope: Scope,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        Self {
            method,
            path,
            scope: Some(scope),
            handler: on(filter, handler),
        }
    }
}

/// Builds the router: routes of one path together, each behind its guard.
pub(super) fn router(routes: Vec<Route>, api: &Api) -> Router<Api> {
    let mut paths: BTreeMap<&'static str, MethodRouter<Api>> = BTreeMap::new();
    for route in routes {
        let handler = match route.scope {
            Some(scope) => {
                let guard = middleware::from_fn_with_state((api.clone(), scope), guard);
                route.handler.route_layer(guard)
            }
            None => route.handler,
        };
        let held = paths.remove(route.path).unwrap_or_default();
        paths.insert(route.path, held.merge(handler));
    }
    paths
        .into_iter()
        .fold(Router::new(), |router, (path, handler)| {
            router.route(path, handler.fallback(other_method))
        })
}

/// Whom the request was proved to come from.
#[derive(Clone, Debug)]
pub struct Caller(pub Principal);

impl std::ops::Deref for Caller {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let proved = parts.extensions.get::<Self>().cloned();
        proved.ok_or_else(|| Problem::new(StatusCode::UNAUTHORIZED, "This call needs a key."))
    }
}

/// Proves the caller, and counts the call against the key's rate.
async fn guard(
    State((api, scope)): State<(Api, Scope)>,
    mut request: Request,
    next: Next,
) -> Response {
    let principal = match authenticate(&*api.hub, request.headers(), scope).await {
        Ok(principal) => principal,
        Err(problem) => return problem.into_response(),
    };
    let spent = api.rate.spend(principal.key, api.hub.clock().now());
    if let Some(refusal) = spent.refusal() {
        return spent.told(refusal.into_response());
    }
    request.extensions_mut().insert(Caller(principal));
    spent.told(next.run(request).await)
}

/// The router adds `Allow`.
async fn other_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "This path is not called by this method: see `Allow`.",
    )
}
