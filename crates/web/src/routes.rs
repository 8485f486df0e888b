//! Every path that the server knows, in one table.
//!
//! A request's mount is chosen by its path before any routing, so that each system answers all that
//! lies under its paths, also what it does not know, in its own words. Patterns are compared by
//! segment; `*` stands for one segment of any kind; the first pattern that fits a path's beginning
//! wins. Only 247Express does not tell case apart.

use crate::refusal::Form;
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use std::sync::Arc;
use trackway_dialects::desk::Trade;
use trackway_dialects::{Desk, express247, keydelivery, nandh, native, track123};

/// A part of the tree of paths.
#[derive(Debug)]
pub struct Mount {
    pattern: &'static str,
    any_case: bool,
    pub system: System,
    /// How a refusal looks here.
    pub form: Form,
    /// Whether calls carry batches.
    pub batches: bool,
}

/// Whose router serves a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Express247,
    KeyDelivery,
    Track123,
    Nandh,
    Native,
    /// The application itself, at `/healthz`.
    Health,
}

const fn mount(pattern: &'static str, system: System, form: Form) -> Mount {
    let any_case = matches!(system, System::Express247);
    Mount {
        pattern,
        any_case,
        system,
        form,
        batches: false,
    }
}

/// The table. The last row fits every path.
pub static MOUNTS: &[Mount] = &[
    mount("/api/order", System::Express247, Form::Express247Tracking),
    mount("/api/client", System::Express247, Form::Express247Customer),
    mount(
        "/api/customer",
        System::Express247,
        Form::Express247Customer,
    ),
    mount(
        "/api/masterdata",
        System::Express247,
        Form::Express247Customer,
    ),
    mount(
        "/intergrationapi",
        System::Express247,
        Form::Express247Webhook,
    ),
    mount(
        "/in/*/intergrationapi",
        System::Express247,
        Form::Express247Webhook,
    ),
    mount("/in/*/keydelivery", System::KeyDelivery, Form::KeyDelivery),
    mount("/api/v1/tracking", System::KeyDelivery, Form::KeyDelivery),
    mount("/api/v1/carriers", System::KeyDelivery, Form::KeyDelivery),
    mount("/in/*/track123", System::Track123, Form::Track123),
    Mount {
        batches: true,
        ..mount("/gateway/open-api", System::Track123, Form::Track123)
    },
    mount("/in/*/nandh", System::Nandh, Form::Nandh),
    Mount {
        batches: true,
        ..mount("/api/v1/public/files", System::Nandh, Form::Nandh)
    },
    mount("/api/v1/public", System::Nandh, Form::Nandh),
    Mount {
        batches: true,
        ..mount("/v1/events", System::Native, Form::Problem)
    },
    Mount {
        batches: true,
        ..mount("/v1/shipments", System::Native, Form::Problem)
    },
    mount("/console", System::Native, Form::Page),
    mount("/t", System::Native, Form::Page),
    mount("/unsubscribe", System::Native, Form::Page),
    mount("/assets", System::Native, Form::Page),
    mount("/healthz", System::Health, Form::Problem),
    mount("/", System::Native, Form::Problem),
];

impl Mount {
    pub const fn pattern(&self) -> &'static str {
        self.pattern
    }

    fn fits(&self, path: &str) -> bool {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        self.pattern
            .split('/')
            .filter(|segment| !segment.is_empty())
            .all(|wanted| {
                segments.next().is_some_and(|segment| {
                    wanted == "*"
                        || segment == wanted
                        || (self.any_case && segment.eq_ignore_ascii_case(wanted))
                })
            })
    }
}

/// The mount of a path.
pub fn mount_of(path: &str) -> &'static Mount {
    MOUNTS
        .iter()
        .find(|mount| mount.fits(path))
        .unwrap_or(&MOUNTS[MOUNTS.len() - 1])
}

/// The token of an inbound webhook's address `/in/{token}/…`.
pub fn token_of(path: &str) -> Option<&str> {
    let mut segments = path.trim_start_matches('/').split('/');
    segments
        .next()
        .filter(|first| first.eq_ignore_ascii_case("in"))?;
    segments.next().filter(|token| !token.is_empty())
}

/// The pattern of the route that answered, in a response's extensions: for the log.
#[derive(Clone, Debug)]
pub struct Route(MatchedPath);

impl Route {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

async fn note_route(request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(matched) = matched {
        response.extensions_mut().insert(Route(matched));
    }
    response
}

/// The routers of all systems over one desk.
#[derive(Clone, Debug)]
pub struct Routers {
    express247: Router,
    keydelivery: Router,
    track123: Router,
    nandh: Router,
    native: Router,
}

impl Routers {
    /// `own`: our own API and pages, where there is a hub; otherwise the native dialect's calls alone.
    pub fn new<D: Desk + Trade>(desk: &Arc<D>, own: Option<Router>) -> Self {
        let native = match own {
            Some(own) => own.fallback(native::fallback),
            None => native::router().with_state(desk.clone()),
        };
        Self {
            express247: express247::router().with_state(desk.clone()),
            keydelivery: keydelivery::router()
                .with_state(desk.clone())
                .layer(middleware::from_fn(note_route)),
            track123: track123::router()
                .with_state(desk.clone())
                .layer(middleware::from_fn(note_route)),
            nandh: nandh::router()
                .with_state(desk.clone())
                .layer(middleware::from_fn(note_route)),
            native: native.layer(middleware::from_fn(note_route)),
        }
    }

    /// A system's router; None for what the application answers itself.
    pub const fn of(&self, system: System) -> Option<&Router> {
        match system {
            System::Express247 => Some(&self.express247),
            System::KeyDelivery => Some(&self.keydelivery),
            System::Track123 => Some(&self.track123),
            System::Nandh => Some(&self.nandh),
            System::Native => Some(&self.native),
            System::Health => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_the_system_whose_prefix_it_has() {
        let rows = [
            (
                "/api/Order/v1/Tracking",
                System::Express247,
                Form::Express247Tracking,
            ),
            ("/API/ORDER", System::Express247, Form::Express247Tracking),
            (
                "/Api/Customer/GetStatusLogs",
                System::Express247,
                Form::Express247Customer,
            ),
            (
                "/api/Client/ClientLogin",
                System::Express247,
                Form::Express247Customer,
            ),
            (
                "/IntergrationAPI",
                System::Express247,
                Form::Express247Webhook,
            ),
            (
                "/in/secret/INTERGRATIONAPI",
                System::Express247,
                Form::Express247Webhook,
            ),
            (
                "/api/v1/tracking/realtime",
                System::KeyDelivery,
                Form::KeyDelivery,
            ),
            (
                "/in/secret/keydelivery",
                System::KeyDelivery,
                Form::KeyDelivery,
            ),
            (
                "/api/v1/carriers/detect",
                System::KeyDelivery,
                Form::KeyDelivery,
            ),
            ("/api/v1/public/orders/list", System::Nandh, Form::Nandh),
            ("/api/v1/public/files/upload", System::Nandh, Form::Nandh),
            ("/api/v1/publicity", System::Native, Form::Problem),
            ("/in/secret/nandh", System::Nandh, Form::Nandh),
            ("/API/v1/tracking/realtime", System::Native, Form::Problem),
            ("/api/orders", System::Native, Form::Problem),
            ("/v1/events", System::Native, Form::Problem),
            ("/healthz", System::Health, Form::Problem),
            ("/console/orders", System::Native, Form::Page),
            ("/t/token", System::Native, Form::Page),
            ("/unsubscribe/token", System::Native, Form::Page),
            ("/assets/base.css", System::Native, Form::Page),
            ("/", System::Native, Form::Problem),
            ("", System::Native, Form::Problem),
        ];
        for (path, system, form) in rows {
            let mount = mount_of(path);
            assert_eq!((mount.system, mount.form), (system, form), "{path}");
        }
        assert!(mount_of("/v1/events").batches && !mount_of("/v1/other").batches);
    }

    #[test]
    fn the_token_is_the_second_segment() {
        assert_eq!(token_of("/in/abc/IntergrationAPI"), Some("abc"));
        assert_eq!(token_of("/in//IntergrationAPI"), None);
        assert_eq!(token_of("/IntergrationAPI"), None);
    }
}
