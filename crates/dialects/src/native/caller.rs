//! Who calls our own API: `Authorization: Bearer KEY`, and what that key may do.

use super::{NAME, Problem};
use crate::desk::{Desk, Principal, Proof};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// Marks a sandbox's key; it restricts nothing but [`Scope::Admin`].
pub const TEST_MARK: &str = "test";

/// What a key may be allowed to do. A key that names no scope has all but [`Scope::Payloads`] and
/// [`Scope::Admin`], which must be given by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Tell events.
    Events,
    /// Read shipments, orders and the feed.
    Read,
    /// Register shipments, place orders, and change them.
    Write,
    /// Do what a warehouse does: move fulfilments, inbounds and returns on, count the shelves.
    Warehouse,
    /// Read what sources sent, byte for byte: it may be personal.
    Payloads,
    /// The account's keys, connections, endpoints and deliveries.
    Manage,
    /// Every account of the installation.
    Admin,
}

impl Scope {
    pub const ALL: [Self; 7] = [
        Self::Events,
        Self::Read,
        Self::Write,
        Self::Warehouse,
        Self::Payloads,
        Self::Manage,
        Self::Admin,
    ];

    /// Its name in keys and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Read => "read",
            Self::Write => "write",
            Self::Warehouse => "warehouse",
            Self::Payloads => "payloads",
            Self::Manage => "manage",
            Self::Admin => "admin",
        }
    }

    /// Whether a key with these scopes has it.
    pub fn is_in(self, scopes: &[String]) -> bool {
        // A test key sees nothing beyond its sandbox, whatever else it is given.
        if self == Self::Admin && scopes.iter().any(|scope| scope == TEST_MARK) {
            return false;
        }
        let mut named = scopes.iter().filter(|scope| *scope != TEST_MARK).peekable();
        match named.peek() {
            None => !matches!(self, Self::Payloads | Self::Admin),
            Some(_) => named.any(|scope| scope == self.name()),
        }
    }
}

/// Proves who calls and that the key has the scope: 401 or 403 otherwise.
pub async fn authenticate(
    desk: &impl Desk,
    headers: &HeaderMap,
    scope: Scope,
) -> Result<Principal, Problem> {
    let refused = || {
        let detail = "Send a key that is in force as `Authorization: Bearer KEY`.";
        Problem::new(StatusCode::UNAUTHORIZED, detail)
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    };
    let sent = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let (scheme, key) = sent
        .and_then(|value| value.split_once(' '))
        .ok_or_else(refused)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(refused());
    }
    let principal = desk
        .prove(NAME, Proof::Key(key.trim()))
        .await?
        .ok_or_else(refused)?;
    if scope.is_in(&principal.scopes) {
        return Ok(principal);
    }
    let detail = format!("This key lacks the scope `{}`.", scope.name());
    Err(Problem::new(StatusCode::FORBIDDEN, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_key_has_what_it_names_but_never_every_account() {
        let scopes = |named: &[&str]| -> Vec<String> {
            named.iter().map(|name| (*name).to_owned()).collect()
        };
        let marked = scopes(&[TEST_MARK, "admin", "payloads"]);
        assert!(!Scope::Admin.is_in(&marked) && Scope::Payloads.is_in(&marked));
        assert!(!Scope::Read.is_in(&marked), "others were named");
        assert!(Scope::Read.is_in(&scopes(&[TEST_MARK])));
        assert!(Scope::Admin.is_in(&scopes(&["admin"])));
    }
}
