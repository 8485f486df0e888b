//! Where a request may go, by who set its address.
//!
//! Contract: what can be told from the text is told by `parse`, when an address is named and again
//! before every use; what a name stands for is judged by the resolver of the client itself, whose
//! answer is what is connected to.

use super::names::Names;
use super::{Reach, SendError};
use crate::net::{Net, public};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// Names of this machine: they never leave it (RFC 6761), or stand so in every hosts file.
const OWN_NAMES: &[&str] = &[
    "localhost",
    "localdomain",
    "localhost4",
    "localhost6",
    "ip6-localhost",
    "ip6-loopback",
];

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

impl Reach {
    /// Reads an address; every spelling of a number is one to the parser (`127.1`, `0x7f000001`,
    /// full-width digits), and an IPv6 zone is none of an address.
    pub(super) fn parse(&self, url: &str, policy: Policy) -> Result<Url, SendError> {
        let url = Url::parse(url).map_err(|_| SendError::Address)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(SendError::Address);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SendError::Credentials);
        }
        let host = url.host_str().ok_or(SendError::Address)?;
        if policy == Policy::Account {
            let inside = |what| SendError::Inside {
                host: host.to_owned(),
                what,
            };
            literal(host)
                .map_or(Ok(()), |address| open(&self.allow, address))
                .or_else(|what| {
                    if is_own(host) && open(&self.allow, Ipv6Addr::LOCALHOST.into()).is_ok() {
                        Ok(())
                    } else {
                        Err(inside(what))
                    }
                })?;
            let port = url.port_or_known_default().ok_or(SendError::Address)?;
            if !self.ports.iter().any(|ports| ports.contains(port)) {
                return Err(SendError::Port(port));
            }
        }
        Ok(url)
    }
}

/// The address that a host's text is without asking anybody.
fn literal(host: &str) -> Option<IpAddr> {
    if is_own(host) {
        return Some(Ipv4Addr::LOCALHOST.into());
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok()
}

/// Whether a host is this machine by its name. The parser has made it lower case.
fn is_own(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    let last = name.rsplit('.').next().unwrap_or_default();
    OWN_NAMES.contains(&last)
}

/// Why an account may not go to an address, if it may not.
fn open(allow: &[Net], address: IpAddr) -> Result<(), String> {
    if allow.iter().any(|net| net.contains(address)) {
        return Ok(());
    }
    public(address).map_err(str::to_owned)
}

/// The client's resolver: lets through only what may be connected to.
pub(super) struct Guard {
    /// None where any address may be.
    allow: Option<Arc<[Net]>>,
    names: Arc<dyn Names>,
}

impl Guard {
    pub fn new(reach: &Reach, policy: Policy) -> Self {
        Self {
            allow: match policy {
                Policy::Operator => None,
                Policy::Account => Some(reach.allow.as_slice().into()),
            },
            names: reach.names.clone(),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (allow, names) = (self.allow.clone(), self.names.clone());
        Box::pin(async move {
            let found = names.look_up(name.as_str()).await?;
            let judge = |address: IpAddr| allow.as_ref().map_or(Ok(()), |nets| open(nets, address));
            let refused = found.iter().find_map(|address| judge(*address).err());
            let open: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| judge(*address).is_ok())
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            match refused {
                _ if !open.is_empty() => Ok(Box::new(open.into_iter()) as Addrs),
                Some(what) => {
                    let host = name.as_str().to_owned();
                    Err(SendError::Inside { host, what }.into())
                }
                None => Err(io::Error::other("the name has no address").into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str, allow: &[&str]) -> Result<Url, SendError> {
        let reach = Reach {
            allow: allow.iter().map(|net| net.parse().unwrap()).collect(),
            ..Reach::default()
        };
        reach.parse(url, Policy::Account)
    }

    #[test]
    fn every_spelling_of_an_address_inside_is_refused_when_it_is_named() {
        for host in [
            "127.0.0.1",
            "127.0.0.1.",
            "127.1",
            "127.0.1",
            "2130706433",
            "017700000001",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "0x7f.0x0.0x0.0x1",
            "%31%32%37.0.0.1",
            "１２７.０.０.１",
            "①②⑦.⓪.⓪.①",
            "127。0。0。1",
            "0",
            "0x",
            "0.0.0.0",
            "10.1",
            "192.168.257",
            "0xa9fea9fe",
            "169.254.169.254",
            "2852039166",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::127.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::127.0.0.1]",
            "[64:ff9b:1::8.8.8.8]",
            "[2002:7f00:1::]",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "metadata.localhost",
            "a.b.localhost.",
            "localhost.localdomain",
            "ip6-localhost",
            "ⓛocalhost",
        ] {
            let refused = parse(&format!("http://{host}/"), &[]);
            assert!(
                matches!(refused, Err(SendError::Inside { .. })),
                "{host}: {refused:?}"
            );
        }
        for host in [
            "[fe80::1%25eth0]",
            "[::1%lo]",
            "4294967296",
            "1.2.3.4.5",
            "127.0.0.256",
            "08.1.1.1",
            "",
        ] {
            let refused = parse(&format!("http://{host}/"), &[]);
            assert_eq!(refused, Err(SendError::Address), "{host}");
        }
        for host in [
            "8.8.8.8",
            "[2606:4700::1111]",
            "shop.example",
            "localhost.example",
        ] {
            assert!(parse(&format!("https://{host}/"), &[]).is_ok(), "{host}");
        }
    }

    #[test]
    fn only_web_addresses_without_credentials_on_open_ports_can_be_used() {
        for url in [
            "ftp://shop.example/",
            "file:///etc/passwd",
            "shop.example",
            "gopher://x/",
        ] {
            assert_eq!(parse(url, &[]), Err(SendError::Address), "{url}");
        }
        for url in [
            "https://user@shop.example/",
            "https://u:p@shop.example/",
            "https://:p@shop.example/",
        ] {
            assert_eq!(parse(url, &[]), Err(SendError::Credentials), "{url}");
        }
        for port in [80, 443, 8080, 8443] {
            assert!(
                parse(&format!("https://shop.example:{port}/"), &[]).is_ok(),
                "{port}"
            );
        }
        for port in [0, 22, 25, 3306, 5432, 6379, 8247, 9200, 11211] {
            let refused = parse(&format!("https://shop.example:{port}/"), &[]);
            assert_eq!(refused, Err(SendError::Port(port)));
        }
        let any = Reach::default().parse("http://127.0.0.1:6379/", Policy::Operator);
        assert!(any.is_ok(), "the operator may go anywhere");
    }

    #[test]
    fn what_the_operator_allows_is_open_by_number_and_by_name() {
        assert!(parse("http://10.1.2.3/", &["10.1.0.0/16"]).is_ok());
        assert!(parse("http://10.2.2.3/", &["10.1.0.0/16"]).is_err());
        assert!(parse("http://localhost/", &["127.0.0.0/8"]).is_ok());
        assert!(parse("http://localhost/", &["::1"]).is_ok());
        assert!(parse("http://localhost/", &["10.0.0.0/8"]).is_err());
        let other_port = parse("http://10.1.2.3:22/", &["10.1.0.0/16"]);
        assert_eq!(other_port, Err(SendError::Port(22)), "ports hold there too");
    }
}
