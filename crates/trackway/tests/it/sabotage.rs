//! Power cuts: the real server on a disk that forgets what was not flushed, and the proof that the
//! check would find a build that does not flush.
//!
//! What is checked stands at the head of [`trackway_testkit::soak`], the disk at that of
//! [`trackway_testkit::disk`]. SQLite alone: with PostgreSQL the flushing is the database's.

use crate::program::{Data, PROGRAM};
use std::sync::Arc;
use std::time::Duration;
use trackway_testkit::soak::{PATIENCE, Plan, Report, run};
use trackway_testkit::{Disk, Flush};

const CALM: std::ops::Range<Duration> = Duration::from_millis(300)..Duration::from_millis(1_500);
/// What was lost does not come, however long one waits.
const SHORT: Duration = Duration::from_secs(4);

async fn cut_off(flush: Flush, seed: u64, patience: Duration) -> Report {
    let data = Data::sqlite();
    let disk = Disk::under(data.path(), flush, seed).await.unwrap();
    let plan = Plan {
        program: PROGRAM.into(),
        place: data.args(),
        time: Duration::from_secs(6),
        calm: CALM,
        tricks: 0,
        seed,
        patience,
        disk: Some(Arc::new(disk)),
    };
    let report = run(&plan, |_progress| {}).await.unwrap();
    // It was a run at all.
    assert!(report.kills >= 3, "{report:#?}");
    assert!(report.acknowledged > 50, "{report:#?}");
    report
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_with_the_power() {
    let report = cut_off(Flush::Real, 11, PATIENCE).await;
    // Whether anything was unflushed at a kill is chance; that the disk takes it back, the next shows.
    assert!(report.wrong.is_empty(), "{report:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_that_skips_its_flushes_is_found() {
    let report = cut_off(Flush::Skipped, 11, SHORT).await;
    assert!(report.taken_back > 0, "{report:#?}");
    let says = |words: &str| report.wrong.iter().any(|wrong| wrong.contains(words));
    assert!(
        says("acknowledged events are not in the log"),
        "{report:#?}"
    );
    assert!(says("statements where"), "{report:#?}");
}
