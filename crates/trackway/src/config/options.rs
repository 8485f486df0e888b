//! Every option, in one table: what the file, the environment and `--set` know, and what
//! `docs/configuration.md` lists.

use super::{Config, Format, values};
use clap::ValueEnum;
use std::path::PathBuf;
use std::str::FromStr;
use trackway_dialects::settings;

/// One option.
pub struct Opt {
    /// Its name in the file, with the table that it stands in.
    pub name: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "the document is made of it"))]
    pub about: &'static str,
    /// Takes a value as written; what is wrong with it otherwise.
    pub set: fn(&mut Config, &str) -> Result<(), String>,
    /// The value as written; None where nothing is set.
    pub get: fn(&Config) -> Option<String>,
}

/// The variable of an option in the environment: `limits.requests` is read from `TRACKWAY_LIMITS_REQUESTS`.
pub fn env_of(name: &str) -> String {
    format!("TRACKWAY_{}", name.replace('.', "_").to_uppercase())
}

/// Two functions over one member of the configuration, for a value of one kind.
macro_rules! option {
    ($name:literal, $about:literal, $kind:ident, $($member:ident).+) => {
        Opt {
            name: $name,
            about: $about,
            set: |config, text| kinds::$kind::set(&mut config.$($member).+, text),
            get: |config| kinds::$kind::get(&config.$($member).+),
        }
    };
}

/// The table, in the order of the sample.
pub static OPTIONS: &[Opt] = &[
    option!(
        "data",
        "The data folder. With `database_url` it holds only the master key and the socket.",
        path,
        data
    ),
    option!(
        "database_url",
        "Keep the data in this PostgreSQL instead of the folder: `postgres://user:password@host/name`.",
        text,
        database_url
    ),
    option!(
        "master_key_file",
        "Read the master key from this file instead of `DIR/master.key`.",
        path,
        master_key_file
    ),
    option!(
        "carriers",
        "A folder of carriers' tables (`*.toml`, and public courier files as `*.json`) beside those in the program, read at start; `DIR/carriers` where it is there and none is named.",
        path,
        carriers
    ),
    option!(
        "listen",
        "The address to listen on; port 0 takes a free one.",
        parsed,
        listen
    ),
    option!(
        "public_url",
        "The address under which clients reach this server; links and webhook addresses begin with it.",
        url,
        public_url
    ),
    option!(
        "trusted_proxies",
        "Networks of the proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.",
        nets,
        trusted_proxies
    ),
    option!(
        "tls.certificate",
        "Serve HTTPS with this certificate chain (PEM). SIGHUP reads it anew.",
        path,
        tls.certificate
    ),
    option!(
        "tls.key",
        "The certificate's private key (PEM).",
        path,
        tls.key
    ),
    option!(
        "log.filter",
        "What is logged: a level, or `room=level` parts.",
        string,
        log.filter
    ),
    option!(
        "log.format",
        "How it is logged: `text` or `json`.",
        format,
        log.format
    ),
    option!(
        "outbound.allow",
        "Networks inside that accounts' addresses may be in; every other address of theirs must be public.",
        nets,
        outbound.allow
    ),
    option!(
        "outbound.ports",
        "Ports that accounts' addresses may name, each alone or as a range such as `8000-8999`.",
        ports,
        outbound.ports
    ),
    option!(
        "outbound.trust",
        "Certificates (PEM) of authorities that are trusted beside the machine's, for systems inside.",
        path,
        outbound.trust
    ),
    option!(
        "outbound.longest",
        "The longest that a request to another system may take, where its own limit is not shorter.",
        time,
        outbound.longest
    ),
    option!(
        "delivery.parked_for",
        "How long a webhook whose last attempt failed is sent again by itself once its endpoint answers well; later it is sent by hand only, and never removed.",
        time,
        parked_for
    ),
    option!(
        "retention.payload_days",
        "Days after which documents' bodies of shipments that have ended are removed; 0: never.",
        days,
        retention.payload_days
    ),
    option!(
        "retention.attempt_days",
        "Days after which attempts to deliver are removed; 0: never.",
        days,
        retention.attempt_days
    ),
    option!(
        "retention.quarantine_days",
        "Days after which what could not be read is removed; 0: never.",
        days,
        retention.quarantine_days
    ),
    option!(
        "unregistered",
        "What becomes of a number that a webhook tells of and nobody registered: `keep` its history until somebody does, or `register` it at once. A connection's own `unregistered` overrules it.",
        unregistered,
        unregistered
    ),
    option!(
        "storage.min_free",
        "Bytes to keep free on the disk of the data folder: with less, no new data is taken in.",
        long_bytes,
        min_free
    ),
    option!(
        "mail.host",
        "The server that takes e-mail to people; without it there is none.",
        text,
        mail.host
    ),
    option!(
        "mail.port",
        "Its port; 465, 587 or 25 by `mail.tls` where none is set.",
        port_or_usual,
        mail.port
    ),
    option!(
        "mail.tls",
        "`starttls`, `tls` from the first byte, or `none` for a relay on this machine or in its private network.",
        security,
        mail.security
    ),
    option!("mail.user", "Who logs in there.", text, mail.user),
    option!(
        "mail.password",
        "The password; better in `mail.password_file`. There is no default, and it is shown nowhere.",
        secret,
        mail.password
    ),
    option!(
        "mail.password_file",
        "Read the password from this file.",
        path,
        mail.password_file
    ),
    option!(
        "mail.ca_file",
        "Certificates (PEM) that are trusted there beside the machine's.",
        path,
        mail.ca_file
    ),
    option!(
        "mail.from",
        "The address that e-mails come from.",
        text,
        mail.from
    ),
    option!(
        "mail.from_name",
        "The name that people see beside it.",
        text,
        mail.from_name
    ),
    option!(
        "mail.reply_to",
        "Where answers go, where not there.",
        text,
        mail.reply_to
    ),
    option!(
        "mail.per_minute",
        "E-mails in a minute, by all nodes together.",
        count,
        mail.per_minute
    ),
    option!(
        "mail.account_daily",
        "E-mails of one account in 24 hours; more are not sent.",
        count,
        mail.account_daily
    ),
    option!(
        "mail.address_daily",
        "E-mails from one account to one address in 24 hours; more are not sent.",
        count,
        mail.address_daily
    ),
    option!(
        "mail.fresh",
        "How long after it happened something is still told.",
        time,
        mail.fresh
    ),
    option!(
        "limits.requests",
        "Requests at work at once; the next is told to come later.",
        count,
        limits.requests
    ),
    option!(
        "limits.connections",
        "Connections open at once; the next waits to be accepted.",
        count,
        limits.connections
    ),
    option!(
        "limits.listeners",
        "Long polls and streams of the feed at once; the next is told to come later.",
        count,
        limits.listeners
    ),
    option!(
        "limits.account_listeners",
        "Of these, how many one account may have.",
        count,
        limits.account_listeners
    ),
    option!("limits.body", "Largest body of a call.", bytes, limits.body),
    option!(
        "limits.batch_body",
        "Largest body of a call that takes batches.",
        bytes,
        limits.batch_body
    ),
    option!(
        "limits.buffered",
        "Bodies held in memory at once, over all requests.",
        bytes,
        limits.buffered
    ),
    option!(
        "limits.request",
        "From the first byte of a request's body to its answer.",
        time,
        limits.request
    ),
    option!(
        "limits.head",
        "For a request's head; also the longest silence on a connection.",
        time,
        limits.head
    ),
    option!(
        "limits.head_bytes",
        "Largest head of a request.",
        bytes,
        limits.head_bytes
    ),
    option!(
        "limits.grace",
        "How long requests at work may take when the server is asked to end.",
        time,
        limits.grace
    ),
];

/// Settings of the dialects and of test mode, which are options as well: their names, as
/// `settings::all` lists them.
pub fn of_dialects() -> impl Iterator<Item = &'static str> {
    settings::all().map(|setting| setting.name)
}

pub fn find(name: &str) -> Option<&'static Opt> {
    OPTIONS.iter().find(|known| known.name == name)
}

/// What is said of a name that no option has.
pub fn unknown(name: &str) -> String {
    let known = OPTIONS.iter().map(|known| known.name).chain(of_dialects());
    let nearest = known
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((likeness, known)) if likeness > 0.7 => {
            format!("there is no option `{name}`: did you mean `{known}`?")
        }
        _ => format!("there is no option `{name}`: docs/configuration.md lists them"),
    }
}

/// How values of each kind are read and written.
mod kinds {
    use super::{Format, FromStr, PathBuf, ValueEnum, values};
    use crate::config::mail::Secret;
    use trackway_hub::mail::Security;

    macro_rules! kind {
        ($name:ident, $type:ty, $set:expr, $get:expr) => {
            pub mod $name {
                #[allow(unused_imports, reason = "each kind uses some of them")]
                use super::*;

                pub fn set(member: &mut $type, text: &str) -> Result<(), String> {
                    let read: fn(&str) -> Result<$type, String> = $set;
                    *member = read(text)?;
                    Ok(())
                }

                pub fn get(member: &$type) -> Option<String> {
                    let written: fn(&$type) -> Option<String> = $get;
                    written(member)
                }
            }
        };
    }

    kind!(text, Option<String>, |text| Ok(given(text)), Clone::clone);
    kind!(string, String, |text| Ok(text.to_owned()), |text| Some(
        text.clone()
    ));
    kind!(
        path,
        Option<PathBuf>,
        |text| Ok(given(text).map(PathBuf::from)),
        |path| path.as_ref().map(|path| path.display().to_string())
    );
    kind!(
        parsed,
        std::net::SocketAddr,
        |text| text
            .parse()
            .map_err(|_| format!("`{text}` is no address with a port, such as `127.0.0.1:8247`")),
        |value| Some(value.to_string())
    );
    kind!(url, Option<String>, public_url, Clone::clone);
    kind!(
        nets,
        Vec<trackway_hub::net::Net>,
        |text| values::list(text).map(net).collect(),
        |nets| (!nets.is_empty()).then(|| values::list_text(nets))
    );
    kind!(
        ports,
        Vec<trackway_hub::net::PortRange>,
        |text| values::list(text).map(port).collect(),
        |ports| Some(values::list_text(ports))
    );
    kind!(
        format,
        Format,
        |text| Format::from_str(text, false)
            .map_err(|_| format!("`{text}` is no log format: choose text or json")),
        |format| format
            .to_possible_value()
            .map(|value| value.get_name().to_owned())
    );
    kind!(
        secret,
        Secret,
        |text| Ok(Secret::new(text)),
        // Never shown.
        |_| None
    );
    kind!(
        port_or_usual,
        Option<u16>,
        |text| match text.parse() {
            _ if text.is_empty() => Ok(None),
            Ok(port) if port > 0 => Ok(Some(port)),
            _ => Err(format!("`{text}` is no port")),
        },
        |port| port.map(|port| port.to_string())
    );
    kind!(
        security,
        Security,
        |text| {
            let found = Security::ALL.into_iter().find(|one| one.name() == text);
            found.ok_or_else(|| format!("`{text}` is no protection: choose starttls, tls or none"))
        },
        |security| Some(security.name().to_owned())
    );
    kind!(
        count,
        usize,
        |text| match text.parse() {
            Ok(0) | Err(_) => Err(format!("`{text}` is no whole number above 0")),
            Ok(number) => Ok(number),
        },
        |number| Some(number.to_string())
    );
    kind!(
        bytes,
        usize,
        |text| values::size(text).map(|bytes| bytes as usize),
        |bytes| Some(values::size_text(*bytes as u64))
    );
    kind!(
        days,
        Option<u32>,
        |text| match text.parse() {
            Ok(days) => Ok(Some(days).filter(|days| *days > 0)),
            Err(_) => Err(format!("`{text}` is no number of days")),
        },
        |days| Some(days.unwrap_or_default().to_string())
    );
    kind!(
        unregistered,
        trackway_hub::Unregistered,
        |text| trackway_hub::Unregistered::parse(text)
            .ok_or_else(|| format!("`{text}` can't be chosen: it is keep or register")),
        |value| Some(value.name().to_owned())
    );
    kind!(long_bytes, u64, values::size, |bytes| Some(
        values::size_text(*bytes)
    ));
    kind!(time, std::time::Duration, values::duration, |time| Some(
        values::duration_text(*time)
    ));

    fn given(text: &str) -> Option<String> {
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn net(text: &str) -> Result<trackway_hub::net::Net, String> {
        trackway_hub::net::Net::from_str(text)
            .map_err(|_| format!("`{text}` is no network, such as `10.0.0.0/8`"))
    }

    fn port(text: &str) -> Result<trackway_hub::net::PortRange, String> {
        text.parse()
            .map_err(|wrong: trackway_hub::net::NoPort| wrong.to_string())
    }

    /// An address without a path to add to; kept without its last slash.
    fn public_url(text: &str) -> Result<Option<String>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = || format!("`{text}` is no address such as `https://track.example.com`");
        let url: http::Uri = text.parse().map_err(|_| wrong())?;
        let is_http = matches!(url.scheme_str(), Some("http" | "https"));
        let bare = url.query().is_none() && !text.contains(['@', '#']);
        match url.host() {
            Some(host) if is_http && bare && !host.is_empty() => {
                Ok(Some(text.trim_end_matches('/').to_owned()))
            }
            _ => Err(wrong()),
        }
    }
}
