//! `docs/webhooks.md`: its tables, messages and samples are made of what sends and of what is run.
//! `UPDATE_DOCS=1` writes them anew, otherwise they are compared.

use crate::native::hook::{of_clock, signed};
use crate::native::{desk, hook, records};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use trackway_dialects::dialect::{Ack, Answer, Choice, Hook, Message, Outgoing, Subscriber};
use trackway_dialects::express247::Express247;
use trackway_dialects::keydelivery::KeyDelivery;
use trackway_dialects::registry::{DIALECTS, Vocabularies};
use trackway_dialects::{Dialect, desk::Settings};
use trackway_model::ConnectionId;
use trackway_model::change::ChangeKind;

const BEGIN: &str = "<!-- generated: ";
const END: &str = "<!-- end -->";
/// 2024-05-08T02:00:01Z.
const NOW: i64 = 1_715_133_601_000_000;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// The dialects that send webhooks.
fn hooks() -> impl Iterator<Item = (&'static dyn Dialect, &'static dyn Hook)> {
    let all = DIALECTS.iter().copied();
    all.filter_map(|dialect| Some((dialect, dialect.hook()?)))
}

fn names(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn dialects() -> String {
    let mut text = String::from(
        "| dialect | name | settings it needs | settings it may have | deadline |\n\
         | --- | --- | --- | --- | --- |\n",
    );
    for (dialect, hook) in hooks() {
        let (required, optional) = hook.settings();
        let (choices, lists) = (hook.choices(), hook.lists());
        let optional: Vec<String> = optional
            .iter()
            .map(|name| {
                let named = |choice: &&Choice| choice.name == *name;
                let one = choices.iter().find(named).map(|it| ("one", it.values));
                let some = lists.iter().find(named).map(|it| ("some", it.values));
                match one.or(some) {
                    Some((many, values)) => format!("`{name}`: {many} of {}", names(values)),
                    None => format!("`{name}`"),
                }
            })
            .collect();
        let required = if required.is_empty() {
            "none".to_owned()
        } else {
            names(required)
        };
        let _ = writeln!(
            text,
            "| {} | `{}` | {required} | {} | {} |",
            dialect.title(),
            dialect.name(),
            optional.join(", "),
            plain(hook.deadline())
        );
    }
    text
}

/// `5 s`, `30 min`, `20 h`; mixed where it is not whole.
fn plain(time: Duration) -> String {
    let seconds = time.as_secs();
    let parts = [
        (seconds / 3_600, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    parts.join(" ")
}

fn retries() -> String {
    let mut text = String::from(
        "| dialect | waits before the second attempt and the following | from the first attempt to the last |\n\
         | --- | --- | --- |\n",
    );
    for (dialect, hook) in hooks() {
        let waits: Vec<String> = hook.retries().iter().map(|wait| plain(*wait)).collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} |",
            dialect.title(),
            waits.join(", "),
            plain(hook.retries().iter().sum())
        );
    }
    text
}

/// Answers that receivers give.
const ANSWERS: &[(u16, &str)] = &[
    (200, ""),
    (204, ""),
    (200, r#"{"code":200,"message":"OK"}"#),
    (200, r#"{"code":500,"message":"not now"}"#),
    (200, r#"{"IsError":false,"ErrorMessage":""}"#),
    (200, r#"{"IsError":true,"ErrorMessage":"no such order"}"#),
    (302, ""),
    (400, "unknown event"),
    (410, ""),
    (429, ""),
    (500, ""),
];

fn answers() -> String {
    let titles: Vec<&str> = hooks().map(|(dialect, _)| dialect.title()).collect();
    let mut text = format!(
        "| status | body | {} |\n| --- | --- |{}\n",
        titles.join(" | "),
        " --- |".repeat(titles.len())
    );
    for (status, body) in ANSWERS {
        let answer = Answer {
            status: *status,
            retry_after_s: None,
            body: body.as_bytes(),
        };
        let judged: Vec<String> = hooks()
            .map(|(_, hook)| match hook.judge(&answer) {
                Ack::Accepted => "accepted".to_owned(),
                Ack::CallFailed(why) => format!("failed: {}", why.trim_end_matches([' ', ':'])),
                Ack::PartnerError(why) => format!("your error: {why}"),
            })
            .collect();
        let body = if body.is_empty() {
            "none".to_owned()
        } else {
            format!("`{body}`")
        };
        let _ = writeln!(text, "| {status} | {body} | {} |", judged.join(" | "));
    }
    text
}

/// A message as it stands on the wire, its JSON spread out.
fn shown(sent: &Outgoing) -> String {
    let mut text = format!("```http\n{} {}\n", sent.method, sent.url);
    for (name, value) in &sent.headers {
        let _ = writeln!(text, "{name}: {}", value.to_str().unwrap());
    }
    let body = std::str::from_utf8(&sent.body).unwrap();
    let _ = write!(text, "\n{}\n```\n", spread(body));
    text
}

/// JSON on lines of its own, its members in the order in which they are sent.
fn spread(json: &str) -> String {
    let mut text = String::new();
    let (mut depth, mut in_text, mut escaped) = (0, false, false);
    let mut letters = json.chars().peekable();
    while let Some(letter) = letters.next() {
        if in_text {
            in_text = escaped || letter != '"';
            escaped = letter == '\\' && !escaped;
            text.push(letter);
            continue;
        }
        let line = |depth: usize| format!("\n{}", "  ".repeat(depth));
        match letter {
            '{' | '[' => {
                text.push(letter);
                depth += 1;
                if !matches!(letters.peek(), Some('}' | ']')) {
                    text += &line(depth);
                }
            }
            '}' | ']' => {
                depth -= 1;
                if !text.ends_with(['{', '[']) {
                    text += &line(depth);
                }
                text.push(letter);
            }
            ',' => {
                text.push(letter);
                text += &line(depth);
            }
            ':' => text += ": ",
            _ => {
                in_text = letter == '"';
                text.push(letter);
            }
        }
    }
    let plain: Value = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), plain);
    text
}

async fn native() -> String {
    let desk = desk();
    for event in [
        json!([{"number": "A1", "status": "out_for_delivery", "occurred_at": "2024-05-08T07:15:00+07:00"}]),
        json!([{"number": "A1", "status": "attempt_failed", "reason": "not_at_home", "text": "Khách vắng nhà",
                "language": "vi", "place": "Quận 1, TP. Hồ Chí Minh", "occurred_at": "2024-05-08T08:58:30+07:00"}]),
    ] {
        hook::tell(&desk, event).await;
    }
    let secret = hook::secret("hmac", 1);
    shown(&signed(&desk, "A1", &secret, None, NOW))
}

/// The bodies of what clocks bring about: of a number of which nothing was told, and of one that has
/// fallen silent.
async fn clocks() -> (String, String) {
    let desk = desk();
    let no_record = ChangeKind::NoRecord { registration: 12 };
    let expired = ChangeKind::Expired { registration: 13 };
    desk.news("default", ConnectionId(0), "own", "A2", Vec::new());
    let told = json!([{"number": "A3", "status": "in_transit", "occurred_at": "2024-03-08T07:15:00+07:00"}]);
    hook::tell(&desk, told).await;
    let secret = hook::secret("hmac", 1);
    let body = |number, kind| {
        let change = of_clock(&desk, number, kind, NOW);
        let sent = hook::sent(&desk, number, &change, &secret, None, NOW);
        format!(
            "```json\n{}\n```\n",
            spread(std::str::from_utf8(&sent.body).unwrap())
        )
    };
    (body("A2", no_record), body("A3", expired))
}

async fn express247() -> String {
    let desk = desk();
    let event = json!([{"number": "VD0000001", "status": "delivered", "occurred_at": "2024-05-08T08:58:30+07:00"}]);
    hook::tell(&desk, event).await;
    let vocabularies = Vocabularies::built_in().unwrap();
    let change = desk.changes().pop().unwrap();
    let view = desk.view("default", "247express", "VD0000001").unwrap();
    let vocabulary = vocabularies.of("247express");
    assert_eq!(Express247.tells(vocabulary, &change, &view), [None]);
    let message = Message {
        id: "msg_1",
        sequence: 7,
        change: &change,
        view: &view,
        statement: None,
        registration: None,
        now: NOW,
    };
    let subscriber = Subscriber {
        url: "https://shop.example",
        settings: &Settings::from([("apikey".to_owned(), "YOUR-KEY".to_owned())]),
        secret: &"".into(),
        former: None,
    };
    shown(
        &Express247
            .encode(vocabulary, &subscriber, &message)
            .unwrap(),
    )
}

async fn keydelivery() -> String {
    let desk = desk();
    let event = json!([{"number": "ZZ000111222", "carrier": "gls", "status": "delivered", "text": "Parcel delivered",
                        "place": "MADRID", "occurred_at": "2024-05-08T08:58:30+02:00"}]);
    hook::tell(&desk, event).await;
    let vocabularies = Vocabularies::built_in().unwrap();
    let change = desk.changes().pop().unwrap();
    let view = desk.whole("default", "keydelivery", "ZZ000111222");
    let vocabulary = vocabularies.of("keydelivery");
    let message = Message {
        id: "msg_1",
        sequence: 7,
        change: &change,
        view: &view,
        statement: None,
        registration: None,
        now: NOW,
    };
    let subscriber = Subscriber {
        url: "https://shop.example/kd/SOMETHING-THAT-NOBODY-CAN-GUESS",
        settings: &Settings::new(),
        secret: &"".into(),
        former: None,
    };
    let hook = KeyDelivery.hook().unwrap();
    assert_eq!(hook.tells(vocabulary, &change, &view), [None]);
    shown(&hook.encode(vocabulary, &subscriber, &message).unwrap())
}

/// The bodies of messages about an order and about stock.
fn of_records() -> [String; 2] {
    records::samples().map(|sent| {
        let body = std::str::from_utf8(&sent.body).unwrap();
        format!("```json\n{}\n```\n", spread(body))
    })
}

fn sample(file: &str, language: &str) -> String {
    let text = std::fs::read_to_string(docs().join("samples/webhooks").join(file)).unwrap();
    format!("[`{file}`](samples/webhooks/{file})\n\n```{language}\n{text}```\n")
}

async fn sections() -> BTreeMap<&'static str, String> {
    let (no_record, expired) = clocks().await;
    let [order, stock] = of_records();
    BTreeMap::from([
        ("registration.no_record", no_record),
        ("registration.expired", expired),
        ("order.updated", order),
        ("stock.updated", stock),
        ("dialects", dialects()),
        ("native", native().await),
        ("247express", express247().await),
        ("keydelivery", keydelivery().await),
        ("answers", answers()),
        ("retries", retries()),
        ("verify.py", sample("verify.py", "python")),
        ("verify.mjs", sample("verify.mjs", "javascript")),
        ("verify.php", sample("verify.php", "php")),
        ("verify.rs", sample("verify.rs", "rust")),
    ])
}

/// A document with its generated sections made anew; those that it has not are an error.
fn filled(document: &str, sections: &BTreeMap<&str, String>) -> String {
    let mut text = String::new();
    let mut rest = document;
    let mut used = 0;
    while let Some(at) = rest.find(BEGIN) {
        let (before, marked) = rest.split_at(at);
        let (name, behind) = marked[BEGIN.len()..].split_once(" -->").unwrap();
        let end = behind.find(END).unwrap();
        let section = sections.get(name).unwrap_or_else(|| panic!("no `{name}`"));
        let _ = write!(text, "{before}{BEGIN}{name} -->\n\n{section}\n{END}");
        rest = &behind[end + END.len()..];
        used += 1;
    }
    assert_eq!(used, sections.len(), "a section is missing or there twice");
    text + rest
}

#[tokio::test]
async fn the_webhooks_document_is_what_is_sent_and_run() {
    let path = docs().join("webhooks.md");
    let kept = std::fs::read_to_string(&path).unwrap();
    let made = filled(&kept, &sections().await);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap();
        return;
    }
    assert!(
        kept == made,
        "docs/webhooks.md is not what is sent and run: run `make docs`"
    );
}

/// What the prose says of retries and deadlines, where it names a figure of every dialect.
#[test]
fn the_prose_names_the_deadline_that_every_dialect_has() {
    for (dialect, hook) in hooks() {
        let (seconds, words) = match dialect.name() {
            "track123" | "nandh" => (10, "10 for Track123's and N&H's"),
            _ => (15, "One deadline of 15 seconds"),
        };
        assert_eq!(
            hook.deadline(),
            Duration::from_secs(seconds),
            "{}",
            dialect.name()
        );
        let prose = std::fs::read_to_string(docs().join("webhooks.md")).unwrap();
        assert!(prose.contains(words), "docs/webhooks.md says no `{words}`");
    }
}
