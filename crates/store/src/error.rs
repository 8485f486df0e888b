//! What can go wrong with the store, in words for whoever operates it.

/// Why a call to the store failed. `Busy` and `Full` are to be told to the caller as "later".
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine refused or failed. The text names the operation.
    #[error("the store failed while it {doing}: {source}")]
    Engine {
        doing: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A row can't be read: it was written by a newer release, or damaged.
    #[error("the store holds a damaged {what}: run `trackway doctor --verify`")]
    Damaged { what: &'static str },
    /// The master key does not open this store's data.
    #[error("the master key is not the one this data was sealed with")]
    WrongKey,
    /// The data folder or database belongs to another release.
    #[error("the data has schema {found}, this release knows {known}: {advice}")]
    Schema {
        found: i64,
        known: i64,
        advice: &'static str,
    },
    /// The queue of writes is full.
    #[error("the store is busy: try again in a moment")]
    Busy,
    /// The disk is full, or less is free than is to be kept free. Reading goes on.
    #[error(
        "the store's disk is nearly full and no new data is taken in: make room on it, and it goes \
         on by itself"
    )]
    Full,
    /// A copy would fill the disk.
    #[error("{folder} has no room for {needed} bytes: make room, or name another disk")]
    NoRoom { folder: String, needed: u64 },
    /// A store is brought to an empty place only.
    #[error("{place} is not empty: name an empty place, or empty it yourself")]
    NotEmpty { place: String },
    /// A file is no backup, or one that can't be used.
    #[error("{file} can't be restored: {why}")]
    Backup { file: String, why: &'static str },
    /// The writer has stopped after an error that it could not undo.
    #[error("the store has stopped writing: {0}")]
    Stopped(String),
    /// A name or number that must be unique is taken.
    #[error("{what} `{name}` exists already")]
    Exists { what: &'static str, name: String },
    #[error("no {what} `{name}`")]
    Missing { what: &'static str, name: String },
}

impl StoreError {
    /// Wraps an engine's error with what was being done. A full disk is told as such.
    pub fn engine<E>(doing: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| {
            let source = source.into();
            if crate::disk::is_full(source.as_ref()) {
                return Self::Full;
            }
            Self::Engine { doing, source }
        }
    }
}

impl From<trackway_model::bytes::Truncated> for StoreError {
    fn from(_: trackway_model::bytes::Truncated) -> Self {
        Self::Damaged { what: "row" }
    }
}
