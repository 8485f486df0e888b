//! What tests need from the world outside: a PostgreSQL of their own, receivers for webhooks, a
//! network that breaks on command, and the real `trackway` process. For development only: no room
//! of the product depends on it except as a dev-dependency.
//!
//! Guarantee: everything listens on 127.0.0.1 on a port of its own, and everything that a test
//! starts ends with the test, also when it panics. The one exception is the PostgreSQL cluster
//! that the processes of one test run share ([`Postgres::shared`]); `scripts/test` ends it.
//!
//! Nothing here sleeps for a guessed time. Waiting means watching a state up to a limit, and a wait
//! that fails says what it waited for.

// The kit lives outside the product's injected clock: it measures real processes in real time.
#![allow(clippy::disallowed_methods)]

pub mod disk;
pub mod evidence;
pub mod hostile;
pub mod ports;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod receiver;
pub mod room;
pub mod smtp;
pub mod soak;
pub mod wait;

pub use disk::{Disk, Flush};
pub use evidence::Evidence;
pub use hostile::{Authority, Hostile, Trick};
pub use postgres::{Postgres, TestDatabase};
pub use process::{Launch, Server};
pub use proxy::Proxy;
pub use receiver::{Answer, Receiver, Recorded};
pub use room::SmallDisk;
pub use smtp::{Smtp, SmtpOptions, Taken};
pub use wait::eventually;

/// An HTTP client for talking to servers on this machine, without proxy and without TLS roots.
///
/// The product's one client (the hub's outbound) refuses loopback addresses for accounts, so tests
/// need another; making it here keeps the ban on stray clients whole.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .build()
        .expect("a client without TLS roots or proxy has nothing left that can fail to load")
}

/// The same, which shows a redirection instead of following it.
pub fn client_that_stays() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client without TLS roots or proxy has nothing left that can fail to load")
}

/// The same, trusting one certificate (PEM) and no other.
pub fn client_that_trusts(certificate: &str) -> reqwest::Client {
    let certificate = reqwest::Certificate::from_pem(certificate.as_bytes());
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only(certificate)
        .build()
        .expect("a client with one certificate has nothing left that can fail to load")
}
