//! Servers that answer in every way in which nobody should.
//!
//! Guarantee: each listens on a port of its own, reads a whole request, counts it, and then does its
//! [`Trick`], for as long as the other side lets it; tricks of connecting and of TLS do theirs
//! before. It never holds more than a small piece of what it sends, and counts what it got rid of.
//! After [`Hostile::heal`] it answers well, and keeps what it is told from then on. At drop
//! everything open is closed.
//!
//! Called from tests and from the long runs of `testkit soak`.

mod acts;
mod bombs;
mod tls;
mod tricks;

pub use tls::Authority;
pub use tricks::Trick;

use crate::receiver::Recorded;
use anyhow::Context;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use bytes::Bytes;
use jiff::Timestamp;
use parking_lot::Mutex;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// Largest head and body that are read of a request.
const LARGEST_REQUEST: usize = 64 << 20;
/// What is answered where nobody said otherwise: an acknowledgement in every dialect.
const ACKNOWLEDGED: &str = r#"{"IsError":false,"ErrorMessage":""}"#;

/// What the connections and the test share.
struct Inner {
    trick: Trick,
    authority: Option<Arc<Authority>>,
    /// Connections that came in.
    met: AtomicUsize,
    /// Requests that were read whole.
    asked: watch::Sender<usize>,
    /// Connections that are open now.
    open: AtomicUsize,
    /// Bytes that the other side took, or at least its kernel.
    sent: AtomicU64,
    /// What is answered once it is healed.
    healed: watch::Sender<Option<Answer>>,
    heard: Mutex<Vec<Recorded>>,
}

type Answer = Arc<dyn Fn(&Recorded) -> String + Send + Sync>;

/// The server; it serves from `start` to drop.
pub struct Hostile {
    addr: SocketAddr,
    inner: Arc<Inner>,
    accepting: JoinHandle<()>,
}

impl Hostile {
    /// One that does a trick. Tricks of TLS need an authority.
    pub async fn start(trick: Trick) -> anyhow::Result<Self> {
        Self::with(trick, None).await
    }

    /// The same with certificates from an authority.
    pub async fn under(trick: Trick, authority: &Arc<Authority>) -> anyhow::Result<Self> {
        Self::with(trick, Some(authority.clone())).await
    }

    async fn with(trick: Trick, authority: Option<Arc<Authority>>) -> anyhow::Result<Self> {
        let addr = crate::ports::free_addr()?;
        let listener = TcpListener::bind(addr)
            .await
            .with_context(|| format!("bind {addr}"))?;
        let inner = Arc::new(Inner {
            trick,
            authority,
            met: AtomicUsize::new(0),
            asked: watch::Sender::new(0),
            open: AtomicUsize::new(0),
            sent: AtomicU64::new(0),
            healed: watch::Sender::new(None),
            heard: Mutex::default(),
        });
        let accepting = tokio::spawn(accept(listener, inner.clone()));
        Ok(Self {
            addr,
            inner,
            accepting,
        })
    }

    pub fn trick(&self) -> Trick {
        self.inner.trick
    }

    /// Its address with a path: `https`, by name, where the trick is one of TLS.
    pub fn url(&self, path: &str) -> String {
        if self.inner.trick.is_of_tls() {
            format!("https://localhost:{}{path}", self.addr.port())
        } else {
            format!("http://{}{path}", self.addr)
        }
    }

    /// Connections that came in so far.
    pub fn met(&self) -> usize {
        self.inner.met.load(Ordering::SeqCst)
    }

    /// Requests that were read whole so far.
    pub fn asked(&self) -> usize {
        *self.inner.asked.borrow()
    }

    /// Connections that are open now.
    pub fn open(&self) -> usize {
        self.inner.open.load(Ordering::SeqCst)
    }

    /// Bytes that the other side took so far, or at least its kernel.
    pub fn sent(&self) -> u64 {
        self.inner.sent.load(Ordering::SeqCst)
    }

    /// From now on it answers well. What is under way is broken off.
    pub fn heal(&self) {
        self.heal_with(|_| ACKNOWLEDGED.to_owned());
    }

    /// The same, with bodies of one's own.
    pub fn heal_with(&self, answer: impl Fn(&Recorded) -> String + Send + Sync + 'static) {
        self.inner.healed.send_replace(Some(Arc::new(answer)));
    }

    /// From now on it does its trick again.
    pub fn relapse(&self) {
        self.inner.healed.send_replace(None);
    }

    /// What it was told while it was well, in the order of arrival.
    pub fn heard(&self) -> Vec<Recorded> {
        self.inner.heard.lock().clone()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, inner: Arc<Inner>) {
    // Dropped with this task, and with it every connection.
    let mut open = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while open.try_join_next().is_some() {}
        inner.met.fetch_add(1, Ordering::SeqCst);
        inner.open.fetch_add(1, Ordering::SeqCst);
        let inner = inner.clone();
        open.spawn(async move {
            let is_well = inner.healed.borrow().is_some();
            let mut healed = inner.healed.subscribe();
            let changed = healed.wait_for(|now| now.is_some() != is_well);
            tokio::select! {
                // How it ended is for the other side to say.
                _ = connection(stream, &inner, is_well) => {}
                _ = changed => {}
            }
            inner.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

async fn connection(stream: TcpStream, inner: &Inner, is_well: bool) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let trick = inner.trick;
    if !is_well && trick == Trick::ResetAtOnce {
        return reset(stream);
    }
    if !trick.is_of_tls() {
        return talk(stream, inner, is_well).await;
    }
    let authority = inner
        .authority
        .as_ref()
        .expect("a trick of TLS is started under an authority");
    if !is_well && let Some(act) = tls::before(trick) {
        return act(stream, inner).await;
    }
    let shown = if is_well { Trick::TlsGood } else { trick };
    talk(authority.accept(stream, shown).await?, inner, is_well).await
}

async fn talk<S: Wire>(mut stream: S, inner: &Inner, is_well: bool) -> io::Result<()> {
    let request = read(&mut stream).await?;
    inner.asked.send_modify(|asked| *asked += 1);
    let answer = inner.healed.borrow().clone().filter(|_| is_well);
    let Some(answer) = answer else {
        let mut mouth = Mouth { stream, inner };
        return acts::perform(&mut mouth).await;
    };
    let body = answer(&request);
    inner.heard.lock().push(request);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all((head + &body).as_bytes()).await?;
    stream.shutdown().await
}

/// What is spoken over: a connection, bare or safe.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    /// Ends it the hard way: the other side reads of a reset, not of an end.
    fn cut(&self) -> io::Result<()>;
}

impl Wire for TcpStream {
    fn cut(&self) -> io::Result<()> {
        self.set_zero_linger()
    }
}

impl Wire for tokio_rustls::server::TlsStream<TcpStream> {
    fn cut(&self) -> io::Result<()> {
        self.get_ref().0.set_zero_linger()
    }
}

fn reset(stream: TcpStream) -> io::Result<()> {
    stream.set_zero_linger()?;
    drop(stream);
    Ok(())
}

/// What a trick speaks through: everything is counted.
struct Mouth<'a, S> {
    stream: S,
    inner: &'a Inner,
}

impl<S: Wire> Mouth<'_, S> {
    async fn say(&mut self, text: impl AsRef<[u8]>) -> io::Result<()> {
        let bytes = text.as_ref();
        self.stream.write_all(bytes).await?;
        self.stream.flush().await?;
        self.inner
            .sent
            .fetch_add(bytes.len() as u64, Ordering::SeqCst);
        Ok(())
    }

    /// Over and over, until the other side hangs up.
    async fn say_for_ever(&mut self, piece: &[u8]) -> io::Result<()> {
        loop {
            self.say(piece).await?;
        }
    }

    /// As fast as a good line carries it, over and over, until the other side hangs up.
    async fn flood_for_ever(&mut self, piece: &[u8]) -> io::Result<()> {
        loop {
            self.say(piece).await?;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// A byte at a time, over and over, until the other side hangs up.
    async fn drip_for_ever(&mut self, text: &[u8]) -> io::Result<()> {
        const PAUSE: Duration = Duration::from_millis(20);
        loop {
            for byte in text {
                self.say([*byte]).await?;
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Nothing, until the other side hangs up.
    async fn fall_silent(&mut self) -> io::Result<()> {
        let mut rest = [0; 1024];
        while self.stream.read(&mut rest).await? > 0 {}
        Ok(())
    }

    async fn end(&mut self) -> io::Result<()> {
        self.stream.shutdown().await?;
        // What the other side still says is heard, so that the end is no reset.
        self.fall_silent().await
    }

    fn reset(&self) -> io::Result<()> {
        self.stream.cut()
    }
}

/// Reads one request with its body.
async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Recorded> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            break end + 4;
        }
        more(stream, &mut bytes).await?;
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let mut lines = text.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let method = first.next().and_then(|method| method.parse().ok());
    let uri = first.next().and_then(|uri| uri.parse().ok());
    let headers: HeaderMap = lines
        .filter_map(|line| line.split_once(':'))
        .filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(value.trim()).ok()?))
        })
        .collect();
    let length = headers
        .get("content-length")
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .unwrap_or(0_usize);
    while bytes.len() < head.saturating_add(length) {
        more(stream, &mut bytes).await?;
    }
    Ok(Recorded {
        at: Timestamp::now(),
        method: method.unwrap_or(Method::GET),
        uri: uri.unwrap_or(Uri::from_static("/")),
        headers,
        body: Bytes::from(bytes.split_off(head)),
    })
}

async fn more<S: AsyncRead + Unpin>(stream: &mut S, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut piece = [0; 4096];
    match stream.read(&mut piece).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ if bytes.len() > LARGEST_REQUEST => Err(io::ErrorKind::InvalidData.into()),
        length => {
            bytes.extend_from_slice(&piece[..length]);
            Ok(())
        }
    }
}
