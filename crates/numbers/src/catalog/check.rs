//! What a carrier's entry must be in itself.

use super::CatalogError;
use super::build::At;
use super::file::CarrierFile;

const LONGEST_CODE: usize = 64;
const LONGEST_NAME: usize = 200;
/// What a link has for the number.
pub const NUMBER: &str = "{number}";

pub(super) fn carrier(at: &At, file: &CarrierFile) -> Result<(), CatalogError> {
    let code = &file.code;
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    if code.is_empty() || code.len() > LONGEST_CODE || !code.bytes().all(plain) {
        return Err(at.wrong(format!(
            "`{code}` is no carrier code: up to {LONGEST_CODE} small letters, digits, `-` and `_`"
        )));
    }
    if code == "own" || code.starts_with("x-") {
        return Err(at.wrong(format!("the code `{code}` is kept for other things")));
    }
    let names = [
        Some(&file.names.en),
        file.names.vi.as_ref(),
        file.names.zh.as_ref(),
    ];
    for name in names.into_iter().flatten() {
        if name.trim().is_empty() || name.len() > LONGEST_NAME {
            return Err(at.wrong(format!("`{code}` has a name that is empty or too long")));
        }
    }
    for address in [&file.site, &file.link].into_iter().flatten() {
        if !address.starts_with("https://") && !address.starts_with("http://") {
            return Err(at.wrong(format!("`{address}` is no web address")));
        }
    }
    if file
        .link
        .as_ref()
        .is_some_and(|link| !link.contains(NUMBER))
    {
        return Err(at.wrong(format!("the link of `{code}` has no place for {NUMBER}")));
    }
    if file.modes.is_empty() {
        return Err(at.wrong(format!("`{code}` carries nothing: name its modes")));
    }
    for name in &file.countries {
        country(at, name)?;
    }
    let upper = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase());
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(prefix) = file
        .awb
        .iter()
        .find(|prefix| prefix.len() != 3 || !digits(prefix))
    {
        return Err(at.wrong(format!("`{prefix}` is no airline's prefix: three digits")));
    }
    let box_prefix =
        |prefix: &&String| prefix.len() != 4 || !prefix.ends_with('U') || !upper(prefix);
    if let Some(prefix) = file.containers.iter().find(box_prefix) {
        return Err(at.wrong(format!(
            "`{prefix}` is no container prefix: three capitals and U"
        )));
    }
    share(at, file.share)
}

pub(super) fn country(at: &At, name: &str) -> Result<[u8; 2], CatalogError> {
    <[u8; 2]>::try_from(name.as_bytes())
        .ok()
        .filter(|code| code.iter().all(u8::is_ascii_uppercase))
        .ok_or_else(|| at.wrong(format!("`{name}` is no country's code: two capitals")))
}

pub(super) fn share(at: &At, share: f64) -> Result<(), CatalogError> {
    if (0.0..=1.0).contains(&share) {
        Ok(())
    } else {
        Err(at.wrong(format!("the share {share} is not between 0 and 1")))
    }
}
