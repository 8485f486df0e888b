//! Verifies Trackway's webhooks (Standard Webhooks, HMAC-SHA256 and ed25519). Needs the crates
//! `base64` and `aws-lc-rs`; `ring` has the same functions.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A message that is older, or from further in the future, is somebody's repetition.
const TOLERANCE_SECONDS: u64 = 300;

/// Whether a message is genuine.
///
/// `keys`: the endpoint's secrets (`whsec_`) or public keys (`whpk_`), more than one while they are
/// being rotated. `id`, `timestamp` and `signatures` are the headers `webhook-id`,
/// `webhook-timestamp` and `webhook-signature`; `body` is the bytes of the request, before anything
/// has parsed them; `now` is the time in seconds since 1970.
pub fn verify(
    keys: &[&str],
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now: u64,
) -> bool {
    let in_time = timestamp
        .parse::<u64>()
        .is_ok_and(|at| now.abs_diff(at) <= TOLERANCE_SECONDS);
    if !in_time {
        return false;
    }
    let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    signatures.split(' ').any(|signature| {
        let Some((version, text)) = signature.split_once(',') else {
            return false;
        };
        let Ok(given) = STANDARD.decode(text) else {
            return false;
        };
        keys.iter()
            .any(|key| signed_with(key, version, &signed, &given))
    })
}

fn signed_with(key: &str, version: &str, signed: &[u8], given: &[u8]) -> bool {
    let bytes = |prefix: &str| STANDARD.decode(key.strip_prefix(prefix)?).ok();
    match version {
        "v1" => bytes("whsec_").is_some_and(|secret| {
            let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret);
            hmac::verify(&secret, signed, given).is_ok()
        }),
        "v1a" => bytes("whpk_").is_some_and(|public| {
            UnparsedPublicKey::new(&ED25519, public)
                .verify(signed, given)
                .is_ok()
        }),
        _ => false,
    }
}
