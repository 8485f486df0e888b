//! The load generator: blocking sockets on threads of their own, bodies prepared beforehand, so that
//! it takes as little as it can of the cores that it shares with the server under test.

use super::clock::{Stopwatch, wall_us};
use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What a run of requests came to.
#[derive(Debug, Clone)]
pub struct Load {
    pub requests: usize,
    pub elapsed: Duration,
    /// Every request, in the order of their numbers.
    pub exchanges: Vec<Exchange>,
    /// Sorted, microseconds.
    latencies: Vec<u32>,
}

/// When a request went out, or should have, and when its answer was there: microseconds since the
/// epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    pub request: usize,
    pub sent: i64,
    pub answered: i64,
}

impl Load {
    pub fn per_second(&self, units_per_request: f64) -> f64 {
        self.requests as f64 * units_per_request / self.elapsed.as_secs_f64()
    }

    /// Milliseconds at a share such as 0.99.
    pub fn percentile(&self, share: f64) -> f64 {
        percentile(&self.latencies, share)
    }
}

/// Milliseconds at a share of sorted microseconds.
pub fn percentile<T: Copy + Into<i64>>(sorted: &[T], share: f64) -> f64 {
    let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
    sorted
        .get(at)
        .map_or(0.0, |us| (*us).into() as f64 / 1_000.0)
}

/// Sends requests `0..count`, made by `request`, over `connections` kept-alive connections. Every
/// answer must have status 200 and satisfy `check`: a figure of failures is no figure.
pub fn run<'a, R>(
    addr: SocketAddr,
    connections: usize,
    count: usize,
    request: R,
    check: fn(&[u8]) -> bool,
) -> Result<Load>
where
    R: Fn(usize, &mut Vec<u8>) + Send + Sync + 'a,
{
    steady(addr, connections, count, Duration::ZERO, request, check)
}

/// The same, one request every so often, whatever became of those before: what comes late is counted
/// from the moment when it was due.
pub fn steady<'a, R>(
    addr: SocketAddr,
    connections: usize,
    count: usize,
    every: Duration,
    request: R,
    check: fn(&[u8]) -> bool,
) -> Result<Load>
where
    R: Fn(usize, &mut Vec<u8>) + Send + Sync + 'a,
{
    let next = AtomicUsize::new(0);
    let watch = Stopwatch::start();
    let results = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..connections)
            .map(|_| scope.spawn(|| worker(addr, &next, (count, every, watch), &request, check)))
            .collect();
        workers
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .collect::<Vec<_>>()
    });
    let elapsed = watch.elapsed();
    let mut exchanges = Vec::with_capacity(count);
    for result in results {
        let result = result.map_err(|_| anyhow::anyhow!("a load thread panicked"))?;
        exchanges.extend(result?);
    }
    exchanges.sort_unstable_by_key(|exchange| exchange.request);
    let took = exchanges.iter().map(|one| (one.answered - one.sent) as u32);
    let mut latencies: Vec<u32> = took.collect();
    latencies.sort_unstable();
    Ok(Load {
        requests: count,
        elapsed,
        exchanges,
        latencies,
    })
}

fn worker(
    addr: SocketAddr,
    next: &AtomicUsize,
    (count, every, begun): (usize, Duration, Stopwatch),
    request: &(impl Fn(usize, &mut Vec<u8>) + Sync),
    check: fn(&[u8]) -> bool,
) -> Result<Vec<Exchange>> {
    let mut stream = connect(addr, PATIENCE)?;
    let (mut out, mut answer) = (Vec::new(), Vec::new());
    let mut exchanges = Vec::new();
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        if at >= count {
            return Ok(exchanges);
        }
        out.clear();
        request(at, &mut out);
        let due = every * at as u32;
        begun.reach(due);
        let late = if every.is_zero() {
            Duration::ZERO
        } else {
            begun.elapsed().saturating_sub(due)
        };
        let (sent, watch) = (wall_us(), Stopwatch::start());
        stream.write_all(&out)?;
        let body = read_answer(&mut stream, &mut answer)?;
        exchanges.push(Exchange {
            request: at,
            sent: sent - late.as_micros() as i64,
            answered: sent + watch.elapsed().as_micros() as i64,
        });
        if !answer.starts_with(b"HTTP/1.1 200") || !check(&answer[body..]) {
            bail!(
                "request {at} was answered: {}",
                String::from_utf8_lossy(&answer[..answer.len().min(600)])
            );
        }
    }
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);

fn connect(addr: SocketAddr, patience: Duration) -> Result<TcpStream> {
    let stream = TcpStream::connect(addr).context("connecting to the server under test")?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(patience))?;
    Ok(stream)
}

/// A connection on which one thing is asked after the other.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    out: Vec<u8>,
    answer: Vec<u8>,
}

impl Client {
    pub fn connect(addr: SocketAddr, patience: Duration) -> Result<Self> {
        Ok(Self {
            stream: connect(addr, patience)?,
            out: Vec::new(),
            answer: Vec::new(),
        })
    }

    /// The body of an answer, which must be a good one.
    pub fn get(&mut self, path: &str, headers: &str) -> Result<&[u8]> {
        self.out.clear();
        get(&mut self.out, path, headers);
        self.answer_of(path)
    }

    /// The same of what is posted.
    pub fn post(&mut self, path: &str, headers: &str, body: &[u8]) -> Result<&[u8]> {
        self.out.clear();
        post(&mut self.out, path, headers, body);
        self.answer_of(path)
    }

    fn answer_of(&mut self, path: &str) -> Result<&[u8]> {
        self.stream.write_all(&self.out)?;
        let body = read_answer(&mut self.stream, &mut self.answer)?;
        if !self.answer.starts_with(b"HTTP/1.1 200") {
            let shown = &self.answer[..self.answer.len().min(600)];
            bail!("{path} was answered: {}", String::from_utf8_lossy(shown));
        }
        Ok(&self.answer[body..])
    }
}

/// Reads one answer with a content length into `buffer`; returns where its body begins.
fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<usize> {
    buffer.clear();
    let mut chunk = [0_u8; 16 * 1024];
    let mut whole: Option<(usize, usize)> = None;
    loop {
        if let Some((body, end)) = whole
            && buffer.len() >= end
        {
            return Ok(body);
        }
        let read = stream.read(&mut chunk).context("waiting for an answer")?;
        if read == 0 {
            bail!("the server closed the connection");
        }
        buffer.extend_from_slice(&chunk[..read]);
        if whole.is_none()
            && let Some(at) = find(buffer, b"\r\n\r\n")
        {
            whole = Some((at + 4, at + 4 + content_length(&buffer[..at])?));
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn content_length(head: &[u8]) -> Result<usize> {
    let head = std::str::from_utf8(head)?.to_ascii_lowercase();
    let line = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    Ok(line
        .context("an answer without a content length")?
        .trim()
        .parse()?)
}

/// One HTTP/1.1 POST.
pub fn post(out: &mut Vec<u8>, path: &str, headers: &str, body: &[u8]) {
    out.extend_from_slice(
        format!(
            "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n",
            body.len()
        )
        .as_bytes(),
    );
    out.extend_from_slice(body);
}

/// One HTTP/1.1 GET.
pub fn get(out: &mut Vec<u8>, path: &str, headers: &str) {
    out.extend_from_slice(
        format!("GET {path} HTTP/1.1\r\nhost: bench\r\n{headers}\r\n").as_bytes(),
    );
}
