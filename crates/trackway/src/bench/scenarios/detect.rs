//! Whose number it may be, on one thread: every candidate ranked with its reasons, beside the crate
//! `tracking-numbers` and npm's `ts-tracking-number`, which name the first match. All three are asked
//! about the same made-up numbers of the couriers that the public courier files know, in turns.
//!
//! The peers are programs of their own: the crate is an example of `trackway-numbers`, so that this
//! program needs no PCRE; npm's needs `node`, and its folder as `scripts/bench` lays it down. Where
//! one is not there, its figure is told without a ratio.

use super::Bench;
use crate::bench::clock::Stopwatch;
use crate::bench::report::{Figure, Report, median, thousands};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use trackway_numbers::sample::{Generator, accuracy};
use trackway_numbers::{Catalog, Hints};

const NUMBERS: usize = 100_000;
/// Numbers over which the accuracy is measured.
const JUDGED: usize = 200_000;
/// How long one turn lasts.
const TURN: f64 = 2.0;
const SEED: u64 = 247;
/// The bounds.
const OF_CRATE: f64 = 3.0;
const OF_NPM: f64 = 20.0;
/// The script that asks npm's package, and the folder that it is installed in.
const SCRIPT: &str = "scripts/peers/ts-tracking-number.cjs";
const MODULES: &str = "bench-data/peers";

/// What a turn measured.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Turn {
    asked: u64,
    found: u64,
    seconds: f64,
}

impl Turn {
    fn rate(self) -> f64 {
        self.asked as f64 / self.seconds
    }
}

/// The turns of one of the three; None: it is not there.
#[derive(Debug, Default)]
struct Turns(Option<Vec<Turn>>);

impl Turns {
    fn add(&mut self, turn: Option<Turn>) {
        if let Some(turn) = turn {
            self.0.get_or_insert_default().push(turn);
        }
    }

    fn rate(&self) -> Option<f64> {
        let turns = self.0.as_ref()?;
        Some(median(turns.iter().map(|turn| turn.rate()).collect()))
    }

    /// Of a hundred numbers, for how many something was named.
    fn named(&self) -> f64 {
        let last = self.0.as_ref().and_then(|turns| turns.last());
        last.map_or(0.0, |turn| 100.0 * turn.found as f64 / turn.asked as f64)
    }
}

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let catalog = Catalog::built_in()?;
    let mut generator = Generator::new(SEED);
    let numbers: Vec<String> = (0..NUMBERS / bench.scale)
        .map(|_| generator.published().number)
        .collect();
    let file = bench.fresh("detect")?.join("numbers.txt");
    std::fs::write(&file, numbers.join("\n"))?;
    let turn = TURN / bench.scale as f64;
    let (mut ours, mut of_crate, mut of_npm) =
        (Turns::default(), Turns::default(), Turns::default());
    for _ in 0..bench.rounds {
        ours.add(Some(own_turn(&catalog, &numbers, turn)));
        of_crate.add(crate_turn(&file, turn)?);
        of_npm.add(npm_turn(&file, turn)?);
    }
    let rate = ours.rate().unwrap_or_default();
    for (what, peer, turns, bound) in [
        (
            "crate tracking-numbers 0.1.2",
            "built by scripts/bench",
            &of_crate,
            OF_CRATE,
        ),
        (
            "npm ts-tracking-number 1.0.17",
            "node and what scripts/bench installs",
            &of_npm,
            OF_NPM,
        ),
    ] {
        let theirs = turns.rate();
        let more = theirs.map_or_else(
            || format!("not measured: it needs {peer}"),
            |theirs| {
                format!(
                    "{:.1} times; it names the first match of {:.1} of 100 numbers, we rank all of {:.1}",
                    rate / theirs,
                    turns.named(),
                    ours.named(),
                )
            },
        );
        report.add(Figure {
            what: format!("detections a second, one thread, beside {what}"),
            product: thousands(rate),
            ceiling: theirs.map(thousands),
            ratio: theirs.map(|theirs| rate / theirs),
            at_least: if bound > OF_CRATE {
                "20 times"
            } else {
                "3 times"
            },
            towards: "",
            more,
        });
    }
    report.add(judged(&catalog, JUDGED / bench.scale));
    Ok(())
}

fn judged(catalog: &Catalog, count: usize) -> Figure {
    let found = accuracy(catalog, SEED, count);
    let percent = |part: f64| format!("{:.2} %", part * 100.0);
    Figure {
        what: "detection's accuracy on made-up numbers".to_owned(),
        product: format!(
            "among the candidates {}, first where a check digit decides {}, random digits called likely {}",
            percent(found.among),
            percent(found.first),
            percent(found.fooled),
        ),
        ceiling: None,
        ratio: None,
        at_least: "100 %, 99 %, under 1 %",
        towards: "",
        more: format!(
            "Brier score over all carriers and nobody {:.3} (0 is best, 2 worst; naming nobody ever {:.3})",
            found.brier, found.brier_of_silence
        ),
    }
}

fn own_turn(catalog: &Catalog, numbers: &[String], least: f64) -> Turn {
    let watch = Stopwatch::start();
    let (mut asked, mut found) = (0, 0);
    while watch.elapsed().as_secs_f64() < least {
        for number in numbers {
            let detection = std::hint::black_box(catalog.detect(number, &Hints::default()));
            found += u64::from(!detection.candidates.is_empty());
        }
        asked += numbers.len() as u64;
    }
    Turn {
        asked,
        found,
        seconds: watch.elapsed().as_secs_f64(),
    }
}

/// The example beside this program.
fn crate_turn(file: &Path, least: f64) -> Result<Option<Turn>> {
    let program = std::env::current_exe()?;
    let peer = program.with_file_name("examples").join("peer");
    if !peer.exists() {
        return Ok(None);
    }
    turn_of(Command::new(peer).arg(file).arg(least.to_string())).map(Some)
}

fn npm_turn(file: &Path, least: f64) -> Result<Option<Turn>> {
    let modules = std::path::absolute(PathBuf::from(MODULES))?;
    let has_node = Command::new("node").arg("--version").output().is_ok();
    if !has_node || !Path::new(SCRIPT).exists() || !modules.join("node_modules").exists() {
        return Ok(None);
    }
    let mut node = Command::new("node");
    node.arg(SCRIPT)
        .arg(&modules)
        .arg(file)
        .arg(least.to_string());
    turn_of(&mut node).map(Some)
}

fn turn_of(peer: &mut Command) -> Result<Turn> {
    let output = peer.output().context("a peer could not be started")?;
    if !output.status.success() {
        bail!("{peer:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("{peer:?} printed no figures"))
}
