//! The long run (`make soak`) in small: some seconds of everything at once, on both stores.
//!
//! What is checked, and how, stands at the head of [`trackway_testkit::soak`].

use crate::program::{Data, PROGRAM};
use std::time::Duration;
use trackway_testkit::soak::{PATIENCE, Plan, run};

/// As long as it takes for every kind of trouble to come about.
const TIME: Duration = Duration::from_secs(12);
const CALM: std::ops::Range<Duration> = Duration::from_millis(500)..Duration::from_secs(5);

async fn nothing_is_lost(data: Data, seed: u64) {
    let plan = Plan {
        program: PROGRAM.into(),
        place: data.args(),
        time: TIME,
        calm: CALM,
        tricks: 10,
        seed,
        patience: PATIENCE,
        disk: None,
    };
    let report = run(&plan, |_progress| {}).await.unwrap();
    assert!(report.wrong.is_empty(), "{report:#?}");
    // It was a run at all.
    assert!(report.kills >= 2, "{report:#?}");
    assert!(report.acknowledged > 0, "{report:#?}");
    assert!(
        report.messages >= 3 * report.acknowledged as u64,
        "each of three subscribers was told of each: {report:#?}"
    );
    assert!(report.provoked > 10, "{report:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_on_sqlite() {
    nothing_is_lost(Data::sqlite(), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_on_postgres() {
    nothing_is_lost(Data::postgres().await, 2).await;
}
