//! A query, made ready for looking through columns.

use crate::search::{ShipmentQuery, text_key};
use trackway_model::Milestone;

/// A query, made ready.
pub struct Filter<'q> {
    pub query: &'q ShipmentQuery,
    pub number: Option<String>,
    pub reference: Option<String>,
    /// By their numbers.
    pub milestones: [bool; 256],
}

impl<'q> Filter<'q> {
    pub fn new(query: &'q ShipmentQuery) -> Self {
        let mut milestones = [false; 256];
        for milestone in Milestone::ALL {
            milestones[*milestone as usize] = query.milestone.is_none_or(|m| m == *milestone)
                && query.stage.is_none_or(|stage| stage == milestone.stage());
        }
        Self {
            query,
            number: query.number.as_deref().map(text_key),
            reference: query.reference.as_deref().map(text_key),
            milestones,
        }
    }
}

/// Whether a text begins so; the key is in the form of `text_key`. Most texts need no other form to be
/// compared, and are told apart by a few bytes.
pub fn begins(text: &[u8], key: &str) -> bool {
    let plain = |byte: &u8| byte.is_ascii_graphic();
    if text.first().is_none_or(plain) {
        let head = text.get(..key.len()).unwrap_or(text);
        if head.eq_ignore_ascii_case(key.as_bytes()) {
            return true;
        }
        if head.is_ascii() {
            return false;
        }
    }
    std::str::from_utf8(text).is_ok_and(|text| text_key(text).starts_with(key))
}
