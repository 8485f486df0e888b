//! A long run of the real server among everything that can go wrong at once, and the check of what
//! came of it.
//!
//! Writers send batches, each until it is acknowledged. Subscribers that are well, one that fails now
//! and then, and a hostile one of every kind are told of it. Upstreams are asked meanwhile, most of
//! which answer in bad faith. The server is killed at random moments, and started again.
//!
//! What must hold at the end, whatever happened: what was acknowledged arrived at every subscriber
//! that is well, in order for each parcel; a message came twice only where its acknowledgement was in
//! flight at a kill; numbers at the good upstream are known; and `trackway doctor --verify` finds the
//! state that the log says. [`run`] returns what it found; a [`Report`] with nothing `wrong` is a
//! passed run.
//!
//! Called by the product's tests for some seconds, by `testkit soak` for an hour, and by whoever
//! wants to see that a broken build is found: the program is an argument.

mod sink;

use crate::{
    Answer, Authority, Disk, Hostile, Launch, Receiver, Server, Trick, eventually, evidence,
};
use anyhow::{Context, bail, ensure};
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Value, json};
use sink::Sink;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

const WRITERS: u64 = 4;
const PARCELS: u64 = 4;
/// Between two batches of a writer, for each subscriber there is: the messages are what costs, and
/// the load is to leave room for what is looked for, trouble.
const PAUSE: Duration = Duration::from_millis(30);
/// The same while what is under way arrives: a parcel's next message makes the one that waits for
/// another attempt due at once.
const LONG_PAUSE: Duration = Duration::from_secs(2);
/// How long what is under way at the end may take to arrive: a kill's leases and a retry's first
/// waits are in it.
pub const PATIENCE: Duration = Duration::from_secs(150);
/// Messages to one endpoint that may be on their way, or accepted and not yet stored, at a kill.
const IN_FLIGHT: u64 = 512;
/// How long a command may take.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);
/// A call that was under way at a kill comes due again after so long. A long run waits for it, a short
/// one asks by hand.
const POLL_LEASE: Duration = Duration::from_mins(2);
/// Numbers that each upstream is asked about.
const NUMBERS: u64 = 3;

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The `trackway` program.
    pub program: PathBuf,
    /// The arguments that name its data, which must be empty.
    pub place: Vec<String>,
    /// How long things go wrong.
    pub time: Duration,
    /// Between two kills.
    pub calm: Range<Duration>,
    /// How many of the tricks take part, drawn anew for every run.
    pub tricks: usize,
    /// Decides all that is drawn.
    pub seed: u64,
    /// How long what is under way at the end may take; see [`PATIENCE`].
    pub patience: Duration,
    /// What loses its power with each kill: the disk under the data.
    pub disk: Option<Arc<Disk>>,
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    pub seed: u64,
    pub kills: u64,
    /// Events that were acknowledged.
    pub acknowledged: usize,
    /// Messages to subscribers that are well or nearly so.
    pub messages: u64,
    /// Of these, repeats.
    pub repeats: u64,
    /// Writes that the kills took back, the disk having lost its power.
    pub taken_back: u64,
    /// Connections that hostile servers met.
    pub provoked: usize,
    /// What must not be. Empty: the run passed.
    pub wrong: Vec<String>,
}

/// Numbers drawn from a seed (SplitMix64).
#[derive(Debug)]
pub(crate) struct Draw(pub u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// So many of a list, in any order.
    fn some_of<T: Copy>(&mut self, all: &[T], count: usize) -> Vec<T> {
        let mut left = all.to_vec();
        let mut drawn = Vec::new();
        while drawn.len() < count && !left.is_empty() {
            let at = self.below(left.len() as u64) as usize;
            drawn.push(left.swap_remove(at));
        }
        drawn
    }

    fn within(&mut self, range: &Range<Duration>) -> Duration {
        let width = range.end.saturating_sub(range.start).as_micros() as u64;
        range.start + Duration::from_micros(self.below(width))
    }
}

/// An event as it is told and looked for.
fn key(number: &str, text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (number, text).hash(&mut hasher);
    hasher.finish()
}

/// What the writers share.
#[derive(Default)]
struct Load {
    pause: Duration,
    /// Trouble is over: from now on only so much comes that no parcel's next attempt is far away.
    calm: AtomicBool,
    over: AtomicBool,
    acknowledged: Mutex<HashSet<u64>>,
}

/// Does the run, and checks it.
pub async fn run(plan: &Plan, say: impl Fn(&str)) -> anyhow::Result<Report> {
    let mut draw = Draw(plan.seed);
    let authority = Authority::new()?;
    let trust = tempfile::NamedTempFile::new()?;
    std::fs::write(trust.path(), authority.certificate())?;
    let key = command(plan, &["key", "create"]).await?["key"].clone();
    let key = key.as_str().context("a key was made")?.to_owned();
    let well = [Sink::start(false).await?, Sink::start(false).await?];
    let moody = Sink::start(true).await?;
    let mut hostile = Vec::new();
    for trick in draw.some_of(Trick::ALL, plan.tricks) {
        hostile.push(Hostile::under(trick, &authority).await?);
    }
    let mut ids = Vec::new();
    for sink in well.iter().chain([&moody]) {
        let made = command(plan, &["endpoint", "add", &sink.url()]).await?;
        ids.push(made["id"].to_string());
    }
    for server in &hostile {
        command(plan, &["endpoint", "add", &server.url("/hook")]).await?;
    }
    let upstream = upstreams(plan, &hostile).await?;
    let mut launch = Launch::new(&plan.program)
        .arg("serve")
        .args(&plan.place)
        .env("TRACKWAY_OUTBOUND_LONGEST", "2s")
        .env("TRACKWAY_OUTBOUND_TRUST", trust.path());
    for (name, value) in plan.disk.iter().flat_map(|disk| disk.envs()) {
        launch = launch.env(name, value);
    }
    let mut server = launch.start().await?;
    let subscribers = (well.len() + 1 + hostile.len()) as u32;
    let load = Arc::new(Load {
        pause: PAUSE * subscribers,
        ..Load::default()
    });
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            tokio::spawn(write(
                writer,
                server.url("/v1/events"),
                key.clone(),
                load.clone(),
            ))
        })
        .collect();

    let mut report = Report {
        seed: plan.seed,
        ..Report::default()
    };
    let end = Instant::now() + plan.time;
    while Instant::now() < end {
        tokio::time::sleep(draw.within(&plan.calm)).await;
        kill(plan, &mut server, &mut report).await?;
        server.start_again().await?;
        for one in &hostile {
            match draw.below(6) {
                0 => one.heal(),
                1 | 2 => one.relapse(),
                _ => {}
            }
        }
        let count = load.acknowledged.lock().len();
        say(&format!(
            "{} kills, {count} events acknowledged",
            report.kills
        ));
    }
    load.calm.store(true, Ordering::Relaxed);
    let acknowledged = load.acknowledged.lock().clone();
    report.acknowledged = acknowledged.len();
    report.provoked = hostile.iter().map(Hostile::met).sum();
    say("the load is over; waiting for what is under way");
    for (sink, id) in well.iter().chain([&moody]).zip(&ids) {
        if arrived(plan, sink, &acknowledged, &mut report).await {
            say(&format!("all has arrived at {}", sink.name()));
        } else {
            // What the server itself says of it.
            let shown = command(plan, &["endpoint", "show", id]).await?;
            report.wrong.push(shown.to_string());
        }
    }
    load.over.store(true, Ordering::Relaxed);
    let mut batches = Vec::new();
    for writer in writers {
        batches.push(writer.await?.context("a writer")?);
    }
    known(plan, hostile.len(), &upstream, &mut report).await?;
    kill(plan, &mut server, &mut report).await?;
    // The doctor tries every upstream: the slow ones have had their time.
    hostile.iter().for_each(Hostile::heal);
    kept(plan, &batches, &mut report).await;
    verify(plan, &mut report).await?;
    Ok(report)
}

/// Kills the server, and with it the power of its disk.
async fn kill(plan: &Plan, server: &mut Server, report: &mut Report) -> anyhow::Result<()> {
    server.kill9().await?;
    report.kills += 1;
    if let Some(disk) = &plan.disk {
        report.taken_back += disk.lose_power()?.lost;
    }
    Ok(())
}

/// Runs a command on the data; it must work, and print JSON or nothing.
async fn command(plan: &Plan, args: &[&str]) -> anyhow::Result<Value> {
    let run = tokio::process::Command::new(&plan.program)
        .args(args)
        .args(&plan.place)
        .args(["--output", "json"])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(COMMAND_LIMIT, run)
        .await
        .with_context(|| format!("`trackway {}` did not end", args.join(" ")))??;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "`trackway {}`: {said}",
        args.join(" ")
    );
    Ok(serde_json::from_slice(&output.stdout).unwrap_or_default())
}

/// Connects the hostile servers, and a good one, as upstreams, and has numbers tracked at each.
async fn upstreams(plan: &Plan, hostile: &[Hostile]) -> anyhow::Result<Receiver> {
    let good = Receiver::start().await?;
    good.set_rule(|request| {
        let query = request.uri.query().unwrap_or_default();
        let number = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("ordercode="));
        Answer::json(&json!({
            "errorMessage": null, "errorCode": null, "orderCode": number, "status": "25",
            "statusName": "DANGDIPHAT", "trackings": [], "statuses": [{
                "time": "2026-05-07T08:15:40+07:00", "status": "25", "statusName": "DANGDIPHAT",
            }],
        }))
    });
    let addresses = hostile
        .iter()
        .map(|server| server.url(""))
        .chain([good.url("")]);
    for (nth, address) in addresses.enumerate() {
        let account = account(nth);
        let whose = ["--account", &account];
        let connect = [
            "connect",
            "247express",
            "--base-url",
            &address,
            "--set",
            "apikey=1-2",
        ];
        command(plan, &[&connect[..], &whose].concat()).await?;
        let numbers: Vec<String> = numbers(nth).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let track = [&["track", "247express"], &whose[..], &numbers].concat();
        command(plan, &track).await?;
    }
    Ok(good)
}

/// Each upstream is an account's of its own, which asks it and no other.
fn account(upstream: usize) -> String {
    format!("upstream-{upstream}")
}

fn numbers(upstream: usize) -> impl Iterator<Item = String> {
    (0..NUMBERS).map(move |nth| format!("VD{upstream:04}{nth:03}"))
}

/// A writer's parcel.
fn parcel_of(writer: u64, parcel: u64) -> String {
    format!("SOAK{writer}{parcel:03}")
}

/// What a writer's batch says of each of its parcels.
fn text_of(writer: u64, nth: u64) -> String {
    format!("{writer}-{nth}")
}

/// Sends batch after batch, each until it is acknowledged. Returns how many there were.
async fn write(writer: u64, url: String, bearer: String, load: Arc<Load>) -> anyhow::Result<u64> {
    let client = crate::client();
    let mut nth = 0_u64;
    let mut is_open = false;
    // What was sent and perhaps taken is sent until that is known.
    while is_open || !load.over.load(Ordering::Relaxed) {
        let text = text_of(writer, nth);
        let number = |parcel| parcel_of(writer, parcel);
        let events: Vec<Value> = (0..PARCELS)
            .map(|parcel| {
                json!({
                    "number": number(parcel), "id": text, "text": text, "status": "in_transit",
                    "occurred_at": format!("2026-05-{:02}T{:02}:{:02}:{:02}Z",
                        1 + nth / 86_400, nth / 3_600 % 24, nth / 60 % 60, nth % 60),
                })
            })
            .collect();
        let batch = json!({ "events": events });
        let sent = client
            .post(&url)
            .bearer_auth(&bearer)
            .json(&batch)
            .send()
            .await;
        let told: Option<Value> = match sent {
            Ok(answer) if answer.status().is_success() => answer.json().await.ok(),
            _ => None,
        };
        is_open = told.is_none();
        if let Some(told) = told {
            let taken = told["accepted"].as_u64().zip(told["repeated"].as_u64());
            if taken.is_none_or(|(new, known)| new + known != PARCELS) {
                bail!("a batch was taken in part: {told}");
            }
            let keys = (0..PARCELS).map(|parcel| key(&number(parcel), &text));
            load.acknowledged.lock().extend(keys);
            nth += 1;
        }
        let is_calm = load.calm.load(Ordering::Relaxed);
        tokio::time::sleep(if is_calm { LONG_PAUSE } else { load.pause }).await;
    }
    Ok(nth)
}

/// Of some parcels of each writer, the log has every event once.
async fn kept(plan: &Plan, batches: &[u64], report: &mut Report) {
    for (writer, batches) in (0..).zip(batches) {
        for number in [parcel_of(writer, 0), parcel_of(writer, PARCELS - 1)] {
            let shown = command(plan, &["show", &number]).await;
            let shown = shown.unwrap_or_else(|error| {
                report.wrong.push(format!("{number}: {error:#}"));
                Value::Null
            });
            let events = shown[0]["events"].as_array().cloned().unwrap_or_default();
            let held = events
                .iter()
                .map(|event| event["text"].as_str().unwrap_or_default().to_owned());
            let acknowledged = (0..*batches).map(|nth| text_of(writer, nth));
            let wrong = evidence::in_log(acknowledged, held);
            let wrong = wrong.into_iter().map(|what| format!("{number}: {what}"));
            report.wrong.extend(wrong);
        }
    }
}

/// Waits until all has arrived, and counts what came otherwise than it should. Whether all has.
async fn arrived(
    plan: &Plan,
    sink: &Sink,
    acknowledged: &HashSet<u64>,
    report: &mut Report,
) -> bool {
    let all = eventually("all to arrive", plan.patience, async || {
        sink.has(acknowledged).then_some(())
    });
    let is_whole = all.await.is_ok();
    if !is_whole {
        let missing = sink.missing(acknowledged);
        report.wrong.push(format!(
            "{} of {} acknowledged events never arrived at {}",
            missing,
            acknowledged.len(),
            sink.name()
        ));
    }
    let heard = sink.heard();
    report.messages += heard.messages;
    report.repeats += heard.repeats;
    if heard.repeats > (report.kills + 1) * IN_FLIGHT {
        let (repeats, kills) = (heard.repeats, report.kills);
        report.wrong.push(format!(
            "{repeats} repeats at {} for {kills} kills",
            sink.name()
        ));
    }
    report.wrong.extend(heard.disorder);
    is_whole
}

/// The numbers of the good upstream are known.
async fn known(
    plan: &Plan,
    nth: usize,
    good: &Receiver,
    report: &mut Report,
) -> anyhow::Result<()> {
    let account = account(nth);
    for number in numbers(nth) {
        if plan.time < POLL_LEASE {
            // What can't be asked now is asked when its lease is over, and waited for below.
            let refresh = ["refresh", &number, "--account", &account];
            let _ = command(plan, &refresh).await;
        }
        let asked = eventually(format!("{number} to be known"), plan.patience, async || {
            let shown = command(plan, &["show", &number, "--account", &account])
                .await
                .ok()?;
            (shown[0]["events"].as_array()?.len() == 1).then_some(())
        });
        if let Err(error) = asked.await {
            let calls = good.received().len();
            report.wrong.push(format!("{error}, after {calls} calls"));
        }
    }
    Ok(())
}

/// The state is what the log says, and every acknowledged event is in it.
async fn verify(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let found = command(plan, &["doctor", "--verify"]).await?;
    let verification = &found["verification"];
    if verification["differing"] != json!([]) {
        report.wrong.push(format!("doctor: {verification}"));
    }
    let statements = verification["statements"].as_u64().unwrap_or_default();
    let least = report.acknowledged as u64 + NUMBERS;
    if statements < least {
        report.wrong.push(format!(
            "{statements} statements where {least} were acknowledged"
        ));
    }
    Ok(())
}
