//! What an upstream says of goods that it keeps, as reports (nandh-oms.md §6, I4; §8, N3 to N5): what its
//! webhooks tell of, asked for. What stands of a thing is the same whichever way it was told.

use crate::dialect::pulls::{Found, Listed, Wrong};
use crate::nandh::NAME;
use crate::nandh::hook::report::{count, inbound, known_by, stands_as, stock, text};
use crate::nandh::statement::{SINCE, seconds};
use crate::raw::Object;
use trackway_model::ConnectionId;
use trackway_model::orders::{Count, NewReport, Report, ReportType, Says};

const INBOUND_CODE: &str = "inbound_code";

/// Which connection tells, and where our own ledger follows its counts.
#[derive(Clone, Debug)]
pub struct Teller {
    pub connection: ConnectionId,
    pub counted_at: Option<String>,
}

/// A thing as it is told.
struct Said<'a> {
    event: &'a str,
    standing: String,
    subject: String,
    at: Option<i64>,
    says: Says,
    body: &'a str,
    counts: Vec<Count>,
}

impl Teller {
    fn report(&self, said: Said<'_>) -> NewReport {
        let at = said.at.unwrap_or_default().to_le_bytes();
        NewReport {
            // The same again at another time is another message.
            code: known_by(self.connection, &[said.body.as_bytes(), &at]),
            standing: said.standing,
            counts: said.counts,
            counted_at: self.counted_at.clone(),
            report: Report {
                connection: self.connection.0,
                dialect: NAME.to_owned(),
                event: said.event.to_owned(),
                subject: said.subject,
                at: said.at,
                says: said.says,
                about: None,
                standing: false,
                body: said.body.as_bytes().to_vec(),
            },
        }
    }

    /// A row of I4: so it stood when it was asked for.
    pub fn level(&self, part: &'static str, event: &str, asked: i64, row: &Object<'_>) -> Found {
        let Some(subject) = text(row, "sku") else {
            return nameless(part, "sku");
        };
        let says = stock(row);
        let place = match &says {
            Says::Stock { warehouse, .. } => warehouse.clone().unwrap_or_default(),
            Says::Inbound { .. } => String::new(),
        };
        let report = self.report(Said {
            event,
            standing: stands_as(self.connection, ReportType::Stock, &place, &subject),
            subject,
            at: Some(asked),
            says,
            body: row.text(),
            counts: Vec::new(),
        });
        Found::Report(part, Box::new(report))
    }

    /// A row of N3.
    pub fn listed(&self, part: &'static str, row: &Object<'_>) -> Found {
        match text(row, INBOUND_CODE) {
            Some(code) => Found::Listed(self.inbound_named(part, code, changed(row))),
            None => nameless(part, INBOUND_CODE),
        }
    }

    /// An inbound by its code there.
    pub fn inbound_named(&self, part: &'static str, code: String, at: Option<i64>) -> Listed {
        Listed {
            part,
            standing: stands_as(self.connection, ReportType::Inbound, "", &code),
            code,
            at,
        }
    }

    /// N4 with the rows of N5.
    pub fn inbound(&self, listed: &Listed, event: &str, detail: &str, lines: &[String]) -> Found {
        let Ok(row) = Object::of_text(detail) else {
            return nameless(listed.part, INBOUND_CODE);
        };
        let lines = lines.iter().filter_map(|line| Object::of_text(line).ok());
        let report = self.report(Said {
            event,
            standing: listed.standing.clone(),
            subject: text(&row, INBOUND_CODE).unwrap_or_else(|| listed.code.clone()),
            at: changed(&row).or(listed.at),
            says: inbound(&row),
            body: detail,
            counts: lines.filter_map(|line| count(&line)).collect(),
        });
        Found::Report(listed.part, Box::new(report))
    }
}

/// When a row changed last.
fn changed(row: &Object<'_>) -> Option<i64> {
    let times = [SINCE, "updated_time"];
    let times = times.iter().filter_map(|name| seconds(row.get(name)?));
    times.map(|at| at.wall).max()
}

fn nameless(part: &'static str, member: &str) -> Found {
    Found::Wrong(Wrong {
        part,
        id: String::new(),
        problem: format!("{member}: is required"),
    })
}
