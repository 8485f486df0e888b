//! `trackway export` and `trackway import`: page by page, so that neither memory nor a request grows
//! with the data.

use super::Session;
use crate::cli::{Export, Import};
use crate::printer::Printer;
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use trackway_web::admin::AdminRequest;

/// Shipments that are asked for at once.
const PAGE: usize = 200;
/// A page of an import has so many lines, or so many bytes, at most one line more.
const LINES: usize = 200;
const BYTES: usize = 4 << 20;
/// The longest line that is read: no shipment's is longer.
const LONGEST_LINE: u64 = 24 << 20;

pub async fn export(export: Export, printer: &Printer) -> anyhow::Result<()> {
    let mut out: Box<dyn Write> = match &export.file {
        None => Box::new(BufWriter::new(io::stdout())),
        Some(path) => Box::new(BufWriter::new(new_file(path)?)),
    };
    if let Some(what) = export.what {
        super::records::export(what, &export, &mut *out, printer).await?;
        return Ok(out.flush()?);
    }
    let mut session = Session::open(&export.place, printer).await?;
    let outcome = write(&mut session, &export, &mut out, printer).await;
    session.close().await?;
    let shipments = outcome?;
    out.flush()?;
    printer.note(&format!(
        "Wrote {shipments} shipments, readable by whoever has them: keep them as you keep the data."
    ));
    Ok(())
}

fn new_file(path: &Path) -> anyhow::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    file.with_context(|| format!("{} can't be made: is it there already?", path.display()))
}

async fn write(
    session: &mut Session,
    export: &Export,
    out: &mut dyn Write,
    printer: &Printer,
) -> anyhow::Result<u64> {
    let total = session.ask(AdminRequest::Counts).await?["tracks"].as_u64();
    let bar = printer.progress(total, "shipments");
    let mut after = None;
    let mut written = 0;
    loop {
        let request = AdminRequest::Export {
            account: export.account.clone(),
            after,
            limit: PAGE,
        };
        let page = session.ask(request).await?;
        for line in page["lines"].as_array().into_iter().flatten() {
            written += u64::from(line["record"] == "shipment");
            serde_json::to_writer(&mut *out, line)?;
            out.write_all(b"\n")?;
        }
        bar.inc(page["shipments"].as_u64().unwrap_or_default());
        after = page["next"].as_i64();
        if after.is_none() {
            bar.finish_and_clear();
            return Ok(written);
        }
    }
}

pub async fn import(import: Import, printer: &Printer) -> anyhow::Result<()> {
    if let Some(what) = import.what {
        return super::records::import(what, &import, printer).await;
    }
    let (input, bytes): (Box<dyn BufRead>, _) = if import.file == Path::new("-") {
        (Box::new(BufReader::new(io::stdin())), None)
    } else {
        let file = File::open(&import.file)
            .with_context(|| format!("{} can't be read", import.file.display()))?;
        let bytes = file.metadata()?.len();
        (Box::new(BufReader::new(file)), Some(bytes))
    };
    let mut session = Session::open_or_make(&import.place, printer).await?;
    let outcome = read(&mut session, input, bytes, printer).await;
    session.close().await?;
    let imported = outcome?;
    let differing = imported.differing.len();
    printer.data(&json!({
        "shipments": imported.shipments,
        "statements_new": imported.statements_new,
        "statements_known": imported.statements_known,
        "connections_made": imported.connections_made,
        "differing": imported.differing,
    }))?;
    if !imported.connections_made.is_empty() {
        printer.note(
            "The connections that were made have no secrets and are paused: connect these systems \
             anew with `trackway connect`.",
        );
    }
    if differing > 0 {
        printer.note(
            "Those that differ stand otherwise than in the export: more is known of them here. \
             `trackway explain` tells.",
        );
    }
    Ok(())
}

#[derive(Default)]
struct Sum {
    shipments: u64,
    statements_new: u64,
    statements_known: u64,
    connections_made: Vec<Value>,
    differing: Vec<Value>,
}

async fn read(
    session: &mut Session,
    mut input: Box<dyn BufRead>,
    bytes: Option<u64>,
    printer: &Printer,
) -> anyhow::Result<Sum> {
    let bar = printer.progress(bytes, "bytes");
    let mut sum = Sum::default();
    let mut number = 0;
    loop {
        let first = number + 1;
        let (lines, length) = page(&mut *input, &mut number)?;
        if lines.is_empty() {
            bar.finish_and_clear();
            if number == 0 {
                bail!("there is no line in it: is it an export?");
            }
            return Ok(sum);
        }
        if first == 1 && lines[0]["record"] != "export" {
            bail!("line 1 is not the head of an export: is it the whole file?");
        }
        let done = session.ask(AdminRequest::Import { lines }).await;
        let done = done.with_context(|| format!("lines {first} to {number} were not taken in"))?;
        let count = |name: &str| done[name].as_u64().unwrap_or_default();
        let names = |name: &str| done[name].as_array().cloned().unwrap_or_default();
        sum.shipments += count("shipments");
        sum.statements_new += count("statements_new");
        sum.statements_known += count("statements_known");
        sum.connections_made.extend(names("connections_made"));
        sum.differing.extend(names("differing"));
        bar.inc(length as u64);
    }
}

/// The next lines, and their bytes.
fn page(input: &mut dyn BufRead, number: &mut u64) -> anyhow::Result<(Vec<Value>, usize)> {
    let mut lines = Vec::new();
    let mut bytes = 0;
    while lines.len() < LINES && bytes < BYTES {
        let mut line = Vec::new();
        let read = io::Read::take(&mut *input, LONGEST_LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        *number += 1;
        bytes += read;
        if read as u64 == LONGEST_LINE {
            bail!("line {number} is longer than any of an export");
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let value = serde_json::from_slice(&line);
        lines.push(value.with_context(|| format!("line {number} is no JSON: is the file whole?"))?);
    }
    Ok((lines, bytes))
}
