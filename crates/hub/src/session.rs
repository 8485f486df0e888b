//! 247Express's `ClientLogin` tokens: 64 hex digits that hold their own expiry and proof, so that
//! any node can check them and none keeps them.
//!
//! Guarantee: a token is made only from a key's own secrets, so nobody without the data and the
//! master key can forge one, and another password ends every session at once. Compared in constant
//! time.
//!
//! Layout: expiry in microseconds (8 bytes), key id (8), keyed hash of both cut to 128 bits (16).

use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;
use trackway_store::records::ApiKey;

const CONTEXT: &str = "trackway 2026-11 247Express session tokens";
const HEAD: usize = 16;
const LENGTH: usize = 32;

/// A token for the key's owner; None for a key without a password, which can't log in.
pub fn issue(key: &ApiKey, expires: i64) -> Option<String> {
    let mut token = [0; LENGTH];
    token[..8].copy_from_slice(&expires.to_be_bytes());
    token[8..HEAD].copy_from_slice(&key.id.0.to_be_bytes());
    let proof = proof(key, &token[..HEAD])?;
    token[HEAD..].copy_from_slice(&proof);
    Some(hex::encode(token))
}

/// Whether this is a token of this key that still holds.
pub fn holds(key: &ApiKey, token: &str, now: i64) -> bool {
    let mut bytes = [0; LENGTH];
    if hex::decode_to_slice(token, &mut bytes).is_err() {
        return false;
    }
    let (head, given) = bytes.split_at(HEAD);
    let Some(proof) = proof(key, head) else {
        return false;
    };
    let genuine = bool::from(proof.as_slice().ct_eq(given));
    let expires = i64::from_be_bytes(head[..8].try_into().expect("eight of sixteen bytes"));
    genuine && now < expires
}

fn proof(key: &ApiKey, head: &[u8]) -> Option<[u8; LENGTH - HEAD]> {
    let password = key.password.as_ref()?.expose_secret();
    let material = [
        key.key.expose_secret().as_bytes(),
        &[0],
        password.as_bytes(),
    ]
    .concat();
    let digest = blake3::keyed_hash(&blake3::derive_key(CONTEXT, &material), head);
    let mut proof = [0; LENGTH - HEAD];
    proof.copy_from_slice(&digest.as_bytes()[..LENGTH - HEAD]);
    Some(proof)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_model::{AccountId, KeyId};

    fn key(password: &str) -> ApiKey {
        ApiKey {
            id: KeyId(7),
            account: AccountId(1),
            dialect: "247express".to_owned(),
            name: String::new(),
            created: 0,
            expires: None,
            disabled: false,
            key: "0000-1111".into(),
            secret: None,
            client_id: Some(4101),
            user_name: Some("shop".to_owned()),
            password: Some(password.into()),
            scopes: Vec::new(),
            used: None,
        }
    }

    #[test]
    fn a_token_holds_for_its_key_until_it_expires() {
        let token = issue(&key("a"), 1_000).unwrap();
        assert_eq!(token.len(), 64);
        assert!(holds(&key("a"), &token, 999));
        assert!(holds(&key("a"), &token.to_uppercase(), 999));
        assert!(!holds(&key("a"), &token, 1_000), "expired");
        assert!(!holds(&key("b"), &token, 999), "the password was changed");
        let other = ApiKey {
            id: KeyId(8),
            ..key("a")
        };
        assert!(!holds(&other, &issue(&key("b"), 1_000).unwrap(), 999));
    }

    #[test]
    fn no_changed_token_holds() {
        let token = issue(&key("a"), 1_000).unwrap();
        for at in 0..token.len() {
            let digit = if &token[at..=at] == "0" { "1" } else { "0" };
            let changed = format!("{}{digit}{}", &token[..at], &token[at + 1..]);
            assert!(!holds(&key("a"), &changed, 0), "{at}");
        }
        for text in ["", "00", "zz", &token[1..], &format!("{token}00")] {
            assert!(!holds(&key("a"), text, 0));
        }
    }
}
