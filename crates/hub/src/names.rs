//! Names of the hub's metrics, in one place, so that a dashboard can be read against the code.
//! Labels are few-valued only: never a number, an account or an address.

/// Statements committed; label `what`: new, version, repeat.
pub const STATEMENTS: &str = "trackway_statements_total";
/// Polls; labels `dialect`, `outcome`.
pub const POLLS: &str = "trackway_polls_total";
/// How long an upstream took to answer; label `dialect`.
pub const POLL_SECONDS: &str = "trackway_poll_seconds";
/// Attempts to deliver; labels `dialect`, `outcome`.
pub const DELIVERIES: &str = "trackway_deliveries_total";
/// How long a receiver took to answer; label `dialect`.
pub const DELIVERY_SECONDS: &str = "trackway_delivery_seconds";
/// Bodies of verified senders that no statement could be made of; label `dialect`.
pub const QUARANTINED: &str = "trackway_quarantined_total";
/// What a dialect found strange in an answer but could keep; label `dialect`.
pub const WARNINGS: &str = "trackway_answer_warnings_total";
