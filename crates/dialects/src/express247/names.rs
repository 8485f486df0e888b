//! Names of statuses beside their ids: the caption that people read (`trackingName`), and older
//! names that some revisions send. Ids decide; a name is asked only where no id came (§3).

use super::vocabulary;
use crate::raw;
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::LazyLock;
use trackway_model::CodeKind;

/// A row of `names.csv`.
#[derive(Clone, Debug, Deserialize)]
pub struct Name {
    pub status: String,
    /// The Vietnamese code.
    pub name: String,
    /// The caption for people.
    pub caption: String,
    /// `documented` or `inferred`.
    pub mark: String,
}

/// Every row; the first of an id is its present name.
pub fn names() -> &'static [Name] {
    static TABLE: LazyLock<Vec<Name>> = LazyLock::new(|| {
        csv::Reader::from_reader(include_str!("names.csv").as_bytes())
            .deserialize()
            .collect::<Result<_, _>>()
            .expect("the table in the binary is tested")
    });
    &TABLE
}

/// The caption of a status.
pub fn caption(status: &str) -> Option<&'static str> {
    names()
        .iter()
        .find(|row| row.status == status)
        .map(|row| row.caption.as_str())
}

/// The Vietnamese code of a status.
pub fn status_name(status: &str) -> Option<&'static str> {
    vocabulary()
        .get(CodeKind::Shipment, status, "")
        .map(|row| row.name.as_str())
}

/// A status id as spelt; where none came, the id of its name.
pub fn status_id<'a>(id: Option<&'a str>, name: Option<&str>) -> Cow<'a, str> {
    let known = |name: &str| {
        names()
            .iter()
            .find(|row| row.name.eq_ignore_ascii_case(name))
    };
    match id.and_then(raw::scalar) {
        Some(id) => id,
        None => name
            .and_then(raw::scalar)
            .and_then(|name| known(&name))
            .map_or(Cow::Borrowed(""), |row| Cow::Borrowed(row.status.as_str())),
    }
}
