//! The scenarios of the bench at a small size: that each runs to its end and tells its figures. What
//! the figures are is no test.

use crate::program::{PROGRAM, run};
use std::path::Path;
use tokio::process::Command;
use trackway_testkit::{Postgres, TestDatabase};

const FIGURES: &str = "# Figures\n\n<!-- figures: begin -->\n<!-- figures: end -->\n\nMore.\n";

fn small(folder: &Path, scenario: &str) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let args = [
        "bench", "run", "--small", "--rounds", "1", "--folder", folder, scenario,
    ];
    args.map(str::to_owned).to_vec()
}

/// The cells of a table's rows, without its head.
fn rows(document: &str) -> Vec<Vec<String>> {
    let rows = document.lines().filter(|line| line.starts_with("| "));
    let cells = |row: &str| {
        row.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    rows.skip(1).map(cells).collect()
}

async fn measured(scenario: &str, figures: usize) {
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("figures.md");
    std::fs::write(&document, FIGURES).unwrap();
    let mut args = small(&folder.path().join("data"), scenario);
    args.extend(["--write".to_owned(), document.to_str().unwrap().to_owned()]);
    let mut database: Option<TestDatabase> = None;
    if scenario.contains("postgres") {
        let made = database.insert(Postgres::database().await.unwrap());
        args.extend(["--database-url".to_owned(), made.url.clone()]);
    }
    let ran = run(args).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), figures, "{}", ran.stdout);
    let written = std::fs::read_to_string(&document).unwrap();
    let rows = rows(&written);
    assert_eq!(rows.len(), figures, "{written}");
    for row in rows {
        // What, bounds, the figure, its ceiling, the ratio, more.
        assert_eq!(row.len(), 7, "{row:?}");
        assert!(row[3].contains(|c: char| c.is_ascii_digit()), "{row:?}");
        assert!(
            !written.contains("NaN") && !written.contains("inf"),
            "{written}"
        );
    }
    assert!(written.ends_with("More.\n"), "{written}");
    drop(database);
}

macro_rules! scenarios {
    ($($test:ident: $name:literal tells $figures:literal),* $(,)?) => {
        $(#[tokio::test]
        async fn $test() {
            measured($name, $figures).await;
        })*
        const TESTED: &[&str] = &[$($name),*];
    };
}

scenarios! {
    ingest: "ingest" tells 2,
    long: "long" tells 1,
    postgres: "postgres" tells 1,
    webhooks: "webhooks" tells 1,
    lookups: "lookups" tells 2,
    disk: "disk" tells 1,
    register: "register" tells 2,
    search: "search" tells 2,
    search_postgres: "search-postgres" tells 1,
    feed: "feed" tells 2,
    deliver: "deliver" tells 1,
    deliver_latency: "deliver-latency" tells 1,
    deliver_many: "deliver-many" tells 1,
    freshness: "freshness" tells 3,
    scheduler: "scheduler" tells 1,
    ages: "ages" tells 1,
    addresses: "addresses" tells 1,
    orders: "orders" tells 3,
    order_reads: "order-reads" tells 5,
    query: "query" tells 2,
    parse: "parse" tells 1,
    detect: "detect" tells 3,
}

#[tokio::test]
async fn every_scenario_is_tested() {
    let help = run(["bench", "run", "--help"]).await.stdout;
    let (arguments, _) = help.split_once("Options:").unwrap();
    let names = arguments.lines().filter_map(|line| {
        let (name, _) = line.trim_start().strip_prefix("- ")?.split_once(':')?;
        Some(name.to_owned())
    });
    let names: Vec<String> = names.collect();
    assert!(names.len() >= TESTED.len(), "{help}");
    for name in names {
        assert!(TESTED.contains(&name.as_str()), "{name}");
    }
}

/// Where a process may open few files, fewer endpoints are measured.
#[tokio::test]
async fn few_files_are_enough() {
    let folder = tempfile::tempdir().unwrap();
    for scenario in ["deliver-many", "webhooks"] {
        let ran = Command::new("sh")
            .args(["-c", "ulimit -n 256 && exec \"$0\" \"$@\"", PROGRAM])
            .args(small(folder.path(), scenario))
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{scenario}: {said}");
    }
}
