//! Lists that the system answers itself, and what it knows of platforms: data.

use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use utoipa::ToSchema;

#[derive(Clone, Debug, Deserialize)]
struct Row {
    list: String,
    code: String,
    name: String,
}

/// An element of a list of options.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Choice {
    pub code: &'static str,
    pub name: &'static str,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Platform {
    #[serde(rename = "platform")]
    name: String,
    pub group: String,
    marketplace: String,
}

impl Platform {
    pub fn is_marketplace(&self) -> bool {
        self.marketplace == "yes"
    }
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| read(include_str!("options.csv")));
static PLATFORMS: LazyLock<Vec<Platform>> = LazyLock::new(|| read(include_str!("platforms.csv")));

fn read<T: serde::de::DeserializeOwned>(csv: &str) -> Vec<T> {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(csv.as_bytes());
    reader
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("the lists in the binary are tested")
}

pub fn list(name: &str) -> Vec<Choice> {
    let of = |row: &&'static Row| row.list == name;
    let told = |row: &'static Row| Choice {
        code: &row.code,
        name: &row.name,
    };
    ROWS.iter().filter(of).map(told).collect()
}

pub fn has(list: &str, code: &str) -> bool {
    ROWS.iter().any(|row| row.list == list && row.code == code)
}

pub fn platform(name: &str) -> Option<&'static Platform> {
    PLATFORMS.iter().find(|it| it.name == name)
}

/// What a platform belongs to; one that is not known is a group of its own.
pub fn group_of(name: &str) -> &str {
    platform(name).map_or(name, |it| &it.group)
}

/// Whether orders of it come from a marketplace.
pub fn is_marketplace(name: &str) -> bool {
    platform(name).is_some_and(Platform::is_marketplace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_there() {
        for (name, code) in [
            ("outbound_strategy", "fifo"),
            ("outbound_strategy", "lifo"),
            ("product_type", "NORMAL"),
            ("material", "3PF-BOX"),
            ("storage_method", "normal"),
            ("inbound_service", "ULG"),
        ] {
            assert!(has(name, code), "{name} {code}");
            assert!(list(name).iter().any(|it| it.code == code));
        }
        assert!(!has("material", "fifo"));
        assert!(is_marketplace("shopee") && !is_marketplace("retail") && !is_marketplace("x"));
        assert_eq!((group_of("retail"), group_of("x")), ("retail", "x"));
    }
}
