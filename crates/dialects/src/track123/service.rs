//! Track123's service codes: `service.csv` holds each with its type, the HTTP status that we answer it
//! under (track123.md §1), what it means to a caller, and its text to the letter. A0706 and 101107
//! stand outside the vendor's table (§2.3).

use crate::dialect::CallError;
use std::sync::LazyLock;

/// A row of `service.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRow {
    pub code: String,
    /// The vendor's name of it.
    pub kind: String,
    pub http: u16,
    pub means: Meaning,
    pub msg: String,
}

/// What a code means to us as a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Success,
    Refused,
    Quota,
    Fault,
}

impl Meaning {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "success" => Self::Success,
            "refused" => Self::Refused,
            "quota" => Self::Quota,
            "fault" => Self::Fault,
            _ => return None,
        })
    }
}

static ROWS: LazyLock<Vec<ServiceRow>> =
    LazyLock::new(|| read(include_str!("service.csv")).expect("the table in the binary is tested"));

/// Every code that is known.
pub fn rows() -> &'static [ServiceRow] {
    &ROWS
}

fn read(table: &str) -> Option<Vec<ServiceRow>> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let row = |record: csv::StringRecord| {
        let cell = |at: usize| record.get(at).map(str::to_owned);
        Some(ServiceRow {
            code: cell(0)?,
            kind: cell(1)?,
            http: record.get(2)?.parse().ok()?,
            means: Meaning::parse(record.get(3)?)?,
            msg: cell(4)?,
        })
    };
    reader
        .records()
        .map(|record| record.ok().and_then(row))
        .collect()
}

/// A code that this facade answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Success,
    /// The caller's own doing, with the reason in `msg`.
    User,
    /// A login in the place of a key.
    Login,
    KeyUnknown,
    KeyBarred,
    Rights,
    NoKey,
    Parameter,
    ParameterMissing,
    Fault,
    TimedOut,
    TooFast,
    TooFastAsDocumentedLater,
    Full,
    Busy,
    NoSuchCall,
    Upstream,
    OutOfQuota,
}

impl Code {
    pub const ALL: [Self; 18] = [
        Self::Success,
        Self::User,
        Self::Login,
        Self::KeyUnknown,
        Self::KeyBarred,
        Self::Rights,
        Self::NoKey,
        Self::Parameter,
        Self::ParameterMissing,
        Self::Fault,
        Self::TimedOut,
        Self::TooFast,
        Self::TooFastAsDocumentedLater,
        Self::Full,
        Self::Busy,
        Self::NoSuchCall,
        Self::Upstream,
        Self::OutOfQuota,
    ];

    /// As on the wire.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Success => "00000",
            Self::User => "A0001",
            Self::Login => "A0200",
            Self::KeyUnknown => "A0230",
            Self::KeyBarred => "A0231",
            Self::Rights => "A0300",
            Self::NoKey => "A0301",
            Self::Parameter => "A0400",
            Self::ParameterMissing => "A0410",
            Self::Fault => "B0001",
            Self::TimedOut => "B0100",
            Self::TooFast => "B0210",
            Self::TooFastAsDocumentedLater => "A0706",
            Self::Full => "B0300",
            Self::Busy => "B0310",
            Self::NoSuchCall => "C0113",
            Self::Upstream => "D0000",
            Self::OutOfQuota => "101107",
        }
    }

    /// Its row of the table.
    pub fn row(self) -> &'static ServiceRow {
        row(self.text()).expect("every code that is answered has a row: a test looks")
    }
}

fn row(code: &str) -> Option<&'static ServiceRow> {
    ROWS.iter().find(|row| row.code == code)
}

/// What a code that an upstream answered means; None for success. One in no table is taken for a
/// fault (§2.3: kept as a string, and a failure).
pub fn judge(code: &str, text: &str) -> Option<CallError> {
    let meaning = row(code).map_or(Meaning::Fault, |row| row.means);
    let (code, text) = (code.to_owned(), text.to_owned());
    match meaning {
        Meaning::Success => None,
        Meaning::Refused => Some(CallError::Refused { code, text }),
        Meaning::Quota => Some(CallError::Quota { code, text }),
        Meaning::Fault => Some(CallError::Fault { code, text }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_every_code_that_is_answered_has_one() {
        let lines = include_str!("service.csv").lines().count() - 1;
        assert_eq!(rows().len(), lines);
        for code in Code::ALL {
            assert_eq!(code.row().code, code.text());
        }
        assert_eq!(Code::ParameterMissing.row().kind, "PARAM_IS_NULL");
        assert_eq!(judge("00000", "Success"), None);
        assert!(matches!(judge("Z9999", "?"), Some(CallError::Fault { .. })));
        assert!(matches!(judge("A0706", ""), Some(CallError::Quota { .. })));
    }
}
