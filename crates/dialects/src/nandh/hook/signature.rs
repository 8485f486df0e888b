//! What proves a webhook: the receiver's own token in `Authorization`, and a project extension that
//! receivers may ignore (nandh-oms.md §10): hexadecimal HMAC-SHA256 over `{timestamp}.{raw body}`.

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName};
use sha2::Sha256;
use subtle::ConstantTimeEq;

pub const TIMESTAMP: HeaderName = HeaderName::from_static("x-hook-timestamp");
pub const DELIVERY: HeaderName = HeaderName::from_static("x-hook-delivery");
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-hook-signature");

const SECOND_US: i64 = 1_000_000;

/// Lower-case hexadecimal.
pub fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let mut mac = mac.expect("HMAC takes keys of any length");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// Why a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    Missing,
    Wrong,
    Stale,
}

/// Whether a request was signed with this secret, no longer ago than `fresh_us`, and not later than
/// that from now.
pub fn check(
    secret: &str,
    headers: &HeaderMap,
    body: &[u8],
    now: i64,
    fresh_us: i64,
) -> Result<(), Broken> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(timestamp), Some(given)) = (header(TIMESTAMP), header(SIGNATURE)) else {
        return Err(Broken::Missing);
    };
    let made = sign(secret, timestamp, body);
    let given = given.trim().to_ascii_lowercase();
    if !bool::from(made.as_bytes().ct_eq(given.as_bytes())) {
        return Err(Broken::Wrong);
    }
    let at: Option<i64> = timestamp.parse().ok();
    let off = at
        .and_then(|at| at.checked_mul(SECOND_US))
        .and_then(|at| now.checked_sub(at)?.checked_abs());
    match off {
        Some(off) if off <= fresh_us => Ok(()),
        Some(_) | None => Err(Broken::Stale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by `openssl dgst -sha256 -hmac`.
    #[test]
    fn the_vector_holds() {
        let made = sign("a-secret", "1746522002", br#"{"event_code":"X"}"#);
        assert_eq!(
            made,
            "ed2bcf0b07174799fcfa1670e27d6cb8da3f7e3e5a6bf7890309849a7b9b1c81"
        );
    }
}
