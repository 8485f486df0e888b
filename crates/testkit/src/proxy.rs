//! A TCP proxy that breaks the network on command.
//!
//! Guarantee: bytes pass unchanged and in order while the mode is [`Mode::Pass`]. A change of mode
//! takes effect on open connections too, at once: `Refuse` closes all of them and every new one;
//! `LoseAnswers` lets requests through and closes a connection instead of passing on the first
//! byte that comes back, so that the far side has done its work and the near side doesn't know.
//! The delay is added to each piece of data, in both directions.
//!
//! Called from tests. At drop everything open is closed.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What happens to connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Data passes.
    #[default]
    Pass,
    /// Open connections are closed, new ones too.
    Refuse,
    /// The target hears the client, the client never hears the target.
    LoseAnswers,
}

#[derive(Debug, Clone, Copy, Default)]
struct Weather {
    mode: Mode,
    delay: Duration,
}

/// The proxy; it serves from `start` to drop.
#[derive(Debug)]
pub struct Proxy {
    addr: SocketAddr,
    /// Its drop ends all that the proxy started.
    weather: watch::Sender<Weather>,
}

impl Proxy {
    /// A proxy on a free port in front of `target`, which need not listen yet.
    pub async fn start(target: SocketAddr) -> anyhow::Result<Self> {
        let addr = crate::ports::free_addr()?;
        let listener = TcpListener::bind(addr)
            .await
            .with_context(|| format!("bind {addr}"))?;
        let weather = watch::Sender::new(Weather::default());
        tokio::spawn(accept(listener, target, weather.subscribe()));
        Ok(Self { addr, weather })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Changes the mode.
    pub fn set_mode(&self, mode: Mode) {
        self.weather.send_modify(|weather| weather.mode = mode);
    }

    /// Cuts the network: [`Mode::Refuse`].
    pub fn cut(&self) {
        self.set_mode(Mode::Refuse);
    }

    /// Mends it: [`Mode::Pass`].
    pub fn mend(&self) {
        self.set_mode(Mode::Pass);
    }

    /// Changes the delay.
    pub fn set_delay(&self, delay: Duration) {
        self.weather.send_modify(|weather| weather.delay = delay);
    }
}

/// Takes connections until the proxy is dropped.
async fn accept(listener: TcpListener, target: SocketAddr, weather: watch::Receiver<Weather>) {
    let mut watched = weather.clone();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((client, _)) = accepted {
                    tokio::spawn(connect(client, target, weather.clone()));
                }
            }
            () = dropped(&mut watched) => return,
        }
    }
}

async fn dropped(weather: &mut watch::Receiver<Weather>) {
    while weather.changed().await.is_ok() {}
}

/// One connection, until either side ends it, the network is cut, or the proxy is dropped.
async fn connect(client: TcpStream, target: SocketAddr, weather: watch::Receiver<Weather>) {
    let mut watched = weather.clone();
    let pass = async {
        let server = TcpStream::connect(target).await?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::try_join!(
            pump(from_client, to_server, &weather, false),
            pump(from_server, to_client, &weather, true),
        )
    };
    tokio::select! {
        // How it ended is for the two sides to see; the proxy has nobody to tell.
        _ = pass => {}
        // Also ends, with an error, when the proxy is dropped.
        _ = watched.wait_for(|weather| weather.mode == Mode::Refuse) => {}
    }
}

/// One direction, until its sender ends it.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    weather: &watch::Receiver<Weather>,
    answers: bool,
) -> std::io::Result<()> {
    let mut piece = vec![0; 16 << 10];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        let delay = weather.borrow().delay;
        tokio::time::sleep(delay).await;
        if answers && weather.borrow().mode == Mode::LoseAnswers {
            return Err(std::io::ErrorKind::ConnectionAborted.into());
        }
        to.write_all(&piece[..length]).await?;
    }
}
