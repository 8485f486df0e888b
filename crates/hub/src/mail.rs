//! E-mail to people: what an operator sets, the port through which the words come, and the module's
//! parts.
//!
//! Guarantee: nobody gets two e-mails for one milestone of one journey. The feed is followed and
//! e-mails are queued at least once (`follow`); each is claimed in a commit of its own before a server
//! hears of it (`send`); what was handed over without an answer, or was in a hand that died, is
//! `unknown` and stays so. Nobody is told what is no news: replays, withdrawals, plans, stages that the
//! shipment has left, and what happened too long ago. Nothing is sent for a sandbox.
//!
//! A header can't be forged: addresses are parsed before they are kept, and every header is built by
//! type. Without a configuration nothing here runs.

pub mod address;
mod courier;
mod follow;
pub mod letter;
mod news;
mod send;
mod unsubscribe;

pub use courier::{Checked, Courier, HandedOver};
pub use letter::{Letter, Letters, Written};
pub use unsubscribe::Unsubscribed;

use crate::Hub;
use crate::language::Language;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How the connection to the server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all: for a relay on this machine or in its private network, without a login.
    None,
    /// By STARTTLS, or there is none.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

impl Security {
    pub const ALL: [Self; 3] = [Self::None, Self::StartTls, Self::Tls];

    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::StartTls => "starttls",
            Self::Tls => "tls",
        }
    }

    /// Where servers of that kind usually listen.
    pub const fn usual_port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::StartTls => 587,
            Self::Tls => 465,
        }
    }
}

/// A user of the server, with the password.
#[derive(Clone, Debug)]
pub struct Login {
    pub user: String,
    pub password: SecretString,
}

/// How the server is reached and who we are to it.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub login: Option<Login>,
    /// Certificates (PEM) that are trusted beside the system's.
    pub certificates: Option<Vec<u8>>,
    pub from: String,
    /// What people see beside the address.
    pub from_name: Option<String>,
    pub reply_to: Option<String>,
    /// The server's public address: links lead there, and we greet with its name.
    pub public_url: String,
}

/// What an operator sets about e-mail.
#[derive(Clone)]
pub struct MailConfig {
    pub smtp: SmtpConfig,
    pub limits: Limits,
    pub letters: Arc<dyn Letters>,
}

impl std::fmt::Debug for MailConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailConfig")
            .field("smtp", &self.smtp)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// How much is sent, and how old it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// By all nodes together.
    pub per_minute: u32,
    /// In 24 hours, for one account.
    pub by_account: u32,
    /// In 24 hours, from one account to one address.
    pub to_one: u32,
    /// How long after it happened something is still news.
    pub fresh: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_minute: 60,
            by_account: 1_000,
            to_one: 10,
            fresh: Duration::from_hours(12),
        }
    }
}

/// Why e-mail can't be set up as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("mail.from is no e-mail address: {0}")]
    From(address::AddressError),
    #[error("mail.reply_to is no e-mail address: {0}")]
    ReplyTo(address::AddressError),
    #[error("the public address `{0}` names no host: links in e-mails need one")]
    PublicUrl(String),
    #[error("mail.tls is `none` and a user is set: a password is never sent in the clear")]
    LoginInTheClear,
    #[error("mail.ca_file holds no certificates: {0}")]
    Certificates(String),
}

/// E-mail as it is set up.
pub(crate) struct Mailing {
    pub courier: Courier,
    pub limits: Limits,
    pub letters: Arc<dyn Letters>,
}

impl Mailing {
    pub fn new(config: &MailConfig) -> Result<Self, SetupError> {
        Ok(Self {
            courier: Courier::new(&config.smtp)?,
            limits: config.limits,
            letters: config.letters.clone(),
        })
    }
}

/// Follows the feed and sends, until `stop`.
pub(crate) async fn run(hub: Arc<Hub>, mailing: Arc<Mailing>, stop: CancellationToken) {
    let follow = follow::run(hub.clone(), mailing.limits, stop.clone());
    let send = send::run(hub, mailing, stop);
    tokio::join!(follow, send);
}

/// The language of a code, if it is one of ours.
pub fn language(code: &str) -> Option<Language> {
    Language::ALL
        .into_iter()
        .find(|language| language.code() == code)
}
