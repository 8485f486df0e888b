//! The one HTTP client, with its guard against being sent to addresses inside.
//!
//! Guarantee: one deadline covers connecting, headers and body; a body is read up to a cap; no
//! redirect is followed and no proxy is taken from the environment. Where an account set the
//! address, only public addresses and those that the operator allows are connected to: names are
//! judged by what they resolve to at the moment of connecting, so that a name can't change its mind
//! between check and use.

use crate::net::{Net, public};
use http::header::RETRY_AFTER;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Url, redirect};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use trackway_dialects::{Answer, Outgoing};

/// Most bytes of an answer that are read: more than any tracking answer has.
const LARGEST_ANSWER: usize = 4 << 20;
const USER_AGENT: &str = concat!("Trackway/", env!("CARGO_PKG_VERSION"));

/// Where a request may go, by who set its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The operator: any address.
    Operator,
    /// An account: public addresses and those on the operator's list.
    Account,
}

impl Policy {
    pub const fn of(operator: bool) -> Self {
        if operator {
            Self::Operator
        } else {
            Self::Account
        }
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answered {
    pub status: u16,
    pub retry_after_s: Option<u64>,
    pub body: Vec<u8>,
}

impl Answered {
    pub fn as_answer(&self) -> Answer<'_> {
        Answer {
            status: self.status,
            retry_after_s: self.retry_after_s,
            body: &self.body,
        }
    }
}

/// Why nothing came back. Never holds the address: it may hold a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    #[error("it is no http or https address with a host")]
    Address,
    #[error("user name and password do not belong in an address: use the settings")]
    Credentials,
    #[error("{host} is not public ({what}): the operator can allow it")]
    Inside { host: String, what: String },
    #[error("no connection: {0}")]
    Connect(String),
    #[error("no answer within {0:?}")]
    Deadline(Duration),
    #[error("the connection broke: {0}")]
    Broken(String),
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
}

/// The client. One pool of connections a policy, so that a connection made for the operator never
/// serves an account.
#[derive(Debug)]
pub struct Outbound {
    allow: Arc<[Net]>,
    any: OnceLock<Client>,
    guarded: OnceLock<Client>,
}

impl Outbound {
    pub fn new(allow: Vec<Net>) -> Self {
        Self {
            allow: allow.into(),
            any: OnceLock::new(),
            guarded: OnceLock::new(),
        }
    }

    /// Whether an address can be used at all, as far as it can be told without connecting.
    pub fn check(&self, url: &str, policy: Policy) -> Result<(), SendError> {
        self.parse(url, policy).map(|_| ())
    }

    /// Sends a request and reads the answer, all within `deadline`.
    pub async fn send(
        &self,
        outgoing: Outgoing,
        policy: Policy,
        deadline: Duration,
    ) -> Result<Answered, SendError> {
        let url = self.parse(&outgoing.url, policy)?;
        let request = self
            .client(policy)
            .request(outgoing.method, url)
            .headers(outgoing.headers.into_iter().collect())
            .body(outgoing.body);
        tokio::time::timeout(deadline, exchange(request))
            .await
            .unwrap_or(Err(SendError::Deadline(deadline)))
    }

    fn parse(&self, url: &str, policy: Policy) -> Result<Url, SendError> {
        let url = Url::parse(url).map_err(|_| SendError::Address)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(SendError::Address);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SendError::Credentials);
        }
        let host = url.host_str().ok_or(SendError::Address)?;
        // Literal addresses are connected to without asking the resolver.
        let literal = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>();
        if let (Policy::Account, Ok(address)) = (policy, literal) {
            allowed(&self.allow, address).map_err(|what| SendError::Inside {
                host: host.to_owned(),
                what,
            })?;
        }
        Ok(url)
    }

    fn client(&self, policy: Policy) -> &Client {
        let (cell, allow) = match policy {
            Policy::Operator => (&self.any, None),
            Policy::Account => (&self.guarded, Some(self.allow.clone())),
        };
        cell.get_or_init(|| client(allow))
    }
}

fn client(allow: Option<Arc<[Net]>>) -> Client {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one client that goes out"
    )]
    let plain = move |allow: Option<Arc<[Net]>>| {
        let builder = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .pool_idle_timeout(Duration::from_mins(1));
        match allow {
            Some(allow) => builder.dns_resolver(Guard { allow }),
            None => builder,
        }
    };
    plain(allow.clone()).build().unwrap_or_else(|error| {
        tracing::error!(%error, "no certificate roots on this machine: https addresses will fail");
        plain(allow)
            .tls_certs_only([])
            .build()
            .expect("a client without certificate roots has nothing left to load")
    })
}

async fn exchange(request: reqwest::RequestBuilder) -> Result<Answered, SendError> {
    let mut response = request.send().await.map_err(no_answer)?;
    let header = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    let mut answered = Answered {
        status: response.status().as_u16(),
        retry_after_s: header.and_then(retry_after),
        body: Vec::new(),
    };
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|e| SendError::Broken(cause(&e)))?
    {
        if answered.body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(SendError::TooLarge(LARGEST_ANSWER));
        }
        answered.body.extend_from_slice(&chunk);
    }
    Ok(answered)
}

fn no_answer(error: reqwest::Error) -> SendError {
    let error = error.without_url();
    if error.is_connect() {
        SendError::Connect(cause(&error))
    } else {
        SendError::Broken(cause(&error))
    }
}

/// The innermost cause: the layers above it only repeat that something failed.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// `Retry-After` in seconds. A date is left to the caller's own table: it needs their clock.
fn retry_after(value: &str) -> Option<u64> {
    value.trim().parse().ok()
}

/// Why an account may not go to an address, if it may not.
fn allowed(allow: &[Net], address: IpAddr) -> Result<(), String> {
    if allow.iter().any(|net| net.contains(address)) {
        return Ok(());
    }
    public(address).map_err(str::to_owned)
}

/// Resolves names and lets through only what an account may connect to.
struct Guard {
    allow: Arc<[Net]>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let allow = self.allow.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let refused = found
                .iter()
                .find_map(|address| allowed(&allow, address.ip()).err());
            let open: Vec<SocketAddr> = found
                .into_iter()
                .filter(|a| allowed(&allow, a.ip()).is_ok())
                .collect();
            match refused {
                Some(what) if open.is_empty() => Err(SendError::Inside { host, what }.into()),
                _ => Ok(Box::new(open.into_iter()) as Addrs),
            }
        })
    }
}

/// An address as it may be shown.
pub fn without_credentials(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) => format!(
            "{}://{}{}",
            url.scheme(),
            url.host_str().unwrap_or_default(),
            url.path()
        ),
        Err(_) => "that was given".to_owned(),
    }
}
