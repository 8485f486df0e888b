//! Free ports.
//!
//! Guarantee: a port was free a moment ago and lies below the range from which the kernel hands
//! out ports for outgoing connections, so a busy client can't take it before the server that it is
//! for has bound it, nor while that server is being restarted. Two test processes may still pick
//! the same one of 12,000; whoever binds second fails at once and loudly.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port on 127.0.0.1 that nobody listens on.
pub fn free_port() -> anyhow::Result<u16> {
    let start = (random() % u64::from(COUNT)) as u16;
    (0..COUNT)
        .map(|step| FIRST + (start + step) % COUNT)
        .find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
        .ok_or_else(|| anyhow::anyhow!("no free port between {FIRST} and {}", FIRST + COUNT))
}

/// [`free_port`] as an address.
pub fn free_addr() -> anyhow::Result<SocketAddr> {
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)))
}

/// A number that differs between processes and calls; for names and ports, not for secrets.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
