//! What an operator can set about the facades: inferred figures and habits of the original systems.
//!
//! Each dialect lists its own; a facade asks its `Desk` for them by name and has a default for each.
//! Names and values are checked where they are given, so that a slip of the pen never passes for the
//! default.

use crate::{express247, keydelivery, nandh, native, track123};
use trackway_model::address::Epoch;

/// Something that can be set.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub name: &'static str,
    pub value: Value,
}

/// What its value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A whole number.
    Number,
    /// `true` or `false`.
    Switch,
    /// An HTTP status.
    Status,
    /// An epoch of the address directory.
    Epoch,
}

impl Value {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Number => "a whole number",
            Self::Switch => "`true` or `false`",
            Self::Status => "an HTTP status from 200 to 599",
            Self::Epoch => "`2024`, `2025-01` or `2025-07`",
        }
    }

    fn fits(self, text: &str) -> bool {
        match self {
            Self::Number => text.parse::<u32>().is_ok(),
            Self::Switch => matches!(text, "true" | "false"),
            Self::Status => text
                .parse::<u16>()
                .is_ok_and(|status| (200..600).contains(&status)),
            Self::Epoch => text.parse::<Epoch>().is_ok(),
        }
    }
}

/// How long a journey in a sandbox takes to be told.
pub const JOURNEY_SECONDS: &str = "sandbox.journey_seconds";

const SANDBOX: &[Setting] = &[Setting {
    name: JOURNEY_SECONDS,
    value: Value::Number,
}];

/// Why a setting can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    #[error("there is no setting `{name}`: choose one of {known}")]
    Unknown { name: String, known: String },
    #[error("`{value}` is no value of {name}: it takes {wanted}")]
    Value {
        name: &'static str,
        value: String,
        wanted: &'static str,
    },
}

/// Every setting there is.
pub fn all() -> impl Iterator<Item = &'static Setting> {
    let systems = [
        express247::SETTINGS,
        keydelivery::SETTINGS,
        track123::SETTINGS,
        nandh::SETTINGS,
        native::SETTINGS,
        SANDBOX,
    ];
    systems.into_iter().flatten()
}

/// Whether a setting is known and its value one that it takes.
pub fn check(name: &str, value: &str) -> Result<(), SettingError> {
    let Some(setting) = all().find(|known| known.name == name) else {
        return Err(SettingError::Unknown {
            name: name.to_owned(),
            known: all().map(|known| known.name).collect::<Vec<_>>().join(", "),
        });
    };
    if setting.value.fits(value) {
        return Ok(());
    }
    Err(SettingError::Value {
        name: setting.name,
        value: value.to_owned(),
        wanted: setting.value.in_words(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_checked() {
        for (name, value) in [
            ("express247.lookups_per_day", "200000"),
            ("express247.lookup_period_days", "0"),
            ("express247.hide_other_accounts", "true"),
            ("express247.error_status", "400"),
            ("keydelivery.lookups_per_day", "250"),
        ] {
            assert_eq!(check(name, value), Ok(()), "{name}={value}");
        }
        for (name, value) in [
            ("express247.lookups_per_day", "many"),
            ("express247.lookups_per_day", "-1"),
            ("express247.hide_other_accounts", "perhaps"),
            ("express247.error_status", "99"),
        ] {
            let told = check(name, value);
            assert!(matches!(told, Err(SettingError::Value { .. })), "{told:?}");
        }
        let told = check("express247.lookup_per_day", "1").unwrap_err();
        assert!(told.to_string().contains("express247.lookups_per_day"));
    }
}
