//! The one HTTP client, with its guard against being sent to addresses inside.
//!
//! Guarantee: one deadline covers looking the name up, connecting, TLS, head and body. Of an answer
//! no more is read than was asked for: a document whole or not at all, an acknowledgement its
//! beginning, after which the connection is closed. Nothing is unpacked, so nothing can swell. No
//! redirect is followed, nothing is sent a second time unasked, and no proxy is taken from the
//! environment. Where an account set the address, only public addresses and those that the operator
//! allows are connected to, on the ports that he allows: a name is judged by the very addresses that
//! are connected to, so it can't change its mind between check and use; a connection that is used
//! again leads where it led when it was judged.
//!
//! Called by whoever has something to send; keeps nothing but connections.

mod guard;
mod names;
mod reading;

pub use guard::Policy;
pub use names::{Names, SystemNames};
pub use reqwest::Certificate;

use crate::clock::Clock;
use crate::net::{Net, PortRange};
use guard::Guard;
use http::{HeaderMap, HeaderValue, header};
use reading::Share;
use reqwest::{Client, Url, redirect};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use trackway_dialects::{Answer, Outgoing};

/// Most bytes of a document that are read: more than any tracking answer has.
const LARGEST_ANSWER: usize = 4 << 20;
/// Most bytes of an acknowledgement that are read: whoever has more to say is not heard out.
const LARGEST_ACKNOWLEDGEMENT: usize = 64 << 10;
/// Largest head that an answer over HTTP/2 may have; over HTTP/1 it is hyper's 400 KiB.
const LARGEST_HEAD: u32 = 64 << 10;
/// Unused connections that are kept to one host.
const IDLE_CONNECTIONS: usize = 64;
const USER_AGENT: &str = concat!("Trackway/", env!("CARGO_PKG_VERSION"));

/// How far requests may reach.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Non-public networks that accounts' addresses may be in.
    pub allow: Vec<Net>,
    /// Ports that accounts' addresses may name.
    pub ports: Vec<PortRange>,
    /// Authorities that are trusted beside the machine's.
    pub trust: Vec<Certificate>,
    /// The longest that any call may take; what asks for less gets less.
    pub longest: Duration,
    pub names: Arc<dyn Names>,
}

impl Reach {
    /// Ports that receivers of webhooks and APIs use.
    pub const PORTS: [u16; 4] = [80, 443, 8080, 8443];
}

impl Default for Reach {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            ports: Self::PORTS.into_iter().map(PortRange::from).collect(),
            trust: Vec::new(),
            longest: Duration::from_mins(1),
            names: Arc::new(SystemNames::default()),
        }
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answered {
    pub status: u16,
    /// From seconds as from a date, by our clock.
    pub retry_after_s: Option<u64>,
    pub body: Vec<u8>,
    /// Why the body ends before its end, where it does: only an acknowledgement's may.
    pub cut: Option<SendError>,
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
    #[error("port {0} is none of those that may be used: the operator can allow it")]
    Port(u16),
    #[error("no connection: {0}")]
    Connect(String),
    #[error("no answer within {0:?}")]
    Deadline(Duration),
    #[error("the connection broke: {0}")]
    Broken(String),
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
}

impl SendError {
    /// Whether the address itself is at fault: as long as it stays, nothing will come back.
    pub const fn is_of_address(&self) -> bool {
        match self {
            Self::Address | Self::Credentials | Self::Inside { .. } | Self::Port(_) => true,
            Self::Connect(_) | Self::Deadline(_) | Self::Broken(_) | Self::TooLarge(_) => false,
        }
    }
}

/// The client. One pool of connections a policy, so that a connection made for the operator never
/// serves an account.
pub struct Outbound {
    reach: Reach,
    clock: Arc<dyn Clock>,
    any: OnceLock<Client>,
    guarded: OnceLock<Client>,
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbound")
            .field("reach", &self.reach)
            .finish_non_exhaustive()
    }
}

impl Outbound {
    /// `clock` is what dates in answers are compared with.
    pub fn new(reach: Reach, clock: Arc<dyn Clock>) -> Self {
        Self {
            reach,
            clock,
            any: OnceLock::new(),
            guarded: OnceLock::new(),
        }
    }

    /// Whether an address can be used at all, as far as it can be told without connecting.
    pub fn check(&self, url: &str, policy: Policy) -> Result<(), SendError> {
        self.reach.parse(url, policy).map(|_| ())
    }

    /// Asks for a document: the whole answer within `deadline`, or none.
    pub async fn send(
        &self,
        outgoing: Outgoing,
        policy: Policy,
        deadline: Duration,
    ) -> Result<Answered, SendError> {
        let share = Share::Whole(LARGEST_ANSWER);
        self.exchange(outgoing, policy, deadline, share).await
    }

    /// Tells something: once the answer's head has come within `deadline`, there is an answer, with
    /// as much of its body as came by then and an acknowledgement can need. A receiver that goes on
    /// talking, falls silent or hangs up has answered all the same; `cut` says so.
    pub async fn tell(
        &self,
        outgoing: Outgoing,
        policy: Policy,
        deadline: Duration,
    ) -> Result<Answered, SendError> {
        let share = Share::Beginning(LARGEST_ACKNOWLEDGEMENT);
        self.exchange(outgoing, policy, deadline, share).await
    }

    async fn exchange(
        &self,
        outgoing: Outgoing,
        policy: Policy,
        deadline: Duration,
        share: Share,
    ) -> Result<Answered, SendError> {
        let url = self.reach.parse(&outgoing.url, policy)?;
        let request = self
            .client(policy)
            .request(outgoing.method, url)
            .headers(outgoing.headers.into_iter().collect())
            .body(outgoing.body);
        let deadline = deadline.min(self.reach.longest);
        reading::exchange(request, deadline, share, &*self.clock).await
    }

    fn client(&self, policy: Policy) -> &Client {
        let cell = match policy {
            Policy::Operator => &self.any,
            Policy::Account => &self.guarded,
        };
        cell.get_or_init(|| client(&self.reach, policy))
    }
}

fn client(reach: &Reach, policy: Policy) -> Client {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one client that goes out"
    )]
    let plain = || {
        Client::builder()
            .user_agent(USER_AGENT)
            // Answers come as they are, or not at all: nothing unpacks them.
            .default_headers(HeaderMap::from_iter([(
                header::ACCEPT_ENCODING,
                HeaderValue::from_static("identity"),
            )]))
            .redirect(redirect::Policy::none())
            // Whether something is sent again is for its table to say, and a call may cost.
            // Without a retry to allow for, no copy of the request is kept either.
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .no_proxy()
            .referer(false)
            .http2_max_header_list_size(LARGEST_HEAD)
            .pool_idle_timeout(Duration::from_mins(1))
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .dns_resolver(Guard::new(reach, policy))
    };
    let trusting = plain().tls_certs_merge(reach.trust.clone()).build();
    trusting.unwrap_or_else(|error| {
        tracing::error!(%error, "no certificate roots on this machine: https addresses will fail");
        plain()
            .tls_certs_only(reach.trust.clone())
            .build()
            .expect("certificates that were parsed leave nothing that can fail to load")
    })
}

/// Scheme, host and port of an address, as they are compared; None where it has none.
pub fn origin(url: &str) -> Option<String> {
    let origin = Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
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
