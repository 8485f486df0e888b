//! How much of anything one client, or all of them together, may use.

use std::time::Duration;

/// The limits of one server. `Default` is what `trackway serve` uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest body of a call that takes batches (`POST /v1/events`, `POST /v1/shipments`).
    pub batch_body: usize,
    /// Largest body of any other call.
    pub body: usize,
    /// Of an over-limit body from a known sender, how much is read to learn its size and hash.
    pub measured: u64,
    /// Of the same, how much is kept.
    pub kept: usize,
    /// Bodies held in memory at once, over all requests.
    pub buffered: usize,
    /// Requests at work at once; the next is told to come later.
    pub requests: usize,
    /// Long polls and streams of our own feed at once; the next is told to come later.
    pub listeners: usize,
    /// Of these, how many one account may have.
    pub account_listeners: usize,
    /// The longest silence of a stream, well below what proxies take for a dead connection.
    pub heartbeat: Duration,
    /// Connections open at once; the next waits to be accepted.
    pub connections: usize,
    /// From the first byte of a request's body to the last byte of its answer's head.
    pub request: Duration,
    /// For a request's head, also the longest silence between two requests of one connection.
    pub head: Duration,
    /// Largest head of a request.
    pub head_bytes: usize,
    /// Most header lines of a request.
    pub head_lines: usize,
    /// What a refused client is told to wait.
    pub retry_after_s: u32,
    /// How long requests at work may take when the server is asked to end.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch_body: 16 << 20,
            body: 1 << 20,
            measured: 64 << 20,
            kept: 4 << 10,
            buffered: 256 << 20,
            requests: 1_024,
            listeners: 256,
            account_listeners: 32,
            heartbeat: Duration::from_secs(15),
            connections: 8_192,
            request: Duration::from_secs(30),
            head: Duration::from_secs(30),
            head_bytes: 64 << 10,
            head_lines: 100,
            retry_after_s: 1,
            grace: Duration::from_secs(20),
        }
    }
}
