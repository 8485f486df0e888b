//! The signature of webhooks (track123.md §8.4): HMAC-SHA256 over the timestamp's text, under the API
//! key. It does not cover the body.

use super::wire;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Minutes that a timestamp may be off.
pub const FRESH_MINUTES: (&str, u64) = ("track123.webhook_fresh_minutes", 5);

/// How it is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    #[default]
    Hmac,
    /// SHA-256 of key and timestamp, as one published receiver has it.
    Plain,
}

impl Scheme {
    /// A connection's setting, and its values.
    pub const SETTING: &'static str = "signature";
    pub const VALUES: &'static [&'static str] = &["hmac", "plain"];

    pub fn of(setting: Option<&str>) -> Self {
        match setting {
            Some("plain") => Self::Plain,
            Some(_) | None => Self::Hmac,
        }
    }
}

/// Signs a timestamp: lower-case hexadecimal.
pub fn sign(scheme: Scheme, key: &str, timestamp: &str) -> String {
    match scheme {
        Scheme::Hmac => {
            let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes());
            let mut mac = mac.expect("HMAC takes keys of any length");
            mac.update(timestamp.as_bytes());
            hex::encode(mac.finalize().into_bytes())
        }
        Scheme::Plain => {
            let digest = Sha256::new()
                .chain_update(key)
                .chain_update(timestamp)
                .finalize();
            hex::encode(digest)
        }
    }
}

/// What a webhook proves itself with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// As sent.
    pub timestamp: String,
    pub signature: String,
}

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    Signature,
    /// Milliseconds, and how many of them it is off.
    Stale,
}

impl Proof {
    /// A proof made now.
    pub fn new(key: &str, now: i64) -> Self {
        let timestamp = now.div_euclid(1_000).to_string();
        Self {
            signature: sign(Scheme::Hmac, key, &timestamp),
            timestamp,
        }
    }

    /// `verify` of a body.
    pub fn written(&self) -> String {
        let Self {
            timestamp,
            signature,
        } = self;
        format!(
            r#"{{"{}":"{timestamp}","{}":"{signature}"}}"#,
            wire::TIMESTAMP,
            wire::SIGNATURE
        )
    }

    /// Whether it holds: the case of digits does not matter, and where they differ takes no time to
    /// tell.
    pub fn check(&self, scheme: Scheme, key: &str, now: i64, fresh_us: i64) -> Result<(), Broken> {
        let made = sign(scheme, key, &self.timestamp);
        let given = self.signature.to_ascii_lowercase();
        if !bool::from(made.as_bytes().ct_eq(given.as_bytes())) {
            return Err(Broken::Signature);
        }
        let at: Option<i64> = self.timestamp.parse().ok();
        let off = at
            .and_then(|at| at.checked_mul(1_000))
            .and_then(|at| now.checked_sub(at)?.checked_abs());
        match off {
            Some(off) if off <= fresh_us => Ok(()),
            Some(_) | None => Err(Broken::Stale),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "t123_demo_key_0001";
    const AT: &str = "1739049720000";

    /// The vector of track123.md §8.4.
    #[test]
    fn the_references_vector_holds() {
        let hmac = "4ecb687f0f6cd1e5e044057aa441e244e27e7eddffe8f06895212d073558eb7f";
        let plain = "7ae0870bd7df6d02abdaf43e5ae9e0f009420da0077cc2751faa97ccd2093074";
        assert_eq!(sign(Scheme::Hmac, KEY, AT), hmac);
        assert_eq!(sign(Scheme::Plain, KEY, AT), plain);
        let now = 1_739_049_720_000_000;
        let minutes = |minutes: i64| minutes * 60_000_000;
        let proof = Proof::new(KEY, now);
        assert_eq!(
            (proof.timestamp.as_str(), proof.signature.as_str()),
            (AT, hmac)
        );
        let check = |proof: &Proof, scheme, key: &str, off: i64| {
            proof.check(scheme, key, now + minutes(off), minutes(5))
        };
        for off in [-5, 0, 5] {
            assert_eq!(check(&proof, Scheme::Hmac, KEY, off), Ok(()));
        }
        for off in [-6, 6] {
            assert_eq!(check(&proof, Scheme::Hmac, KEY, off), Err(Broken::Stale));
        }
        assert_eq!(check(&proof, Scheme::Plain, KEY, 0), Err(Broken::Signature));
        assert_eq!(
            check(&proof, Scheme::Hmac, "other", 0),
            Err(Broken::Signature)
        );
        let loud = Proof {
            signature: hmac.to_uppercase(),
            ..proof
        };
        assert_eq!(check(&loud, Scheme::Hmac, KEY, 0), Ok(()));
    }

    #[test]
    fn a_timestamp_that_is_no_moment_is_stale() {
        for timestamp in ["", "soon", "-1", "9223372036854775807"] {
            let proof = Proof {
                signature: sign(Scheme::Hmac, KEY, timestamp),
                timestamp: timestamp.to_owned(),
            };
            let told = proof.check(Scheme::Hmac, KEY, 1_739_049_720_000_000, 300_000_000);
            assert_eq!(told, Err(Broken::Stale), "{timestamp}");
        }
    }
}
