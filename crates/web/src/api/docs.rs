//! The documentation page, from the binary alone: every call of every API that is served here, made
//! of the same documents that programs read.
//!
//! Guarantee: whole without JavaScript, nothing from another host, and nothing in it that is not in
//! the documents. Anybody may read it; it tells nothing of this installation.

pub mod reference;

use super::Route;
use super::openapi::{APIS, Described};
use crate::pages::assets;
use crate::pages::headers::html;
use crate::pages::language::Language;
use askama::Template;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use reference::Reference;
use std::sync::LazyLock;
use utoipa::OpenApi;

static PAGES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let references: Vec<Reference> = APIS.iter().map(|api| Reference::read(api.text())).collect();
    let page = |(api, reference)| {
        let page = Page {
            api,
            reference,
            all: APIS.iter().zip(&references).collect(),
        };
        page.render().expect("a page of plain texts")
    };
    APIS.iter().zip(&references).map(page).collect()
});

#[derive(Template)]
#[template(path = "docs.html", whitespace = "minimize")]
struct Page<'a> {
    api: &'a Described,
    reference: &'a Reference,
    all: Vec<(&'a Described, &'a Reference)>,
}

impl Page<'_> {
    fn asset(name: &str) -> &'static str {
        assets::path(name)
    }
}

pub fn routes() -> Vec<Route> {
    let route = |(at, api): (usize, &'static Described)| {
        Route::open(
            api.page,
            move |asked: HeaderMap| async move { show(at, &asked) },
        )
    };
    APIS.iter().enumerate().map(route).collect()
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(show_own, show_express247, show_keydelivery, show_track123, show_nandh))]
    struct Document;
    Document::openapi()
}

fn show(at: usize, asked: &HeaderMap) -> Response {
    html(StatusCode::OK, Language::English, PAGES[at].clone(), asked)
}

macro_rules! described {
    ($($name:ident: $path:literal, $what:literal;)*) => {$(
        #[doc = $what]
        #[utoipa::path(
            get,
            path = $path,
            tag = "operations",
            responses((status = 200, description = "A page", body = String, content_type = "text/html"))
        )]
        #[expect(dead_code, reason = "one handler serves all of them; this describes it")]
        fn $name() {}
    )*};
}

described! {
    show_own: "/docs", "Our own API, for people.";
    show_express247: "/docs/247express", "247Express's API as it is served here, for people.";
    show_keydelivery: "/docs/keydelivery", "KeyDelivery's API as it is served here, for people.";
    show_track123: "/docs/track123", "Track123's API as it is served here, for people.";
    show_nandh: "/docs/nandh", "N&H's API as it is served here, for people.";
}
