//! `trackway import orders FILE` and `trackway export orders`: records as CSV or JSON Lines, page by
//! page, with what is wrong line by line.

mod sheet;

use super::Session;
use crate::cli::{Export, FileFormat, Import, Records};
use crate::printer::Printer;
use anyhow::{Context, bail};
use indicatif::ProgressBar;
use serde_json::{Value, json};
use sheet::{Placed, Sheet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use trackway_web::admin::{AdminRequest, TakenIn, Traded};

/// Records of one request.
const PAGE: usize = 200;
/// The longest line that is read.
const LONGEST_LINE: u64 = 4 << 20;
/// Refused lines that are printed; a report file has all.
const MOST_TOLD: usize = 1_000;

/// What is written where nobody says.
const ACCOUNT: &str = "default";

pub async fn export(
    what: Records,
    export: &Export,
    out: &mut dyn Write,
    printer: &Printer,
) -> anyhow::Result<()> {
    let sheet = sheet_of(what)?;
    let format = format(export.format, export.file.as_deref());
    let account = export.account.clone();
    let account = account.unwrap_or_else(|| ACCOUNT.to_owned());
    let mut session = Session::open(&export.place, printer).await?;
    let outcome = write(&mut session, sheet, format, account, out, printer).await;
    session.close().await?;
    let written = outcome?;
    let kind = sheet.kind;
    printer.note(&format!(
        "Wrote {written} {kind}, readable by whoever has them: keep them as you keep the data."
    ));
    Ok(())
}

fn sheet_of(what: Records) -> anyhow::Result<&'static Sheet> {
    Sheet::of(what.name()).with_context(|| format!("{} have no files", what.name()))
}

/// As it is named, or by the file's name; CSV otherwise.
fn format(named: Option<FileFormat>, file: Option<&Path>) -> FileFormat {
    let ending = file
        .and_then(Path::extension)
        .and_then(|ending| ending.to_str());
    named.unwrap_or(match ending {
        Some("jsonl" | "ndjson" | "json") => FileFormat::Jsonl,
        _ => FileFormat::Csv,
    })
}

async fn write(
    session: &mut Session,
    sheet: &Sheet,
    format: FileFormat,
    account: String,
    out: &mut dyn Write,
    printer: &Printer,
) -> anyhow::Result<usize> {
    let bar = printer.progress(None, sheet.kind);
    if format == FileFormat::Csv {
        row(out, sheet.columns.iter().copied())?;
    }
    let (mut offset, mut written) = (0, 0);
    loop {
        let asked = Traded::Written {
            kind: sheet.kind.to_owned(),
            offset,
            limit: PAGE as u32,
        };
        let account = account.clone();
        let page = session.ask(AdminRequest::Trade { account, asked }).await?;
        let records = page["records"].as_array().map(Vec::as_slice);
        for record in records.unwrap_or_default() {
            match format {
                FileFormat::Jsonl => writeln!(out, "{record}")?,
                FileFormat::Csv => {
                    for cells in sheet.rows(record) {
                        row(out, cells.iter().map(String::as_str))?;
                    }
                }
            }
            written += 1;
        }
        let read = page["read"].as_u64().unwrap_or_default();
        bar.inc(read);
        offset += read;
        if read < PAGE as u64 {
            bar.finish_and_clear();
            return Ok(written);
        }
    }
}

fn row<'a>(out: &mut dyn Write, cells: impl Iterator<Item = &'a str>) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells)?;
    let line = writer.into_inner().context("a row could not be written")?;
    Ok(out.write_all(&line)?)
}

/// A line that was refused.
struct Refused {
    line: u64,
    field: String,
    problem: String,
}

#[derive(Default)]
struct Sum {
    records: usize,
    made: usize,
    known: usize,
    left_out: usize,
    /// Records that were refused.
    wrong: usize,
    refused: Vec<Refused>,
}

pub async fn import(what: Records, import: &Import, printer: &Printer) -> anyhow::Result<()> {
    let sheet = sheet_of(what)?;
    let is_stdin = import.file == Path::new("-");
    let named = (!is_stdin).then_some(import.file.as_path());
    let format = format(import.format, named);
    let (input, bytes): (Box<dyn Read>, _) = match named {
        None => (Box::new(io::stdin()), None),
        Some(path) => {
            let file = File::open(path);
            let file = file.with_context(|| format!("{} can't be read", path.display()))?;
            let bytes = file.metadata()?.len();
            (Box::new(file), Some(bytes))
        }
    };
    let bar = printer.progress(bytes, "bytes");
    let input = BufReader::new(bar.wrap_read(input));
    let mut sum = Sum::default();
    let mut records = Vec::new();
    read(sheet, format, input, &mut records, &mut sum)?;
    let mut session = Session::open_or_make(&import.place, printer).await?;
    let account = import.account.as_deref().unwrap_or(ACCOUNT);
    let bar = printer.progress(Some(records.len() as u64), sheet.kind);
    let asked = Asked {
        account,
        kind: sheet.kind,
        dry_run: import.dry_run,
    };
    let outcome = take(&mut session, &asked, records, &mut sum, &bar).await;
    session.close().await?;
    bar.finish_and_clear();
    outcome?;
    sum.refused.sort_by_key(|one| one.line);
    if let Some(path) = &import.report {
        report(path, &sum.refused)?;
    }
    let told = sum
        .refused
        .iter()
        .take(MOST_TOLD)
        .map(|one| json!({ "line": one.line, "field": one.field, "problem": one.problem }));
    printer.data(&json!({
        "records": sum.records,
        "made": sum.made,
        "known": sum.known,
        "left_out": sum.left_out,
        "refused": sum.wrong,
        "errors": told.collect::<Vec<_>>(),
    }))?;
    if import.dry_run {
        printer.note("Nothing was written. Whether stock suffices shows only when it is done.");
    }
    match sum.wrong {
        0 => Ok(()),
        wrong => bail!("{wrong} were refused: mend them and run it again, nothing is made twice"),
    }
}

fn read(
    sheet: &Sheet,
    format: FileFormat,
    mut input: impl BufRead,
    records: &mut Vec<Placed>,
    sum: &mut Sum,
) -> anyhow::Result<()> {
    if format == FileFormat::Csv {
        return sheet.read(input, |record| {
            records.push(record);
            Ok(())
        });
    }
    let mut number = 0;
    loop {
        let mut line = Vec::new();
        let read = Read::take(&mut input, LONGEST_LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        if read as u64 == LONGEST_LINE {
            bail!("line {number} is longer than any record");
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice::<Value>(&line) {
            Ok(value) if value.is_object() => records.push(Placed::new(number, value)),
            Ok(_) => sum.refuse(number, "", "it is no JSON object"),
            Err(error) => sum.refuse(number, "", &format!("it is no JSON: {error}")),
        }
    }
}

impl Sum {
    fn refuse(&mut self, line: u64, field: &str, problem: &str) {
        self.records += 1;
        self.wrong += 1;
        self.told(line, field, problem);
    }

    fn told(&mut self, line: u64, field: &str, problem: &str) {
        self.refused.push(Refused {
            line,
            field: field.to_owned(),
            problem: problem.to_owned(),
        });
    }
}

/// What is taken in, and how.
struct Asked<'a> {
    account: &'a str,
    kind: &'a str,
    dry_run: bool,
}

async fn take(
    session: &mut Session,
    of: &Asked<'_>,
    records: Vec<Placed>,
    sum: &mut Sum,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    for page in records.chunks(PAGE) {
        let asked = Traded::TakeIn {
            kind: of.kind.to_owned(),
            bodies: page.iter().map(|placed| placed.record.clone()).collect(),
            dry_run: of.dry_run,
        };
        let account = of.account.to_owned();
        let first = page.first().map_or(0, |placed| placed.line);
        let told = session.ask(AdminRequest::Trade { account, asked }).await;
        let told = told.with_context(|| format!("from line {first} on nothing was taken in"))?;
        let outcomes: Vec<TakenIn> = serde_json::from_value(told)?;
        for (placed, outcome) in page.iter().zip(outcomes) {
            sum.records += 1;
            match outcome {
                TakenIn::Made => sum.made += 1,
                TakenIn::Known => sum.known += 1,
                TakenIn::LeftOut => sum.left_out += 1,
                TakenIn::Refused { errors } => {
                    sum.wrong += 1;
                    for (member, problem) in errors {
                        let (line, field) = placed.place_of(&member);
                        sum.told(line, &field, &problem);
                    }
                }
            }
        }
        bar.inc(page.len() as u64);
    }
    Ok(())
}

/// Every refused line, as CSV.
fn report(path: &Path, refused: &[Refused]) -> anyhow::Result<()> {
    let file = File::create(path);
    let file = file.with_context(|| format!("{} can't be written", path.display()))?;
    let mut out = csv::Writer::from_writer(file);
    out.write_record(["line", "field", "problem"])?;
    for one in refused {
        out.write_record([&one.line.to_string(), &one.field, &one.problem])?;
    }
    Ok(out.flush()?)
}
