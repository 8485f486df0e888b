//! One e-mail to the server: a connection, its protection, a login, and the transaction.
//!
//! Contract: what is returned says whether the message may have been taken. Everything up to the
//! server's word to send the data leaves nothing behind; from then on only the server's answer tells,
//! and where none comes the outcome is unknown. Each of the two parts has a deadline. A refusal of the
//! recipient is told apart from one of ourselves, which says nothing about the recipient.

use super::address::{AddressError, Mailbox};
use super::letter::{self, Envelope, Written};
use super::{Login, Security, SetupError, SmtpConfig};
use http::Uri;
use lettre::message::Mailbox as Named;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension};
use secrecy::ExposeSecret;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// For everything until the server wants the data.
const BEFORE: Duration = Duration::from_mins(1);
/// For the data and the server's last word: it may look at the message meanwhile.
const DATA: Duration = Duration::from_mins(2);
/// For a farewell, which nobody needs.
const FAREWELL: Duration = Duration::from_secs(2);

/// What became of a message that was to be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandedOver {
    Taken,
    /// For good.
    Refused {
        code: u16,
    },
    /// This one, for now.
    NotNow {
        code: u16,
    },
    /// The server can't be reached or does not want us: it said nothing of the recipient.
    Unreachable {
        why: String,
    },
    /// It may have been taken.
    Unknown {
        why: String,
    },
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub encrypted: bool,
    pub logged_in: bool,
}

/// Who sends.
#[derive(Clone)]
pub(super) struct Sender {
    pub from: Named,
    pub reply_to: Option<Named>,
}

/// Speaks to the configured server. It keeps no connection: a burst is bounded by the minute's limit.
pub struct Courier {
    config: SmtpConfig,
    sender: Sender,
    hello: ClientId,
}

/// Where a transaction broke.
enum Broken {
    /// Before the server spoke of the recipient.
    Ourselves(Error),
    Recipient(Error),
}

impl std::fmt::Debug for Courier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Courier")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Courier {
    pub fn new(config: &SmtpConfig) -> Result<Self, SetupError> {
        let named = |text: &str, name: Option<&String>| -> Result<Named, AddressError> {
            let address = Mailbox::parse(text)?.address().clone();
            Ok(Named::new(name.cloned(), address))
        };
        let from = named(&config.from, config.from_name.as_ref()).map_err(SetupError::From)?;
        let reply_to = config.reply_to.as_deref().map(|text| named(text, None));
        if config.security == Security::None && config.login.is_some() {
            return Err(SetupError::LoginInTheClear);
        }
        let hello = host_of(&config.public_url)?;
        let courier = Self {
            sender: Sender {
                from,
                reply_to: reply_to.transpose().map_err(SetupError::ReplyTo)?,
            },
            hello,
            config: config.clone(),
        };
        courier
            .tls()
            .map_err(|error| SetupError::Certificates(said(&error)))?;
        Ok(courier)
    }

    /// The public address of the server, with which links begin.
    pub fn public_url(&self) -> &str {
        &self.config.public_url
    }

    /// Greets the server, protects the connection and logs in, and goes.
    pub async fn check(&self) -> Result<Checked, String> {
        let checking = async {
            let mut connection = self.connect().await?;
            let checked = Checked {
                encrypted: connection.is_encrypted(),
                logged_in: self.config.login.is_some(),
            };
            farewell(&mut connection).await;
            Ok(checked)
        };
        within(BEFORE, checking).await
    }

    /// Sends an operator's trial.
    pub async fn try_out(&self, to: &Mailbox, written: Written, now: i64) -> HandedOver {
        let envelope = Envelope {
            to,
            name: &format!("trial/{now}/{}", to.as_str()),
            now,
            unsubscribe: None,
        };
        self.send(&envelope, written).await
    }

    pub(super) async fn send(&self, envelope: &Envelope<'_>, written: Written) -> HandedOver {
        let message = match letter::message(&self.sender, envelope, written) {
            Ok(message) => message.formatted(),
            Err(error) => {
                let why = format!("the message could not be written: {error}");
                return HandedOver::Unreachable { why };
            }
        };
        self.hand_over(envelope.to, &message).await
    }

    async fn hand_over(&self, to: &Mailbox, message: &[u8]) -> HandedOver {
        let mut connection = match within(BEFORE, self.connect()).await {
            Ok(connection) => connection,
            Err(why) => return HandedOver::Unreachable { why },
        };
        let begun = tokio::time::timeout(BEFORE, self.begin(&mut connection, to)).await;
        let begun = match begun {
            Ok(Ok(())) => None,
            Ok(Err(broken)) => Some(broken.told()),
            Err(_lapsed) => Some(HandedOver::Unreachable {
                why: lapsed(BEFORE),
            }),
        };
        let handed_over = match begun {
            Some(broken) => broken,
            None => match tokio::time::timeout(DATA, connection.message(message)).await {
                Ok(Ok(_)) => HandedOver::Taken,
                Ok(Err(error)) => {
                    answered(&error).unwrap_or_else(|| HandedOver::Unknown { why: said(&error) })
                }
                Err(_lapsed) => HandedOver::Unknown { why: lapsed(DATA) },
            },
        };
        if matches!(handed_over, HandedOver::Unknown { .. }) {
            // Dropped without a word.
            return handed_over;
        }
        farewell(&mut connection).await;
        handed_over
    }

    /// Up to the server's word to send the data.
    async fn begin(
        &self,
        connection: &mut AsyncSmtpConnection,
        to: &Mailbox,
    ) -> Result<(), Broken> {
        let from = self.sender.from.email.clone();
        connection
            .command(Mail::new(Some(from), Vec::new()))
            .await
            .map_err(Broken::Ourselves)?;
        connection
            .command(Rcpt::new(to.address().clone(), Vec::new()))
            .await
            .map_err(Broken::Recipient)?;
        connection.command(Data).await.map_err(Broken::Recipient)?;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let addresses = self.addresses().await?;
        let tls = self.tls().map_err(|error| said(&error))?;
        let implicit = match self.config.security {
            Security::Tls => Some(tls.clone()),
            Security::None | Security::StartTls => None,
        };
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            addresses.as_slice(),
            Some(BEFORE),
            &self.hello,
            implicit,
            None,
        )
        .await
        .map_err(|error| said(&error))?;
        if self.config.security == Security::StartTls {
            if !connection
                .server_info()
                .supports_feature(Extension::StartTls)
            {
                return Err("the server offers no STARTTLS".to_owned());
            }
            let upgraded = connection.starttls(tls, &self.hello).await;
            upgraded.map_err(|error| said(&error))?;
        }
        if let Some(Login { user, password }) = &self.config.login {
            let password = password.expose_secret().to_owned();
            let credentials = Credentials::new(user.clone(), password);
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .await
                .map_err(|error| format!("the login was refused: {}", said(&error)))?;
        }
        Ok(connection)
    }

    /// Where the server is. Without protection it must be near: on this machine or in its network.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, String> {
        let SmtpConfig {
            host,
            port,
            security,
            ..
        } = &self.config;
        let found = tokio::net::lookup_host((host.as_str(), *port)).await;
        let found: Vec<SocketAddr> = found
            .map_err(|error| format!("the name {host} could not be looked up: {error}"))?
            .collect();
        let far = found.iter().find(|address| !is_near(address.ip()));
        match far {
            Some(address) if *security == Security::None => Err(format!(
                "mail.tls is `none`, and {host} is at {}, which is not near: set starttls or tls",
                address.ip()
            )),
            _ => Ok(found),
        }
    }

    fn tls(&self) -> Result<TlsParameters, Error> {
        let mut tls = TlsParameters::builder(self.config.host.clone());
        if let Some(pem) = &self.config.certificates {
            tls = tls.add_root_certificate(Certificate::from_pem(pem)?);
        }
        tls.build_rustls()
    }
}

impl Broken {
    fn told(self) -> HandedOver {
        match self {
            Self::Ourselves(error) => HandedOver::Unreachable { why: said(&error) },
            // "Authentication required" and "bad sequence" are about us, wherever they come.
            Self::Recipient(error) => match answered(&error) {
                None | Some(HandedOver::Refused { code: 503 | 530 }) => {
                    HandedOver::Unreachable { why: said(&error) }
                }
                Some(told) => told,
            },
        }
    }
}

/// What a server's refusal says; None for what is no answer.
fn answered(error: &Error) -> Option<HandedOver> {
    let code = error.status().map_or(0, u16::from);
    if error.is_permanent() {
        Some(HandedOver::Refused { code })
    } else if error.is_transient() {
        Some(HandedOver::NotNow { code })
    } else {
        None
    }
}

/// For the operator: the code alone where the server answered, since its words may repeat an address.
fn said(error: &Error) -> String {
    match error.status() {
        Some(code) => format!("the server answered {code}"),
        None => error.to_string(),
    }
}

fn lapsed(limit: Duration) -> String {
    format!("nothing came for {} s", limit.as_secs())
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, String>>,
) -> Result<T, String> {
    let done = tokio::time::timeout(limit, work).await;
    done.unwrap_or_else(|_| Err(lapsed(limit)))
}

async fn farewell(connection: &mut AsyncSmtpConnection) {
    let _ = tokio::time::timeout(FAREWELL, connection.quit()).await;
}

const fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
    }
}

/// What we call ourselves: the host of our public address.
fn host_of(public_url: &str) -> Result<ClientId, SetupError> {
    let uri: Option<Uri> = public_url.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    if host.is_empty() {
        return Err(SetupError::PublicUrl(public_url.to_owned()));
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    Ok(match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => ClientId::Ipv4(v4),
        Ok(IpAddr::V6(v6)) => ClientId::Ipv6(v6),
        Err(_) => ClientId::Domain(host.to_owned()),
    })
}
