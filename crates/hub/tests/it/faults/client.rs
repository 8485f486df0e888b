//! The one client against every trick: what it makes of each, in which time, for how many bytes.

use super::{Gang, LONGEST};
use crate::outbound::{client, get};
use futures::future::join_all;
use std::time::Duration;
use tokio::time::Instant;
use trackway_hub::outbound::{Answered, Outbound, Policy, SendError};
use trackway_testkit::{Hostile, Trick, eventually};

/// What a busy machine may take longer.
const SLACK: Duration = Duration::from_secs(10);
/// What the two kernels may hold of what nobody read, and the client of what it did: far less than
/// any bomb's or endless body's size.
const HELD: u64 = 24 << 20;

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// With this status, whole.
    Whole(u16),
    /// With this status, cut off.
    Cut(u16, Why),
    None(Why),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Address,
    Connect,
    Deadline,
    Broken,
    TooLarge,
}

impl Why {
    fn of(error: &SendError) -> Self {
        match error {
            SendError::Connect(_) => Self::Connect,
            SendError::Deadline(_) => Self::Deadline,
            SendError::Broken(_) => Self::Broken,
            SendError::TooLarge(_) => Self::TooLarge,
            _ => Self::Address,
        }
    }
}

impl End {
    fn of(answered: &Result<Answered, SendError>) -> Self {
        match answered {
            Ok(Answered {
                status, cut: None, ..
            }) => Self::Whole(*status),
            Ok(Answered {
                status,
                cut: Some(cut),
                ..
            }) => Self::Cut(*status, Why::of(cut)),
            Err(error) => Self::None(Why::of(error)),
        }
    }

    /// What telling a trick something comes to.
    const fn told(trick: Trick) -> Self {
        match trick {
            Trick::ResetAtOnce
            | Trick::ResetAfterRequest
            | Trick::ResetInHead
            | Trick::HangUp
            | Trick::EndlessHead
            | Trick::EndlessStatusLine
            | Trick::ThousandHeaders
            | Trick::Garbage
            | Trick::NoStatus
            | Trick::BrokenHeader
            | Trick::TwoLengths => Self::None(Why::Broken),
            Trick::Silence | Trick::DripHead | Trick::EndlessHints | Trick::TlsSilence => {
                Self::None(Why::Deadline)
            }
            Trick::ResetInBody | Trick::BadChunk | Trick::LongLength => Self::Cut(200, Why::Broken),
            Trick::DripBody => Self::Cut(200, Why::Deadline),
            Trick::EndlessBody
            | Trick::EndlessLength
            | Trick::HugeChunk
            | Trick::GzipBomb
            | Trick::DeflateBomb => Self::Cut(200, Why::TooLarge),
            Trick::Http10
            | Trick::ShortLength
            | Trick::BrotliBomb
            | Trick::GoodStatusBadBody
            | Trick::EmptyOk
            | Trick::WrongCharset
            | Trick::LoginPage
            | Trick::DeepBody
            | Trick::TlsGood => Self::Whole(200),
            Trick::Switch => Self::Whole(101),
            Trick::NoContent => Self::Whole(204),
            Trick::ToMetadata => Self::Whole(302),
            Trick::ToMetadataKeepingTheBody => Self::Whole(307),
            Trick::BadStatusGoodBody => Self::Whole(500),
            Trick::NeverAgain => Self::Whole(503),
            Trick::TlsExpired
            | Trick::TlsNotYet
            | Trick::TlsSelfSigned
            | Trick::TlsWrongName
            | Trick::TlsGarbage
            | Trick::TlsPlainHttp
            | Trick::TlsHangUp => Self::None(Why::Connect),
        }
    }

    /// What asking it for a document comes to: whole or not at all.
    const fn asked(trick: Trick) -> Self {
        match Self::told(trick) {
            // A bomb that is not unpacked is within what a document may have.
            Self::Cut(status, Why::TooLarge)
                if matches!(trick, Trick::GzipBomb | Trick::DeflateBomb) =>
            {
                Self::Whole(status)
            }
            Self::Cut(_, why) => Self::None(why),
            other => other,
        }
    }
}

/// Sends one request to a server, and checks its bounds.
async fn try_one(outbound: &Outbound, hostile: &Hostile, whole: bool) -> Option<String> {
    let (trick, url) = (hostile.trick(), get(hostile.url("/")));
    let began = Instant::now();
    let (answered, expected) = if whole {
        let sent = outbound.send(url, Policy::Operator, LONGEST * 2).await;
        (sent, End::asked(trick))
    } else {
        let told = outbound.tell(url, Policy::Operator, LONGEST * 2).await;
        (told, End::told(trick))
    };
    let took = began.elapsed();
    let end = End::of(&answered);
    let body = answered.as_ref().map_or(0, |answered| answered.body.len());
    let most = if whole { 4 << 20 } else { 64 << 10 };
    // A reset may come before the connection is made for us, or after.
    let is_expected = match (trick, end) {
        (Trick::ResetAtOnce, End::None(Why::Connect)) => true,
        _ => end == expected,
    };
    let is_good = is_expected && took < LONGEST + SLACK && body <= most;
    (!is_good).then(|| {
        format!(
            "{trick:?}: {end:?} in {took:?}, {body} bytes: {:?}",
            answered.err()
        )
    })
}

async fn comes_to_its_end(whole: bool) {
    let gang = Gang::all().await;
    let outbound = client(gang.reach(LONGEST));
    let tried = gang
        .members
        .iter()
        .map(|hostile| try_one(&outbound, hostile, whole));
    let wrong: Vec<String> = join_all(tried).await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for hostile in &gang.members {
        let trick = hostile.trick();
        let held = if whole { HELD + (4 << 20) } else { HELD };
        eventually(format!("{trick:?} to be hung up on"), SLACK, async || {
            (hostile.open() == 0 || !trick.is_endless()).then_some(())
        })
        .await
        .unwrap();
        // Hints are dropped as they come, until the deadline: they cost a line, not memory.
        let is_bounded = hostile.sent() < held || trick == Trick::EndlessHints;
        assert!(is_bounded, "{trick:?} sent {}", hostile.sent());
        assert!(hostile.asked() <= 1, "{trick:?} was asked again, unasked");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledgement_comes_to_its_end_whoever_gives_it() {
    comes_to_its_end(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_comes_whole_or_not_at_all_whoever_sends_it() {
    comes_to_its_end(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_answers_take_no_memory() {
    let gang = Gang::of(
        Trick::ALL
            .iter()
            .copied()
            .filter(|trick| trick.is_endless()),
    )
    .await;
    let outbound = client(gang.reach(LONGEST));
    // The second round is measured: in the first, what is needed once is made.
    join_all(
        gang.members
            .iter()
            .map(|hostile| try_one(&outbound, hostile, true)),
    )
    .await;
    let before = most_memory();
    for _ in 0..3 {
        let again = gang
            .members
            .iter()
            .map(|hostile| try_one(&outbound, hostile, true));
        join_all(again).await;
    }
    let grown = most_memory() - before;
    assert!(grown < 64 << 10, "grew by {grown} KiB");
}

/// The most memory that this process has had, in KiB; each test is a process of its own.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.unwrap().trim().trim_end_matches("kB").trim();
    number.parse().unwrap()
}
