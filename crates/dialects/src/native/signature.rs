//! Standard Webhooks' signatures over `{id}.{timestamp}.{body}`.
//!
//! `v1` is HMAC-SHA256 with a secret that both sides hold (`whsec_`); `v1a` is ed25519 with a key of
//! ours (`whsk_`), for which the receiver holds the public half (`whpk_`) and so can prove nothing to
//! others in our name. Which one a message gets follows from the secret alone, so that both stand in
//! one header while a subscriber changes from one to the other.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What printed keys begin with.
const SHARED: &str = "whsec_";
const PRIVATE: &str = "whsk_";
const PUBLIC: &str = "whpk_";
/// An ed25519 key as it is printed: the seed, then the public key.
const SEED_BYTES: usize = 32;

/// How messages are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Hmac,
    Ed25519,
}

impl Scheme {
    /// Their names as settings have them, the usual one first.
    pub const NAMES: &[&str] = &[Self::Hmac.name(), Self::Ed25519.name()];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Hmac => "hmac",
            Self::Ed25519 => "ed25519",
        }
    }

    /// A name that is not known is the usual one's.
    pub fn named(name: Option<&str>) -> Self {
        if name == Some(Self::Ed25519.name()) {
            Self::Ed25519
        } else {
            Self::Hmac
        }
    }

    /// A secret of fresh random bytes.
    pub fn secret(self, drawn: &[u8; SEED_BYTES]) -> String {
        match self {
            Self::Hmac => format!("{SHARED}{}", STANDARD.encode(drawn)),
            Self::Ed25519 => {
                let pair = Ed25519KeyPair::from_seed_unchecked(drawn)
                    .expect("any 32 bytes are the seed of an ed25519 key");
                let printed = [&drawn[..], pair.public_key().as_ref()].concat();
                format!("{PRIVATE}{}", STANDARD.encode(printed))
            }
        }
    }
}

/// A secret, read.
enum Key {
    Shared(Vec<u8>),
    Pair(Ed25519KeyPair),
}

impl Key {
    /// A secret that is of no known form signs with its own bytes, so that a receiver that was given
    /// any secret can verify.
    fn read(secret: &str) -> Self {
        if let Some(pair) = secret.strip_prefix(PRIVATE).and_then(pair) {
            return Self::Pair(pair);
        }
        let text = secret.strip_prefix(SHARED).unwrap_or(secret);
        let bytes = STANDARD.decode(text);
        Self::Shared(bytes.unwrap_or_else(|_| text.as_bytes().to_vec()))
    }
}

fn pair(text: &str) -> Option<Ed25519KeyPair> {
    let printed = STANDARD.decode(text).ok()?;
    let (seed, public) = printed.split_at_checked(SEED_BYTES)?;
    Ed25519KeyPair::from_seed_and_public_key(seed, public).ok()
}

/// How a secret signs.
pub fn scheme(secret: &str) -> Scheme {
    match Key::read(secret) {
        Key::Shared(_) => Scheme::Hmac,
        Key::Pair(_) => Scheme::Ed25519,
    }
}

/// What the receiver verifies with, where it is not the secret itself.
pub fn public_key(secret: &str) -> Option<String> {
    match Key::read(secret) {
        Key::Shared(_) => None,
        Key::Pair(pair) => {
            let public = STANDARD.encode(pair.public_key().as_ref());
            Some(format!("{PUBLIC}{public}"))
        }
    }
}

/// One signature of the list in `webhook-signature`.
pub fn sign(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> String {
    let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    match Key::read(secret) {
        Key::Shared(key) => {
            let mut mac =
                Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
            mac.update(&signed);
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        }
        Key::Pair(pair) => format!("v1a,{}", STANDARD.encode(pair.sign(&signed).as_ref())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

    /// standards.md §5.
    #[test]
    fn the_specifications_vectors_hold() {
        let vectors = [
            (
                "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
                "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
                1_649_367_553,
                r#"{"email":"test@example.com","username":"test_user"}"#,
                "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
            ),
            (
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                r#"{"test": 2432232314}"#,
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
        ];
        for (secret, id, timestamp, body, signature) in vectors {
            assert_eq!(sign(secret, id, timestamp, body.as_bytes()), signature);
        }
    }

    /// RFC 8032 §7.1, test 1: the seed and what belongs to it.
    #[test]
    fn a_private_key_is_its_seed_and_its_public_half() {
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let drawn: [u8; 32] = hex::decode(seed).unwrap().try_into().unwrap();
        let secret = Scheme::Ed25519.secret(&drawn);
        let printed = STANDARD.decode(secret.strip_prefix("whsk_").unwrap());
        assert_eq!(hex::encode(printed.unwrap()), format!("{seed}{public}"));
        let told = public_key(&secret).unwrap();
        let told = STANDARD.decode(told.strip_prefix("whpk_").unwrap());
        assert_eq!(hex::encode(told.unwrap()), public);
    }

    /// The vector that the specification's first implementation is tested with.
    #[test]
    fn the_asymmetric_vector_holds() {
        let secret = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(
            sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body),
            "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
        );
    }

    #[test]
    fn what_is_signed_verifies_with_the_public_half_and_nothing_else_does() {
        let secret = Scheme::Ed25519.secret(&[7; 32]);
        let told = public_key(&secret).unwrap();
        let public = STANDARD.decode(told.strip_prefix(PUBLIC).unwrap()).unwrap();
        let public = UnparsedPublicKey::new(&ED25519, public);
        let signature = sign(&secret, "msg_1", 1_614_265_330, b"{}");
        let bytes = STANDARD.decode(signature.strip_prefix("v1a,").unwrap());
        let bytes = bytes.unwrap();
        assert!(public.verify(b"msg_1.1614265330.{}", &bytes).is_ok());
        for other in [
            "msg_2.1614265330.{}",
            "msg_1.1614265331.{}",
            "msg_1.1614265330.{ }",
        ] {
            assert!(public.verify(other.as_bytes(), &bytes).is_err(), "{other}");
        }
    }

    #[test]
    fn the_scheme_follows_from_the_secret() {
        for given in [Scheme::Hmac, Scheme::Ed25519] {
            let secret = given.secret(&[9; 32]);
            assert_eq!(scheme(&secret), given);
            assert_eq!(public_key(&secret).is_some(), given == Scheme::Ed25519);
            assert_eq!(Scheme::named(Some(given.name())), given);
        }
        assert_eq!(Scheme::named(None), Scheme::Hmac);
        for odd in ["", "whsk_", "whsk_AAAA", "whsk_?", "whsec_?", "plain"] {
            assert_eq!(scheme(odd), Scheme::Hmac, "{odd}");
            assert!(sign(odd, "msg_1", 0, b"").starts_with("v1,"), "{odd}");
        }
    }
}
