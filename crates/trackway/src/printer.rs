//! All output of the program. Data goes to stdout, as one JSON document or as a table for people;
//! everything said about it goes to stderr.

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use std::io::{self, Write};
use std::time::Duration;
use trackway_hub::Headway;

/// How often a sign of life is given.
const TICK: Duration = Duration::from_millis(200);
/// The widest that a table gets.
const WIDTH: u16 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// For people.
    Table,
    /// For programs: one document on stdout.
    Json,
}

/// A bar whose length is known, with its rate and the time left; and one that only counts.
const MEASURED: &str = "{bar:40} {human_pos}/{human_len} {msg} {per_sec} {eta}";
const COUNTED: &str = "{spinner} {human_pos} {msg} {elapsed}";

fn style(template: &'static str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is a literal")
}

/// Does the work while a bar shows how far it is; the bar is gone afterwards.
pub async fn watch<T>(bar: &ProgressBar, headway: &Headway, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let outcome = loop {
        tokio::select! {
            biased;
            outcome = &mut work => break outcome,
            () = tokio::time::sleep(TICK) => show(bar, headway),
        }
    };
    bar.finish_and_clear();
    outcome
}

fn show(bar: &ProgressBar, headway: &Headway) {
    let (done, all) = headway.look();
    if let Some(all) = all
        && bar.length() != Some(all)
    {
        bar.set_length(all);
        bar.set_style(style(MEASURED));
    }
    bar.set_position(done);
    bar.tick();
}

#[derive(Debug)]
pub struct Printer {
    output: Output,
    /// For everything that is no data.
    err: io::Stderr,
}

impl Printer {
    pub fn new(output: Output) -> Self {
        Self {
            output,
            err: io::stderr(),
        }
    }

    /// For whom data is printed.
    pub const fn output(&self) -> Output {
        self.output
    }

    /// What the command was asked for.
    pub fn data(&self, value: &Value) -> io::Result<()> {
        match self.output {
            Output::Json => out(&serde_json::to_string_pretty(value)?),
            Output::Table => out(&people(value)),
        }
    }

    /// One document on a line of its own, for readers of streams, however data is printed otherwise.
    #[expect(clippy::unused_self, reason = "all output goes through the printer")]
    pub fn line(&self, value: &Value) -> io::Result<()> {
        out(&value.to_string())
    }

    /// A bar on stderr for work whose length is known, otherwise a count; nothing where stderr is no
    /// terminal.
    #[expect(clippy::unused_self, reason = "all output goes through the printer")]
    pub fn progress(&self, total: Option<u64>, unit: &'static str) -> ProgressBar {
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        let template = if total.is_some() { MEASURED } else { COUNTED };
        bar.with_style(style(template)).with_message(unit)
    }

    /// That something listens, and what a client needs: one line that a script can wait for; for
    /// people the address alone in the first line.
    pub fn listening(&self, address: &str, more: &Value) -> io::Result<()> {
        match self.output {
            Output::Json => {
                let mut line = serde_json::json!({ "listening": address });
                if let (Some(line), Some(more)) = (line.as_object_mut(), more.as_object()) {
                    line.extend(more.clone());
                }
                out(&line.to_string())
            }
            Output::Table => {
                out(address)?;
                if more.as_object().is_some_and(|members| !members.is_empty()) {
                    out(&people(more))?;
                }
                Ok(())
            }
        }
    }

    /// Something for the person at the terminal.
    pub fn note(&self, text: &str) {
        // There is nobody to tell when stderr is gone.
        let _ = writeln!(self.err.lock(), "{text}");
    }

    pub fn error(&self, error: &anyhow::Error) {
        self.note(&format!("trackway: {error:#}"));
    }
}

fn out(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        // Whoever read has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Members in the order in which people look for them; any other follows by name.
const ORDER: &[&str] = &[
    "id",
    "number",
    "carrier",
    "severity",
    "subject",
    "dialect",
    "account",
    "name",
    "time",
    "milestone",
    "stage",
    "text",
    "reason",
    "occurred",
    "place",
    "verdict",
    "because",
    "parcels",
    "containers",
    "air_waybills",
    "events_that_three_systems_told_of",
    "orders_that_arrived",
    "webhooks_of_the_carrier",
    "look_ups",
    "messages_that_came_twice",
    "first_parcel_delivered_after",
    "half_of_what_is_known_was_no_older_than",
    "and_95_%_no_older_than",
    "promise",
    "to_be",
    "are",
    "translated",
    "means",
    "fidelity",
    "becomes",
    "says",
    "with_reason",
    "lost",
    "comes_back_as",
];

fn in_order(mut names: Vec<&str>) -> Vec<&str> {
    let rank = |name: &str| {
        ORDER
            .iter()
            .position(|known| *known == name)
            .unwrap_or(ORDER.len())
    };
    names.sort_by_key(|name| (rank(name), *name));
    names
}

/// A value for people: an object as rows of name and value, a list of objects as a table; lists
/// within an object follow it, each under its name. What is empty has no row.
fn people(value: &Value) -> String {
    match value {
        Value::Array(rows) => listing(rows),
        Value::Object(members) => {
            let mut facts = table();
            let (lists, others): (Vec<&str>, Vec<&str>) = members
                .keys()
                .map(String::as_str)
                .partition(|name| is_list(&members[*name]));
            for name in in_order(others) {
                let told = member(name, &members[name]);
                if !told.is_empty() {
                    facts.add_row([label(name), told]);
                }
            }
            let mut parts = Vec::new();
            if facts.row_count() > 0 {
                parts.push(facts.to_string());
            }
            for name in in_order(lists) {
                let rows = members[name]
                    .as_array()
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                parts.push(format!("{}\n{}", label(name), listing(rows)));
            }
            parts.join("\n")
        }
        other => cell(other),
    }
}

/// Rows with more columns than this, or with lists of their own, are shown one below the other.
const MOST_COLUMNS: usize = 12;

/// Whether a value is a list of objects.
fn is_list(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|rows| rows.iter().any(Value::is_object))
}

fn listing(rows: &[Value]) -> String {
    let is_large = |row: &Value| {
        row.as_object()
            .is_some_and(|members| members.len() > MOST_COLUMNS || members.values().any(is_list))
    };
    if rows.iter().any(is_large) {
        return rows.iter().map(people).collect::<Vec<_>>().join("\n");
    }
    let mut columns: Vec<&str> = Vec::new();
    for name in rows
        .iter()
        .filter_map(Value::as_object)
        .flat_map(serde_json::Map::keys)
    {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let columns = in_order(telling(&columns, rows));
    if columns.is_empty() {
        return rows.iter().map(cell).collect::<Vec<_>>().join("\n");
    }
    let texts = |name: &str| -> Vec<String> {
        let text = |row: &Value| row.get(name).map_or_else(String::new, cell);
        rows.iter().map(text).collect()
    };
    let mut listing = table();
    listing.set_header(columns.iter().map(|name| label(name)));
    for row in rows {
        let text = |name: &&str| row.get(*name).map_or_else(String::new, cell);
        listing.add_row(columns.iter().map(text));
    }
    for (name, column) in columns.iter().zip(listing.column_iter_mut()) {
        let words = texts(name).into_iter().chain([label(name)]);
        let longest = words.map(|text| longest_word(&text)).max().unwrap_or(0);
        let width = (longest + PADDING).min(WIDEST_WORD) as u16;
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
    }
    listing.to_string()
}

/// The columns that tell people something: not those that are empty, or usual, in every row; nor
/// what another column says in better words.
fn telling<'r>(columns: &[&'r str], rows: &[Value]) -> Vec<&'r str> {
    let is_usual = |name: &str, text: &str| {
        text.is_empty()
            || USUAL
                .iter()
                .any(|(known, usual)| *known == name && *usual == text)
    };
    let is_said_better = |name: &str| {
        SAID_BETTER
            .iter()
            .any(|(known, by)| *known == name && by.iter().all(|name| columns.contains(name)))
    };
    let tells = |name: &str| {
        !is_said_better(name)
            && rows.iter().any(|row| {
                row.get(name)
                    .is_some_and(|value| !is_usual(name, &cell(value)))
            })
    };
    columns.iter().copied().filter(|name| tells(name)).collect()
}

/// What is not worth a column where every row says it.
const USUAL: &[(&str, &str)] = &[
    ("reason", "none"),
    ("certainty", "actual"),
    ("direction", "forward"),
    ("epoch", "0"),
];
/// Columns left out of tables beside these others.
const SAID_BETTER: &[(&str, &[&str])] = &[
    ("name", &["text", "milestone"]),
    ("stage", &["text", "milestone"]),
];
/// Blanks on both sides of a cell, and the longest word that a column is kept wide for.
const PADDING: usize = 2;
const WIDEST_WORD: usize = 26;

fn longest_word(text: &str) -> usize {
    let words = text.split([' ', '\n']);
    words.map(|word| word.chars().count()).max().unwrap_or(0)
}

fn table() -> Table {
    let mut table = Table::new();
    table
        .load_preset(UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(table.width().map_or(WIDTH, |terminal| terminal.min(WIDTH)));
    table
}

/// `client_id` is read as "client id".
fn label(name: &str) -> String {
    name.replace('_', " ")
}

/// An instant as people read it, `2026-03-05 10:11 +07:00`; None for any other text.
fn to_the_minute(text: &str) -> Option<String> {
    let (date, time) = text.split_once('T')?;
    let clock = time.get(..5)?;
    let zone = time
        .get(8..)?
        .trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let digits = |text: &str, separator: u8| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == separator)
    };
    let is_instant = date.len() == 10 && digits(date, b'-') && digits(clock, b':');
    let zone = match zone {
        "Z" => " UTC".to_owned(),
        "" => String::new(),
        offset => format!(" {offset}"),
    };
    is_instant.then(|| format!("{date} {clock}{zone}"))
}

/// A member's value; what a source wrote stays as it wrote it.
fn member(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) if name.ends_with("text") => text.clone(),
        other => cell(other),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => to_the_minute(text).unwrap_or_else(|| text.clone()),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name, cell(value)))
            .filter(|(_, told)| !told.is_empty())
            .map(|(name, told)| format!("{}: {told}", label(name)))
            .collect::<Vec<_>>()
            .join("\n"),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::{InMemoryTerm, ProgressDrawTarget};
    use serde_json::json;
    use trackway_testkit::eventually;

    #[test]
    fn people_see_facts_first_and_lists_under_their_names() {
        let text = people(&json!({
            "number": "VD0000001",
            "events": [{"code": "21", "place": null}, {"code": "23", "place": "HÀ NỘI"}],
            "sources": ["a", "b"],
        }));
        let at = |needle: &str| {
            text.find(needle)
                .unwrap_or_else(|| panic!("{needle} in\n{text}"))
        };
        assert!(at("VD0000001") < at("events"));
        assert!(at("a, b") < at("events"));
        assert!(at("place") < at("HÀ NỘI"));
    }

    #[test]
    fn what_is_empty_has_no_row() {
        let text = people(&json!({"note": null, "state": {"until": null, "left": 2}, "none": []}));
        assert!(text.contains("left: 2"), "{text}");
        for empty in ["note", "until", "none"] {
            assert!(!text.contains(empty), "{empty} in\n{text}");
        }
    }

    #[test]
    fn tables_have_whole_words_and_no_columns_that_tell_nothing() {
        let row = |number: &str| {
            json!({
                "number": number, "carrier": "247express", "milestone": "out_for_delivery",
                "stage": "out_for_delivery", "reason": "none", "references": [], "events": 5,
                "occurred": "2026-11-11T10:55:32.494622+07:00", "created": "2026-11-23T06:14:37Z",
            })
        };
        let text = people(&json!([row("VD00000001"), row("VD00000002")]));
        for word in [
            "VD00000001",
            "247express",
            "out_for_delivery",
            "10:55",
            "UTC",
        ] {
            assert!(text.contains(word), "{word} in\n{text}");
        }
        assert!(
            !text.contains("reason") && !text.contains("references"),
            "{text}"
        );
        assert!(
            text.lines().all(|line| line.chars().count() <= 100),
            "{text}"
        );
    }

    #[test]
    fn only_instants_are_shortened() {
        let short = |text: &str| to_the_minute(text);
        assert_eq!(
            short("2026-11-11T10:55:32.494622+07:00").as_deref(),
            Some("2026-11-11 10:55 +07:00")
        );
        assert_eq!(
            short("2026-11-11T10:55:32").as_deref(),
            Some("2026-11-11 10:55")
        );
        for text in ["", "T", "THE-PARCEL", "2026-11-11", "AT:12345678T12:3Ồ:00"] {
            assert_eq!(short(text), None, "{text}");
        }
    }

    #[test]
    fn rows_with_lists_of_their_own_stand_below_each_other() {
        let parcel = |number: &str| json!({"number": number, "events": [{"code": "21"}]});
        let text = people(&json!([parcel("VD1"), parcel("VD2")]));
        let at = |needle: &str| {
            text.find(needle)
                .unwrap_or_else(|| panic!("{needle} in\n{text}"))
        };
        assert!(at("VD1") < at("21") && at("21") < at("VD2"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() < 40), "{text}");
    }

    #[tokio::test]
    async fn a_bar_shows_how_far_the_work_is() {
        let term = InMemoryTerm::new(4, 100);
        let target = ProgressDrawTarget::term_like(Box::new(term.clone()));
        let bar = Printer::new(Output::Json).progress(None, "tracks");
        bar.set_draw_target(target);
        let headway = Headway::default();
        let shown = async |text: &str| {
            let shows = async || term.contents().contains(text).then_some(());
            eventually(text, Duration::from_secs(30), shows)
                .await
                .unwrap();
        };
        let work = async {
            headway.add(5);
            shown("5 tracks").await;
            headway.expect(2_000);
            headway.add(995);
            shown("1,000/2,000 tracks").await;
            term.contents()
        };
        let last = watch(&bar, &headway, work).await;
        assert!(last.contains("/s"), "{last}");
        assert_eq!(term.contents(), "");
    }
}
