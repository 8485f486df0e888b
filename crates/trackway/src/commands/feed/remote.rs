//! Another server's proof of the feed, asked for as any client asks: `GET /v1/feed/proof` with a key.
//!
//! Contract: the key goes to the server that was named and nowhere else: no redirect is followed, and
//! without TLS nothing is sent beyond this machine. It is never printed. A server that asks for
//! patience gets it, within bounds.

use anyhow::{Context, bail, ensure};
use http::{HeaderValue, Method, Uri, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use trackway_dialects::Outgoing;
use trackway_hub::SystemClock;
use trackway_hub::outbound::{Answered, Outbound, Policy, Reach};
use trackway_web::api::proof::MOST;

/// One deadline over connecting, head and body of a slice.
const DEADLINE: Duration = Duration::from_secs(30);
/// How often in a row a slice is asked for that the server has no time for, and the longest wait
/// between.
const TRIES: usize = 5;
const LONGEST_WAIT: Duration = Duration::from_mins(2);

pub struct Remote {
    outbound: Outbound,
    /// Of the proof, without a query.
    url: String,
    authorization: HeaderValue,
}

impl Remote {
    pub fn new(url: &str, key: &SecretString, reach: Reach) -> anyhow::Result<Self> {
        check(url)?;
        let bearer = format!("Bearer {}", key.expose_secret());
        let mut authorization = HeaderValue::try_from(bearer)
            .ok()
            .context("the key holds what no key holds")?;
        authorization.set_sensitive(true);
        Ok(Self {
            outbound: Outbound::new(reach, Arc::new(SystemClock::new())),
            url: format!("{}/v1/feed/proof", url.trim_end_matches('/')),
            authorization,
        })
    }

    /// The slice after a cursor of the one before, or since a position.
    pub async fn slice(&self, after: Option<&str>, since: Option<&str>) -> anyhow::Result<Value> {
        for _ in 0..TRIES {
            let answer = self.ask(after, since).await?;
            match answer.status {
                200 => {
                    let slice = serde_json::from_slice(&answer.body);
                    return slice.context("the server's answer is no JSON: is it a Trackway?");
                }
                429 | 503 => {
                    let wait = Duration::from_secs(answer.retry_after_s.unwrap_or(1));
                    tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
                }
                _ => bail!("{}", refusal(&answer)),
            }
        }
        bail!("the server has no time for this: try again later");
    }

    async fn ask(&self, after: Option<&str>, since: Option<&str>) -> anyhow::Result<Answered> {
        let mut url = format!("{}?limit={MOST}", self.url);
        for (name, value) in [("after", after), ("since", since)] {
            if let Some(value) = value {
                // Cursors and positions need no escapes; what somebody typed might.
                let plain = |c: char| c.is_ascii_alphanumeric() || "-_:,.=".contains(c);
                ensure!(value.chars().all(plain), "`{value}` is no {name}");
                url = format!("{url}&{name}={value}");
            }
        }
        let outgoing = Outgoing {
            method: Method::GET,
            redacted_url: url.clone(),
            url,
            headers: vec![(header::AUTHORIZATION, self.authorization.clone())],
            body: Vec::new(),
        };
        let answer = self.outbound.send(outgoing, Policy::Operator, DEADLINE);
        answer.await.context("the server can't be asked")
    }
}

/// What the server said, in its own words where it is one of ours.
fn refusal(answer: &Answered) -> String {
    let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match told["detail"].as_str() {
        Some(detail) => format!("the server answered {}: {detail}", answer.status),
        None => format!(
            "the server answered {}: is `--url` the address of a Trackway, without a path?",
            answer.status
        ),
    }
}

/// A key is a secret: it does not travel in the clear.
fn check(url: &str) -> anyhow::Result<()> {
    let wrong = || "--url must be an address such as https://hub.example.org";
    let parsed: Uri = url.parse().ok().with_context(wrong)?;
    ensure!(parsed.query().is_none(), wrong());
    match (parsed.scheme_str(), parsed.host()) {
        (Some("https"), Some(_)) => Ok(()),
        (Some("http"), Some(host)) if is_here(host) => Ok(()),
        (Some("http"), Some(_)) => {
            bail!(
                "the key would be sent in the clear: use https, or run this on the server's machine"
            )
        }
        _ => bail!("{}", wrong()),
    }
}

fn is_here(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_travels_in_the_clear_on_this_machine_only() {
        for url in [
            "https://hub.example.org",
            "https://hub.example.org:8443/",
            "https://10.0.0.7/trackway",
            "http://127.0.0.1:8247",
            "http://[::1]:8247",
            "http://localhost",
        ] {
            assert!(check(url).is_ok(), "{url}");
        }
        for url in [
            "http://hub.example.org",
            "http://10.0.0.7:8247",
            "http://127.0.0.1.example.org",
            "hub.example.org",
            "ftp://hub.example.org",
            "https://",
            "https://hub.example.org?key=1",
            "",
        ] {
            assert!(check(url).is_err(), "{url}");
        }
    }

    #[test]
    fn no_error_shows_the_key() {
        let key = SecretString::from("tw_\u{7}secret");
        let error = Remote::new("https://hub.example.org", &key, Reach::default());
        let error = format!("{:?}", error.err().unwrap());
        assert!(!error.contains("secret"), "{error}");
    }
}
