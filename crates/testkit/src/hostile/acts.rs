//! What is said once a request was read.

use super::{ACKNOWLEDGED, Mouth, Trick, Wire, bombs};
use std::io;

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
const REFUSED: &str =
    r#"{"IsError":true,"ErrorMessage":"no such order","errorCode":"EXCEPTION","error":"refused"}"#;
/// A piece of what never ends.
const PIECE: [u8; 16 << 10] = [b' '; 16 << 10];

pub async fn perform<S: Wire>(mouth: &mut Mouth<'_, S>) -> io::Result<()> {
    match mouth.inner.trick {
        Trick::ResetAtOnce | Trick::ResetAfterRequest => mouth.reset(),
        Trick::ResetInHead => {
            mouth.say("HTTP/1.1 200 OK\r\ncontent-le").await?;
            mouth.reset()
        }
        Trick::ResetInBody => {
            let head = format!("{HEAD}content-length: 1000\r\n\r\n");
            mouth.say(head + r#"{"IsError":fal"#).await?;
            mouth.reset()
        }
        Trick::HangUp | Trick::TlsHangUp => mouth.end().await,
        Trick::Silence | Trick::TlsSilence => mouth.fall_silent().await,
        Trick::EndlessHead => {
            mouth.say(HEAD).await?;
            mouth.say_for_ever(b"x-more: and more and more\r\n").await
        }
        Trick::EndlessStatusLine => {
            mouth.say("HTTP/1.1 200 ").await?;
            mouth.say_for_ever(&PIECE).await
        }
        Trick::ThousandHeaders => {
            let lines = "x-more: y\r\n".repeat(1_000);
            mouth
                .say(format!("{HEAD}{lines}\r\n{ACKNOWLEDGED}"))
                .await?;
            mouth.end().await
        }
        Trick::DripHead => {
            mouth.say(HEAD).await?;
            mouth.drip_for_ever(b"x-more: y\r\n").await
        }
        Trick::EndlessHints => {
            let hint = b"HTTP/1.1 103 Early Hints\r\nlink: </>; rel=preload\r\n\r\n";
            mouth.flood_for_ever(&hint.repeat(100)).await
        }
        Trick::Switch => {
            let head =
                "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
            mouth.say(head).await?;
            mouth.end().await
        }
        Trick::Garbage | Trick::TlsGarbage => {
            mouth
                .say("SSH-2.0-OpenSSH_9.9\r\n\u{0}\u{1}\u{2}\r\n\r\n")
                .await?;
            mouth.end().await
        }
        Trick::NoStatus => {
            mouth
                .say("HTTP/1.1 200200 OK\r\ncontent-length: 0\r\n\r\n")
                .await?;
            mouth.end().await
        }
        Trick::BrokenHeader => {
            mouth
                .say("HTTP/1.1 200 OK\r\nno colon\r\nx\u{0}y: z\r\n\r\n")
                .await?;
            mouth.end().await
        }
        Trick::Http10 => {
            mouth
                .say(format!("HTTP/1.0 200 OK\r\n\r\n{ACKNOWLEDGED}"))
                .await?;
            mouth.end().await
        }
        other => with_body(mouth, other).await,
    }
}

async fn with_body<S: Wire>(mouth: &mut Mouth<'_, S>, trick: Trick) -> io::Result<()> {
    match trick {
        Trick::EndlessBody => {
            mouth
                .say(format!("{HEAD}transfer-encoding: chunked\r\n\r\n"))
                .await?;
            let mut chunk = format!("{:x}\r\n", PIECE.len()).into_bytes();
            chunk.extend_from_slice(&PIECE);
            chunk.extend_from_slice(b"\r\n");
            mouth.say_for_ever(&chunk).await
        }
        Trick::EndlessLength => {
            let head = format!("{HEAD}content-length: {}\r\n\r\n", u64::MAX / 2);
            mouth.say(head).await?;
            mouth.say_for_ever(&PIECE).await
        }
        Trick::DripBody => {
            mouth
                .say(format!("{HEAD}content-length: 1000000\r\n\r\n"))
                .await?;
            mouth.drip_for_ever(b" ").await
        }
        Trick::BadChunk => {
            let head = format!("{HEAD}transfer-encoding: chunked\r\n\r\n");
            mouth
                .say(head + "5\r\nabcde\r\nnothing hexadecimal\r\n")
                .await?;
            mouth.end().await
        }
        Trick::HugeChunk => {
            let head = format!("{HEAD}transfer-encoding: chunked\r\n\r\n");
            mouth.say(head + "7fffffffffffffff\r\n").await?;
            mouth.say_for_ever(&PIECE).await
        }
        Trick::ShortLength => {
            let length = ACKNOWLEDGED.len();
            let head = format!("{HEAD}content-length: {length}\r\n\r\n{ACKNOWLEDGED}");
            mouth
                .say(head + "HTTP/1.1 500 Smuggled\r\ncontent-length: 0\r\n\r\n")
                .await?;
            mouth.end().await
        }
        Trick::LongLength => {
            let head = format!("{HEAD}content-length: 1000\r\n\r\n");
            mouth.say(head + r#"{"IsError":fal"#).await?;
            mouth.end().await
        }
        Trick::TwoLengths => {
            let head = format!("{HEAD}content-length: 2\r\ncontent-length: 35\r\n\r\n");
            mouth.say(head + ACKNOWLEDGED).await?;
            mouth.end().await
        }
        Trick::GzipBomb => packed(mouth, "gzip", &bombs::gzip()).await,
        Trick::DeflateBomb => packed(mouth, "deflate", &bombs::zlib()).await,
        Trick::BrotliBomb => packed(mouth, "br", bombs::BROTLI).await,
        other => whole(mouth, other).await,
    }
}

async fn packed<S: Wire>(mouth: &mut Mouth<'_, S>, coding: &str, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    let head = format!("{HEAD}content-encoding: {coding}\r\ncontent-length: {length}\r\n\r\n");
    mouth.say(head).await?;
    mouth.say(body).await?;
    mouth.end().await
}

/// Well-formed answers that are bad all the same.
async fn whole<S: Wire>(mouth: &mut Mouth<'_, S>, trick: Trick) -> io::Result<()> {
    const METADATA: &str = "location: http://169.254.169.254/latest/meta-data/\r\n";
    let (status, headers, body): (_, _, Vec<u8>) = match trick {
        Trick::ToMetadata => ("302 Found", METADATA, ACKNOWLEDGED.into()),
        Trick::ToMetadataKeepingTheBody => {
            ("307 Temporary Redirect", METADATA, ACKNOWLEDGED.into())
        }
        Trick::GoodStatusBadBody => ("200 OK", "", REFUSED.into()),
        Trick::BadStatusGoodBody => ("500 Internal Server Error", "", ACKNOWLEDGED.into()),
        Trick::EmptyOk => ("200 OK", "", Vec::new()),
        Trick::NoContent => ("204 No Content", "", Vec::new()),
        Trick::WrongCharset => {
            let wide = ACKNOWLEDGED.encode_utf16().flat_map(u16::to_le_bytes);
            (
                "200 OK",
                "content-type: text/plain; charset=us-ascii\r\n",
                wide.collect(),
            )
        }
        Trick::LoginPage => {
            let page = "<!doctype html><title>Log in</title><p>Welcome to the hotel's network.";
            ("200 OK", "content-type: text/html\r\n", page.into())
        }
        Trick::DeepBody => ("200 OK", "", b"[".repeat(60_000)),
        Trick::NeverAgain => (
            "503 Service Unavailable",
            "retry-after: 99999999999999999999\r\n",
            Vec::new(),
        ),
        _ => ("200 OK", "", ACKNOWLEDGED.into()),
    };
    let length = match trick {
        Trick::NoContent => String::new(),
        _ => format!("content-length: {}\r\n", body.len()),
    };
    mouth
        .say(format!("HTTP/1.1 {status}\r\n{headers}{length}\r\n"))
        .await?;
    mouth.say(body).await?;
    mouth.end().await
}
