//! The files that a catalog is read from.

use super::CatalogError;
use std::path::Path;

/// Bytes that a file may have.
const LONGEST_FILE: u64 = 4 << 20;
/// Files that a folder may have.
const MOST_FILES: usize = 1_000;

/// A file of tables.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub name: String,
    pub text: String,
}

impl Source {
    /// Whether it is one of the public courier files.
    pub fn is_json(&self) -> bool {
        Path::new(&self.name)
            .extension()
            .is_some_and(|kind| kind == "json")
    }
}

macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../../data/", $name)))),*]
    };
}

/// Everything in `data/carriers` and `data/couriers`.
const BUILT_IN: [(&str, &str); 19] = sources![
    "carriers/air.toml",
    "carriers/asia.toml",
    "carriers/china.toml",
    "carriers/express.toml",
    "carriers/ocean.toml",
    "carriers/standards.toml",
    "carriers/vietnam.toml",
    "couriers/amazon.json",
    "couriers/canadapost.json",
    "couriers/dhl.json",
    "couriers/dpd.json",
    "couriers/fedex.json",
    "couriers/landmark.json",
    "couriers/lasership.json",
    "couriers/old_dominion.json",
    "couriers/ontrac.json",
    "couriers/s10.json",
    "couriers/ups.json",
    "couriers/usps.json",
];

pub(super) fn built_in() -> Vec<Source> {
    let own = |(name, text): &(&str, &str)| Source {
        name: (*name).to_owned(),
        text: (*text).to_owned(),
    };
    BUILT_IN.iter().map(own).collect()
}

/// The tables of an operator's folder, by name.
pub(super) fn of_folder(folder: &Path) -> Result<Vec<Source>, CatalogError> {
    let wrong = |path: &Path, problem: String| CatalogError {
        file: path.display().to_string(),
        line: 1,
        problem,
    };
    let failed =
        |path: &Path, error: &std::io::Error| wrong(path, format!("it can't be read: {error}"));
    let entries = std::fs::read_dir(folder).map_err(|error| failed(folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| failed(folder, &error))?.path();
        let kind = path.extension().and_then(|kind| kind.to_str());
        if matches!(kind, Some("toml" | "json")) {
            paths.push(path);
        }
    }
    if paths.len() > MOST_FILES {
        return Err(wrong(
            folder,
            format!("it has more than {MOST_FILES} tables"),
        ));
    }
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let size = std::fs::metadata(path)
                .map_err(|error| failed(path, &error))?
                .len();
            if size > LONGEST_FILE {
                return Err(wrong(
                    path,
                    format!("it has more than {LONGEST_FILE} bytes"),
                ));
            }
            let text = std::fs::read_to_string(path).map_err(|error| failed(path, &error))?;
            let name = path.display().to_string();
            Ok(Source { name, text })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_data_is_built_in() {
        let data = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data"));
        let mut found: Vec<String> = ["carriers", "couriers"]
            .iter()
            .flat_map(|folder| {
                let files = of_folder(&data.join(folder)).unwrap();
                files.into_iter().map(move |file| {
                    let name = Path::new(&file.name).file_name().unwrap();
                    format!("{folder}/{}", name.to_str().unwrap())
                })
            })
            .collect();
        found.sort();
        let known: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
        assert_eq!(found, known);
    }
}
