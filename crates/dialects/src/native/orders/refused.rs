//! Refusals as problems: what is not there, taken or not possible now, and the member that says so.

use super::words;
use crate::native::Problem;
use crate::native::wire::MemberError;
use http::StatusCode;
use trackway_model::orders::{Kind, NameKind, RecordId, Refusal};

/// Why nothing was made or moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub status: StatusCode,
    pub detail: String,
    pub errors: Vec<MemberError>,
    /// The record that has the name already.
    pub existing: Option<RecordId>,
}

impl Wrong {
    /// Members that can't be used.
    pub fn members(errors: Vec<MemberError>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            detail: "Some members can't be used: see `errors`.".to_owned(),
            errors,
            existing: None,
        }
    }

    /// A refusal of what was asked; `place` says where a kind or a SKU is named in it.
    pub fn of(refusal: &Refusal, place: impl Fn(Kind, Option<&str>) -> String) -> Self {
        let detail = refusal.to_string();
        let (status, pointer) = match refusal {
            Refusal::Unknown { kind, .. } => (StatusCode::UNPROCESSABLE_ENTITY, place(*kind, None)),
            Refusal::UnknownName { kind, name } => {
                let sku = (name.kind == NameKind::Sku).then_some(name.text.as_str());
                (StatusCode::UNPROCESSABLE_ENTITY, place(*kind, sku))
            }
            Refusal::Invalid { field, .. }
            | Refusal::TooMany { field, .. }
            | Refusal::SumMismatch { field, .. } => {
                (StatusCode::UNPROCESSABLE_ENTITY, pointer(field))
            }
            Refusal::OutOfStock { sku, .. } => {
                let place = place(Kind::Item, Some(sku));
                (StatusCode::UNPROCESSABLE_ENTITY, place)
            }
            Refusal::Duplicate { name, .. } => {
                (StatusCode::CONFLICT, format!("/{}", name.kind.name()))
            }
            Refusal::IllegalMove { .. } => (StatusCode::CONFLICT, String::new()),
            Refusal::InUse { facet, .. } => (StatusCode::CONFLICT, format!("/{}", facet.name())),
        };
        let existing = match refusal {
            Refusal::Duplicate { existing, .. } => Some(*existing),
            _ => None,
        };
        let errors = if pointer.is_empty() {
            Vec::new()
        } else {
            vec![MemberError::of(pointer, detail.clone())]
        };
        Self {
            status,
            detail: sentence(&detail),
            errors,
            existing,
        }
    }

    /// What is not there, of which the caller knows the id or the code.
    pub fn missing(kind: Kind) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            detail: format!(
                "There is no {} with this id or code: the list has them.",
                words(kind)
            ),
            errors: Vec::new(),
            existing: None,
        }
    }
}

impl From<Wrong> for Problem {
    fn from(wrong: Wrong) -> Self {
        let problem = Self::new(wrong.status, wrong.detail);
        let problem = wrong.errors.into_iter().fold(problem, Self::with_error);
        match wrong.existing {
            Some(existing) => problem.with_existing(existing.0),
            None => problem,
        }
    }
}

/// A command's member as a JSON Pointer: `lines[2].quantity` is `/lines/2/quantity`.
pub fn pointer(field: &str) -> String {
    let mut pointer = String::with_capacity(field.len() + 1);
    for part in field.split(['.', '[']) {
        let part = part.trim_end_matches(']');
        if !part.is_empty() {
            pointer.push('/');
            pointer.push_str(part);
        }
    }
    pointer
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
