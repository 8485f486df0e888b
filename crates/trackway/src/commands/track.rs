//! `trackway track`: numbers from the command line or from a CSV file, in batches. A line that is
//! wrong is told with its number and costs only itself.

use super::Session;
use crate::admin;
use crate::cli::Track;
use crate::printer::Printer;
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use trackway_web::admin::{AdminRequest, NumberToTrack};

/// Numbers of one request.
const BATCH: usize = 1_000;
/// Wrong lines that are told.
const MOST_TOLD: usize = 1_000;

/// What a file held.
#[derive(Debug, Default, PartialEq)]
struct Sheet {
    numbers: Vec<NumberToTrack>,
    wrong: Vec<Wrong>,
}

#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    line: u64,
    problem: String,
}

pub async fn run(track: Track, printer: &Printer) -> anyhow::Result<()> {
    let Some(path) = &track.file else {
        return numbers(track, printer).await;
    };
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        let file = File::open(path);
        Box::new(file.with_context(|| format!("{} can't be read", path.display()))?)
    };
    let sheet = read(input, |number| {
        admin::checked(&track.dialect, with_carrier(number, track.carrier.as_ref()))
    })?;
    let (mut followed, mut known) = (0, 0);
    if !track.dry_run {
        let mut session = Session::open_or_make(&track.place, printer).await?;
        let outcome = follow(&mut session, &track, &sheet.numbers, printer).await;
        session.close().await?;
        (followed, known) = outcome?;
    }
    let told = sheet.wrong.iter().take(MOST_TOLD);
    let told: Vec<Value> = told
        .map(|wrong| json!({ "line": wrong.line, "problem": wrong.problem }))
        .collect();
    printer.data(&json!({
        "lines": sheet.numbers.len() + sheet.wrong.len(),
        "good": sheet.numbers.len(),
        "followed": followed,
        "known_already": known,
        "wrong_lines": sheet.wrong.len(),
        "wrong": told,
    }))?;
    if !sheet.wrong.is_empty() {
        bail!(
            "{} lines are wrong: correct them and run it again, numbers that are known stay as they are",
            sheet.wrong.len()
        );
    }
    Ok(())
}

async fn numbers(track: Track, printer: &Printer) -> anyhow::Result<()> {
    let numbers = track.numbers.into_iter().map(|number| NumberToTrack {
        number,
        carrier: track.carrier.clone(),
        references: Vec::new(),
    });
    let request = AdminRequest::Track {
        account: track.owner.account,
        dialect: track.dialect,
        numbers: numbers.collect(),
    };
    let tracked = super::ask(&track.place, request, printer).await?;
    Ok(printer.data(&tracked)?)
}

fn with_carrier(mut number: NumberToTrack, carrier: Option<&String>) -> NumberToTrack {
    number.carrier = number.carrier.or_else(|| carrier.cloned());
    number
}

/// How many are new, and how many were known.
async fn follow(
    session: &mut Session,
    track: &Track,
    numbers: &[NumberToTrack],
    printer: &Printer,
) -> anyhow::Result<(usize, usize)> {
    let bar = printer.progress(Some(numbers.len() as u64), "numbers");
    let (mut new, mut known) = (0, 0);
    for batch in numbers.chunks(BATCH) {
        let request = AdminRequest::Track {
            account: track.owner.account.clone(),
            dialect: track.dialect.clone(),
            numbers: batch.to_vec(),
        };
        let tracked = session.ask(request).await?;
        let tracked = tracked.as_array().map(Vec::as_slice).unwrap_or_default();
        let fresh = tracked.iter().filter(|one| one["new"] == true).count();
        new += fresh;
        known += tracked.len() - fresh;
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    Ok((new, known))
}

/// Reads a CSV with a header line. `check` says what is wrong with a number, or gives it back.
fn read(
    input: impl Read,
    check: impl Fn(NumberToTrack) -> anyhow::Result<NumberToTrack>,
) -> anyhow::Result<Sheet> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(input);
    let headers = reader
        .headers()
        .context("the header line can't be read")?
        .clone();
    // Spreadsheets begin a file with a mark of its byte order.
    let name = |header: &str| header.trim_start_matches('\u{feff}').to_lowercase();
    let column = |wanted: &str| headers.iter().position(|header| name(header) == wanted);
    let Some(number) = column("number") else {
        let found: Vec<&str> = headers.iter().collect();
        bail!(
            "no column is called `number`: the first line names the columns, and has {}",
            found.join(", ")
        );
    };
    let carrier = column("carrier");
    let mut sheet = Sheet::default();
    for (at, record) in reader.records().enumerate() {
        let mut wrong = |line: u64, problem: String| sheet.wrong.push(Wrong { line, problem });
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(at as u64 + 2, csv::Position::line);
                wrong(line, "it is no UTF-8 text".to_owned());
                continue;
            }
        };
        let line = record.position().map_or(at as u64 + 2, csv::Position::line);
        if record.len() > headers.len() {
            wrong(
                line,
                format!(
                    "it has {} columns, the header {}",
                    record.len(),
                    headers.len()
                ),
            );
            continue;
        }
        let filled = |at: usize| record.get(at).filter(|text| !text.is_empty());
        let is_reference = |at: &usize| *at != number && Some(*at) != carrier;
        let wanted = NumberToTrack {
            number: record.get(number).unwrap_or_default().to_owned(),
            carrier: carrier.and_then(filled).map(str::to_owned),
            references: (0..headers.len())
                .filter(is_reference)
                .filter_map(filled)
                .map(str::to_owned)
                .collect(),
        };
        match check(wanted) {
            Ok(good) => sheet.numbers.push(good),
            Err(problem) => wrong(line, format!("{problem:#}")),
        }
    }
    Ok(sheet)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &[u8]) -> anyhow::Result<Sheet> {
        read(text, |number| admin::checked("247express", number))
    }

    #[test]
    fn columns_are_found_by_their_names_and_the_rest_are_references() {
        let text = "\u{feff}Order,Number,carrier,shop\nA-1,VD00000001,247express,\n\"A,2\", VD00000002 ,,S\n";
        let read = sheet(text.as_bytes()).unwrap();
        assert!(read.wrong.is_empty(), "{read:?}");
        let told: Vec<_> = read
            .numbers
            .iter()
            .map(|n| (n.number.as_str(), n.references.join("|")))
            .collect();
        assert_eq!(
            told,
            [
                ("VD00000001", "A-1".to_owned()),
                ("VD00000002", "A,2|S".to_owned())
            ]
        );
    }

    #[test]
    fn a_wrong_line_is_told_and_costs_only_itself() {
        let mut text =
            b"number,carrier\nVD1,\n,\nVD2,nobody\nVD3,247express,x,y\nVD\xff,\n".to_vec();
        text.extend(format!("{},\nVD4,\n", "9".repeat(101)).into_bytes());
        let read = sheet(&text).unwrap();
        let lines: Vec<u64> = read.wrong.iter().map(|wrong| wrong.line).collect();
        assert_eq!(lines, [3, 4, 5, 6, 7], "{read:?}");
        assert_eq!(read.numbers.len(), 2);
        assert!(sheet(b"parcel\nVD1\n").is_err());
        assert!(sheet(b"").is_err());
    }
}
