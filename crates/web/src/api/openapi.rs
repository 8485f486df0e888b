//! The documents: OpenAPI 3.1 of our own API and of every system's API that is served here, made of
//! the code that serves them.
//!
//! Contract: what is served is described and the other way round; tests walk both. The documents are
//! made once and kept.

use super::{Problem, Route};
use axum::response::Response;
use http::StatusCode;
use std::sync::LazyLock;
use trackway_dialects::http::json;
use trackway_dialects::{express247, keydelivery, nandh, native, track123};
use utoipa::OpenApi;
use utoipa::openapi::{InfoBuilder, LicenseBuilder};

/// An API that has a document and a page.
#[derive(Debug)]
pub struct Described {
    /// In file names and links.
    pub name: &'static str,
    /// Where its page is.
    pub page: &'static str,
    /// Where its document is.
    pub path: &'static str,
    document: fn() -> utoipa::openapi::OpenApi,
}

/// All of them, our own first.
pub static APIS: [Described; 5] = [
    Described {
        name: "native",
        page: "/docs",
        path: "/v1/openapi.json",
        document: own,
    },
    Described {
        name: "247express",
        page: "/docs/247express",
        path: "/docs/247express.json",
        document: express247::openapi,
    },
    Described {
        name: "keydelivery",
        page: "/docs/keydelivery",
        path: "/docs/keydelivery.json",
        document: keydelivery::openapi,
    },
    Described {
        name: "track123",
        page: "/docs/track123",
        path: "/docs/track123.json",
        document: track123::openapi,
    },
    Described {
        name: "nandh",
        page: "/docs/nandh",
        path: "/docs/nandh.json",
        document: nandh::openapi,
    },
];

static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let text = |api: &Described| {
        let document = (api.document)();
        let mut text = document.to_pretty_json().expect("a document is plain data");
        text.push('\n');
        text
    };
    APIS.iter().map(text).collect()
});

impl Described {
    /// Its document.
    pub fn text(&self) -> &'static str {
        let at = APIS.iter().position(|api| api.name == self.name);
        &TEXTS[at.expect("every one of these stands in the list")]
    }
}

pub fn routes() -> Vec<Route> {
    let route = |api: &'static Described| Route::open(api.path, move || async move { serve(api) });
    APIS.iter().map(route).collect()
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(get_own, get_express247, get_keydelivery, get_track123, get_nandh))]
    struct Document;
    Document::openapi()
}

fn serve(api: &'static Described) -> Response {
    json(StatusCode::OK, api.text())
}

macro_rules! described {
    ($($name:ident: $path:literal, $what:literal;)*) => {$(
        #[doc = $what]
        #[utoipa::path(
            get,
            path = $path,
            tag = "operations",
            responses((status = 200, description = "OpenAPI 3.1", body = Object))
        )]
        #[expect(dead_code, reason = "one handler serves all of them; this describes it")]
        fn $name() {}
    )*};
}

described! {
    get_own: "/v1/openapi.json", "This document.";
    get_express247: "/docs/247express.json", "The document of 247Express's API as it is served here.";
    get_keydelivery: "/docs/keydelivery.json", "The document of KeyDelivery's API as it is served here.";
    get_track123: "/docs/track123.json", "The document of Track123's API as it is served here.";
    get_nandh: "/docs/nandh.json", "The document of N&H's API as it is served here.";
}

/// Our own API: the events call of the native dialect, and every subject here.
fn own() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(components(schemas(Problem)))]
    struct Shared;
    let mut whole = native::openapi();
    whole.merge(Shared::openapi());
    for part in super::documents() {
        whole.merge(part);
    }
    whole.info = InfoBuilder::new()
        .title("Trackway")
        .version("1")
        .description(Some(ABOUT))
        .license(Some(
            LicenseBuilder::new()
                .name("Apache-2.0")
                .identifier(Some("Apache-2.0"))
                .build(),
        ))
        .build();
    whole
}

const ABOUT: &str = "One history for every shipment, whatever system told of it.

A call proves itself with `Authorization: Bearer KEY`; each says which scope the key needs. A key \
that names no scope has all but `payloads` and `admin`. What belongs to another account is answered \
exactly as what is not there.

Failures are `application/problem+json` (RFC 9457): `title` and `status` say what kind, `detail` \
what happened and what to do, `errors` which members are wrong. 429 and 503 come with `Retry-After`.

Times are RFC 3339. Ids of shipments are strings. Lists that can be long come in pages: `next` is \
the cursor of the next one, and holds for the same filters only.";
