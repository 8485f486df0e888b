//! The vocabulary of the older status page (keydelivery.md §5, revision difference): top-level codes
//! that are none any more. Accepted only: nothing is ever told in them. Each is folded into the status
//! that holds it today.

use serde::Deserialize;
use std::sync::LazyLock;

/// A row of `older.csv`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Older {
    /// As a top-level code of the older page.
    pub code: String,
    pub name: String,
    /// Today's top-level code.
    pub status: String,
    /// Today's substatus; empty where the top-level code stands for it.
    pub substatus: String,
}

/// Every row.
pub fn older() -> &'static [Older] {
    static TABLE: LazyLock<Vec<Older>> = LazyLock::new(|| {
        csv::Reader::from_reader(include_str!("older.csv").as_bytes())
            .deserialize()
            .collect::<Result<_, _>>()
            .expect("the table in the binary is tested")
    });
    &TABLE
}

/// What an older top-level code is today.
pub fn today(code: &str) -> Option<&'static Older> {
    older().iter().find(|row| row.code == code)
}
