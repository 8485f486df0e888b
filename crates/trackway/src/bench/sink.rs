//! Where messages of the delivery figures arrive: a receiver in a process of its own that does nothing
//! but acknowledge, so that it does not become the limit.
//!
//! `POST /ok/N` is acknowledged at once and noted: the endpoint's number, the message's mark (see
//! `workload::marked`) and the moment. `POST /slow/N` is acknowledged after half a minute. `GET
//! /wait/COUNT` is answered when so many were noted, `GET /arrivals` with a line for each of them.

use super::clock::wall_us;
use super::load::Client;
use super::process::{Server, Usage};
use super::workload::MARK;
use anyhow::{Context, Result, ensure};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long a slow endpoint takes.
const SLOW: Duration = Duration::from_secs(30);
/// Most bytes of a request.
const LARGEST: usize = 1 << 20;
const ACKNOWLEDGED: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

/// A message that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub endpoint: usize,
    pub mark: usize,
    /// Microseconds since the epoch.
    pub at: i64,
}

/// The sink as the bench sees it.
pub struct Sink {
    server: Server,
}

impl Sink {
    pub fn start() -> Result<Self> {
        let server = Server::start(&["bench", "sink"])?;
        Ok(Self { server })
    }

    pub const fn addr(&self) -> SocketAddr {
        self.server.addr
    }

    pub fn usage(&self) -> Result<Usage> {
        self.server.usage()
    }

    /// Waits until so many messages arrived, repeats not counted; returns the first arrival of each.
    pub fn wait(&self, messages: usize, patience: Duration) -> Result<Vec<Arrival>> {
        let mut client = Client::connect(self.addr(), patience)?;
        let mut wanted = messages;
        loop {
            let waited = client.get(&format!("/wait/{wanted}"), "").map(drop);
            let mut asking = Client::connect(self.addr(), patience)?;
            let mut arrived = arrivals(asking.get("/arrivals", "")?)?;
            let all = arrived.len();
            let mut known = HashSet::with_capacity(all);
            arrived.retain(|one| known.insert((one.endpoint, one.mark)));
            waited.with_context(|| format!("{} of {messages} messages arrived", arrived.len()))?;
            if arrived.len() >= messages {
                return Ok(arrived);
            }
            wanted = all + messages - arrived.len();
        }
    }
}

fn arrivals(text: &[u8]) -> Result<Vec<Arrival>> {
    let read = |line: &str| {
        let mut fields = line.split(' ');
        let mut field = || fields.next()?.parse::<i64>().ok();
        Some(Arrival {
            endpoint: field()? as usize,
            mark: field()? as usize,
            at: field()?,
        })
    };
    let lines = std::str::from_utf8(text)?.lines();
    lines
        .map(|line| read(line).context("the sink answers in another way"))
        .collect()
}

#[derive(Debug, Default)]
struct Inbox {
    arrived: Mutex<Vec<Arrival>>,
    count: watch::Sender<usize>,
}

impl Inbox {
    fn note(&self, arrival: Arrival) {
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        arrived.push(arrival);
        self.count.send_replace(arrived.len());
    }

    fn told(&self) -> String {
        let arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::with_capacity(arrived.len() * 32);
        for Arrival { endpoint, mark, at } in arrived.iter() {
            // A String never refuses.
            let _ = writeln!(text, "{endpoint} {mark} {at}");
        }
        text
    }
}

/// Serves until the process ends.
pub async fn serve(listener: TcpListener) -> Result<()> {
    let inbox = Arc::new(Inbox::default());
    loop {
        let (stream, _) = listener.accept().await?;
        // Who goes away, or talks nonsense, is forgotten.
        tokio::spawn(talk(stream, inbox.clone()));
    }
}

async fn talk(mut stream: TcpStream, inbox: Arc<Inbox>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(8 << 10);
    loop {
        let Some(request) = next(&mut stream, &mut buffer).await? else {
            return Ok(());
        };
        let Request { kind, number, body } = request;
        match kind.as_str() {
            "ok" => {
                let mark = mark(&buffer[body.clone()]).context("a message without a mark")?;
                let at = wall_us();
                let endpoint = number;
                inbox.note(Arrival { endpoint, mark, at });
                stream.write_all(ACKNOWLEDGED).await?;
            }
            "slow" => {
                tokio::time::sleep(SLOW).await;
                stream.write_all(ACKNOWLEDGED).await?;
            }
            "wait" => {
                let mut count = inbox.count.subscribe();
                count.wait_for(|count| *count >= number).await?;
                answer(&mut stream, "").await?;
            }
            _ => answer(&mut stream, &inbox.told()).await?,
        }
        buffer.drain(..body.end);
    }
}

async fn answer(stream: &mut TcpStream, body: &str) -> Result<()> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    Ok(())
}

struct Request {
    kind: String,
    number: usize,
    /// Where its body stands in the buffer.
    body: std::ops::Range<usize>,
}

/// Reads until a request is whole; None at the end of the connection.
async fn next(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Option<Request>> {
    loop {
        if let Some(request) = whole(buffer)? {
            return Ok(Some(request));
        }
        ensure!(buffer.len() < LARGEST, "a request is too long");
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

fn whole(buffer: &[u8]) -> Result<Option<Request>> {
    let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&buffer[..end])?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.map_or(Ok(0), |(_, value)| value.trim().parse())?;
    let body = end + 4..end + 4 + length;
    if buffer.len() < body.end {
        return Ok(None);
    }
    let path = head.split(' ').nth(1).unwrap_or_default();
    let mut parts = path.trim_start_matches('/').split('/');
    Ok(Some(Request {
        kind: parts.next().unwrap_or_default().to_owned(),
        number: parts.next().map_or(Ok(0), str::parse)?,
        body,
    }))
}

/// The number behind the mark of a message.
fn mark(body: &[u8]) -> Option<usize> {
    let at = body.windows(MARK.len()).position(|at| at == MARK)?;
    let digits = body.get(at + MARK.len()..at + MARK.len() + 8)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_when_it_is_whole() {
        let text = b"POST /ok/7 HTTP/1.1\r\nContent-Length: 24\r\n\r\n{\"text\":\"#00000042 abc\"}GET /wait/3";
        let end = text.len() - 11;
        assert!(whole(&text[..end - 1]).unwrap().is_none());
        let request = whole(text).unwrap().unwrap();
        assert_eq!((request.kind.as_str(), request.number), ("ok", 7));
        assert_eq!(request.body.end, end);
        assert_eq!(mark(&text[request.body]), Some(42));
    }
}
