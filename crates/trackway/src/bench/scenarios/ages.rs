//! How long it takes to say how old the data is: one count over all numbers that are asked about, as
//! `trackway status`, the API and the metrics have it made. SQLite, in this process.

use super::Bench;
use crate::bench::clock::Stopwatch;
use crate::bench::fill::{Filling, wishes};
use crate::bench::report::{Figure, Report, median, thousands};
use anyhow::{Result, ensure};
use std::path::Path;
use trackway_store::ages::Heard;

const NUMBERS: usize = 1_000_000;
const BATCH: usize = 10_000;
const COUNTS: usize = 5;
const SECOND: i64 = 1_000_000;
/// Ages are spread over so many seconds.
const OLDEST: usize = 86_400;

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let (data, numbers) = (bench.fresh("product")?, NUMBERS / bench.scale);
    let (first, counts) = bench.runtime.block_on(run(&data, numbers))?;
    report.add(Figure {
        what: "ages of 1,000,000 numbers counted, SQLite".to_owned(),
        product: format!("{:.0} ms", median(counts) * 1e3),
        ceiling: None,
        ratio: None,
        at_least: "",
        towards: "",
        more: format!(
            "{} numbers of one connection; the first count {:.0} ms; a count is kept for 500 times as long as it took, a minute at most",
            thousands(numbers as f64),
            first * 1e3
        ),
    });
    Ok(())
}

/// Seconds that the first count took, and those after it.
async fn run(data: &Path, numbers: usize) -> Result<(f64, Vec<f64>)> {
    let filling = Filling::open(data, None).await?;
    let connection = filling.connection();
    let store = filling.hub().store();
    let now = filling.hub().clock().now();
    for from in (0..numbers).step_by(BATCH) {
        let to = (from + BATCH).min(numbers);
        let mut wishes = wishes(filling.account(), from..to, now);
        for wish in &mut wishes {
            wish.connections = vec![connection];
        }
        let made = store.register_many(wishes).await?;
        let heard = made.iter().zip(from..to).map(|((kept, _), number)| Heard {
            connection,
            track: kept.track,
            at: now - (number % OLDEST) as i64 * SECOND,
        });
        store.note_heard(heard.collect(), Vec::new()).await?;
    }
    let count = async || -> Result<f64> {
        let watch = Stopwatch::start();
        let ages = store.ages(now).await?;
        let took = watch.elapsed().as_secs_f64();
        let of_ours = ages.iter().find(|ages| ages.connection == connection);
        let active = of_ours.map_or(0, |ages| ages.active);
        ensure!(
            active == numbers as u64,
            "{active} of {numbers} were counted"
        );
        Ok(took)
    };
    let first = count().await?;
    let mut counts = Vec::with_capacity(COUNTS);
    for _ in 0..COUNTS {
        counts.push(count().await?);
    }
    filling.close().await?;
    Ok((first, counts))
}
