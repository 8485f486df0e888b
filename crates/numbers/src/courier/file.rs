//! The courier files' JSON, as published; our own tables write formats in the same words.

use super::checksum::Checksum;
use serde::Deserialize;

/// A courier with its formats. Members that detection has no use for are passed over.
#[derive(Clone, Debug, Deserialize)]
pub struct CourierFile {
    pub courier_code: String,
    pub tracking_numbers: Vec<FormatFile>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct FormatFile {
    /// Where it has none, the name stands for it.
    #[serde(default)]
    pub id: Option<String>,
    pub name: String,
    pub regex: Lines,
    #[serde(default)]
    pub validation: Validation,
    #[serde(default)]
    pub additional: Vec<LookupFile>,
    #[serde(default)]
    pub partners: Vec<Partner>,
    #[serde(default)]
    pub test_numbers: TestNumbers,
    /// How much of its carrier's numbers have it; equal parts where nothing is said. Ours: the
    /// published files say nothing of it.
    #[serde(default)]
    pub share: Option<f64>,
}

impl FormatFile {
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.name)
    }
}

/// One line, or several that belong together.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Lines {
    One(String),
    Several(Vec<String>),
}

impl Lines {
    pub fn joined(&self) -> String {
        match self {
            Self::One(line) => line.clone(),
            Self::Several(lines) => lines.concat(),
        }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Validation {
    pub checksum: Option<Checksum>,
    pub serial_number_format: Option<SerialNumberFormat>,
    pub additional: Option<Required>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct SerialNumberFormat {
    pub prepend_if: Option<PrependIf>,
}

/// What the serial is prefixed with before its check digit is worked out.
#[derive(Clone, Debug, Deserialize)]
pub struct PrependIf {
    pub matches_regex: String,
    pub content: String,
}

/// Names of lookups that must find something.
#[derive(Clone, Debug, Deserialize)]
pub struct Required {
    #[serde(default)]
    pub exists: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct LookupFile {
    pub name: String,
    pub regex_group_name: String,
    pub lookup: Vec<EntryFile>,
}

/// A value of a group. The members after the first three are those of particular lookups.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct EntryFile {
    pub matches: Option<String>,
    pub matches_regex: Option<String>,
    pub name: Option<String>,
    pub country: Option<String>,
    pub courier: Option<String>,
    pub courier_url: Option<String>,
}

/// Who else has to do with numbers of the format.
#[derive(Clone, Debug, Deserialize)]
pub struct Partner {
    /// `carrier`: brings the parcel to the door; `shipper`: hands it in.
    pub partner_type: String,
    /// The id of the partner's format.
    pub partner_id: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct TestNumbers {
    #[serde(default)]
    pub valid: Vec<String>,
    #[serde(default)]
    pub invalid: Vec<String>,
}
