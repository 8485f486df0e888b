//! The master key where an operator keeps it: in a file of the data folder, in another file, or in the
//! environment; and its change for another one.
//!
//! Guarantee: at any moment of a change, a file that is there holds the key that opens the data. The
//! next key is written to `FILE.new` and seen to the disk; then the store goes over to it in one
//! transaction; then the former key is kept as `FILE.NAME` (its name, as backups tell it), and the new
//! file takes the former's place by one rename. Whoever opens the data after a change that was cut
//! short ends it first, or leaves it where the store had not gone over yet.

use crate::cli::Place;
use crate::printer::Printer;
use anyhow::{Context, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use trackway_store::rotation::{self, Rotated};
use trackway_store::{Headway, MasterKey, StoreConfig, SystemEntropy, backup};

/// Holds the master key where it is in no file. There is no flag for it: a command line is seen by
/// every user of the machine.
pub const VARIABLE: &str = "TRACKWAY_MASTER_KEY";

/// Where the master key is kept.
pub fn key_file(place: &Place) -> PathBuf {
    place
        .master_key_file
        .clone()
        .unwrap_or_else(|| place.data.join("master.key"))
}

/// The key, where it is in no file.
pub fn in_environment(place: &Place) -> anyhow::Result<Option<MasterKey>> {
    if place.master_key_file.is_some() {
        return Ok(None);
    }
    let Ok(text) = std::env::var(VARIABLE) else {
        return Ok(None);
    };
    let key = MasterKey::parse(text.as_bytes())
        .with_context(|| format!("the master key in {VARIABLE} can't be used"))?;
    Ok(Some(key))
}

/// Where the store of a place is.
pub fn store_at(place: &Place) -> backup::Place<'_> {
    match &place.database_url {
        Some(url) => backup::Place::Database(url),
        None => backup::Place::Folder(&place.data),
    }
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

/// Where the next key is until the data has gone over to it.
pub fn next_file(current: &Path) -> PathBuf {
    with_suffix(current, "new")
}

/// Former keys beside the current one.
pub fn former_files(current: &Path) -> Vec<PathBuf> {
    let is_name = |suffix: &str| suffix.len() == 8 && suffix.bytes().all(|b| b.is_ascii_hexdigit());
    let begin = current
        .file_name()
        .map(|name| format!("{}.", name.display()));
    let (Some(folder), Some(begin)) = (current.parent(), begin) else {
        return Vec::new();
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .filter(|entry| {
            let name = entry.file_name();
            let suffix = name.to_str().and_then(|name| name.strip_prefix(&begin));
            suffix.is_some_and(is_name)
        })
        .map(|entry| entry.path())
        .collect();
    found.sort_unstable();
    found
}

/// Keeps the current key under its name and gives its place to the next one. Returns where the former
/// key is. May be cut short and done again at any point.
fn put_in_place(current: &Path) -> anyhow::Result<PathBuf> {
    let cannot = || format!("the new master key can't be put at {}", current.display());
    let former = MasterKey::load(current).with_context(cannot)?;
    let kept = with_suffix(current, &former.name());
    // One that holds something else was cut short while it was written.
    if MasterKey::load(&kept).is_ok_and(|key| key.name() == former.name()) {
        tracing::debug!("the former key was kept before");
    } else {
        let _ = std::fs::remove_file(&kept);
        former.write(&kept).with_context(cannot)?;
    }
    std::fs::rename(next_file(current), current).with_context(cannot)?;
    let folder = current
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))
        .and_then(|folder| folder.sync_all())
        .with_context(cannot)?;
    Ok(kept)
}

/// Ends a change that was cut short after the data had gone over to the next key.
pub async fn end_change(place: &Place, printer: &Printer) -> anyhow::Result<()> {
    let current = key_file(place);
    let next = next_file(&current);
    if !next.exists() || in_environment(place)?.is_some() {
        return Ok(());
    }
    // A file that is not whole was never used.
    let Ok(key) = MasterKey::load(&next) else {
        return Ok(());
    };
    if rotation::opens(store_at(place), &key).await? {
        let former = put_in_place(&current)?;
        printer.note(&format!(
            "The change of the master key had been cut short and is done now. The former key is {}.",
            former.display()
        ));
    }
    Ok(())
}

/// What a change came to.
#[derive(Debug)]
pub struct Changed {
    pub rotated: Rotated,
    /// The name of the key that is in force now.
    pub name: String,
    /// Where it is.
    pub file: PathBuf,
    /// Where the former key is kept, where that was in a file whose place the new one took.
    pub former: Option<PathBuf>,
}

/// Changes the key for another one. `to`: where the new key is or is to be; the operator then says so
/// to the servers. Otherwise it takes the current file's place.
pub async fn change(
    place: &Place,
    to: Option<PathBuf>,
    config: &StoreConfig,
    headway: &Headway,
) -> anyhow::Result<Changed> {
    let current = key_file(place);
    let is_elsewhere = to.is_some();
    let file = match to {
        Some(file) => file,
        None if in_environment(place)?.is_some() => bail!(
            "the master key is in {VARIABLE}: name the file for the new one with `--to FILE`, and \
             put what it holds into {VARIABLE} afterwards"
        ),
        None => next_file(&current),
    };
    let next = next_key(&file, is_elsewhere)?;
    let rotated = rotation::rotate(store_at(place), config, &next, headway)
        .await
        .context("nothing was changed")?;
    let former = if is_elsewhere {
        None
    } else {
        Some(put_in_place(&current)?)
    };
    Ok(Changed {
        rotated,
        name: next.name(),
        file: if is_elsewhere { file } else { current },
        former,
    })
}

/// The key of the file, which is made where there is none. Of our own file what is not whole was never
/// used, and is made anew.
fn next_key(file: &Path, is_elsewhere: bool) -> anyhow::Result<MasterKey> {
    if !is_elsewhere && file.exists() && MasterKey::load(file).is_err() {
        std::fs::remove_file(file)?;
    }
    let (key, _) = MasterKey::load_or_create(file, &SystemEntropy)
        .with_context(|| format!("the new master key {} can't be used", file.display()))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_new_key_takes_the_place_whatever_was_done_of_it_before() {
        for cut_short in ["", "half", KEY] {
            let folder = tempfile::tempdir().unwrap();
            let current = folder.path().join("master.key");
            std::fs::write(&current, KEY).unwrap();
            let former = MasterKey::load(&current).unwrap();
            let kept = with_suffix(&current, &former.name());
            if !cut_short.is_empty() {
                std::fs::write(&kept, cut_short).unwrap();
            }
            let next = MasterKey::create(&next_file(&current), &SystemEntropy).unwrap();
            assert_eq!(put_in_place(&current).unwrap(), kept);
            assert_eq!(MasterKey::load(&current).unwrap().name(), next.name());
            assert_eq!(MasterKey::load(&kept).unwrap().name(), former.name());
            let expected = [
                "master.key".to_owned(),
                format!("master.key.{}", former.name()),
            ];
            assert_eq!(names(folder.path()), expected);
            assert_eq!(former_files(&current), [kept]);
        }
    }

    #[test]
    fn a_next_key_is_taken_as_it_is_and_made_where_it_is_not_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("master.key.new");
        std::fs::write(&file, "cut").unwrap();
        assert!(next_key(&file, true).is_err(), "somebody else's file");
        let made = next_key(&file, false).unwrap();
        assert_eq!(next_key(&file, false).unwrap().name(), made.name());
        assert_eq!(next_key(&file, true).unwrap().name(), made.name());
    }
}
