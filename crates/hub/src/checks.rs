//! What is checked before an account's records are made or changed, and what is shown of secrets.

use crate::error::HubError;
use secrecy::{ExposeSecret, SecretString};
use trackway_dialects::Hook;
use trackway_store::records::Settings;

/// Characters of a setting's value.
const LONGEST_SETTING: usize = 4_096;

pub(crate) fn check_length(what: &'static str, text: &str, most: usize) -> Result<(), HubError> {
    if text.chars().count() > most {
        return Err(HubError::TooLong { what, most });
    }
    Ok(())
}

pub(crate) const fn check_count(
    what: &'static str,
    held: usize,
    most: usize,
) -> Result<(), HubError> {
    if held >= most {
        return Err(HubError::TooMany { what, most });
    }
    Ok(())
}

pub(crate) fn exposed(secret: Option<&SecretString>) -> Option<String> {
    secret.map(|secret| secret.expose_secret().to_owned())
}

/// A new secret as it is shown once; a private key is not.
pub(crate) fn shared(
    hook: &dyn Hook,
    settings: &Settings,
    secret: &SecretString,
) -> Option<String> {
    let proof = hook.proof(settings, secret);
    exposed(Some(secret).filter(|_| proof.public_key.is_none()))
}

/// The settings of an endpoint are known ones with values that they take.
pub(crate) fn check_hook(
    dialect: &'static str,
    hook: &dyn Hook,
    settings: &Settings,
) -> Result<(), HubError> {
    let (required, optional) = hook.settings();
    check_settings(dialect, settings, required, optional)?;
    for choice in hook.choices() {
        match settings.get(choice.name) {
            Some(value) if !choice.values.contains(&value.as_str()) => {
                return Err(HubError::UnknownValue {
                    name: choice.name,
                    value: value.clone(),
                    known: choice.values.join(", "),
                });
            }
            Some(_) | None => {}
        }
    }
    for list in hook.lists() {
        let given = settings.get(list.name).map_or("", String::as_str);
        let mut parts = given
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty());
        if let Some(unknown) = parts.find(|one| !list.values.contains(one)) {
            return Err(HubError::UnknownValue {
                name: list.name,
                value: unknown.to_owned(),
                known: list.values.join(", "),
            });
        }
    }
    Ok(())
}

/// Every required setting is there, and none that nobody knows.
pub(crate) fn check_settings(
    dialect: &'static str,
    settings: &Settings,
    required: &'static [&'static str],
    optional: &[&'static str],
) -> Result<(), HubError> {
    if let Some(name) = required.iter().copied().find(|name| {
        settings
            .get(*name)
            .is_none_or(|value| value.trim().is_empty())
    }) {
        return Err(HubError::MissingSetting { dialect, name });
    }
    for value in settings.values() {
        check_length("a setting", value, LONGEST_SETTING)?;
    }
    let known = || required.iter().chain(optional).copied();
    match settings
        .keys()
        .find(|name| !known().any(|known| known == name.as_str()))
    {
        None => Ok(()),
        Some(name) => Err(HubError::UnknownSetting {
            dialect,
            name: name.clone(),
            known: known().collect::<Vec<_>>().join(", "),
        }),
    }
}
