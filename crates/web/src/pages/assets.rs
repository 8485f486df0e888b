//! The files that pages load, from the binary alone. An address holds the hash of the file's bytes,
//! so that a browser may keep it for ever and still gets the next release's at once.

use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use std::sync::LazyLock;

const FILES: &[(&str, &str, &[u8])] = &[
    (
        "base.css",
        "text/css; charset=utf-8",
        include_bytes!("../../assets/base.css"),
    ),
    (
        "console.css",
        "text/css; charset=utf-8",
        include_bytes!("../../assets/console.css"),
    ),
    (
        "docs.css",
        "text/css; charset=utf-8",
        include_bytes!("../../assets/docs.css"),
    ),
    (
        "tracking.css",
        "text/css; charset=utf-8",
        include_bytes!("../../assets/tracking.css"),
    ),
    (
        "tracking.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../assets/tracking.js"),
    ),
    (
        "icon.svg",
        "image/svg+xml",
        include_bytes!("../../assets/icon.svg"),
    ),
];

const PREFIX: &str = "/assets/";

struct Asset {
    name: &'static str,
    /// `/assets/base-0123456789abcdef.css`.
    path: String,
    kind: &'static str,
    body: &'static [u8],
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let asset = |(name, kind, body): &(&'static str, &'static str, &'static [u8])| {
        let hash = blake3::hash(body).to_hex();
        let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
        Asset {
            name,
            path: format!("{PREFIX}{stem}-{}.{end}", &hash[..16]),
            kind,
            body,
        }
    };
    FILES.iter().map(asset).collect()
});

/// A file's address.
pub fn path(name: &str) -> &'static str {
    ASSETS
        .iter()
        .find(|asset| asset.name == name)
        .map_or("", |asset| &asset.path)
}

pub(super) async fn serve(Path(name): Path<String>) -> Response {
    let found = ASSETS
        .iter()
        .find(|asset| asset.path.strip_prefix(PREFIX) == Some(name.as_str()));
    let Some(asset) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = Response::new(Body::from(asset.body));
    let told = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'",
        ),
    ];
    for (name, value) in told {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_the_name_and_the_hash() {
        for (name, ..) in FILES {
            let (stem, end) = name.split_once('.').unwrap();
            let path = path(name);
            assert!(path.starts_with(&format!("/assets/{stem}-")), "{path}");
            assert!(path.ends_with(&format!(".{end}")), "{path}");
            assert_eq!(path.len(), "/assets/".len() + name.len() + 17, "{path}");
        }
        assert_eq!(path("nothing.css"), "");
    }
}
