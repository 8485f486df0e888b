//! What the hub and the server over it count: one table with every name, kind, label and meaning,
//! and the registry that holds the figures.
//!
//! Contract: labels are bounded by their type. A label is a text of the program or a small number,
//! never an account, a parcel, an address or anything that came in. Counting is a look-up and an
//! atomic addition, done per batch and never per statement. Each hub has a registry of its own; its
//! figures begin at nothing with the process. `docs/metrics.md` is made of this table.

use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows while the process lives.
    Counter,
    /// As it is when it is read.
    Gauge,
    /// Counts by how long something took, in seconds.
    Histogram,
}

impl Kind {
    /// As the text format spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    /// One sentence.
    pub help: &'static str,
}

macro_rules! metrics {
    ($($id:ident: $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        /// A metric of the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Name {
            $($id),*
        }

        /// Every metric there is, in the order of [`Name`].
        pub const TABLE: &[Metric] = &[$(Metric {
            name: $name,
            kind: Kind::$kind,
            labels: &[$($label),*],
            help: $help,
        }),*];
    };
}

metrics! {
    Build: Gauge "trackway_build_info" ["version"]
        "Always 1; its label is the release.";
    Ready: Gauge "trackway_ready" ["check"]
        "1 while a check of /readyz holds, else 0.";
    Requests: Counter "trackway_requests_total" ["system", "status"]
        "Requests answered, by the system whose API was called and the HTTP status.";
    RequestSeconds: Histogram "trackway_request_seconds" ["system"]
        "Time from a request's head to its answer's.";
    Listeners: Gauge "trackway_feed_listeners" []
        "Long polls and streams of our own feed that are open.";
    Statements: Counter "trackway_statements_total" ["what"]
        "Statements committed: new, version (a newer wording of a known one), repeat.";
    IngestSeconds: Histogram "trackway_ingest_seconds" []
        "Time until a batch of statements is committed.";
    Commits: Counter "trackway_store_commits_total" []
        "Commits of the store.";
    Queue: Gauge "trackway_store_queue" []
        "Statements that wait for a commit.";
    QueueLimit: Gauge "trackway_store_queue_limit" []
        "Statements that may wait for a commit; beyond it callers wait or are told to come later.";
    StoredTracks: Gauge "trackway_store_tracks" []
        "Numbers that the store holds; read once a minute.";
    StoredStatements: Gauge "trackway_store_statements" []
        "Statements that the store holds; read once a minute.";
    StoredBytes: Gauge "trackway_store_bytes" []
        "Size of the store; read once a minute.";
    DiskFree: Gauge "trackway_disk_free_bytes" []
        "Room on the disk of the data folder; absent with a database server.";
    FeedHead: Gauge "trackway_feed_head" ["shard"]
        "Number of the newest change of the feed.";
    Polls: Counter "trackway_polls_total" ["dialect", "outcome"]
        "Questions to upstreams: answered, nothing (no such number), refused, quota, fault, shape, store, unset.";
    Errands: Counter "trackway_errands_total" ["errand", "outcome"]
        "What upstreams were told of numbers that we gave them (edited, refreshed, moved, ended) and carriers of parcels (login, create, update, cancel, wish): told, nothing (no such number), refused, quota, fault, shape, store, unset.";
    PollSeconds: Histogram "trackway_poll_seconds" ["dialect"]
        "Time that an upstream took to answer.";
    PollLag: Gauge "trackway_poll_lag_seconds" []
        "How long the question that waits longest is overdue: the age that data has beyond its plan.";
    CallsInFlight: Gauge "trackway_calls_in_flight" []
        "Calls to upstreams that are being made.";
    QuotaLeft: Gauge "trackway_quota_left" ["connection", "window"]
        "Calls that the quota of a connection still allows, by its window: second, minute, rolling, day.";
    Warnings: Counter "trackway_answer_warnings_total" ["dialect"]
        "What was strange in an upstream's answer but could be kept.";
    Quarantined: Counter "trackway_quarantined_total" ["dialect"]
        "Webhooks of verified senders and answers of upstreams that no statement could be made of; they are kept.";
    Drift: Counter "trackway_drift_total" ["dialect", "kind"]
        "What differed from what the dialect knows and could be read: unknown_code, new_member, missing_member, other_type, unreadable_time, time_ahead.";
    DataAge: Gauge "trackway_data_age_seconds" ["connection", "quantile"]
        "Time since a connection last told of its active numbers: of half of them, of 95 %, of all; counted once a minute.";
    Numbers: Gauge "trackway_numbers" ["connection", "state"]
        "Numbers that a connection is asked about: active, of these waiting for their first answer, and ended; counted once a minute.";
    Connections: Gauge "trackway_connections" ["state"]
        "Connections: closed (asked), open (left alone, for their calls failed) or half_open by this node's breaker, paused.";
    Rests: Gauge "trackway_connection_rest_seconds" ["connection"]
        "How long a connection is still left alone, for its calls failed or none are left; 0: it is asked.";
    Deliveries: Counter "trackway_deliveries_total" ["dialect", "outcome"]
        "Attempts to tell a subscriber: accepted, call_failed, partner_error.";
    DeliverySeconds: Histogram "trackway_delivery_seconds" ["dialect"]
        "Time that a receiver took to answer.";
    DeliveryLag: Gauge "trackway_delivery_lag_seconds" []
        "How long the retry that waits longest is overdue.";
    Parked: Counter "trackway_deliveries_parked_total" ["dialect"]
        "Messages whose last attempt failed; they stay, and are sent again by hand or when the endpoint answers well.";
    Mails: Counter "trackway_mails_total" ["outcome"]
        "E-mails to people: sent, again (not taken for now), refused, unknown (nobody knows whether it was taken; never sent again), stale, overtaken, limited, ended.";
    Endpoints: Gauge "trackway_endpoints" ["state"]
        "Endpoints: closed, open or half_open by their breaker, paused; counted once a minute, as are their queues.";
    Waiting: Gauge "trackway_deliveries_waiting" ["state"]
        "Changes in endpoints' queues: retrying (or waiting for an earlier one of their shipment), parked.";
    OldestWaiting: Gauge "trackway_delivery_oldest_seconds" []
        "Age of the change that waits longest in a queue of an endpoint that is not paused.";
    Removed: Counter "trackway_removed_total" ["what"]
        "What was kept long enough and removed: payload, attempts (chunks of them), quarantined.";
    Behind: Gauge "trackway_endpoint_behind_changes" []
        "Changes that the endpoint furthest behind was not told of yet; paused ones do not count.";
}

const COUNT: usize = TABLE.len();
/// The most labels that a metric has.
const LABELS: usize = 2;
/// Upper bounds of a histogram's buckets, in microseconds.
pub const BUCKETS: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 10_000_000, 30_000_000,
];

/// A label's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    None,
    Text(&'static str),
    Number(u16),
}

impl From<&'static str> for Label {
    fn from(text: &'static str) -> Self {
        Self::Text(text)
    }
}

impl From<u16> for Label {
    fn from(number: u16) -> Self {
        Self::Number(number)
    }
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

type Labels = [Label; LABELS];

/// One series: a count, a gauge's value as bits, or a histogram.
#[derive(Debug, Default)]
struct Series {
    value: AtomicU64,
    /// Of a histogram: microseconds, and how many fell into each bucket.
    sum: AtomicU64,
    buckets: [AtomicU64; BUCKETS.len()],
}

type Family = RwLock<BTreeMap<Labels, Arc<Series>>>;

/// The figures.
#[derive(Debug)]
pub struct Metrics([Family; COUNT]);

impl Default for Metrics {
    /// What has no labels is there from the start, so that its first change is seen as one.
    fn default() -> Self {
        let metrics = Self(std::array::from_fn(|_| Family::default()));
        for (family, metric) in metrics.0.iter().zip(TABLE) {
            if metric.labels.is_empty() && metric.kind != Kind::Gauge {
                family.write().entry([Label::None; LABELS]).or_default();
            }
        }
        metrics
    }
}

impl Metrics {
    /// Counts `n` more.
    pub fn count(&self, name: Name, labels: &[Label], n: u64) {
        self.with(name, labels, |series| {
            series.value.fetch_add(n, Ordering::Relaxed);
        });
    }

    /// Says how a gauge stands.
    pub fn set(&self, name: Name, labels: &[Label], value: f64) {
        self.with(name, labels, |series| {
            series.value.store(value.to_bits(), Ordering::Relaxed);
        });
    }

    /// Says that a counter which is kept elsewhere stands at `value`.
    pub fn copy(&self, name: Name, value: u64) {
        self.with(name, &[], |series| {
            series.value.store(value, Ordering::Relaxed);
        });
    }

    /// Counts something that took so long.
    pub fn observe(&self, name: Name, labels: &[Label], took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.with(name, labels, |series| {
            series.value.fetch_add(1, Ordering::Relaxed);
            series.sum.fetch_add(micros, Ordering::Relaxed);
            if let Some(at) = BUCKETS.iter().position(|bound| micros <= *bound) {
                series.buckets[at].fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    fn with(&self, name: Name, labels: &[Label], change: impl FnOnce(&Series)) {
        let mut key = [Label::None; LABELS];
        for (place, label) in key.iter_mut().zip(labels) {
            *place = *label;
        }
        let family = &self.0[name as usize];
        if let Some(series) = family.read().get(&key) {
            return change(series);
        }
        change(&family.write().entry(key).or_default().clone());
    }

    /// All of it in Prometheus' text format.
    pub fn render(&self) -> String {
        let mut text = String::with_capacity(16 << 10);
        for (family, metric) in self.0.iter().zip(TABLE) {
            let Metric {
                name, help, kind, ..
            } = metric;
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {}", kind.name());
            for (labels, series) in family.read().iter() {
                write_series(&mut text, metric, labels, series);
            }
        }
        text
    }
}

/// The type of [`Metrics::render`]'s text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

fn write_series(text: &mut String, metric: &Metric, labels: &Labels, series: &Series) {
    let name = metric.name;
    let value = series.value.load(Ordering::Relaxed);
    let pairs: Vec<String> = metric
        .labels
        .iter()
        .zip(labels)
        .map(|(label, value)| format!("{label}=\"{value}\""))
        .collect();
    let set = |more: &str| {
        let all: Vec<&str> = pairs.iter().map(String::as_str).chain([more]).collect();
        let all = all.join(",");
        match all.trim_matches(',') {
            "" => String::new(),
            all => format!("{{{all}}}"),
        }
    };
    let plain = set("");
    let _ = match metric.kind {
        Kind::Counter => writeln!(text, "{name}{plain} {value}"),
        Kind::Gauge => writeln!(text, "{name}{plain} {}", f64::from_bits(value)),
        Kind::Histogram => {
            let mut below = 0;
            for (bound, bucket) in BUCKETS.iter().zip(&series.buckets) {
                below += bucket.load(Ordering::Relaxed);
                let bound = set(&format!("le=\"{}\"", seconds(*bound)));
                let _ = writeln!(text, "{name}_bucket{bound} {below}");
            }
            // A reading beside a writer may see a bucket before the total.
            let total = value.max(below);
            let all = set("le=\"+Inf\"");
            let sum = seconds(series.sum.load(Ordering::Relaxed));
            writeln!(
                text,
                "{name}_bucket{all} {total}\n{name}_sum{plain} {sum}\n{name}_count{plain} {total}"
            )
        }
    };
}

fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_well_formed() {
        for (at, metric) in TABLE.iter().enumerate() {
            let name = metric.name;
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            assert!(
                name.starts_with("trackway_") && name.bytes().all(plain),
                "{name}"
            );
            assert!(
                TABLE[..at].iter().all(|before| before.name != name),
                "{name} twice"
            );
            assert!(metric.labels.len() <= LABELS, "{name}");
            assert!(
                metric.help.ends_with('.') && !metric.help.contains('\n'),
                "{name}"
            );
            let suffix = match metric.kind {
                Kind::Counter => "_total",
                Kind::Histogram => "_seconds",
                Kind::Gauge => "",
            };
            assert!(name.ends_with(suffix), "{name}");
        }
        assert_eq!(Name::Behind as usize + 1, COUNT);
    }

    #[test]
    fn figures_come_out_as_they_went_in() {
        let metrics = Metrics::default();
        metrics.count(Name::Requests, &["native".into(), 200.into()], 2);
        metrics.count(Name::Requests, &["native".into(), 200.into()], 1);
        metrics.count(Name::Requests, &["247express".into(), 503.into()], 1);
        metrics.set(Name::PollLag, &[], 1.5);
        for micros in [400, 500, 501, 40_000_000] {
            let took = Duration::from_micros(micros);
            metrics.observe(Name::PollSeconds, &["247express".into()], took);
        }
        let text = metrics.render();
        for line in [
            "# TYPE trackway_requests_total counter",
            "trackway_requests_total{system=\"native\",status=\"200\"} 3",
            "trackway_requests_total{system=\"247express\",status=\"503\"} 1",
            "trackway_poll_lag_seconds 1.5",
            "trackway_store_commits_total 0",
            "trackway_poll_seconds_bucket{dialect=\"247express\",le=\"0.0005\"} 2",
            "trackway_poll_seconds_bucket{dialect=\"247express\",le=\"0.001\"} 3",
            "trackway_poll_seconds_bucket{dialect=\"247express\",le=\"30\"} 3",
            "trackway_poll_seconds_bucket{dialect=\"247express\",le=\"+Inf\"} 4",
            "trackway_poll_seconds_sum{dialect=\"247express\"} 40.001401",
            "trackway_poll_seconds_count{dialect=\"247express\"} 4",
            "trackway_ingest_seconds_bucket{le=\"+Inf\"} 0",
            "trackway_ingest_seconds_count 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
